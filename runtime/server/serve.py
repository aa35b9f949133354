"""Server: uvicorn's protocol on an event loop in a thread, on sockets that somebody else owns."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.server import ServerState

from quickdemo.runtime.server.protocol import KEEP_ALIVE_S, Connection, SharedConnections

logger = logging.getLogger("quickdemo.server")
MOST_UNACCEPTED = 2048  # connections that the system holds until they are accepted
_STOPPED = b'{"error":{"code":"stopped","message":"The server stopped.","hint":"Try again."}}'
LAST_ANSWERS_S = 2.0  # how long a drained server's last bytes may take to leave


class Server:
    """Every public method may be called from any thread but the loop's own (`add_reader`'s callbacks run there).

    handover: takes the sockets of idle connections while draining; they are closed when it is None.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        ssl: ssl.SSLContext | None = None,
        handover: Callable[[socket.socket], None] | None = None,
    ) -> None:
        self._config = uvicorn.Config(
            partial(_until_stopped, app),
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._config.load()
        self._ssl = ssl
        self._state = ServerState()
        self._shared = SharedConnections()
        self._shared.handover = handover
        self._listeners: list[asyncio.Server] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._closed = threading.Event()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Start the thread; returns when its loop runs."""
        self._thread.start()
        self._ready.wait()

    def listen(self, sock: socket.socket) -> None:
        """Accept connections on a listening socket; returns when it does."""
        self._do(self._listen(sock))

    def adopt(self, sock: socket.socket) -> None:
        """Serve a connection that was accepted elsewhere."""
        sock.setblocking(False)
        self.loop.call_soon_threadsafe(self._adopt, sock)

    def add_reader(self, fd: int, callback: Callable[[], None]) -> None:
        """Call `callback` on the loop whenever `fd` can be read."""
        self.loop.call_soon_threadsafe(self.loop.add_reader, fd, callback)

    def remove_reader(self, fd: int) -> None:
        self.loop.call_soon_threadsafe(self.loop.remove_reader, fd)

    @property
    def running(self) -> int:
        """Requests in flight."""
        return len(self._state.tasks)

    def drain(self, grace_s: float, handed_over: Callable[[], object] | None = None) -> bool:
        """Stop accepting, pass idle connections on, let requests finish for up to `grace_s` seconds.

        Returns whether all of them finished; those that did not are cancelled.
        handed_over: called on the loop when the connections that were idle at the start have been passed on.
        """
        return self.begin_drain(grace_s, handed_over).result()

    def begin_drain(self, grace_s: float, handed_over: Callable[[], object] | None = None) -> Future[bool]:
        """`drain` without waiting for its end."""
        return asyncio.run_coroutine_threadsafe(self._drain(grace_s, handed_over), self.loop)

    def close(self) -> None:
        """End now: running requests are cancelled, connections dropped."""
        if not self.loop.is_closed() and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop ended between the check and the call
                self.loop.call_soon_threadsafe(self.loop.stop)
        self._closed.wait(timeout=5)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Block until the server has been closed."""
        return self._closed.wait(timeout_s)

    # ------------------------------------------------------------------ on the loop's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(self._ready.set)
        try:
            self.loop.run_forever()
        finally:
            self._end()

    def _end(self) -> None:
        for listener in self._listeners:
            listener.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.wait(tasks, timeout=1))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        self._closed.set()

    def _do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def _protocol(self) -> Connection:
        return Connection(
            config=self._config, server_state=self._state, app_state={}, _loop=self.loop, shared=self._shared
        )

    async def _listen(self, sock: socket.socket) -> None:
        # asyncio tries `backlog` times in a row to accept, and logs each time: with too many open files that is a storm
        sock.__class__ = _Listening
        self._listeners.append(await self.loop.create_server(self._protocol, sock=sock, ssl=self._ssl, backlog=1))

    def _adopt(self, sock: socket.socket) -> None:
        task = self.loop.create_task(self._connect(sock))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        task.add_done_callback(partial(_report, sock))

    async def _connect(self, sock: socket.socket) -> None:
        await self.loop.connect_accepted_socket(self._protocol, sock, ssl=self._ssl)

    async def _drain(self, grace_s: float, handed_over: Callable[[], object] | None) -> bool:
        self._shared.draining = True
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for connection in list(self._state.connections):  # at once: from now on nothing new is asked of this generation
            self._shared.pass_on(connection)  # type: ignore[arg-type]  # all are our Connection
        while self._connecting:  # adopted a moment ago: they pass on as soon as they are made
            await asyncio.wait(self._connecting)
        if handed_over is not None:
            handed_over()
        tasks = set(self._state.tasks)
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=grace_s)
            for task in unfinished:
                task.cancel()
            if unfinished:
                await asyncio.wait(unfinished, timeout=1)
        else:
            unfinished = set()
        await self._until_passed_on()
        return not unfinished

    async def _until_passed_on(self) -> None:
        """The last answers may still be on their way out; their connections are passed on when they are."""
        deadline = self.loop.time() + LAST_ANSWERS_S
        while self._state.connections and self.loop.time() < deadline:
            await asyncio.sleep(0.005)


class _Listening(socket.socket):
    """What asyncio's `backlog` is to the system: with 1, even for a moment, connections are dropped that others of the
    same socket are about to accept, and their clients try again after seconds."""

    __slots__ = ()

    def listen(self, backlog: int = 0, /) -> None:
        del backlog
        super().listen(MOST_UNACCEPTED)


async def _until_stopped(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run `app`; a request that is cut off because the server stops is worth one line, not a traceback, and is answered
    with 503 if no answer has begun."""
    begun = False

    async def sending(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        await app(scope, receive, sending)
    except asyncio.CancelledError:
        logger.info("a request to %r was cut off: the server stopped", scope.get("path", ""))
        if not begun and scope["type"] == "http":
            headers = [(b"content-type", b"application/json"), (b"retry-after", b"1"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": _STOPPED})


def _report(sock: socket.socket, task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.info("a connection ended before it could be served: %s", task.exception())
        sock.close()
