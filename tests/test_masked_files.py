"""Files that are written for the calls of an explanation go as soon as their call has answered."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime import scratch, sound
from tests.serving import Serve


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)).save(out, "png")
    return out.getvalue()


def a_sound() -> bytes:
    return bytes(sound.encode(8000, np.random.default_rng(0).normal(size=8000).astype(np.float32)))


MEDIA = {"picture": (gr.Image, a_picture, "cat.png"), "sound": (gr.Audio, a_sound, "cat.wav")}


class Reader:
    """A function of a file. paths: of all its calls. most: so many of them were there at once, when a call began."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.paths: list[str] = []
        self.most = 0
        self._fails_at = fails_at
        self._lock = threading.Lock()

    def __call__(self, path: str) -> float:
        with self._lock:
            self.paths.append(path)
            self.most = max(self.most, len(self.left))
            fails = len(self.paths) == self._fails_at
        if fails:
            raise ValueError("no more")
        return float(sum(Path(path).read_bytes()))

    @property
    def left(self) -> set[str]:
        return {path for path in self.paths if os.path.exists(path)}


@pytest.mark.parametrize("kind", MEDIA)
def test_a_server_has_that_of_the_call_and_the_original(serve: Serve, kind: str) -> None:
    component, data, name = MEDIA[kind]
    reader = Reader()
    options = {"interpretation": "default", "concurrency_limit": 1}
    client = serve(gr.Interface(reader, component(type="filepath"), "number", **options)).client()
    handle = client.post("/api/files", content=data(), headers={"x-file-name": name}).json()["h"]

    answer = client.post("/api/interpret", json={"data": [{"h": handle}], "method": "shap", "budget": 80})

    assert answer.status_code == 200 and answer.json()["calls"] == len(set(reader.paths)) > 50
    assert reader.most <= 2  # the original, and that of the call
    assert reader.left <= {reader.paths[0]}


def test_those_of_a_call_that_fails_go_too(serve: Serve) -> None:
    component, data, name = MEDIA["sound"]
    reader = Reader(fails_at=12)
    client = serve(gr.Interface(reader, component(type="filepath"), "number", interpretation="default")).client()
    handle = client.post("/api/files", content=data(), headers={"x-file-name": name}).json()["h"]

    client.post("/api/interpret", json={"data": [{"h": handle}]})

    assert len(reader.paths) >= 12 and reader.left <= {reader.paths[0]}


def test_none_is_left_when_python_asks(tmp_path: Path) -> None:
    reader = Reader()
    path = tmp_path / "cat.wav"
    path.write_bytes(a_sound())
    demo = gr.Interface(reader, gr.Audio(type="filepath"), "number", interpretation="default")

    demo.explain(str(path))

    assert len(reader.paths) == 18 and reader.most <= 2 and reader.left <= {reader.paths[0]}


def test_what_is_removed_makes_room_and_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = scratch.Scratch(str(tmp_path), max_bytes=100)
    monkeypatch.setattr("quickdemo.runtime.scratch._scratch_of", lambda pid: store)
    noted: list[str] = []
    kept = scratch.scratch_path("kept")
    with scratch.noted(noted):
        paths = [scratch.scratch_path(f"{n}") for n in range(3)]
    after = scratch.scratch_path("after")
    for path in (kept, *paths, after):
        Path(path).write_bytes(bytes(60))

    scratch.remove([*noted, str(tmp_path / "elsewhere" / "x")])

    assert noted == paths and not any(map(os.path.exists, paths))
    assert os.path.exists(kept) and os.path.exists(after)
