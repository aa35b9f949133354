"""What `launch()` does in a script that `quickdemo run` started: ask the supervisor for the socket, and serve."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from quickdemo.runtime.jobs.processes.serving import Serving
from quickdemo.runtime.jobs.processes.serving import begin as begin_workers
from quickdemo.runtime.launch import Launched, LaunchOptions, local_url
from quickdemo.runtime.reload.checkpoints import Checkpoints, Link
from quickdemo.runtime.reload.content import Content, NotOnlyShownError
from quickdemo.runtime.reload.discover import candidates, discover, two
from quickdemo.runtime.reload.messages import Message, close_all
from quickdemo.runtime.reload.pulse import Pulse
from quickdemo.runtime.reload.summary import name_of, summary
from quickdemo.runtime.reload.terminal import Terminal
from quickdemo.runtime.reload.tidy import tidy_soon
from quickdemo.runtime.server.app import build
from quickdemo.runtime.server.context import Context, ServerSettings
from quickdemo.runtime.server.page import author_css
from quickdemo.runtime.server.serve import Server
from quickdemo.runtime.server.shared import SharedStore
from quickdemo.runtime.server.starting import end, take_up
from quickdemo.runtime.server.starting import work as start_work
from quickdemo.runtime.settings import flag
from quickdemo.runtime.tabs import Demo, endpoints_of, functions_of

logger = logging.getLogger("quickdemo")
LINGER_S = 0.1  # before a replaced process ends: that takes the processor, which its successor's first answers need


class Host:
    """Serves one Interface of the script."""

    def __init__(self, link: Link, checkpoints: Checkpoints) -> None:
        self.link = link
        self.checkpoints = checkpoints
        self.terminal = Terminal(link)
        self.demo: Demo | None = None
        self.url = ""
        self.ready = False  # whether the supervisor was told that all went well
        self._options: LaunchOptions | None = None
        self._app: Any = None
        self._context: Context | None = None
        self._content: Content | None = None
        self._server: Server | None = None
        self._workers = Serving()
        self._retiring: asyncio.Future[None] | None = None  # asyncio itself keeps no reference

    # ------------------------------------------------------------------ called by the script

    def launch(self, demo: Demo, options: LaunchOptions) -> Launched:
        """Serve `demo` at once and block until drained, as plain `launch()` does.

        Raises AppError when another Interface is served already.
        """
        if self.demo is demo:
            return Launched(self._app, self.url)
        if not self._is_wanted(demo):
            self._options = options
            return Launched(None, "")
        if self.demo is not None:
            raise two(self.link.start["app"], tuple(candidates(sys.modules["__main__"].__dict__)), self._command)
        self.serve(demo, options)
        if options.debug or flag("DEBUG") or not options.prevent_thread_lock:
            self.wait()
        return Launched(self._app, self.url)

    def close(self, verbose: bool = True) -> None:
        """`demo.close()` of the script: stop serving; the supervisor sees the process end."""
        if self._server is not None:
            self._server.drain(5)
            if self._context is not None:
                end(self._context, self._server.loop)
            self._close()

    @property
    def local_url(self) -> str:
        """The address of the page, for `Interface.integrate`."""
        return self.url

    @property
    def app(self) -> Any:
        """The ASGI app."""
        return self._app

    def _is_wanted(self, demo: Demo) -> bool:
        name = self.link.start["name"]
        if not name:
            return True
        value: Any = sys.modules["__main__"].__dict__.get(name.partition(".")[0])
        for part in name.split(".")[1:]:
            value = getattr(value, part, None)
        return value is demo

    # ------------------------------------------------------------------ serving

    def finish(self, namespace: dict[str, Any]) -> None:
        """The script has ended: serve what it defined, unless it did so itself. Raises AppError."""
        if self.demo is None:
            demo = discover(namespace, self.link.start["app"], self.link.start["name"], self._command)
            self.serve(demo, self._options or LaunchOptions())
        self.wait()

    @property
    def _command(self) -> str:
        """The command that was typed: `quickdemo run` has modes of its own."""
        mode: str = self.link.start["mode"]
        return mode if mode in ("explain", "examples", "worker") else "run"

    def serve(self, demo: Demo, options: LaunchOptions) -> None:
        """Get an address, build the app and say `ready`; only look at it when the command was --check."""
        self.checkpoints.end()
        self.demo = demo
        mode = self.link.start["mode"]
        if mode == "serve":  # before any thread starts, and with no socket open but the channel
            workers = self.link.start["workers"] or options.workers
            self._workers = begin_workers(functions_of(demo), workers, self.link.channel.close)
        self.link.channel.send(
            "wants",
            host=options.server_name,
            port=options.server_port,
            ssl=options.ssl_certfile is not None,
            demo=summary(demo, options, self._name(demo), self.link.start["auth_file"] is not None),
        )
        (host, port), listeners = self._address()
        options = dataclasses.replace(options, server_name=host, server_port=port)
        self.url = local_url(options, port)
        self._app, self._context = build(demo, options, self._settings(host, port))
        self._content = Content(self.checkpoints, self._context)
        demo.launched = self  # type: ignore[assignment]  # it closes like a Running
        if mode in ("check", "examples", "explain"):
            close_all(listeners)
            self._do_only(mode, options)
            self.ready = True
            return
        ssl = None if mode in ("get", "worker") else options.ssl_context()
        self._server = Server(self._app, ssl=ssl, handover=self._hand_over)
        self._server.start()
        take_up(self._context, self._server.loop)
        tidy_soon(self._server.loop)
        for fd in listeners:
            self._server.listen(socket.socket(fileno=fd))
        self.terminal.followed = True
        threading.Thread(target=self._follow, name="channel", daemon=True).start()
        pulse = Pulse()
        self._server.loop.call_soon_threadsafe(pulse.beat, self._server.loop)
        self.link.channel.send(
            "ready",
            (pulse.fd,),
            pid=os.getpid(),
            inbrowser=options.inbrowser,
            url=self.url,
            sessions=self._context.sessions.count(self.link.start["since"]),
            **self._files(),
        )
        self.ready = True
        # now only: a job that ends this process must not look like a failed start
        start_work(self._context, self._server.loop)

    def _do_only(self, mode: str, options: LaunchOptions) -> None:
        """What a command asks for that does not serve."""
        assert self.demo is not None and self._context is not None
        channel, start = self.link.channel, self.link.start
        if mode == "check":
            has_auth = bool(start["auth_file"])
            channel.send("summary", demo=summary(self.demo, options, self._name(self.demo), has_auth))
        elif mode == "examples":
            from quickdemo.runtime.reload.kept import work  # for this command only

            work(self._context, channel, **start["examples"])
        else:
            from quickdemo.runtime.reload.explain import explain  # for this command only

            explain(self._context, channel, **start["explain"])

    def wait(self) -> None:
        """Until it has been drained or closed."""
        if self._server is not None:
            self._server.wait()

    def _name(self, demo: Demo) -> str:
        return self.link.start["name"] or name_of(demo, sys.modules["__main__"].__dict__)

    def _address(self) -> tuple[tuple[str, int], list[int]]:
        """(host, port), and the sockets to accept on; none when the supervisor accepts."""
        if (known := self.link.start["address"]) is not None:
            return known, []
        while True:
            for message in self.link.channel.read():
                if message.type == "bound":
                    return (message["host"], message["port"]), message.fds
                close_all(message.fds)

    def _settings(self, host: str, port: int) -> ServerSettings:
        start = self.link.start
        return ServerSettings(
            store_dir=start["store_dir"],
            files_dir=start["files_dir"],
            secret=bytes.fromhex(start["secret"]),
            generation=start["generation"],
            dev=start["dev"],
            host=host,
            port=port,
            script=os.path.basename(start["app"]),
            auth_file=start["auth_file"],
            allowed_hosts=tuple(start["allowed_hosts"]),
            metrics=start["metrics"],
            shared=self._shared(),
        )

    def _shared(self) -> SharedStore | None:
        """The broker of all hosts, and the version of the script that this one has."""
        store, counts = self.link.start["store"], bool(self.link.start["metrics"])
        if not store:
            return None
        with open(sys.modules["__main__"].__dict__["__file__"], "rb") as file:
            version = hashlib.sha256(file.read()).hexdigest()
        front, groups = self.link.start["mode"] == "serve", tuple(store["groups"])
        return SharedStore(**{**store, "groups": groups}, version=version, front=front, counts=counts)

    def _files(self) -> dict[str, Any]:
        """What to watch: files with the fingerprint of what was read, the style sheets among them, modules' names."""
        assert self.demo is not None and self._content is not None
        styles = [os.path.abspath(path) for path in self._styles()]
        flags = {os.path.abspath(i.flagging_dir) + os.sep for i in endpoints_of(self.demo).values()}
        read = {**self._content.example_files(), **self.checkpoints.recorder.report()}
        files = {p: f for p, f in read.items() if not p.startswith(tuple(flags))}
        self._content.guard(files)
        return {"files": files, "css": styles, "modules": self.checkpoints.modules()}

    def _styles(self) -> list[str]:
        assert self.demo is not None
        demos = [self.demo, *endpoints_of(self.demo).values()]
        return [d.css_path for d in demos if d.css_path]

    # ------------------------------------------------------------------ messages

    def _follow(self) -> None:
        """The supervisor's messages, until it is gone: then nobody needs this process any more."""
        self.checkpoints.recorder.release()
        try:
            while True:
                for message in self.link.channel.read():
                    self._obey(message)
        except EOFError:
            os._exit(0)

    def _obey(self, message: Message) -> None:
        assert self._server is not None and self._context is not None
        events = self._context.events
        obeyed: dict[str, Callable[[], object]] = {
            "connection": lambda: self._adopt(message.fds),
            "drain": lambda: self._drain(message),
            "leave": lambda: _beside("leave", self._close),
            "fault": lambda: events.publish("fault", {"report": message["report"]}),
            "mended": lambda: events.publish("mended", {}),
            "css": self._restyle,
            "content": lambda: _beside("content", lambda: self._show(message["paths"])),
            "clear": self._context.sessions.clear,
            "terminal": self.terminal.lent,
        }
        if message.type in obeyed:
            obeyed[message.type]()

    def _adopt(self, fds: list[int]) -> None:
        assert self._server is not None
        for fd in fds:
            self._server.adopt(socket.socket(fileno=fd))

    def _hand_over(self, connection: socket.socket) -> None:
        with connection:
            self.link.channel.send("connection", (connection.fileno(),))

    def _drain(self, message: Message) -> None:
        assert self._server is not None and self._context is not None
        events, engine = self._context.events, self._context.engine
        running = max(self._server.running, engine.unfinished)

        def handed_over() -> None:
            """What the pages ask for from now on, the next generation answers: only now may they ask."""
            if message["generation"]:
                events.publish("reload", {"generation": message["generation"], "ms": message["ms"]})
            events.close()
            self.link.channel.send("handed_over")
            self._retiring = asyncio.ensure_future(engine.retire())

        until = time.monotonic() + message["grace_s"]
        drained = self._server.begin_drain(message["grace_s"], handed_over)
        self.link.channel.send("running", count=running)
        linger_s = LINGER_S if message["generation"] else 0.0
        _beside("drain", lambda: self._leave(drained, until, linger_s))

    def _leave(self, drained: Future[bool], until: float, linger_s: float) -> None:
        """The requests have ended, then the jobs that nobody waits for; what is left stays in the journal."""
        assert self._server is not None and self._context is not None
        drained.result()
        left = end(self._context, self._server.loop, until - time.monotonic())
        self.link.channel.send("drained", kept=left.kept, cut=left.cut)
        self._server.wait(linger_s)
        self._close()

    def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        self._workers.close()

    def _show(self, paths: list[str]) -> None:
        """Files were saved that the page may only show."""
        assert self._content is not None
        try:
            files, why = self._content.take(paths), ""
        except NotOnlyShownError as error:
            files, why = {}, str(error)
        self.link.channel.send("content", paths=paths, taken=not why, why=why, files=files)

    def _restyle(self) -> None:
        """A style sheet was saved: the open pages and every later one get its text."""
        assert self.demo is not None and self._context is not None
        for demo in [self.demo, *endpoints_of(self.demo).values()]:
            if demo.css_path:
                try:
                    with open(demo.css_path, encoding="utf-8") as file:
                        demo.css = file.read()
                except (OSError, UnicodeDecodeError) as error:
                    logger.warning("%s cannot be read: %s", demo.css_path, error)
        self._context.events.publish("css", {"text": author_css(self._context)})


def _beside(name: str, work: Callable[[], object]) -> None:
    """Do it in a thread of its own: other messages are obeyed meanwhile."""
    threading.Thread(target=work, name=name, daemon=True).start()
