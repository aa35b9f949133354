"""The ten apps of each version: as a function, as a stream, on a page of ours, and several calls at the same time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quickdemo.hub.errors import HubError
from quickdemo.hub.loading import load
from quickdemo.runtime.wav import write
from tests.hub.spaces import demos
from tests.hub.spaces.demos import png
from tests.hub.spaces.emulator import VERSIONS, Demo, Emulator

Space = Callable[..., Emulator]
pytestmark = pytest.mark.parametrize("version", VERSIONS)


def test_a_text_app_is_a_function(version: str, space: Space) -> None:
    io = load(space(version, demos.TEXT).url)

    assert io("hello") == "HELLO"
    assert (io.__name__, [c.label for c in (*io.inputs, *io.outputs)]) == ("predict", ["Text", "Loud"])


def test_pictures_go_and_come(version: str, space: Space, tmp_path: Path) -> None:
    (tmp_path / "red.png").write_bytes(png((255, 0, 0)))
    io = load(space(version, demos.PICTURE).url)

    for given in (str(tmp_path / "red.png"), np.full((3, 4, 3), (255, 0, 0), np.uint8)):
        made = io(given)
        assert (made.size, made.getpixel((0, 0))) == ((4, 3), (0, 255, 255))


def test_a_classifier_answers_with_scores(version: str, space: Space) -> None:
    io = load(space(version, demos.LABEL).url)

    assert io(np.zeros((4, 4, 3), np.uint8)) == {"cat": 0.75, "dog": 0.25}


def test_sound_goes(version: str, space: Space, tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(write(8000, np.zeros(800, np.int16)))

    assert load(space(version, demos.AUDIO).url)(str(tmp_path / "tone.wav")) == "8000 Hz"


def test_several_values_go_in_and_out(version: str, space: Space) -> None:
    io = load(space(version, demos.SEVERAL).url)

    assert io("ab", 3, "!") == ["ab!ab!ab!", 6, {"name": "ab"}]


def test_a_login_is_asked_for_and_kept(version: str, space: Space) -> None:
    served = space(version, demos.LOGIN)

    with pytest.raises(HubError, match="asks for a login") as caught:
        load(served.url)
    assert caught.value.kind == "login"
    with pytest.raises(HubError, match="refused the login"):
        load(served.url, auth=("ada", "wrong"))

    io = load(served.url, auth=("ada", "correct horse"))
    assert (io("x"), io("y")) == ("hello x", "hello y")
    assert sum(path == "/login" for _, path, _ in served.asked) == 2


@pytest.mark.parametrize(("text", "told"), [("no cats", "raised an error: no cats"), ("", "hides its message")])
def test_an_error_is_told_in_a_sentence(version: str, text: str, told: str, space: Space) -> None:
    io = load(space(version, demos.ERROR).url)

    with pytest.raises(HubError, match=told) as caught:
        io(text)
    assert caught.value.kind == "space_error"


def test_what_grows_is_streamed(version: str, space: Space) -> None:
    io = load(space(version, demos.GENERATOR).url)

    assert io(4) == "0 1 2 3 "
    streams = version not in ("2.9.4",)
    assert list(io.stream(3)) == (["0 ", "0 1 ", "0 1 2 "] if streams and version != "3.0.26" else ["0 1 2 "])


def test_calls_have_no_state_in_common_and_a_session_has(version: str, space: Space, serve: Callable[..., Any]) -> None:
    io = load(space(version, demos.STATE).url)
    assert (io("a"), io("b")) == ("a", "b")

    client = serve(io).client()
    first = client.post("/api/predict", json={"data": ["a"]}).json()
    second = client.post("/api/predict", json={"data": ["b"], "session_hash": first["session"]}).json()
    other = client.post("/api/predict", json={"data": ["c"]}).json()

    assert [answer["data"][0] for answer in (first, second, other)] == ["a", "a, b", "c"]


def test_examples_and_texts_are_taken(version: str, space: Space) -> None:
    io = load(space(version, demos.EXAMPLES).url)

    assert io.examples is not None and io.examples.samples == [["ab", 2], ["c", 3]]
    if version != "2.9.4":
        assert (io.title, io.description) == ("Repeat it", "<div><p>Says <em>it</em> again.</p></div>")
    assert io("xy", 2) == "xyxy"


def test_many_calls_run_at_the_same_time_and_get_their_own_answers(version: str, space: Space) -> None:
    inside = 0
    all_there = threading.Event()

    async def waits(text: str) -> list[Any]:
        nonlocal inside
        inside += 1
        if inside == 4:
            all_there.set()
        while not all_there.is_set():
            await asyncio.sleep(0.01)
        return [text * 2]

    io = load(space(version, Demo([("textbox", {})], [("textbox", {})], waits)).url)

    assert io.map(["a", "b", "c", "d"]) == ["aa", "bb", "cc", "dd"]


def test_the_page_shows_it_and_answers(version: str, space: Space, serve: Callable[..., Any]) -> None:
    client = serve(load(space(version, demos.PICTURE).url)).client()
    page = client.get("/", headers={"accept": "text/html"}).text
    assert "Negative" in page

    handle = client.post("/api/files", content=png((0, 0, 255)), headers={"x-file-name": "blue.png"}).json()
    answer = client.post("/api/predict", json={"data": [{"h": handle["h"]}]}).json()

    made = client.get("/" + answer["data"][0]["url"]).content
    assert made.startswith(b"\x89PNG")


def test_the_page_is_told_as_it_grows(version: str, space: Space, serve: Callable[..., Any]) -> None:
    client = serve(load(space(version, demos.GENERATOR).url)).client()

    stream = client.post("/api/predict", json={"data": [3]}, headers={"accept": "text/event-stream"}).text

    assert ("event: partial" in stream) == (version not in ("2.9.4", "3.0.26")) and "2 " in stream
