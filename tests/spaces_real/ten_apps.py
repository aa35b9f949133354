"""The ten apps on real Gradio servers from the package index: `make test-spaces`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quickdemo.hub.errors import HubError
from quickdemo.hub.loading import load
from quickdemo.runtime.wav import write
from tools.gradio_servers import VERSIONS, served

APPS = Path(__file__).with_name("apps.py")
Apps = Callable[..., Any]


@pytest.fixture(scope="module", params=VERSIONS)
def apps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    """Serves an app of that version, once, and loads it."""
    running, home = dict[str, str](), tmp_path_factory.mktemp("home")
    with ExitStack() as stack:

        def loaded(name: str, **options: Any) -> Any:
            if name not in running:
                running[name] = stack.enter_context(served(request.param, APPS, name, home=home))
            return load(running[name], **options)

        yield loaded


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKDEMO_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def test_text(apps: Apps) -> None:
    assert apps("text")("hello") == "HELLO"


def test_picture(apps: Apps) -> None:
    made = apps("picture")(np.full((3, 4, 3), (255, 0, 0), np.uint8))

    assert made.size == (4, 3)
    assert all(abs(a - b) < 9 for a, b in zip(made.convert("RGB").getpixel((0, 0)), (0, 255, 255), strict=True))


def test_label(apps: Apps) -> None:
    assert apps("label")(np.zeros((4, 4, 3), np.uint8)) == {"cat": 0.75, "dog": 0.25}


def test_audio(apps: Apps, tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(write(8000, np.zeros(800, np.int16)))

    assert apps("audio")(str(tmp_path / "tone.wav")) == "8000 Hz"


def test_several(apps: Apps) -> None:
    assert apps("several")("ab", 3, "!") == ["ab!ab!ab!", 6, {"name": "ab"}]


def test_login(apps: Apps) -> None:
    with pytest.raises(HubError, match="asks for a login"):
        apps("login")
    assert apps("login", auth=("ada", "correct horse"))("x") == "hello x"


def test_error(apps: Apps) -> None:
    with pytest.raises(HubError, match="raised an error: no cats"):
        apps("error")("no cats")


def test_generator(apps: Apps) -> None:
    assert list(apps("generator").stream(3)) == ["0 ", "0 1 ", "0 1 2 "]


def test_state(apps: Apps, serve: Callable[..., Any]) -> None:
    io = apps("state")
    client = serve(io).client()

    first = client.post("/api/predict", json={"data": ["a"]}).json()
    second = client.post("/api/predict", json={"data": ["b"], "session_hash": first["session"]}).json()

    assert (first["data"][0], second["data"][0], io("c")) == ("a", "a, b", "c")


def test_slow_ones_at_the_same_time(apps: Apps) -> None:
    assert apps("slow").map(list("abcd")) == ["aa", "bb", "cc", "dd"]


def test_examples(apps: Apps) -> None:
    io = apps("examples")

    assert io.examples.samples == [["ab", 2], ["c", 3]]
    assert io.title == "Repeat it" and "<em>it</em>" in io.description
    assert io("xy", 2) == "xyxy"
