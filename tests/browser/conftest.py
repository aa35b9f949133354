"""Real pages in the system's Chromium, served by real servers of this process."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server.app import build
from quickdemo.runtime.server.context import Context, ServerSettings
from quickdemo.runtime.server.serve import Server
from quickdemo.runtime.server.starting import begin, end
from quickdemo.runtime.tabs import Demo
from tests.running import project

__all__ = ["project"]

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
#: colour schemes and widths of the window in which every page is to be right, in an order of few changes
LOOKS: list[tuple[Any, int]] = [("light", 1280), ("dark", 1280), ("dark", 360), ("light", 360)]
LIMIT_MS = 30_000  # the machine may be busy; nothing waits longer than it must
expect.set_options(timeout=LIMIT_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium per file of tests: its event loop must not outlive them, or `asyncio.run` fails elsewhere."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, serve: Serving) -> Iterator[Callable[..., Page]]:
    """Opens pages of their own, with their own cookies; fails when one of them logged an error or left the host.

    They are closed before the servers end, which media may still be on their way from.
    """
    faults: list[str] = []
    contexts = []

    def open_page(**options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
        context.set_default_timeout(LIMIT_MS)
        contexts.append(context)
        page = context.new_page()
        watch(page, faults)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults


def watch(page: Page, faults: list[str]) -> None:
    """Collects what no page may do: log an error, leave an exception uncaught, ask another host."""
    page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
    page.on("console", lambda message: _note_error(message, faults))
    page.on("request", lambda request: _note_foreign(request, faults))


def _note_error(message: ConsoleMessage, faults: list[str]) -> None:
    """Answers of 4xx and 5xx that a test asks for are also logged as errors; those are no fault."""
    path = urlsplit(message.location.get("url", "")).path
    expected = message.text.startswith("Failed to load resource") and path.startswith(("/api/", "/login", "/nowhere"))
    if message.type == "error" and not expected:
        faults.append(f"console: {message.text} ({path})")


def _note_foreign(request: Request, faults: list[str]) -> None:
    url = urlsplit(request.url)
    if url.scheme in ("http", "https") and url.hostname != "127.0.0.1":
        faults.append(f"a request to another host: {request.url}")


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """One page, 1280 x 900."""
    return open_page()


class Serving:
    """Serves demos; `context` is that of the last one."""

    context: Context

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[tuple[Server, Context]] = []

    def __call__(self, demo: Demo, hosts: tuple[str, ...] = (), **options: Any) -> str:
        """The address of the demo on a free port, with a slash at its end. Options are those of `launch`.

        hosts: what it may be called besides its address, as "127.0.0.1:1234".
        """
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        folders = [self._folder / f"{port}-{name}" for name in ("store", "files")]
        for folder in folders:
            folder.mkdir(mode=0o700)
        secret, places = secrets.token_bytes(32), [str(folder) for folder in folders]
        settings = ServerSettings(*places, secret, port=port, script="app.py", allowed_hosts=hosts)
        app, self.context = build(demo, LaunchOptions(**options), settings)
        server = Server(app)
        server.start()
        begin(self.context, server.loop)
        server.listen(listener)
        self._running.append((server, self.context))
        return f"http://127.0.0.1:{port}/"

    def close(self) -> None:
        """End all servers."""
        for server, context in self._running:
            server.drain(0)
            end(context, server.loop)
            server.close()
            context.store.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serving]:
    """Serves a demo on a free port; gives its address."""
    serving = Serving(tmp_path)
    yield serving
    serving.close()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Fails on any violation that axe finds on a page, at every level it knows."""

    def check(page: Page) -> None:
        results = Axe().run(page)
        found = [
            f"{violation['id']}: {violation['help']}: {json.dumps([node['html'][:200] for node in violation['nodes']])}"
            for violation in results.response["violations"]
        ]
        assert not found, "\n".join(found)

    return check


@pytest.fixture
def looks(axe: Callable[[Page], None]) -> Callable[[Page], None]:
    """Fails on what axe finds on a page as it is, or what scrolls sideways: light and dark, on a phone and a desktop.

    Afterwards the page is light again and as wide as it was.
    """

    def check(page: Page) -> None:
        size = page.viewport_size
        assert size
        for theme, width in LOOKS:
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({**size, "width": width})
            try:
                axe(page)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
            except AssertionError as error:
                raise AssertionError(f"{theme}, {width} px: {error}") from error
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(size)

    return check
