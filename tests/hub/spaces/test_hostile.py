"""A Space that means harm gets nothing done: an error in bounded time, and nobody of our network hears of it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.websockets import WebSocket

from quickdemo.hub.errors import HubError
from quickdemo.hub.loading import load
from quickdemo.hub.spaces import connection
from quickdemo.hub.spaces.app import App, Part
from quickdemo.hub.spaces.connection import Connection
from quickdemo.hub.spaces.mapping import TABLE, component_of, usual_kind
from quickdemo.hub.spaces.media import Media
from quickdemo.hub.spaces.values import decoded
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.chatbot import Chatbot
from quickdemo.runtime.components.code import Code
from quickdemo.runtime.components.file import File
from quickdemo.runtime.components.gallery import Gallery
from quickdemo.runtime.components.imageslider import ImageSlider
from quickdemo.runtime.components.json import JSON
from quickdemo.runtime.components.lineplot import LinePlot
from quickdemo.runtime.components.multimodaltextbox import MultimodalTextbox
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles
from tests.conftest import ROOT
from tests.hub.spaces import demos
from tests.hub.spaces.demos import png
from tests.hub.spaces.emulator import Demo, Emulator
from tests.running import until

Space = Callable[..., Emulator]
APP = App((4, 44), "sse_v3", "", (), None, {})
PICTURE_OUT = Demo([("textbox", {})], [("image", {})], lambda text: [png((0, 0, 0))])


class Canary:
    """Something of our network that nobody may ask for anything."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def was_asked(self) -> bool:
        try:
            self._listener.accept()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    assert not canary.was_asked
    canary.close()


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Callable[..., Emulator]]:
    """An app whose class is `how`, a subclass of Emulator."""
    made: list[Emulator] = []

    def serve(how: type[Emulator], demo: Demo = demos.TEXT, version: str = "4.44.1") -> Emulator:
        made.append(how(version, demo, tmp_path))
        return made[-1]

    yield serve
    for one in made:
        one.close()


def refused(call: Callable[[], Any], *kinds: str) -> HubError:
    """It ends, soon, with a HubError of one of these kinds."""
    start = time.monotonic()
    with pytest.raises(HubError) as caught:
        call()
    assert caught.value.kind in kinds, caught.value
    assert time.monotonic() - start < 60
    return caught.value


# ---------------------------------------------------------------------- configuration


def test_markup_styles_scripts_and_addresses_of_a_configuration_are_not_taken(
    canary: Canary, space: Space, serve: Callable[..., Any]
) -> None:
    evil = f"<script src='{canary.url}/evil.js'></script><img src='{canary.url}/evil.png' onerror='evil()'>"
    about = {"elem_id": "evil-id", "elem_classes": ["evil-class"], "proxy_url": canary.url, "root": canary.url}
    props = {"label": f"Label {evil}", "value": evil, "placeholder": evil, "info": evil, **about}
    demo = Demo(
        [("textbox", props), ("html", {"value": evil}), ("evilcomponent", {"value": evil, "js": evil})],
        [("markdown", {"value": evil, **about}), ("html", {"value": evil, "head": evil})],
        lambda *values: [evil, evil],
        texts=[
            f"<h1>Title {evil}</h1>",
            f"{evil}\n\n[a](javascript:evil())\n\n```\n<script>\n\n![x]({canary.url})\n```",
        ],
    )
    more = {"css": "evil-css", "js": "evil-js", "head": evil, "root": canary.url, "theme": "evil-theme", "body_css": {}}
    io = load(space("4.44.1", demo, **more).url)
    client = serve(io).client()

    page = client.get("/", headers={"accept": "text/html"}).text
    answer = client.post("/api/predict", json={"data": ["a", "b", "c"]}).text

    assert "Title" in page and "Label" in page
    for mark in ("<script src='http", "<img src='http", "evil-id", "evil-class", "evil-css", "evil-js", "evil-theme"):
        assert mark not in page
    assert 'href="javascript' not in page and f'src="{canary.url}' not in page
    assert answer  # what it says is cleaned by the page, as all answers are


@pytest.mark.parametrize(
    "config",
    [
        {"dependencies": "none"},
        {"dependencies": [{"backend_fn": True, "inputs": [99], "outputs": []}]},
        {"dependencies": [{"backend_fn": True, "inputs": {}, "outputs": 7}]},
        {"components": [{"id": {}, "type": "textbox"}]},
        {"components": None},
        {"protocol": "carrier pigeon"},
        {"api_prefix": "//evil.example/"},
        {"api_prefix": {"a": 1}},
        {"dependencies": []},
        {"dependencies": [{"backend_fn": True, "inputs": [1] * 1000, "outputs": [1]}]},
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(config: dict[str, Any], space: Space) -> None:
    refused(lambda: load(space("4.44.1", demos.TEXT, **config).url), "not_gradio")


@pytest.mark.parametrize("text", ["window.gradio_config = " * 200_000, "window.gradio_config = {;" + "; " * 500_000])
def test_a_page_that_has_no_configuration_is_left_at_once(text: str, hostile: Space) -> None:
    class Page(Emulator):
        async def _config(self, request: Request) -> Response:
            return Response(status_code=404)

        async def _page(self, request: Request) -> Response:
            return Response(text, media_type="text/html")

    refused(lambda: load(hostile(Page).url), "not_gradio")


@pytest.mark.parametrize(
    "props",
    [
        {"choices": [["a", {"b": 1}]], "value": {"c": 2}, "label": {"d": 3}},
        {"choices": ["x"] * 100_000},
        {"choices": [["a"] * 3, 10**400]},
        {"value": "not a choice", "choices": ["a"]},
        {"minimum": 9, "maximum": 1, "value": 10**400, "step": -1},
        {"label": "L" * 1_000_000, "lines": -5},
    ],
)
@pytest.mark.parametrize("kind", ["radio", "dropdown", "slider", "textbox", "checkboxgroup", "dataframe", "image"])
def test_props_that_fit_nothing_leave_a_component_that_works(
    kind: str, props: dict[str, Any], space: Space, serve: Callable[..., Any]
) -> None:
    io = load(space("4.44.1", Demo([(kind, props)], [(kind, props)], lambda value: [value])).url)

    assert serve(io).client().get("/", headers={"accept": "text/html"}).status_code == 200


def test_examples_name_no_file_of_ours(space: Space, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    demo = Demo([("file", {}), ("textbox", {})], [("textbox", {})], lambda *v: ["x"], examples=[[str(secret), "a"]])

    assert load(space("4.44.1", demo).url).examples is None


def test_examples_name_no_file_of_ours_for_inputs_that_its_user_chose(space: Space, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    demo = Demo([("textbox", {})], [("textbox", {})], lambda text: ["x"], examples=[[str(secret)]])

    assert load(space("4.44.1", demo).url, inputs="file").examples is None


# ---------------------------------------------------------------------- files


def told_by(call: Callable[[], Any]) -> Any:
    """What it answers, or None where it refuses."""
    try:
        return call()
    except HubError:
        return None


SHOWN = (None, File(), Gallery(), MultimodalTextbox(), ImageSlider(), Chatbot(), LinePlot(x="x", y="y"), Code(), JSON())


@pytest.mark.parametrize("shown", SHOWN, ids=lambda one: one and one.kind)
def test_a_path_that_a_space_tells_is_never_one_of_this_machine(shown: Component | None, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("x,y\n8.25,1\n")
    path = str(secret)
    files = Media(Connection("http://127.0.0.1:9/", "the app", is_ours=True), APP, time.monotonic() + 60)
    for kind in {*TABLE, "unheardof"}:
        part = Part(kind, {})
        component = shown or component_of(part, "output", "the app")
        wanted = "" if component.kind == usual_kind(part) else component.kind
        for value in (path, [path], [[path, "x"]], {"text": "t", "files": [path]}, {"label": path}):
            kept = LocalFiles()
            made = told_by(lambda part=part, value=value, wanted=wanted: decoded(part, value, files, wanted))
            with contextlib.suppress(ValueError, InvalidValueError):
                assert "8.25" not in str(component.postprocess(made, kept)), (kind, value)
            assert not any(Path(file.path).read_bytes() == secret.read_bytes() for file in kept._files.values()), kind


@pytest.mark.parametrize("outputs", ["file", "image"])
def test_a_text_is_no_file_however_its_user_wants_it_shown(outputs: str, hostile: Space, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png((1, 2, 3)))
    answers = Demo([("textbox", {})], [("textbox", {})], lambda text: [str(secret)])

    refused(lambda: load(hostile(Emulator, answers).url, outputs=outputs)("a"), "server")


def test_files_beside_a_text_are_those_of_the_space(hostile: Space, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")

    class Theirs(Emulator):
        async def _file(self, request: Request) -> Response:
            return Response(b"theirs")

    both = {"text": "t", "files": [{"path": str(secret), "orig_name": "a.txt"}]}
    demo = Demo([("textbox", {})], [("multimodaltextbox", {})], lambda text: [both])

    answer = load(hostile(Theirs, demo).url)("a")

    assert answer["text"] == "t" and [Path(one).read_bytes() for one in answer["files"]] == [b"theirs"]
    paths = Demo([("textbox", {})], [("multimodaltextbox", {})], lambda text: [{"text": "t", "files": [str(secret)]}])
    refused(lambda: load(hostile(Emulator, paths).url)("a"), "server")


@pytest.mark.parametrize("version", ["3.50.2", "4.44.1"])
def test_an_address_in_place_of_a_file_is_not_asked(version: str, canary: Canary, hostile: Space) -> None:
    class Lies(Emulator):
        def given(self, kind: str, value: Any) -> Any:
            return {"path": f"{canary.url}/x.png", "name": f"{canary.url}/x.png", "url": canary.url, "is_file": True}

    refused(lambda: load(hostile(Lies, PICTURE_OUT, version).url)("a"), "hostile")


@pytest.mark.parametrize("path", ["/etc/hostname", "../../secret", "//127.0.0.1/x", "?a=b#c", "\\\\host\\share"])
def test_a_path_is_asked_of_the_space_itself_whatever_url_stands_beside_it(
    path: str, canary: Canary, hostile: Space
) -> None:
    class Lies(Emulator):
        def given(self, kind: str, value: Any) -> Any:
            return {"path": path, "url": f"{canary.url}/x.png", "orig_name": "../../../tmp/x"}

        async def _file(self, request: Request) -> Response:
            return Response(png((9, 9, 9)))

    served = hostile(Lies, PICTURE_OUT)
    try:
        assert load(served.url)("a").size == (4, 3)
    except HubError as error:
        assert error.kind in ("hostile", "server")


def test_redirects_lead_nowhere(canary: Canary, hostile: Space) -> None:
    class Redirects(Emulator):
        where = "/"

        async def _file(self, request: Request) -> Response:
            return RedirectResponse(canary.url, 302)

        async def _join(self, request: Request) -> Response:
            return RedirectResponse(canary.url, 307)

    class Moves(Redirects):
        async def _config(self, request: Request) -> Response:
            return RedirectResponse(canary.url, 302)

    class Files(Redirects):
        _join = Emulator._join  # type: ignore[assignment]

    refused(lambda: load(hostile(Moves).url), "hostile")
    refused(lambda: load(hostile(Redirects).url)("a"), "hostile")
    refused(lambda: load(hostile(Files, PICTURE_OUT).url)("a"), "hostile")


@pytest.mark.parametrize("scheme", ["ws", "http"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_websocket_leads_nowhere(status: int, scheme: str, canary: Canary, hostile: Space) -> None:
    class Redirects(Emulator):
        async def _socket(self, socket: WebSocket) -> None:
            where = canary.url.replace("http", scheme) + "/queue/join"
            await socket.send_denial_response(RedirectResponse(where, status))

    error = refused(lambda: load(hostile(Redirects, version="3.50.2").url)("a"), "hostile")

    assert "sends us elsewhere" in error.message


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "{}", "login"),
        (403, "{}", "login"),
        (429, "{}", "rate_limit"),
        (500, "<html>", "server"),
        (404, "", "server"),
    ],
)
def test_a_websocket_that_is_not_opened_is_an_error_as_of_any_request(
    status: int, body: str, kind: str, hostile: Space
) -> None:
    class Refuses(Emulator):
        async def _socket(self, socket: WebSocket) -> None:
            await socket.send_denial_response(Response(body, status))

    refused(lambda: load(hostile(Refuses, version="3.50.2").url)("a"), kind)


def test_an_answer_without_an_end_is_left(hostile: Space) -> None:
    class Endless(Emulator):
        async def _file(self, request: Request) -> Response:
            return Response(b"", headers={"content-length": "1000000000000"})

        async def _config(self, request: Request) -> Response:
            async def body() -> AsyncIterator[bytes]:
                yield b'{"version": "'
                while True:
                    yield b"9" * 1_000_000
                    await asyncio.sleep(0)  # else this server would never see that nobody listens

            return StreamingResponse(body(), media_type="application/json")

    class EndlessFile(Endless):
        _config = Emulator._config  # type: ignore[assignment]

    refused(lambda: load(hostile(Endless).url), "too_large")
    refused(lambda: load(hostile(EndlessFile, PICTURE_OUT).url)("a"), "too_large", "network")


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n", b""])
def test_an_answer_that_trickles_is_left(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ASK_S", 0.5)
    listener, ended = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def trickle() -> None:
        client, _ = listener.accept()
        with client, contextlib.suppress(OSError):
            client.sendall(head)
            while not ended.wait(0.05):
                client.sendall(b"1")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        refused(lambda: load(f"http://127.0.0.1:{listener.getsockname()[1]}"), "timeout")
        until(lambda: not [one for one in threading.enumerate() if one.name == "quickdemo-space"], 10)
    finally:
        ended.set()
        thread.join()
        listener.close()


def test_an_answer_without_an_end_takes_little_memory(hostile: Space) -> None:
    class Endless(Emulator):
        async def _config(self, request: Request) -> Response:
            async def body() -> AsyncIterator[bytes]:
                yield b"["
                while True:
                    yield b"[]," * 300_000
                    await asyncio.sleep(0)

            return StreamingResponse(body(), media_type="application/json")

    code = f"""
import resource, quickdemo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    quickdemo.Interface.load({hostile(Endless).url!r})
except Exception as error:
    print(error.kind, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1000)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)

    kind, megabytes = done.stdout.split()
    assert kind == "too_large" and int(megabytes) < 300, done.stdout + done.stderr


def test_what_was_packed_is_not_unpacked(hostile: Space) -> None:
    class Packed(Emulator):
        async def _config(self, request: Request) -> Response:
            bomb = gzip.compress(b" " * 100_000_000)
            return Response(bomb, headers={"content-encoding": "gzip", "content-type": "application/json"})

    refused(lambda: load(hostile(Packed).url), "hostile")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" + b"[]," * 6_000_000])
def test_json_that_is_too_deep_or_too_much_is_not_read(body: bytes, hostile: Space) -> None:
    class Deep(Emulator):
        async def _config(self, request: Request) -> Response:
            return Response(body, media_type="application/json")

    refused(lambda: load(hostile(Deep).url), "hostile", "too_large", "not_gradio")


# ---------------------------------------------------------------------- streams


def streams(lines: Callable[[], AsyncIterator[str]], hostile: Space, timeout: float) -> Callable[[], Any]:
    class Streams(Emulator):
        async def _stream(self, session: str) -> AsyncIterator[str]:
            async for line in lines():
                yield line

    io = load(hostile(Streams, demos.GENERATOR).url, timeout=timeout)
    return lambda: io(3)


def test_a_stream_without_an_end_is_left(hostile: Space) -> None:
    async def beats() -> AsyncIterator[str]:
        while True:
            yield 'data: {"msg": "heartbeat"}\n\n'
            await asyncio.sleep(0.001)

    async def one_line() -> AsyncIterator[str]:
        yield "data: "
        while True:
            yield "x" * 1_000_000
            await asyncio.sleep(0)  # else this server would never see that nobody listens

    async def silence() -> AsyncIterator[str]:
        await asyncio.sleep(3600)
        yield ""

    refused(streams(beats, hostile, 1.0), "timeout")
    refused(streams(one_line, hostile, 60.0), "too_large")
    refused(streams(silence, hostile, 1.0), "timeout")


def test_changes_that_do_not_fit_or_do_not_end_are_left(hostile: Space) -> None:
    def told(data: Any) -> str:
        message = {"msg": "process_generating", "output": {"data": data}, "success": True}
        return f"data: {json.dumps(message)}\n\n"

    def after(*changes: Any) -> Callable[[], AsyncIterator[str]]:
        async def lines() -> AsyncIterator[str]:
            yield told(["a"])
            for change in changes:
                yield told(change)

        return lines

    async def grows() -> AsyncIterator[str]:
        yield told(["a"])
        while True:
            yield told([[["append", [], "x" * 100_000]]])
            await asyncio.sleep(0)  # else this server would never see that nobody listens

    for change in (
        [[["append", ["a", "b"], "x"]]],
        [[["splice", [], [0, 1, "x"]]]],
        [[["delete", [0], None]]],
        [[["append", [], 7]]],
        [7],
        [],
        [[["replace"]]],
    ):
        refused(streams(after(change), hostile, 20.0), "server", "network")
    refused(streams(grows, hostile, 3.0), "timeout", "too_large")


def test_messages_that_are_none_are_left(hostile: Space) -> None:
    for line in ("data: 7\n\n", "data: {\n\n", 'data: {"msg": ["x"], "output": 7}\n\n', "data: null\n\n"):

        async def lines(line: str = line) -> AsyncIterator[str]:
            yield line

        refused(streams(lines, hostile, 20.0), "server", "network")


def test_a_flood_of_websocket_messages_is_left(hostile: Space) -> None:
    class Floods(Emulator):
        async def _socket(self, socket: WebSocket) -> None:
            await socket.accept()
            while True:
                await socket.send_json({"msg": "estimation", "rank": 1})
                await asyncio.sleep(0)  # else this server would never see that nobody listens

    class Swells(Emulator):
        async def _socket(self, socket: WebSocket) -> None:
            await socket.accept()
            await socket.send_text("x" * 60_000_000)

    refused(lambda: load(hostile(Floods, version="3.50.2").url, timeout=1.0)("a"), "timeout")
    refused(lambda: load(hostile(Swells, version="3.50.2").url)("a"), "network", "too_large")


# ---------------------------------------------------------------------- cookies, addresses


def test_cookies_are_those_of_the_login_for_this_host_alone(hostile: Space) -> None:
    class Cookies(Emulator):
        async def _config(self, request: Request) -> Response:
            answer = await super()._config(request)
            answer.set_cookie("late", "1")
            return answer

        async def _login(self, request: Request) -> Response:
            answer = JSONResponse({"success": True})
            answer.set_cookie("mine", "1")
            answer.set_cookie("wide", "1", domain="hf.space")
            answer.set_cookie("other", "1", domain="huggingface.co")
            return answer

    served = hostile(Cookies, demos.TEXT)
    load(served.url, auth=("a", "b"))("x")

    assert {headers.get("cookie") for _, path, headers in served.asked if path != "/login"} == {"mine=1"}


@pytest.mark.parametrize("host", ["http://127.0.0.1:{}/", "https://127.0.0.1:{}/", "https://localhost:{}/"])
def test_a_host_of_our_network_that_the_hub_names_is_not_asked(host: str, canary: Canary) -> None:
    near = Connection(host.format(canary.url.rpartition(":")[2]), "the Space acme/near")

    refused(lambda: near.json("GET", "config"), "hostile")
