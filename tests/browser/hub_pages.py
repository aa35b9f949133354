"""The stand-in for the Hub for a file of tests, and scripts with the Hub's own addresses on real pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import LIMIT_MS, watch
from tests.fakehub.hub import FakeHub
from tests.running import Run


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHub]:
    """This process and its children take it for the Hub, until the file's last test has ended."""
    hub = FakeHub(tmp_path_factory.mktemp("fakehub"))
    with pytest.MonkeyPatch.context() as patch:
        hub.lead(patch, tmp_path_factory.mktemp("home"))
        yield hub
    hub.close()


@contextmanager
def served(folder: Path, *arguments: str, command: str = "run") -> Iterator[Run]:
    """`quickdemo run ARGUMENTS` in a folder, unpatched, once it serves."""
    run = Run(folder, *arguments, "-p", "0", command=command)
    try:
        run.ready()
        yield run
    finally:
        run.kill()


@contextmanager
def opened(browser: Browser, run: Run, kept_away: str = "") -> Iterator[Page]:
    """A page of what is served; fails when it logs an error or asks another host.

    kept_away: an address that the page's policy is to keep away, which the browser logs.
    """
    faults: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()
    watch(page, faults)
    page.goto(f"http://127.0.0.1:{run.port}/")
    yield page
    context.close()
    blocked = [fault for fault in faults if kept_away and f"'{kept_away}' violates" in fault]
    assert faults == blocked and bool(blocked) is bool(kept_away), faults
