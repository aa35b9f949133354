"""batch=True: calls that wait at the same time go together, and each gets what is its own."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime.batches import apart
from quickdemo.runtime.errors import InvalidValueError, RefusedError
from quickdemo.runtime.queueing import QueueLimits
from tests.desk import Desk
from tests.running import until
from tests.serving import Serve


class Gate:
    """A batch function whose first batch waits until `open` is set; `seen` are the batches that it got."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.begun = threading.Event()
        self.seen: list[list[str]] = []

    def __call__(self, words: list[str], times: list[float]) -> tuple[list[str], list[int]]:
        self.seen.append(list(words))
        if len(self.seen) == 1:
            self.begun.set()
            self.open.wait(20)
        if "bad" in words:
            raise gr.Error(f"No bad words: {len(words)} calls.")
        return [word * int(n) for word, n in zip(words, times, strict=True)], [len(word) for word in words]


def batched(fn: Any, **options: Any) -> gr.Interface:
    inputs = ["text", gr.Slider(0, 9, label="times")]
    return gr.Interface(fn, inputs, ["text", "number"], batch=True, **{"allow_flagging": "never", **options})


async def ask(desk: Desk, demo: gr.Interface, *wires: Any) -> Any:
    try:
        return await desk.call(demo, list(wires))
    except Exception as error:
        return error


def gathered(demo: gr.Interface, gate: Gate, rows: list[tuple[Any, ...]]) -> list[Any]:
    """The answers of calls of which all but the first come while that one runs."""

    async def main() -> list[Any]:
        async with Desk(demo) as desk:
            calls = [asyncio.ensure_future(ask(desk, demo, *rows[0]))]
            await asyncio.to_thread(gate.begun.wait, 20)
            calls += [asyncio.ensure_future(ask(desk, demo, *row)) for row in rows[1:]]
            while desk.running < len([row for row in rows if row[1] <= 9]):
                await asyncio.sleep(0.001)
            gate.open.set()
            return await asyncio.wait_for(asyncio.gather(*calls), 20)

    return asyncio.run(main())


def test_the_first_goes_at_once_and_those_that_wait_go_together() -> None:
    gate = Gate()
    answers = gathered(batched(gate), gate, [(letter, 2) for letter in "abcdefg"])
    assert [len(batch) for batch in gate.seen] == [1, 4, 2]
    assert gate.seen[0] == ["a"]
    assert answers == [[letter * 2, 1] for letter in "abcdefg"]


def test_an_error_concerns_the_calls_of_its_batch_and_an_invalid_input_its_caller() -> None:
    gate = Gate()
    words = ["a", "b", "bad", "c", "d", "e"]
    answers = gathered(batched(gate, max_batch_size=2), gate, [(word, 99 if word == "c" else 1) for word in words])
    assert [len(batch) for batch in gate.seen] == [1, 2, 2]
    failed = next(batch for batch in gate.seen if "bad" in batch)
    for word, answer in zip(words, answers, strict=True):
        if word == "c":
            assert isinstance(answer, InvalidValueError)
        elif word in failed:
            assert str(answer) == "No bad words: 2 calls."
        else:
            assert answer == [word, 1]


def test_an_async_function_gets_batches_too() -> None:
    gate = Gate()

    async def fn(words: list[str], times: list[float]) -> Any:
        return await asyncio.to_thread(gate, words, times)

    assert gathered(batched(fn), gate, [("a", 1), ("b", 2), ("c", 3)]) == [["a", 1], ["bb", 1], ["ccc", 1]]
    assert [sorted(batch) for batch in gate.seen] == [["a"], ["b", "c"]]


def test_real_requests_are_joined_and_each_gets_its_own_answer(serve: Serve) -> None:
    gate = Gate()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    served = serve(batched(gate), {"port": port})
    served.listen(listener)
    answers: dict[str, str] = {}

    def post(word: str) -> None:
        headers = {"content-type": "application/json", "accept": "text/event-stream" if word in "ce" else "*/*"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", "/api/predict", json.dumps({"data": [word, 2]}), headers)
        answers[word] = connection.getresponse().read().decode()
        connection.close()

    first = threading.Thread(target=post, args=("a",))
    first.start()
    assert gate.begun.wait(20)
    others = [threading.Thread(target=post, args=(word,)) for word in "bcde"]
    for thread in others:
        thread.start()
    until(lambda: served.context.engine.unfinished == 5)
    gate.open.set()
    for thread in [first, *others]:
        thread.join(20)
    assert [len(batch) for batch in gate.seen] == [1, 4]
    assert all(f'"{word * 2}"' in answers[word] for word in "abcde")


def test_a_caller_who_left_takes_no_place() -> None:
    gate = Gate()
    demo = batched(gate)

    async def main() -> None:
        async with Desk(demo) as desk:
            first = asyncio.ensure_future(ask(desk, demo, "a", 1))
            await asyncio.to_thread(gate.begun.wait, 20)
            left, stays = (asyncio.ensure_future(ask(desk, demo, word, 1)) for word in ("gone", "b"))
            while desk.running < 3:
                await asyncio.sleep(0.001)
            left.cancel()
            await asyncio.wait([left])
            gate.open.set()
            assert await first == ["a", 1]
            assert await stays == ["b", 1]
            assert gate.seen == [["a"], ["b"]]

    asyncio.run(main())


def test_too_many_that_wait_are_refused() -> None:
    gate = Gate()
    demo = batched(gate, max_batch_size=1)

    async def main() -> None:
        async with Desk(demo, limits=QueueLimits(None, 2)) as desk:
            waiting = [asyncio.ensure_future(ask(desk, demo, "a", 1))]
            await asyncio.to_thread(gate.begun.wait, 20)
            waiting += [asyncio.ensure_future(ask(desk, demo, word, 1)) for word in "bc"]
            while desk.running < 3:  # their values are looked at first
                await asyncio.sleep(0.001)
            with pytest.raises(RefusedError, match="2 calls of f0 wait already"):
                await desk.call(demo, ["d", 1])
            gate.open.set()
            assert await asyncio.gather(*waiting) == [["a", 1], ["b", 1], ["c", 1]]
            assert await desk.call(demo, ["e", 1]) == ["e", 1]  # nothing is left behind

    asyncio.run(main())


def test_a_call_from_python_is_a_batch_of_one() -> None:
    gate = Gate()
    gate.open.set()
    demo = batched(gate)
    assert demo("ab", 2) == ["abab", 2]
    assert demo.process(["ab", 3]) == ["ababab", 2]
    assert gate.seen == [["ab"], ["ab"]]


TEXT = [gr.Textbox(label="Out")]
TWO = [gr.Textbox(label="Out"), gr.Number(label="Size")]


@pytest.mark.parametrize(
    ("returned", "calls", "outputs", "each"),
    [
        ([["a", "b"]], 2, TEXT, ["a", "b"]),
        ((["a", "b"],), 2, TEXT, ["a", "b"]),
        (["a", "b"], 2, TEXT, ["a", "b"]),
        (["a"], 1, TEXT, ["a"]),
        ([["a"]], 1, TEXT, ["a"]),
        ((["a", "b"], [1, 2]), 2, TWO, [("a", 1), ("b", 2)]),
        ([("a", "b"), np.array([1, 2])], 2, TWO, [("a", 1), ("b", 2)]),
        (np.array([[1, 2], [3, 4]]).sum(axis=1), 2, TEXT, [3, 7]),
        (None, 3, [], [None, None, None]),
    ],
)
def test_forms_of_what_a_batch_may_return(returned: Any, calls: int, outputs: Any, each: list[Any]) -> None:
    assert apart(returned, calls, outputs, "f") == each


@pytest.mark.parametrize(
    ("returned", "outputs", "message"),
    [
        ("ab", TEXT, r"f works on batches: it must return 1 list \(Out\); it returned str"),
        (None, TWO, r"it must return 2 lists \(Out, Size\); it returned NoneType"),
        ((["a", "b"],), TWO, r"it must return 2 lists \(Out, Size\); it returned 1 value"),
        ((["a"], [1, 2]), TWO, "f got 2 calls and must return as many values for Out; it returned 1 value"),
        (["a", "b", "c"], TEXT, "f got 2 calls and must return as many values for Out; it returned 3 values"),
        ((["a", "b"], 3), TWO, "f must return a list of 2 values for Size; it was int"),
    ],
)
def test_wrong_counts_are_named(returned: Any, outputs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        apart(returned, 2, outputs, "f")


def steps(words: list[str]) -> Iterator[list[str]]:
    yield words


def asks(words: list[str], request: gr.Request) -> list[str]:
    return words


@pytest.mark.parametrize(
    ("fn", "inputs", "options", "message"),
    [
        (steps, "text", {}, "steps is a generator"),
        (asks, "text", {}, "asks can ask for no Request"),
        (lambda a, b: a, ["text", "state"], {}, "it has no state"),
        (lambda: 1, None, {}, "needs at least one input"),
        (lambda a: a, "text", {"max_batch_size": 0}, "max_batch_size must be a whole number from 1; it was 0"),
    ],
)
def test_what_cannot_be_batched_is_refused(fn: Any, inputs: Any, options: Any, message: str) -> None:
    outputs = ["text", "state"] if inputs == ["text", "state"] else "text"
    with pytest.raises(ValueError, match=message):
        gr.Interface(fn, inputs, outputs, batch=True, allow_flagging="never", **options)
