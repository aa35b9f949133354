"""The moving picture of the README can be made, shows what it should, and is small enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.recording import SHOWN_WIDTH, record
from tests.running import Project

pytestmark = pytest.mark.browser


def test_the_recording_is_made_from_a_page_that_keeps_its_inputs(
    browser: Browser, project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "reload.gif"
    recording = record(browser, project, path, seconds=0.5)  # expects the story's turns by itself
    assert path.stat().st_size < 1_000_000
    with Image.open(path) as picture:
        assert picture.width == SHOWN_WIDTH and picture.n_frames == len(recording.frames)
    assert 6_000 <= sum(ms for _, ms in recording.frames) <= 10_000
    assert len({frame.tobytes() for frame, _ in recording.frames}) == len(recording.frames)  # each shows something new
