"""Servers of old and new Gradio apps for one test, and a cache of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hub.spaces.emulator import Demo, Emulator


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKDEMO_HUB_CACHE", str(tmp_path / "hub-cache"))
    for name in ("HF_TOKEN", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Callable[..., Emulator]]:
    """Serves an app as a version of Gradio would: `space("3.50.2", demo).url`."""
    made: list[Emulator] = []

    def serve(version: str, demo: Demo, /, **config: object) -> Emulator:
        folder = tmp_path / f"space-{len(made)}"
        folder.mkdir()
        made.append(Emulator(version, demo, folder, **config))
        return made[-1]

    yield serve
    for one in made:
        one.close()
