"""validator=: all wrong inputs are named before the function runs, and before any waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.errors import InvalidInputsError, InvalidValueError
from tests.desk import opened
from tests.serving import Serve


def between(low: float, high: float) -> float:
    return (low + high) / 2


def checked(validator: Any, fn: Any = between, **options: Any) -> gr.Interface:
    return gr.Interface(
        fn, ["number", "number"], "number", **{"validator": validator, "allow_flagging": "never", **options}
    )


def both(low: float, high: float) -> list[dict[str, Any]]:
    return [gr.validate(low >= 0, "Low must not be negative."), gr.validate(high > low, "High must be above low.")]


async def both_async(low: float, high: float) -> list[dict[str, Any]]:
    await asyncio.sleep(0)
    return both(low, high)


@pytest.mark.parametrize("validator", [both, both_async])
def test_all_refused_inputs_are_named_with_their_sentences(serve: Serve, validator: Any) -> None:
    client = serve(checked(validator)).client()
    assert client.post("/api/predict", json={"data": [1, 3]}).json()["data"] == [2]
    answer = client.post("/api/predict", json={"data": [-1, -3]})
    error = answer.json()["error"]
    assert answer.status_code == 422
    assert [(f["field"], f["index"], f["message"]) for f in error["fields"]] == [
        ("low", 0, "Low must not be negative."),
        ("high", 1, "High must be above low."),
    ]


def test_a_call_from_python_is_checked_too() -> None:
    with pytest.raises(InvalidValueError, match="High must be above low"):
        checked(both)(3, 1)
    with pytest.raises(InvalidInputsError):
        checked(both_async)(-3, -4)


@pytest.mark.parametrize("good", [None, True, [True, None], (gr.validate(True), True), gr.validate(True, "unused")])
def test_forms_of_a_good_verdict(good: Any) -> None:
    assert checked(lambda low, high: good)(1, 3) == 2


@pytest.mark.parametrize(
    ("verdict", "message", "index"),
    [
        (False, "These inputs cannot be used together.", None),
        (gr.validate(False, "Not those."), "Not those.", None),
        ([True, False], "high cannot be used.", 1),
        ([{"__type__": "validate", "is_valid": False, "message": "No."}, None], "No.", 0),
    ],
)
def test_forms_of_a_bad_verdict(verdict: Any, message: str, index: int | None) -> None:
    with pytest.raises(InvalidValueError) as caught:
        checked(lambda low, high: verdict)(1, 3)
    assert (caught.value.message, caught.value.index) == (message, index)


@pytest.mark.parametrize("verdict", ["no", 0, [True], [True, "no"], {"is_valid": True}])
def test_a_verdict_of_another_form_is_the_authors_error(verdict: Any) -> None:
    with pytest.raises(ValueError, match="The validator .* must return"):
        checked(lambda low, high: verdict)(1, 3)


def test_with_one_input_a_single_verdict_concerns_it(serve: Serve) -> None:
    demo = gr.Interface(
        str.upper, "text", "text", validator=lambda t: gr.validate(bool(t), "Write."), allow_flagging="never"
    )
    error = serve(demo).client().post("/api/predict", json={"data": [""]}).json()["error"]
    assert (error["message"], error["index"]) == ("Write.", 0)


def test_state_needs_no_verdict() -> None:
    def count(text: str, calls: int = 0) -> tuple[str, int]:
        return text, calls + 1

    for verdict in ([False], [False, True]):
        demo = gr.Interface(
            count,
            ["text", "state"],
            ["text", "state"],
            validator=lambda text, calls, verdict=verdict: verdict,
            allow_flagging="never",
        )
        with pytest.raises(InvalidValueError, match="text cannot be used"):
            demo("a")


def test_a_wrong_input_is_told_while_the_function_is_busy() -> None:
    release = threading.Event()
    demo = checked(both, lambda low, high: release.wait(20) and low, concurrency_limit=1)

    async def main() -> None:
        desk = await opened(demo)
        busy = asyncio.ensure_future(desk.call(demo, [1, 2]))
        with pytest.raises(InvalidValueError, match="Low"):
            await asyncio.wait_for(desk.call(demo, [-1, 2]), 10)
        assert not busy.done()
        release.set()
        assert await busy == [1]

    asyncio.run(main())


def test_a_generator_is_checked_before_its_first_step(serve: Serve) -> None:
    def steps(low: float, high: float) -> Iterator[float]:
        yield low
        yield high

    client = serve(checked(both, steps)).client()
    stream = {"accept": "text/event-stream"}
    assert "High must be above low." in client.post("/api/predict", json={"data": [3, 1]}, headers=stream).text
    assert client.post("/api/predict", json={"data": [1, 3]}, headers=stream).text.count("event: partial") == 2


def test_what_the_validator_raises_is_an_error_of_the_demo(serve: Serve) -> None:
    def broken(low: float, high: float) -> None:
        raise gr.Error("The list of limits is missing.")

    answer = serve(checked(broken)).client().post("/api/predict", json={"data": [1, 3]})
    assert answer.status_code == 500
    assert answer.json()["error"]["message"] == "The list of limits is missing."
