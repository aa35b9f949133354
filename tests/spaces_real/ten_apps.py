"""The ten apps on real Gradio servers from the package index: `make test-spaces`. Each version has an environment of
its own, dated at its release, below QUICKDEMO_TEST_SPACES (the system's temporary folder without it)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quickdemo.hub.errors import HubError
from quickdemo.hub.loading import load
from quickdemo.runtime.wav import write

#: version -> the Python it runs on, and the day after which no package is taken
VERSIONS = {
    "3.50.2": ("3.10", "2023-11-01"),
    "4.44.1": ("3.11", "2024-10-01"),
    "5.49.1": ("3.11", "2025-11-01"),
    "6.31.0": ("3.11", None),
}
START_S = 180.0
Apps = Callable[..., Any]


def environment(version: str) -> str:
    """The Python of a version; made where it is not there yet."""
    folder = Path(os.environ.get("QUICKDEMO_TEST_SPACES") or tempfile.gettempdir(), f"quickdemo-gradio-{version}")
    python = str(folder / "bin" / "python")
    if (folder / "ready").exists():
        return python
    own, day = VERSIONS[version]
    uv = [sys.executable, "-m", "uv"]
    dated = ["--exclude-newer", day] if day else []
    made = (subprocess.run([*uv, "venv", "-q", "--clear", "-p", one, str(folder)]) for one in (own, sys.executable))
    assert any(done.returncode == 0 for done in made)
    subprocess.run([*uv, "pip", "install", "-q", "-p", python, *dated, f"gradio=={version}", "setuptools"], check=True)
    (folder / "ready").touch()
    return python


@pytest.fixture(scope="module", params=VERSIONS)
def apps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    """Serves an app of that version, once, and loads it."""
    python, running = environment(request.param), dict[str, tuple[subprocess.Popen[bytes], str]]()
    home = tmp_path_factory.mktemp("home")

    def loaded(name: str, **options: Any) -> Any:
        if name not in running:
            running[name] = _served(python, name, home)
        return load(running[name][1], **options)

    yield loaded
    for process, _ in running.values():
        process.kill()
        process.wait()


def _served(python: str, name: str, home: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"GRADIO_ANALYTICS_ENABLED": "0", "HF_HUB_OFFLINE": "1", "HOME": str(home)}
    command = [python, str(Path(__file__).with_name("apps.py")), name, str(port)]
    process = subprocess.Popen(command, env={**os.environ, **quiet}, stdout=subprocess.DEVNULL)
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    process.kill()
    pytest.fail(f"{name} did not start")


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
