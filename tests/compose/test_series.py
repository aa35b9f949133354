"""Series: the answer of one function is the input of the next."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime.call import LocalCall
from tests.compose.test_parallel import ask, broken, live, lower, text, upper

__all__ = ["live"]


def exclaim(text: str) -> str:
    return text + "!"


def grows(text: str) -> Iterator[str]:
    for end in range(1, len(text) + 1):
        yield text[:end]


def values_of(series: gr.Series, *given: Any) -> list[Any]:
    return [list(step) for step in series.run(list(given), LocalCall())]


# ---------------------------------------------------------------------- the declaration


def test_it_has_the_first_ones_inputs_and_the_last_ones_outputs() -> None:
    chain = gr.Series(text(upper), gr.Interface(exclaim, "text", gr.Textbox(label="Loud")), title="Chain")
    assert chain.name == chain.__name__ == "upper => exclaim"
    assert [c.label for c in chain.inputs] == ["Text"] and [c.label for c in chain.outputs] == ["Loud"]
    assert chain("a") == "A!"


def test_intermediate_results_on_request() -> None:
    chain = gr.Series(text(upper), text(exclaim), intermediate=True)
    assert [c.label for c in chain.outputs] == ["upper", "exclaim"]
    assert chain("a") == ["A", "A!"]
    assert values_of(chain, "a") == [["A", None], ["A", "A!"]]


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: gr.Series(), ValueError, "Series needs at least one Interface."),
        (lambda: gr.Series(text(upper), "text"), TypeError, "made of Interfaces; it was given 'text'"),
        (
            lambda: gr.Series(text(upper), gr.Interface(lambda a, b: a, ["text", "text"], "text", title="Two")),
            ValueError,
            "Two takes 2 inputs, and upper gives it 1 output.",
        ),
        (
            lambda: gr.Series(
                text(upper), gr.Interface(lambda image: "", gr.Image(label="Photo"), "text", title="See")
            ),
            ValueError,
            "upper does not fit See: 'output' gives a textbox, and 'Photo' takes an image.",
        ),
    ],
)
def test_what_does_not_fit_is_said_when_it_is_made(make: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as raised:
        make()
    assert said in str(raised.value)


def test_outputs_beyond_what_the_next_one_takes_are_left_out() -> None:
    two = gr.Interface(lambda text: (text, 2), "text", ["text", "number"])
    assert gr.Series(two, text(upper))("a") == "A"


# ---------------------------------------------------------------------- values


def test_python_values_are_passed_on() -> None:
    seen: list[Any] = []

    def noise(seed: float) -> Any:
        return np.random.default_rng(int(seed)).integers(0, 256, (8, 9, 3), dtype=np.uint8)

    def look(picture: Any) -> int:
        seen.append(picture)
        return picture.width

    chain = gr.Series(gr.Interface(noise, "number", "image"), gr.Interface(look, gr.Image(type="pil"), "number"))
    assert chain(3) == 9
    assert isinstance(seen[0], Image.Image) and np.array_equal(np.asarray(seen[0]), noise(3))


def test_numbers_become_text_and_text_numbers_as_their_components_say() -> None:
    double = gr.Interface(lambda n: n * 2, "number", "number")
    assert gr.Series(double, text(exclaim))(2) == "4.0!"
    assert gr.Series(text(lower), double)("2.5") == 5
    with pytest.raises(ValueError, match="takes a number; the stage before gave 'many'"):
        gr.Series(text(lower), double)("many")


def test_nesting_either_way() -> None:
    a, b = text(lambda text: text + "1"), text(lambda text: text + "2")
    assert gr.Series(a, gr.Parallel(a, b))("x") == ["x11", "x12"]
    assert gr.Parallel(gr.Series(a, b), b)("x") == ["x12", "x2"]
    assert gr.Series(gr.Series(a, b), gr.Series(b))("x") == "x122"


def test_async_and_batch_stages() -> None:
    async def later(text: str) -> str:
        return text + " later"

    def together(texts: list[str]) -> list[str]:
        return [one.upper() for one in texts]

    assert gr.Series(text(later), text(together, batch=True), text(later))("a") == "A LATER later"


# ---------------------------------------------------------------------- streams


def test_the_last_ones_stream_is_that_of_the_whole() -> None:
    assert values_of(gr.Series(text(upper), text(grows)), "abc") == [["A"], ["AB"], ["ABC"]]


def test_a_stage_works_on_what_there_is_so_far() -> None:
    """The first token is there before the first stage has ended."""
    go_on = threading.Event()

    def waits(text: str) -> Iterator[str]:
        yield "one"
        assert go_on.wait(20)
        yield "one two"

    steps = gr.Series(text(waits), text(upper), text(exclaim)).run(["a"], LocalCall())
    assert list(next(steps)) == ["ONE!"]
    go_on.set()
    assert [list(step) for step in steps][-1] == ["ONE TWO!"]


@pytest.mark.parametrize(
    "options",
    [{"retry": False}, {"inputs": ["text", "state"], "outputs": ["text", "state"]}],
    ids=["must not run twice", "has state"],
)
def test_a_stage_that_may_not_gets_the_last_value_only(options: dict[str, Any]) -> None:
    seen: list[str] = []

    def notes(text: str, state: Any = None) -> Any:
        seen.append(text)
        return (text, state) if "inputs" in options else text

    stage = gr.Interface(notes, **{"inputs": "text", "outputs": "text", **options})
    assert gr.Series(text(grows), stage)("abc") == "abc"
    assert seen == ["abc"]


@pytest.mark.parametrize(
    "options",
    [{"retry": False}, {"inputs": ["text", "state"], "outputs": ["text", "state"]}],
    ids=["must not run twice", "has state"],
)
def test_nor_does_one_that_stands_behind_a_stage_that_works_on_parts(options: dict[str, Any]) -> None:
    seen: list[str] = []

    def notes(text: str, state: Any = 0) -> Any:
        seen.append(text)
        return (text, (state or 0) + 1) if "inputs" in options else text

    worked = threading.Event()

    def waits(text: str) -> Iterator[str]:
        yield "a"
        assert worked.wait(20)
        yield "ab"

    def works(text: str) -> str:
        worked.set()
        return text.upper()

    last = gr.Interface(notes, **{"inputs": "text", "outputs": "text", **options})
    assert gr.Series(text(waits), text(works), last)("x") == "AB"
    assert seen == ["AB"]


def test_the_failure_of_a_later_stage_is_that_of_the_whole() -> None:
    shown = threading.Event()

    def waits(text: str) -> Iterator[str]:
        yield "a"
        yield "aa"
        shown.wait(1)  # the last one is worked on as a part, too

    def refuses(text: str) -> str:
        if text == "AA":
            shown.set()
            raise gr.Error("Not this one.")
        return text

    with pytest.raises(gr.Error, match="Not this one"):
        gr.Series(text(waits), text(upper), text(refuses))("x")


def test_what_was_made_of_the_last_part_is_not_made_again() -> None:
    made: list[str] = []
    worked = threading.Event()

    def waits(text: str) -> Iterator[str]:
        yield "all"
        assert worked.wait(20)

    def notes(text: str) -> str:
        made.append(text)
        return text

    def last(text: str) -> str:
        made.append(text)
        worked.set()
        return text

    assert gr.Series(text(waits), text(notes), text(last))("x") == "all"
    assert made == ["all", "all"]


def test_a_stage_that_streams_itself_gets_the_last_value_only() -> None:
    assert values_of(gr.Series(text(grows), text(grows)), "ab") == [["a"], ["ab"]]


def test_parts_that_make_no_sense_are_no_failure() -> None:
    def adds(text: str) -> Iterator[str]:
        yield "1+"
        yield "1+2"

    def evaluates(text: str) -> str:
        first, second = text.split("+")
        return str(int(first) + int(second))

    assert gr.Series(text(adds), text(evaluates))("a") == "3"


# ---------------------------------------------------------------------- served


def test_where_it_stands_is_told(live: Any) -> None:
    told = ask(live(gr.Series(text(upper), text(exclaim))), "a", stream=True)
    members = [(data["name"], data["state"], data["outputs"]) for name, data in told if name == "member"]
    assert members == [
        ("upper", "running", []),
        ("upper", "done", []),
        ("exclaim", "running", []),
        ("exclaim", "done", []),
    ]
    assert told[-1][1]["data"] == ["A!"]
    assert all(one["seconds"] >= 0 for one in told[-1][1]["members"])


def test_a_stage_is_done_when_it_has_ended_whatever_becomes_of_the_next(live: Any) -> None:
    told = ask(live(gr.Series(text(upper), text(broken))), "a", stream=True)
    members = [(data["name"], data["state"]) for name, data in told if name == "member"]
    assert members == [("upper", "running"), ("upper", "done"), ("broken", "running"), ("broken", "failed")]


def test_outputs_that_stay_are_encoded_once(live: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[Any] = []

    class Noted(gr.Textbox):
        def postprocess(self, value: Any, files: Any) -> Any:
            encoded.append(value)
            return super().postprocess(value, files)

    chain = gr.Series(gr.Interface(upper, "text", Noted()), text(grows), intermediate=True)
    told = ask(live(chain), "a" * 30, stream=True)
    assert told[-1][1]["data"] == ["A" * 30, "A" * 30]
    assert encoded.count("A" * 30) == 2  # for the page, and for the next stage


def test_bars_of_inner_ones_arrive_and_do_not_gather(live: Any) -> None:
    calls: list[Any] = []

    def steps(text: str, progress: Any = gr.Progress()) -> str:  # noqa: B008
        progress((1, 2), desc=text)
        return text

    class Watched(gr.Series):
        def run(self, values: Any, call: Any) -> Any:
            calls.append(call)
            return super().run(values, call)

    inner = gr.Series(text(steps), text(upper))
    told = ask(live(Watched(text(grows), inner)), "abcdefgh", stream=True)
    assert any(data and data[0]["index"] == 1 for name, data in told if name == "progress")
    [call] = calls
    assert len(call.reports.parts) == 2 and all(len(part.parts) <= 2 for part in call.reports.parts)


def test_the_stage_that_failed_is_told(live: Any) -> None:
    told = ask(live(gr.Series(text(upper), text(broken), text(exclaim))), "a", stream=True)
    members = [(data["name"], data["state"]) for name, data in told if name == "member"]
    assert members[-1] == ("broken", "failed") and ("exclaim", "running") not in members
    assert told[-1][0] == "error" and told[-1][1]["error"]["message"] == "This one is broken."
