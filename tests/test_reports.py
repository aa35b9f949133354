"""Progress, messages, the caller, time limits: over HTTP, as a program sees them."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.reports import Bar, Reports, current
from tests.serving import OURS, Serve

STREAM = {**OURS, "accept": "text/event-stream"}


def interface(fn: Any, inputs: Any = "text", outputs: Any = "text", **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, **{"allow_flagging": "never", **options})


def events(answer: Any) -> list[tuple[str, Any]]:
    """The (event, data) pairs of a stream."""
    blocks = [block for block in answer.text.strip().split("\n\n") if not block.startswith(":")]
    lines = [block.split("\n") for block in blocks]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in lines]


def streamed(serve: Serve, fn: Any, *data: Any, **options: Any) -> list[tuple[str, Any]]:
    client = serve(interface(fn, **options)).client()
    return events(client.post("/api/predict", json={"data": list(data)}, headers=STREAM))


# ---------------------------------------------------------------------- streams


def growing(text: str) -> Iterator[str]:
    for end in range(1, len(text) + 1):
        yield text[:end]


async def growing_async(text: str) -> AsyncIterator[str]:
    for end in range(1, len(text) + 1):
        yield text[:end]


@pytest.mark.parametrize("fn", [growing, growing_async])
def test_a_growing_text_is_sent_as_what_it_grew_by(serve: Serve, fn: Any) -> None:
    told = streamed(serve, fn, "abcd")
    assert told[:4] == [
        ("partial", {"data": ["a"]}),
        ("partial", {"diff": [[["append", [], "b"]]]}),
        ("partial", {"diff": [[["append", [], "c"]]]}),
        ("partial", {"diff": [[["append", [], "d"]]]}),
    ]
    assert told[4][0] == "done" and told[4][1]["data"] == ["abcd"]


def test_a_client_that_prefers_little_is_not_told_twice(serve: Serve) -> None:
    client = serve(interface(growing)).client()
    told = events(client.post("/api/predict", json={"data": ["ab"]}, headers={**STREAM, "prefer": "return=minimal"}))
    assert told[-1][0] == "done" and list(told[-1][1]) == ["duration"]
    plain = serve(interface(str.upper)).client()
    told = events(plain.post("/api/predict", json={"data": ["ab"]}, headers={**STREAM, "prefer": "return=minimal"}))
    assert told[-1][1]["data"] == ["AB"]


def test_html_and_conversations_grow_by_what_is_new(serve: Serve) -> None:
    def talk(text: str) -> Iterator[Any]:
        for end in range(1, len(text) + 1):
            yield f"**Answer** {text[:end]}", [("What?", text[:end])]

    client = serve(interface(talk, outputs=["markdown", "chatbot"])).client()
    for count in (100, 400):
        size = len(client.post("/api/predict", json={"data": ["x" * count]}, headers=STREAM).content)
        assert size < 250 * count + 2000, count  # all values whole would be three times count * count / 2


def test_bytes_grow_with_the_tokens_not_with_their_square(serve: Serve) -> None:
    client = serve(interface(growing)).client()
    for count in (500, 2000):
        size = len(client.post("/api/predict", json={"data": ["x" * count]}, headers=STREAM).content)
        assert size < 100 * count + 1000, count  # all values whole would be count * count / 2


def test_a_list_that_is_changed_in_place_is_seen_to_change(serve: Serve) -> None:
    def fill(text: str) -> Iterator[list[str]]:
        seen: list[str] = []
        for letter in text:
            seen.append(letter)
            yield seen

    told = streamed(serve, fill, "ab", outputs="json")
    assert told[1] == ("partial", {"diff": [[["add", [1], "b"]]]})


def test_what_is_refused_before_it_runs_has_its_own_status(serve: Serve) -> None:
    client = serve(interface(growing, gr.Textbox(max_length=3, label="Word"))).client()
    answer = client.post("/api/predict", json={"data": ["long"]}, headers=STREAM)
    assert answer.status_code == 422 and answer.json()["error"]["field"] == "Word"


def test_an_error_in_the_middle_keeps_what_came_before(serve: Serve) -> None:
    def broken(text: str) -> Iterator[str]:
        yield text
        raise gr.Error("Out of words.")

    told = streamed(serve, broken, "a")
    assert told == [
        ("partial", {"data": ["a"]}),
        ("error", {"error": {"code": "error", "message": "Out of words.", "hint": ""}}),
    ]


# ---------------------------------------------------------------------- progress


def test_progress_is_sent_while_the_function_runs(serve: Serve) -> None:
    def work(text: str, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        progress(0.25, desc="Reading")
        time.sleep(0.2)
        progress((3, 4), unit="files")
        time.sleep(0.2)
        return text

    told = streamed(serve, work, "a")
    bars = [what[0] for kind, what in told if kind == "progress"]
    assert [(bar["progress"], bar["index"], bar["length"]) for bar in bars] == [(0.25, None, None), (None, 3, 4)]
    assert bars[0]["desc"] == "Reading" and bars[1]["unit"] == "files"
    assert told[-1][0] == "done"


def test_bars_are_nested_and_end(serve: Serve) -> None:
    def work(text: str, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        for _ in progress.tqdm("ab", desc="outer"):
            for _ in progress.tqdm(range(3), desc="inner", unit="rows"):
                time.sleep(0.06)
        return text

    told = [what for kind, what in streamed(serve, work, "a") if kind == "progress"]
    assert any([bar["desc"] for bar in bars] == ["outer", "inner"] for bars in told)
    assert all(bar["length"] == {"outer": 2, "inner": 3}[bar["desc"]] for bars in told for bar in bars)


def test_bars_of_tqdm_are_followed_in_that_call_alone(serve: Serve) -> None:
    from tqdm import tqdm

    def work(text: str, progress: gr.Progress = gr.Progress(track_tqdm=True)) -> str:  # noqa: B008
        for _ in tqdm(range(5), desc="rows", mininterval=0, file=io.StringIO()):
            time.sleep(0.06)
        return text

    def other(text: str) -> str:
        list(tqdm(range(3), mininterval=0, file=io.StringIO()))
        return text

    told = [what for kind, what in streamed(serve, work, "a") if kind == "progress"]
    assert told[-1] == []  # the bar ends when the loop does
    assert told and all(bars[0]["desc"] == "rows" and bars[0]["length"] == 5 for bars in told if bars)
    assert [kind for kind, _ in streamed(serve, other, "a")] == ["done"]


@pytest.mark.parametrize("kind", ["plain", "async", "generator", "async_generator"])
def test_tqdm_is_as_before_when_the_calls_have_ended(serve: Serve, kind: str) -> None:
    from tqdm.std import tqdm

    own = tqdm.__init__, tqdm.update, tqdm.close
    seen: list[bool] = []

    def plain(text: str, progress: gr.Progress = gr.Progress(track_tqdm=True)) -> str:  # noqa: B008
        seen.append(tqdm.update is own[1])
        for _ in tqdm(range(3), mininterval=0, file=io.StringIO(), desc="rows"):
            time.sleep(0.03)  # as long as a reader needs to look
        return text

    async def coroutine(text: str, progress: gr.Progress = gr.Progress(track_tqdm=True)) -> str:  # noqa: B008
        return plain(text)

    def generator(text: str, progress: gr.Progress = gr.Progress(track_tqdm=True)) -> Iterator[str]:  # noqa: B008
        yield plain(text)

    async def async_generator(
        text: str,
        progress: gr.Progress = gr.Progress(track_tqdm=True),  # noqa: B008
    ) -> AsyncIterator[str]:
        yield plain(text)

    fn = {"plain": plain, "async": coroutine, "generator": generator, "async_generator": async_generator}[kind]
    told = streamed(serve, fn, "a")
    assert told[-1][0] == "done" and seen == [False]
    assert [bars[0]["desc"] for event, bars in told if event == "progress" and bars][:1] == ["rows"]
    assert (tqdm.__init__, tqdm.update, tqdm.close) == own
    assert interface(plain)("a") == "a" and seen[-1]  # from Python nothing is followed


def test_a_disabled_bar_of_tqdm_is_none(serve: Serve) -> None:
    from tqdm import tqdm

    def work(text: str, progress: gr.Progress = gr.Progress(track_tqdm=True)) -> str:  # noqa: B008
        for _ in tqdm(range(5), disable=True):
            time.sleep(0.02)
        return text

    assert [kind for kind, _ in streamed(serve, work, "a")] == ["done"]


def test_a_fast_loop_sends_few_bars_and_the_last_one(serve: Serve) -> None:
    def work(text: str, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        for step in range(20_000):
            progress((step + 1, 20_000))
        return text

    began = time.monotonic()
    told = [what[0] for kind, what in streamed(serve, work, "a") if kind == "progress"]
    assert told[-1]["index"] == 20_000
    assert len(told) <= 3 + (time.monotonic() - began) / 0.05


def test_a_rate_is_told_when_there_is_one() -> None:
    bar = Bar("rows", "rows")
    assert bar.wire()["rate"] is None
    bar.set(0, 10)
    bar._seen[0] = (bar._seen[0][0] - 2, 0)
    bar.set(4, 10)
    told = bar.wire()
    assert 1.5 < told["rate"] < 2.5 and 2 < told["remaining"] < 4


def test_outside_of_a_call_progress_and_messages_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    progress = gr.Progress()
    assert progress(0.5) == 0.5 and list(progress.tqdm([1, 2])) == [1, 2]
    gr.Info("to nobody")
    gr.Warning("to nobody")
    assert "Warning: 'to nobody'" in caplog.text


def test_from_python_a_function_with_progress_runs() -> None:
    def work(text: str, progress: gr.Progress = gr.Progress(), request: gr.Request | None = None) -> str:  # noqa: B008
        progress(0.5)
        return f"{text} {request.username if request else '?'}"

    assert interface(work)("a") == "a None"


# ---------------------------------------------------------------------- messages


def test_messages_come_as_they_are_said(serve: Serve) -> None:
    def work(text: str) -> str:
        gr.Info("Small model.", duration=None)
        gr.Warning("Slow today.", title="Note")
        return text

    told = streamed(serve, work, "a")
    assert [kind for kind, _ in told] == ["log", "log", "done"]
    assert told[0][1] == {"level": "info", "log": "Small model.", "title": "Info", "duration": None, "visible": True}
    assert told[1][1]["level"] == "warning" and told[1][1]["title"] == "Note"
    answer = serve(interface(work)).client().post("/api/predict", json={"data": ["a"]}, headers=OURS).json()
    assert [message["log"] for message in answer["messages"]] == ["Small model.", "Slow today."]


def test_a_flood_of_messages_is_dammed(serve: Serve) -> None:
    def work(text: str) -> str:
        for n in range(1000):
            gr.Info(str(n))
        return text

    assert [kind for kind, _ in streamed(serve, work, "a")] == ["log"] * 200 + ["done"]


def test_a_duration_of_zero_stays_and_one_that_is_no_time_is_refused(serve: Serve) -> None:
    def work(text: str) -> str:
        gr.Success("Saved.", duration=0)
        return text

    assert streamed(serve, work, "a")[0][1] == {
        "level": "success",
        "log": "Saved.",
        "title": "Success",
        "duration": None,
        "visible": True,
    }
    for wrong in (-1, float("nan"), float("inf"), "10", True):
        with pytest.raises(ValueError, match="duration is a number of seconds from 0 on, or None; it was"):
            gr.Info("x", duration=wrong)  # type: ignore[arg-type]


def test_the_looks_of_an_error_are_told_where_they_are_not_the_usual(serve: Serve) -> None:
    def told(error: gr.Error) -> Any:
        def fail(text: str) -> str:
            raise error

        return serve(interface(fail)).client().post("/api/predict", json={"data": ["a"]}, headers=OURS).json()["error"]

    usual = {"code": "error", "message": "No face.", "hint": ""}
    assert told(gr.Error("No face.")) == usual
    assert told(gr.Error("No face.", title="Look", duration=5)) == {**usual, "title": "Look", "duration": 5}
    assert told(gr.Error("No face.", 5, visible=False)) == {**usual, "duration": 5, "visible": False}
    assert told(gr.Error("No face.", duration="soon")) == usual  # type: ignore[arg-type]


@pytest.mark.parametrize(("own", "code"), [("no_face", "no_face"), (404, "error"), (object(), "error")])
def test_the_code_of_an_error_is_a_text(serve: Serve, own: object, code: str) -> None:
    class Own(gr.Error):
        code = own

    def fail(text: str) -> str:
        raise Own("No face.")

    answer = serve(interface(fail)).client().post("/api/predict", json={"data": ["a"]}, headers=OURS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, code)


# ---------------------------------------------------------------------- signs of life


@pytest.mark.parametrize("kind", ["plain", "async", "generator", "async_generator"])
def test_a_silent_stream_beats_and_its_values_are_as_without(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("quickdemo.runtime.server.streams.BEAT_S", 0.05)

    def plain(text: str) -> str:
        time.sleep(0.3)
        return text

    async def coroutine(text: str) -> str:
        await asyncio.sleep(0.3)
        return text

    def generator(text: str) -> Iterator[str]:
        for end in (1, 2):
            time.sleep(0.2)
            yield text[:end]

    async def async_generator(text: str) -> AsyncIterator[str]:
        for end in (1, 2):
            await asyncio.sleep(0.2)
            yield text[:end]

    fn = {"plain": plain, "async": coroutine, "generator": generator, "async_generator": async_generator}[kind]
    client = serve(interface(fn)).client()
    text = client.post("/api/predict", json={"data": ["ab"]}, headers=STREAM).text
    blocks = text.strip().split("\n\n")
    told = [block for block in blocks if block != ": still running"]
    assert len(blocks) - len(told) >= 2
    assert told[-1].startswith("event: done") and '"data":["ab"]' in told[-1]
    if "generator" in kind:
        partials = [json.loads(block.split("data: ")[1]) for block in told[:-1]]
        assert partials == [{"data": ["a"]}, {"diff": [[["append", [], "b"]]]}]


def test_a_time_limit_ends_a_call_between_beats(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quickdemo.runtime.server.streams.BEAT_S", 0.05)
    release = threading.Event()
    client = serve(interface(lambda text: release.wait(20) and text, time_limit=0.3)).client()
    answer = client.post("/api/predict", json={"data": ["a"]}, headers=STREAM)
    plain = client.post("/api/predict", json={"data": ["a"]}, headers=OURS)
    release.set()
    assert ": still running" in answer.text and "0.3 s" in events(answer)[-1][1]["error"]["message"]
    assert plain.status_code == 504


# ---------------------------------------------------------------------- the caller


def asks_plain(text: str, request: gr.Request) -> str:
    return f"{request.username} {request.language} {request.headers.get('x-mine')} {request.query_params.get('q')}"


def asks_between(request: gr.Request, text: str) -> str:
    return asks_plain(text, request)


async def asks_async(text: str, request: gr.Request | None = None) -> str:
    assert request is not None
    return asks_plain(text, request)


def asks_generator(text: str, *, request: gr.Request) -> Iterator[str]:
    yield asks_plain(text, request)


@pytest.mark.parametrize("fn", [asks_plain, asks_between, asks_async, asks_generator])
def test_a_function_may_ask_who_calls(serve: Serve, fn: Any) -> None:
    demo = interface(fn)
    assert len(demo.inputs) == 1 and demo.inputs[0].label == "text"
    headers = {
        **OURS,
        "accept-language": "de-CH, en;q=0.8",
        "x-mine": "yes",
        "cookie": "secret=1",
        "authorization": "x",
    }
    answer = serve(demo).client().post("/api/predict?q=5", json={"data": ["a"]}, headers=headers)
    assert answer.json()["data"] == ["None de-CH yes 5"]


def test_a_function_that_asks_who_calls_learns_of_the_page_load(serve: Serve) -> None:
    def who(text: str, request: gr.Request) -> str:
        return str(request.session_hash)

    client = serve(interface(who)).client()
    first = client.post("/api/predict", json={"data": ["a"]}, headers=OURS).json()
    assert first["data"] == [first["session"]]
    again = client.post("/api/predict", json={"data": ["a"], "session": first["session"]}, headers=OURS).json()
    assert again["data"] == first["data"]


def test_cookies_and_credentials_are_not_handed_on(serve: Serve) -> None:
    def secrets_of(text: str, request: gr.Request) -> str:
        return " ".join(sorted(request.headers)) + str(dict(request.cookies)) + request.client.host

    headers = {**OURS, "cookie": "secret=1", "authorization": "Basic eA=="}
    answer = serve(interface(secrets_of)).client().post("/api/predict", json={"data": ["a"]}, headers=headers)
    shown = answer.json()["data"][0]
    assert "cookie" not in shown and "authorization" not in shown and shown.endswith("{}127.0.0.1")


# ---------------------------------------------------------------------- limits and leaving


def test_a_generator_ends_at_its_time_limit_with_what_it_had(serve: Serve) -> None:
    closed = threading.Event()

    def endless(text: str) -> Iterator[str]:
        try:
            while True:
                yield text
                time.sleep(0.02)
        finally:
            closed.set()

    told = streamed(serve, endless, "a", time_limit=0.3)
    assert told[0] == ("partial", {"data": ["a"]}) and told[-1][0] == "done" and told[-1][1]["data"] == ["a"]
    assert told[-2][0] == "log" and "time limit of 0.3 s" in told[-2][1]["log"]
    assert closed.wait(10)


@pytest.mark.parametrize("headers", [OURS, STREAM])
def test_a_function_that_takes_too_long_is_504(serve: Serve, headers: dict[str, str]) -> None:
    release = threading.Event()
    client = serve(interface(lambda text: release.wait(20) and text, time_limit=0.2)).client()
    answer = client.post("/api/predict", json={"data": ["a"]}, headers=headers)
    release.set()
    assert answer.status_code == 504 and "0.2 s" in answer.json()["error"]["message"]


def test_a_cancelled_call_ends_where_it_reports() -> None:
    reports = Reports()
    reports.cancelled = True
    token = current.set(reports)
    try:
        for tell in (lambda: gr.Info("x"), lambda: gr.Progress()(0.5)):
            with pytest.raises(BaseException, match="nobody waits"):
                tell()
    finally:
        current.reset(token)


def test_a_time_limit_must_be_a_time() -> None:
    with pytest.raises(ValueError, match="above 0 seconds"):
        interface(str.upper, time_limit=0)
