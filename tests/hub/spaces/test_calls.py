"""What belongs to a call besides its answer: progress, messages, cancelling, a full queue, streams that break off."""

from __future__ import annotations

import asyncio
import pydoc
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from quickdemo.hub.errors import HubError
from quickdemo.hub.loading import load
from quickdemo.hub.spaces import connection, remote, websocket
from quickdemo.runtime.compose.parallel import Parallel
from quickdemo.runtime.compose.series import Series
from quickdemo.runtime.reports import CallCancelled, Reports, current
from tests.hub.spaces import demos
from tests.hub.spaces.demos import png
from tests.hub.spaces.emulator import Demo, Emulator

Space = Callable[..., Emulator]
QUEUED = ["3.50.2", "4.2.0", "4.8.0", "4.44.1", "6.31.0"]


@pytest.mark.parametrize("version", QUEUED)
def test_its_progress_and_messages_are_ours(version: str, space: Space) -> None:
    told: list[tuple[str, Any]] = []
    reports = Reports(lambda kind, what: told.append((kind, what() if callable(what) else what)))
    io = load(space(version, demos.TEXT).url)

    token = current.set(reports)
    try:
        assert io("a") == "A"
    finally:
        current.reset(token)

    bars = [bar for kind, bars in told if kind == "progress" for bar in bars]
    assert any("In the queue of the app at" in bar["desc"] for bar in bars)
    assert any((bar["desc"], bar["index"], bar["length"]) == ("Working", 1, 4) for bar in bars)
    assert [(m["level"], m["log"]) for kind, m in told if kind == "log"] == [("info", "Nearly there")]
    assert reports.bars == []


def test_calls_whose_login_has_ended_log_in_once(tmp_path: Path) -> None:
    class Forgets(Emulator):
        """All four calls hear that their cookie is not taken before any of them logs in again."""

        refused = 0

        async def _join(self, request: Request) -> Response:
            answer = await super()._join(request)
            self.refused += answer.status_code == 401
            while answer.status_code == 401 and self.refused < 4:
                await asyncio.sleep(0.01)
            return answer

    served = Forgets("4.44.1", demos.LOGIN, tmp_path)
    try:
        io = load(served.url, auth=("ada", "correct horse"))
        assert io("a") == "hello a"
        served._cookie = "another"
        assert io.map(["a", "b", "c", "d"]) == ["hello a", "hello b", "hello c", "hello d"]
    finally:
        served.close()

    assert [path for _, path, _ in served.asked].count("/login") == 2


@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize("version", ["3.50.2", "4.2.0", "4.44.1"])
def test_a_gateway_that_fails_is_asked_again_where_nothing_was_done(
    version: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gateway(Emulator):
        """Fails twice before each route but those that are posted to."""

        failed: Counter[str] = Counter()

        async def _logged(self, scope: Any, receive: Any, send: Any) -> None:
            asks = scope.get("method", "GET") == "GET" and scope["type"] != "lifespan"
            if asks and self.failed[scope["path"]] < 2:
                self.failed[scope["path"]] += 1
                refusal = Response("<html>Bad gateway</html>", status)
                if scope["type"] == "websocket":
                    await WebSocket(scope, receive, send).send_denial_response(refusal)
                else:
                    await refusal(scope, receive, send)
                return
            await super()._logged(scope, receive, send)

    Gateway.failed.clear()
    for module in (connection, websocket):
        monkeypatch.setattr(module, "PAUSES_S", (0.01, 0.01))
    served = Gateway(version, demos.TEXT, tmp_path)
    try:
        assert load(served.url)("a") == "A"
    finally:
        served.close()
    assert set(served.failed.values()) == {2} and len(served.failed) == 2


def test_what_is_posted_is_not_posted_again(space: Space, tmp_path: Path) -> None:
    class Gateway(Emulator):
        async def _join(self, request: Request) -> Response:
            return Response("<html>Bad gateway</html>", 502)

    served = Gateway("4.44.1", demos.TEXT, tmp_path)
    try:
        with pytest.raises(HubError, match="HTTP 502"):
            load(served.url)("a")
    finally:
        served.close()
    assert [path for _, path, _ in served.asked].count("/queue/join") == 1


def test_as_many_calls_as_may_be_open_do_not_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AllAtOnce(Emulator):
        """The turn of a call comes when the streams of three are open."""

        async def _old_stream(self, request: Request) -> AsyncIterator[str]:
            self.streams = getattr(self, "streams", 0) + 1
            while self.streams < 3:
                await asyncio.sleep(0.01)
            async for line in super()._old_stream(request):
                yield line

    monkeypatch.setattr(connection, "MOST_OPEN", 3)
    served = AllAtOnce("4.2.0", demos.TEXT, tmp_path)
    try:
        assert load(served.url, timeout=10.0).map(["a", "b", "c"]) == ["A", "B", "C"]
    finally:
        served.close()


@pytest.mark.parametrize("version", QUEUED)
def test_a_call_that_nobody_waits_for_ends_here_and_there(version: str, space: Space) -> None:
    began, reports = threading.Event(), Reports()

    async def never(text: str) -> list[Any]:
        began.set()
        await asyncio.sleep(3600)
        return [text]

    served = space(version, Demo([("textbox", {})], [("textbox", {})], never))
    io = load(served.url)
    ended: list[BaseException] = []

    def call() -> None:
        current.set(reports)
        try:
            io("a")
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert began.wait(20)
    reports.cancelled = True
    thread.join(20)

    assert [type(error) for error in ended] == [CallCancelled]
    if version in ("4.44.1", "6.31.0"):
        assert len(served.cancelled) == 1 and set(served.cancelled[0]) == {"event_id", "fn_index", "session_hash"}


def test_a_stream_that_is_closed_is_cancelled(space: Space) -> None:
    served = space("6.31.0", demos.GENERATOR)
    stream = load(served.url).stream(1000)

    assert next(stream) == "0 "
    stream.close()

    assert len(served.cancelled) == 1


@pytest.mark.parametrize("version", QUEUED)
def test_a_queue_that_is_full_is_asked_once_more(version: str, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    served = space(version, demos.TEXT)
    io = load(served.url)
    served.is_full = True
    waits: list[float] = []
    monkeypatch.setattr(remote.Waiting, "sleep", lambda self, seconds: waits.append(seconds))

    with pytest.raises(HubError, match="queue of the app .* is full") as caught:
        io("a")
    assert (caught.value.kind, waits) == ("busy", [2])

    monkeypatch.setattr(remote.Waiting, "sleep", lambda self, seconds: setattr(served, "is_full", False))
    assert io("a") == "A"


def test_a_stream_that_breaks_off_is_taken_up_once(space: Space) -> None:
    served = space("4.44.1", demos.TEXT)
    io = load(served.url)

    served.breaks = 1
    assert io("a") == "A"
    served.breaks = 2
    with pytest.raises(HubError, match="broke off") as caught:
        io("a")
    assert caught.value.kind == "network"


def test_endpoints_are_chosen_by_name_or_number_and_listed(space: Space) -> None:
    more = {"inputs": [], "outputs": [], "backend_fn": True, "api_name": "clear", "queue": False}
    hidden = {"inputs": [1], "outputs": [2], "backend_fn": True, "api_name": False}
    url = space("4.44.1", Demo([("textbox", {})], [("textbox", {})], lambda t: [t], more=[more, hidden])).url

    assert [load(url, api=api).remote.endpoint.name for api in (None, "/predict", "predict", 2)] == ["predict"] * 4
    with pytest.raises(HubError, match="has no endpoint '/paint'") as caught:
        load(url, api="/paint")
    assert "/clear, /predict" in caught.value.hint


def test_which_of_several_functions_is_loaded_is_said_once(space: Space, caplog: pytest.LogCaptureFixture) -> None:
    more = [{"inputs": [1], "outputs": [2], "backend_fn": True, "api_name": name} for name in ("predict_all", "paint")]
    url = space("4.44.1", Demo([("textbox", {})], [("textbox", {})], lambda t: [t], more=more)).url

    load(url, api="/paint")
    assert caplog.messages == []
    load(url)
    load(url)

    (said,) = caplog.messages
    assert said.endswith("has several functions; /predict_all is loaded. api= takes another: /paint, /predict.")


def test_what_the_user_wants_wins(space: Space, serve: Callable[..., Any]) -> None:
    url = space("4.44.1", demos.PICTURE).url
    io = load(url, inputs="webcam", title="Mine", examples=None, outputs="image", alias="invert")

    assert (io.inputs[0].sources, io.title, io.__name__) == (["webcam"], "Mine", "invert")
    assert io.inputs[0].label == "Picture"
    with pytest.raises(ValueError, match=r"has 1 inputs \(Picture\); inputs= has 2"):
        load(url, inputs=["image", "text"])


def test_a_visitors_text_in_place_of_a_picture_names_no_file(space: Space, tmp_path: Any) -> None:
    (tmp_path / "secret.png").write_bytes(png((1, 2, 3)))
    served = space("4.44.1", demos.PICTURE)

    with pytest.raises(HubError, match="takes a file here, and got str"):
        load(served.url, inputs="text")(str(tmp_path / "secret.png"))


def test_a_reload_asks_for_nothing(space: Space) -> None:
    served = space("4.44.1", demos.TEXT)
    load(served.url)
    before = len(served.asked)

    load(served.url)

    assert len(served.asked) == before


def test_an_unknown_component_shows_json_and_warns(space: Space, caplog: pytest.LogCaptureFixture) -> None:
    demo = Demo([("textbox", {})], [("hologram", {"label": "H"})], lambda text: [{"beam": text}])
    io = load(space("4.44.1", demo).url)

    assert (io.outputs[0].kind, io("x")) == ("json", {"beam": "x"})
    assert "of the kind 'hologram', which is shown as JSON" in caplog.text


KINDS: list[tuple[str, Any, Any]] = [
    ("highlightedtext", [{"token": "a", "class_or_confidence": "N"}], [("a", "N")]),
    ("dataframe", {"headers": ["x"], "data": [[1], [2]]}, {"headers": ["x"], "data": [[1], [2]]}),
    ("number", 7, 7),
    ("checkbox", True, True),
    ("checkboxgroup", ["a"], ["a"]),
    ("markdown", "*x*", "*x*"),
    ("html", "<b>x</b>", "<b>x</b>"),
    ("code", "x = 1", "x = 1"),
    ("label", {"label": "cat"}, "cat"),
    ("textbox", {"__type__": "update", "value": "v", "visible": True}, "v"),
    ("chatbot", [["hi", "ho"], [None, {"file": 1}]], 3),
    ("gallery", [], []),
]


@pytest.mark.parametrize(("kind", "wire", "value"), KINDS, ids=[kind for kind, _, _ in KINDS])
def test_each_kind_of_output_is_shown(
    kind: str, wire: Any, value: Any, space: Space, serve: Callable[..., Any]
) -> None:
    demo = Demo([("textbox", {})], [(kind, {"choices": ["a", "b"]})], lambda text: [wire])
    io = load(space("4.44.1", demo).url)

    found = io("x")
    assert len(found) == value if kind == "chatbot" else found == value
    answer = serve(io).client().post("/api/predict", json={"data": ["x"]})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("version", ["3.50.2", "5.49.1"])
def test_an_app_that_ended_is_said_to_run_no_more(version: str, space: Space) -> None:
    served = space(version, demos.TEXT)
    io = load(served.url)
    served.close()

    for ask in (lambda: io("a"), lambda: load(served.url, auth=("another", "look"))):
        with pytest.raises(HubError) as caught:
            ask()
        assert caught.value.message == f"The app at {served.url}/ cannot be reached from this machine."
        assert caught.value.hint == "Nothing listens at its address: does it run?"


def test_outputs_are_shown_where_the_space_hides_all_of_them(space: Space) -> None:
    hidden = ("json", {"visible": False, "label": "Response"})  # as a ChatInterface has it
    alone = load(space("5.49.1", Demo([("textbox", {})], [hidden], lambda text: [text])).url)
    beside = load(space("5.49.1", Demo([("textbox", {})], [hidden, ("textbox", {})], lambda text: [text, text])).url)

    assert [one.visible for one in alone.outputs] == [True]
    assert [one.visible for one in beside.outputs] == [False, True]


def test_help_is_text_and_several_choices_are_a_list(space: Space) -> None:
    choices = {"label": "Some", "choices": [["a", "a"], ["b", "b"]], "multiselect": True}
    demo = Demo([("dropdown", choices)], [("textbox", {})], lambda some: [str(some)], texts=["By <b>me</b>"])
    io = load(space("5.49.1", demo).url, alias="pick")

    shown = pydoc.plain(pydoc.render_doc(io))
    assert "pick(some: list, /) -> str" in shown and "By **me**" in shown and "<div>" not in shown


SAID = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}, {"role": "user", "content": "so?"}]
IN_PARTS = [{**one, "content": [{"type": "text", "text": one["content"]}]} for one in SAID]


@pytest.mark.parametrize(
    ("version", "props", "wire"),
    [
        ("3.50.2", {}, [["hi", "ho"], ["so?", None]]),
        ("4.44.1", {"type": "tuples"}, [["hi", "ho"], ["so?", None]]),
        ("5.49.1", {"type": "messages"}, SAID),
        ("6.31.0", {}, IN_PARTS),
    ],
)
def test_a_conversation_that_was_answered_can_be_sent_back(
    version: str, props: dict[str, Any], wire: Any, space: Space
) -> None:
    got: list[Any] = []
    demo = Demo([("chatbot", props)], [("chatbot", props)], lambda said: got.append(said) or [wire])
    io = load(space(version, demo).url)

    answer = io([])
    assert answer == SAID
    assert io(answer) == SAID and io([["hi", "ho"], ["so?", None]]) == SAID
    assert got == [[], wire, wire]
    io("neither")
    assert got[-1] == "neither"


def test_files_tables_and_galleries_go_and_come(space: Space, tmp_path: Any) -> None:
    def answer(file: bytes, table: Any) -> list[Any]:
        return [file + b"!", {"headers": table["headers"], "data": table["data"]}]

    (tmp_path / "a.txt").write_bytes(b"hello")
    demo = Demo([("file", {}), ("dataframe", {"headers": ["a", "b"]})], [("file", {}), ("dataframe", {})], answer)
    io = load(space("4.44.1", demo).url)

    path, table = io(str(tmp_path / "a.txt"), [[1, 2], [3, 4]])

    assert Path(path).read_bytes() == b"hello!"
    assert table == {"headers": ["a", "b"], "data": [[1, 2], [3, 4]]}


def test_spaces_are_members_of_parallel_and_series(space: Space) -> None:
    loud, counts = load(space("3.50.2", demos.TEXT).url), load(space("4.44.1", demos.GENERATOR).url)
    picture = load(space("6.31.0", demos.PICTURE).url)
    red = Image.new("RGB", (4, 3), (255, 0, 0))

    assert Parallel(loud, load(space("2.9.4", demos.TEXT).url))("a") == ["A", "A"]
    assert Series(counts, loud)(3) == "0 1 2 "
    assert Series(picture, picture)(red).getpixel((0, 0)) == (255, 0, 0)


def test_async_code_awaits_a_call(space: Space) -> None:
    assert asyncio.run(load(space("4.44.1", demos.TEXT).url).acall("a")) == "A"
