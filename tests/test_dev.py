from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from quickdemo.runtime.server import dev
from tests.serving import Serve, Served

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/api/events",
    "raw_path": b"/api/events",
    "query_string": b"",
    "scheme": "http",
    "client": ("127.0.0.1", 50000),
    "headers": [(b"host", b"127.0.0.1:7860")],
}


class Page:
    """A page that listens: what came so far, and a way to leave."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.status = 0
        self.text = ""
        self.ended = False
        self._changed = asyncio.Event()
        self._left = asyncio.Event()

    async def run(self) -> None:
        await self.served.app(dict(SCOPE), self._receive, self._send)

    def leave(self) -> None:
        self._left.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), 5)

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"").decode()
        self.ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        self._changed.set()


def listening(served: Served, story: Callable[[Page], Awaitable[None]]) -> Page:
    """A page that listens while `story` runs."""

    async def main() -> Page:
        page = Page(served)
        task = asyncio.create_task(page.run())
        await page.until(lambda: "hello" in page.text)
        await story(page)
        page.leave()
        await asyncio.wait_for(task, 5)
        return page

    return asyncio.run(main())


def test_events_of_any_thread_reach_an_open_page(serve: Serve) -> None:
    served = serve()

    async def story(page: Page) -> None:
        await asyncio.to_thread(served.context.events.publish, "css", {"text": "a { b: c }"})
        await page.until(lambda: "a { b: c }" in page.text)

    page = listening(served, story)
    assert page.status == 200 and "event: css\n" in page.text


def test_the_stream_ends_when_the_server_drains(serve: Serve) -> None:
    served = serve()

    async def story(page: Page) -> None:
        served.context.events.publish("reload", {"generation": 2, "ms": 80})
        served.context.events.close()
        await page.until(lambda: page.ended)

    assert '"generation":2' in listening(served, story).text


def test_a_page_that_comes_later_hears_of_the_fault_until_it_is_mended(serve: Serve) -> None:
    served = serve()

    async def fault_is_told(page: Page) -> None:
        await page.until(lambda: "event: fault" in page.text)

    async def nothing(page: Page) -> None:
        pass

    served.context.events.publish("fault", {"report": {"message": "in line 3", "frames": []}})
    assert "in line 3" in listening(served, fault_is_told).text
    served.context.events.publish("mended", {})
    assert "fault" not in listening(served, nothing).text


def test_silence_is_broken_by_a_ping(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "PING_S", 0.01)

    async def story(page: Page) -> None:
        await page.until(lambda: page.text.count(": ping") >= 2)

    listening(serve(), story)


def test_pages_that_left_are_forgotten_and_too_many_refused(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "_MOST_PAGES", 1)
    served = serve()

    async def story(page: Page) -> None:
        second = Page(served)
        await second.run()
        assert second.status == 503

    for _ in range(3):
        listening(served, story)


@pytest.mark.parametrize(
    "settings, client",
    [({"dev": False}, "127.0.0.1"), ({"host": "0.0.0.0"}, "127.0.0.1"), ({"dev": True}, "192.0.2.1")],
)
def test_there_is_no_stream_but_for_the_developer(serve: Serve, settings: dict[str, Any], client: str) -> None:
    assert serve(settings=settings).client(client).get("/api/events").status_code == 404


def test_operators_can_ask_how_it_is(serve: Serve) -> None:
    client = serve(auth=("ada", "correct horse")).client()
    for path in ("/livez", "/readyz"):
        assert client.get(path).text == "ok\n" and client.head(path).status_code == 200


def test_assets_are_compressed_and_kept_for_ever(serve: Serve) -> None:
    client = serve().client()
    page = client.get("/", headers={"accept": "text/html"}).text
    name = page.split('src="static/')[1].split('"')[0]
    answer = client.get(f"/static/{name}", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip" and "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert client.get(f"/static/{name}", headers={"accept-encoding": "identity"}).content == answer.content
    assert client.get("/static/page-000000000000.js").status_code == 404
