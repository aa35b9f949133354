"""Parallel: one input, several answers at the same time."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime.errors import QuickdemoError
from tests.explaining import Live, events
from tests.serving import Serve


def text(fn: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, gr.Textbox(label="Text"), "text", **{"allow_flagging": "never", **options})


def upper(text: str) -> str:
    return text.upper()


def lower(text: str) -> str:
    return text.lower()


def broken(text: str) -> str:
    raise gr.Error("This one is broken.")


def ask(live: Live, *data: Any, stream: bool = False) -> Any:
    connection = live.connect("/api/predict", {"data": data}, "text/event-stream" if stream else "application/json")
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return events(body) if stream else (answer.status, json.loads(body))


@pytest.fixture
def live(serve: Serve) -> Iterator[Any]:
    opened: list[Live] = []

    def make(demo: gr.Interface, **options: Any) -> Live:
        opened.append(Live(serve, demo, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


# ---------------------------------------------------------------------- the declaration


def test_it_has_the_first_ones_inputs_and_all_outputs() -> None:
    both = gr.Parallel(text(upper, title="Upper case"), gr.Interface(lower, "text", ["text", "number"]), title="Both")
    assert both.name == both.__name__ == "upper | lower" and both.title == "Both"
    assert [c.label for c in both.inputs] == ["Text"]
    assert [c.label for c in both.outputs] == ["Upper case", "lower · output 0", "lower · output 1"]
    assert isinstance(both, gr.Interface) and gr.mix.Parallel is gr.Parallel


def test_the_same_one_twice_has_two_names() -> None:
    one = text(upper)
    both = gr.Parallel(one, one)
    assert [c.label for c in both.outputs] == ["upper", "upper 2"] and one.outputs[0].label == "output"
    assert both("a") == ["A", "A"]


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: gr.Parallel(), ValueError, "Parallel needs at least one Interface."),
        (lambda: gr.Parallel(upper), TypeError, "Parallel is made of Interfaces; it was given <function upper"),
        (
            lambda: gr.Parallel(text(upper), gr.Interface(lambda a, b: a, ["text", "text"], "text")),
            ValueError,
            "takes 2 inputs and upper 1: all of them get the same",
        ),
        (
            lambda: gr.Parallel(text(upper), gr.Interface(lambda picture: "", "image", "text")),
            ValueError,
            "'Text' gives a textbox, and 'picture' takes an image",
        ),
        (lambda: gr.Parallel(text(upper), outputs=["text", "text"]), ValueError, "gives 1 output; outputs= has 2"),
        (lambda: gr.Parallel(text(upper), process=True), ValueError, "give process=True to those that need it"),
    ],
)
def test_what_cannot_be_is_said_when_it_is_made(make: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as raised:
        make()
    assert said in str(raised.value)


def test_options_may_take_the_place_of_what_the_members_give() -> None:
    own = gr.Parallel(text(upper), text(lower), inputs=gr.Textbox(label="Mine", lines=3), outputs=["html", "text"])
    assert own.inputs[0].label == "Mine" and [c.kind for c in own.outputs] == ["html", "textbox"]
    assert own("Ab") == ["AB", "ab"]
    assert gr.Parallel(text(upper), fn=lambda text: text * 2)("ab") == "abab"


# ---------------------------------------------------------------------- called from Python


def test_plain_functions_run_at_the_same_time() -> None:
    met = threading.Barrier(3)

    def meet(text: str) -> str:
        met.wait(20)
        return text

    assert gr.Parallel(*(text(meet) for _ in range(3)))("a") == ["a", "a", "a"]


def test_a_hundred_plain_ones_take_few_threads() -> None:
    most = 0
    running = 0
    lock = threading.Lock()

    def count(text: str) -> str:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1
        return text

    assert gr.Parallel(*(text(count) for _ in range(100)))("a") == ["a"] * 100
    assert 1 < most <= 32


def test_a_hundred_async_ones_wait_together() -> None:
    here = 0

    async def meet(text: str) -> str:
        nonlocal here
        here += 1
        while here < 100:
            await asyncio.sleep(0.001)
        return text

    assert gr.Parallel(*(text(meet) for _ in range(100)))("a") == ["a"] * 100


def test_every_kind_of_function_takes_part() -> None:
    async def later(text: str) -> str:
        return text + " later"

    def grows(text: str) -> Iterator[str]:
        yield text
        yield text * 2

    async def grows_later(text: str) -> Any:
        yield text
        yield text * 3

    def together(texts: list[str]) -> list[str]:
        return [text + " together" for text in texts]

    kinds = gr.Parallel(text(upper), text(later), text(grows), text(grows_later), text(together, batch=True))
    assert kinds("a") == ["A", "a later", "aa", "aaa", "a together"]


def test_the_failure_of_one_is_that_of_a_call_from_python() -> None:
    with pytest.raises(gr.Error, match="This one is broken"):
        gr.Parallel(text(upper), text(broken))("a")


def test_each_gets_its_own_form_of_the_input() -> None:
    seen: dict[str, Any] = {}

    def first(picture: Any) -> str:
        seen["first"] = picture
        return "1"

    def second(picture: Any) -> str:
        seen["second"] = picture
        return "2"

    both = gr.Parallel(
        gr.Interface(first, gr.Image(type="pil"), "text"), gr.Interface(second, gr.Image(type="numpy"), "text")
    )
    assert both(Image.new("RGB", (4, 3), "red")) == ["1", "2"]
    assert isinstance(seen["first"], Image.Image) and isinstance(seen["second"], np.ndarray)


def test_one_that_changes_its_input_changes_nobody_elses() -> None:
    started = threading.Barrier(2)

    def spoil(picture: Any) -> Any:
        started.wait(20)
        picture[:] = 0
        return int(picture.sum())

    def look(picture: Any) -> int:
        started.wait(20)
        return int(picture.sum())

    both = gr.Parallel(*(gr.Interface(fn, gr.Image(type="numpy"), "number") for fn in (spoil, look)))
    white = np.full((5, 5, 3), 255, dtype=np.uint8)
    assert both(white) == [0, 5 * 5 * 3 * 255]
    assert both.run_prediction([white.copy()]) == [0, 5 * 5 * 3 * 255]


def test_a_limit_of_a_member_holds() -> None:
    most = running = 0
    lock = threading.Lock()

    def alone(text: str) -> str:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.005)
        with lock:
            running -= 1
        return text

    both = gr.Parallel(text(alone, concurrency_limit=1), text(upper))
    callers = [threading.Thread(target=both, args=("a",)) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(20)
    assert most == 1


# ---------------------------------------------------------------------- served


def test_each_result_comes_when_it_is_there_with_its_time(live: Any) -> None:
    go_on = threading.Event()

    def slow(text: str) -> str:
        assert go_on.wait(20)
        return "slow"

    served = live(gr.Parallel(text(upper), text(slow)))
    connection = served.connect("/api/predict", {"data": ["a"]}, "text/event-stream")
    answer = connection.getresponse()
    seen = ""
    while '"A"' not in seen:
        seen += answer.readline().decode()
    go_on.set()
    told = events(seen + answer.read().decode())
    connection.close()
    members = [data for name, data in told if name == "member"]
    assert [(one["name"], one["state"]) for one in members] == [
        ("upper", "running"),
        ("slow", "running"),
        ("upper", "done"),
        ("slow", "done"),
    ]
    assert 0 <= members[2]["seconds"] < members[3]["seconds"] and members[3]["outputs"] == [1]
    name, done = told[-1]
    assert name == "done" and done["data"] == ["A", "slow"] and len(done["members"]) == 2


def test_the_failure_of_one_is_shown_in_its_place(live: Any) -> None:
    served = live(gr.Parallel(text(upper), text(broken), text(lambda text: 1 / 0)), show_error=False)
    status, body = ask(served, "a")
    assert status == 200 and body["data"] == ["A", None, None]
    _, second, third = body["members"]
    assert second["state"] == "failed" and second["error"]["message"] == "This one is broken."
    assert third["error"]["code"] == "function_failed" and "ZeroDivisionError" not in json.dumps(third)


def test_what_an_output_cannot_show_is_the_failure_of_its_member(live: Any) -> None:
    served = live(gr.Parallel(text(upper), gr.Interface(lambda text: object(), "text", "image")))
    status, body = ask(served, "a")
    assert status == 200 and body["data"] == ["A", None] and body["members"][1]["state"] == "failed"


def test_when_all_have_failed_the_call_has(live: Any) -> None:
    status, body = ask(live(gr.Parallel(text(broken), text(broken))), "a")
    assert status == 500 and body["error"]["message"] == "This one is broken."


def test_an_input_that_is_wrong_is_told_at_its_place(live: Any) -> None:
    numbers = gr.Interface(lambda n: n, gr.Number(label="Age"), "number")
    status, body = ask(live(gr.Parallel(numbers, numbers)), "old")
    assert status == 422 and body["error"]["field"] == "Age"


def test_messages_and_bars_of_all_members_arrive(live: Any) -> None:
    def speaks(text: str, progress: Any = gr.Progress()) -> str:  # noqa: B008
        progress((1, 2), desc=text)
        gr.Info("halfway")
        return text

    told = ask(live(gr.Parallel(text(speaks), text(speaks))), "a", stream=True)
    assert sum(name == "log" for name, _ in told) == 2
    assert max(len(data) for name, data in told if name == "progress") == 2


def test_members_keep_a_state_of_their_own(live: Any) -> None:
    def count(text: str, seen: int = 0) -> tuple[str, int]:
        return f"{text} {seen}", seen + 1

    def gather(text: str, seen: Any) -> Any:
        seen = [*(seen or []), text]
        return ",".join(seen), seen

    counted = gr.Interface(count, ["text", "state"], ["text", "state"])
    gathered = gr.Interface(gather, ["text", "state"], ["text", "state"])
    served = live(gr.Parallel(counted, gathered))
    cookie = served.visitor()
    session = None
    answers = []
    for word in "ab":
        connection = served.connect("/api/predict", {"data": [word], "session": session}, cookie=cookie)
        body = json.loads(connection.getresponse().read())
        connection.close()
        session = body["session"]
        answers.append(body["data"])
    assert answers == [["a 0", "a"], ["b 1", "a,b"]]


def test_a_call_that_is_cancelled_ends_its_members(live: Any) -> None:
    begun, ended = threading.Event(), threading.Event()

    def forever(text: str) -> Iterator[str]:
        try:
            while begun.set() is None:
                threading.Event().wait(0.01)
                yield text
        finally:
            ended.set()

    served = live(gr.Parallel(text(forever), text(upper)))
    connection = served.connect("/api/predict", {"data": ["a"]}, "text/event-stream")
    answer = connection.getresponse()
    assert answer.readline() and begun.wait(20)
    answer.close()
    connection.close()
    assert ended.wait(20)


def test_an_explanation_and_flags_are_of_the_whole(live: Any, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)

    def good(text: str) -> dict[str, float]:
        share = 0.9 if "good" in text else 0.1
        return {"good": share, "bad": 1 - share}

    members = [gr.Interface(good, "text", "label") for _ in range(2)]
    whole = gr.Parallel(*members, interpretation="default", allow_flagging="auto")
    [told] = whole.interpret(["a good day"])
    assert max(told["interpretation"], key=lambda pair: abs(pair[1] or 0))[0].strip() == "good"
    status, _ = ask(live(whole), "a good day")
    assert status == 200
    log = (tmp_path / "flagged" / "log.csv").read_text()
    assert "good,good 2" in log.replace("'", "").replace('"', "") and "a good day" in log


def test_validators_of_members_run_once_and_beside_each_other() -> None:
    met, seen = threading.Barrier(3), list[str]()

    def valid(text: str) -> Any:
        seen.append(text)
        met.wait(20)  # one that ran on the loop of the async functions would hold up the others
        return gr.validate(text != "no", "Not that one.")

    async def validates_async(text: str) -> Any:
        await asyncio.sleep(0)
        return gr.validate(text != "no", "Not that one.")

    async def answer(text: str) -> str:
        return text

    members = [text(answer, validator=valid) for _ in range(3)]
    assert gr.Parallel(*members)("yes") == ["yes"] * 3 and seen == ["yes"] * 3
    later = gr.Parallel(text(answer, validator=validates_async), text(upper))
    assert later("yes") == ["yes", "YES"]
    with pytest.raises(QuickdemoError, match="Not that one"):
        later("no")


def test_a_limit_is_that_of_the_interface_wherever_it_is_a_member() -> None:
    running, most = 0, 0

    async def counts(text: str) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return text

    one = text(counts, concurrency_limit=1)
    assert gr.Parallel(one, gr.Series(one, text(upper)), gr.Parallel(one, one))("a") == ["a", "A", "a", "a"]
    assert most == 1


def test_members_that_wait_for_a_place_do_not_run_after_the_whole_has_failed() -> None:
    begun = threading.Semaphore(0)
    ran: list[str] = []

    def fails(text: str) -> str:
        assert begun.acquire(timeout=20)
        raise gr.Error("No.")

    def notes(text: str) -> str:
        ran.append(text)
        begun.release()
        stopped.wait(20)
        return text

    stopped = threading.Event()
    slow = text(notes, concurrency_limit=1)
    whole = gr.Parallel(text(fails), *[slow] * 5)
    with pytest.raises(gr.Error, match=r"No\."):
        whole("a")
    stopped.set()
    for thread in threading.enumerate():
        if thread.name.startswith("fails | notes"):
            thread.join(20)
    assert ran == ["a"]


@pytest.mark.parametrize("is_async", [False, True])
def test_the_time_limit_of_a_member_is_its_own(live: Any, is_async: bool) -> None:
    never = threading.Event()

    def waits(text: str) -> Any:
        never.wait(20)

    async def waits_async(text: str) -> Any:
        await asyncio.sleep(20)

    def gives_one(text: str) -> Iterator[str]:
        yield text
        never.wait(20)

    async def gives_one_async(text: str) -> Any:
        yield text
        await asyncio.sleep(20)

    late = text(waits_async if is_async else waits, time_limit=0.05, title="Late")
    some = text(gives_one_async if is_async else gives_one, time_limit=0.2, title="Some")
    status, answer = ask(live(gr.Parallel(late, some, text(upper))), "a")
    with pytest.raises(QuickdemoError, match=r"longer than the 0.05 s"):
        gr.Series(late, text(upper))("a")
    never.set()
    assert (status, answer["data"]) == (200, [None, "a", "A"])
    assert [one["state"] for one in answer["members"]] == ["failed", "done", "done"]
    assert "longer than the 0.05 s" in answer["members"][0]["error"]["message"]


def test_kept_answers_depend_on_the_function_and_on_the_members_settings() -> None:
    from quickdemo.runtime.caching.keys import function_key

    def key_of(precision: int) -> str:
        inner = gr.Interface(float, gr.Number(precision=precision), gr.Number())
        return function_key(gr.Series(gr.Interface(float, "number", "number"), inner))

    assert key_of(0) != key_of(3) and key_of(3) == key_of(3)
    own = [function_key(gr.Parallel(text(upper), fn=fn)) for fn in (lambda text: text, lambda text: text * 2)]
    assert own[0] != own[1]


def test_with_a_function_of_its_own_it_is_an_interface_like_any_other() -> None:
    counts = gr.Interface(lambda text, n: (text, n), ["text", "state"], ["text", "state"])
    own = gr.Parallel(counts, fn=str.upper, inputs="text", outputs="text")
    assert own("a") == "A"
    assert not own.stateful and not own.members
