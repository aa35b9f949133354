"""The process that a person starts: it owns the socket, the watcher and the terminal, and runs no code of theirs."""

from __future__ import annotations

import contextlib
import heapq
import os
import secrets
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable
from typing import Any

from quickdemo.cli import console as texts
from quickdemo.cli.env_file import EnvFileError, read_env_file
from quickdemo.cli.exit_codes import FAILED, INTERRUPTED, OK, PORT_IN_USE, TERMINATED
from quickdemo.cli.generation import Generation, Prepared, prepare, spawn
from quickdemo.cli.keys import HELP, Keys
from quickdemo.cli.listener import DEFAULT_PORT, Listener, PortInUseError, listen_as_asked
from quickdemo.cli.options import RunOptions
from quickdemo.cli.request import get
from quickdemo.cli.saved_files import SavedFiles, short
from quickdemo.runtime.folders import store_folder
from quickdemo.runtime.reload import fingerprint
from quickdemo.runtime.reload.messages import Message, close_all

HANDOVER_S = 1.0  # how long new connections wait for the old generation's idle ones
OLD_GRACE_S = 600.0  # how long a replaced generation may finish what it runs
MOST_LEAVING = 8
PREPARE_S = 0.1  # after a reload, when the processor is idle again
CRASHES, CRASH_WINDOW_S = 5, 60.0


class Supervisor:
    """One `quickdemo run`. `run()` returns the exit code."""

    def __init__(
        self, options: RunOptions, console: texts.Console, version: str, prepared: Prepared | None = None
    ) -> None:
        self.options, self.console, self.version = options, console, version
        self.began = time.monotonic()
        self.selector = selectors.DefaultSelector()
        self.serving: Generation | None = None
        self.starting: Generation | None = None
        self.leaving: list[Generation] = []
        self.prepared = prepared  # the child that will run the next generation
        self.handing: set[Generation] = set()
        self.unannounced: tuple[Generation, Message] | None = None
        self.listener: Listener | None = None
        self.saved = SavedFiles(self)
        self.keys: Keys | None = None
        self.number = 0
        self.faulty = False
        self.first_wants: dict[str, Any] = {}
        self.homeless: list[int] = []  # connections that wait for a generation
        self.timers: list[tuple[float, int, Callable[[], None]]] = []
        self.crashes: list[float] = []
        self.exit_code: int | None = None
        self.stopping: int | None = None
        self.url = ""

    # ------------------------------------------------------------------ life

    def run(self) -> int:
        """Until told to end."""
        folder = os.path.dirname(os.path.abspath(self.options.target)) if self.is_file() else os.getcwd()
        self.store_dir, notice = store_folder(folder)
        self.temporary_store = self.store_dir if notice else None
        if notice:
            self.console.line("!", notice)
        self.files_dir = tempfile.mkdtemp(prefix="quickdemo-files-")
        self.secret = secrets.token_bytes(32)
        try:
            self._take_signals()
            self._spawn(())
            self.saved.start()
            self._start_keys()
            while self.exit_code is None:
                self._turn()
        finally:
            self._end()
        self.console.event("stop", code=self.exit_code)
        return self.exit_code

    def is_file(self) -> bool:
        return os.path.exists(self.options.target)

    def _turn(self) -> None:
        wait = max(0.0, self.timers[0][0] - time.monotonic()) if self.timers else None
        for key, mask in self.selector.select(wait):
            if key.fileobj in self.selector.get_map() and self.exit_code is None:
                key.data(mask)
        while self.timers and self.timers[0][0] <= time.monotonic():
            heapq.heappop(self.timers)[2]()
        self._reap()
        self._accept_or_not()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.timers, (time.monotonic() + seconds, id(action), action))

    def _take_signals(self) -> None:
        self._signals, write = socket.socketpair()
        self._signals.setblocking(False)
        write.setblocking(False)
        self._signals_in = write
        signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        self.selector.register(self._signals, selectors.EVENT_READ, self._on_signal)

    def _on_signal(self, mask: int) -> None:
        for number in self._signals.recv(64):
            if number == signal.SIGINT:
                self._stop(INTERRUPTED)
            elif number == signal.SIGTERM:
                self._stop(TERMINATED)
            elif number == signal.SIGHUP:
                self.reload(("SIGHUP",))

    def _start_keys(self) -> None:
        if self.options.mode == "serve" and not self.options.json_lines:
            self.keys = Keys()
            if self.keys.active:
                self.selector.register(sys.stdin, selectors.EVENT_READ, self._on_key)

    def _on_key(self, mask: int) -> None:
        assert self.keys is not None
        typed = self.keys.read()
        if not typed:
            self.selector.unregister(sys.stdin)
        for key in typed:
            if key == "h":
                self.console.text("  " + HELP)
            elif key == "r":
                self.reload(("r",))
            elif key == "c" and self.serving:
                self.post(self.serving, "clear")
                self.console.line("-", "state of the sessions cleared")
            elif key == "o" and self.url:
                webbrowser.open(self.url)
            elif key == "q":
                self._stop(OK)

    def _stop(self, code: int) -> None:
        """Let running calls finish for a while; the second time: end now."""
        if self.stopping is not None:
            self.exit_code = code
            return
        self.stopping = code
        self.drop_starting()
        if self.serving is None:
            self.exit_code = code
            return
        old, self.serving = self.serving, None
        self._dismiss(old, self.options.graceful_s, None)
        for generation in self.leaving:
            generation.deadline = time.monotonic() + self.options.graceful_s + 1
        self.later(self.options.graceful_s + 1.5, self._give_up)

    def _give_up(self) -> None:
        self.exit_code = self.stopping

    def _end(self) -> None:
        for generation in (self.starting, self.serving, *self.leaving):
            if generation is not None:
                generation.kill()
                generation.process.wait()
        if self.prepared is not None:
            self.prepared.discard()
        signal.set_wakeup_fd(-1)
        close_all(self.homeless)
        if self.listener:
            self.listener.close()
        self.saved.stop()
        if self.keys:
            self.keys.restore()
        shutil.rmtree(self.files_dir, ignore_errors=True)
        if self.temporary_store:
            shutil.rmtree(self.temporary_store, ignore_errors=True)

    # ------------------------------------------------------------------ generations

    def _spawn(self, causes: tuple[str, ...]) -> None:
        try:
            env = read_env_file(self.options.env_file) if self.options.env_file else {}
        except EnvFileError as error:
            self._fail({"type": "AppError", "message": str(error), "hint": "", **_NOWHERE, "file": "env file"})
            return
        self.number += 1
        assumed = {path: fingerprint.of_file(path) for path in {*self.saved.current, *self.saved.extra_files()}}
        own = {"secret": self.secret.hex(), "store_dir": self.store_dir, "files_dir": self.files_dir, "env": env}
        start = {**self.options.for_child(), **own}
        generation, self.prepared = spawn(self.number, start, assumed, self.prepared), None
        generation.causes = causes
        self.starting = generation
        self.selector.register(
            generation.channel, selectors.EVENT_READ, lambda mask: self._on_channel(generation, mask)
        )

    def reload(self, causes: tuple[str, ...]) -> None:
        if self.stopping is not None or self.options.mode != "serve":
            return
        self.drop_starting()
        self.console.event("reload_start", files=[texts.clean(c) for c in causes])
        self._spawn(causes)

    def drop_starting(self) -> None:
        if self.starting is not None:
            self.starting.kill()
            self._leave(self.starting, 0.0)
            self.starting = None

    def _dismiss(self, old: Generation, grace_s: float, new: Generation | None) -> None:
        """Tell a generation to finish what it runs and to leave the rest."""
        self.post(old, "drain", grace_s=grace_s, generation=new.number if new else 0, ms=new.age_ms if new else 0)
        self._leave(old, grace_s + 3)
        while len(self.leaving) > MOST_LEAVING:
            self.leaving.pop(0).kill()

    def _leave(self, generation: Generation, seconds: float) -> None:
        generation.state = "leaving"
        generation.deadline = time.monotonic() + seconds
        self.leaving.append(generation)
        self.later(seconds, self._reap)

    def _reap(self) -> None:
        for generation in [g for g in (self.starting, self.serving, *self.leaving) if g]:
            if generation.deadline <= time.monotonic():
                generation.kill()
            if generation.process.poll() is not None:
                self._finish_reading(generation)
                self._on_exit(generation)
        if self.stopping is not None and not self.leaving:
            self.exit_code = self.stopping

    def _finish_reading(self, generation: Generation) -> None:
        """What it said before it ended still counts."""
        if generation.channel.fileno() >= 0:
            generation.channel.sock.setblocking(False)
        while generation.channel.fileno() >= 0:
            try:
                messages = generation.channel.read()
            except EOFError:
                return
            for message in messages:
                self._on_message(generation, message)

    def _on_exit(self, generation: Generation) -> None:
        self._forget(generation)
        generation.kill()  # what it started and left behind
        self._handed_over(generation)
        if generation in self.leaving:
            self.leaving.remove(generation)
        elif generation is self.starting:
            self.starting = None
            if generation.state == "starting":
                self.saved.current = dict(generation.assumed)  # it did not live to say what it read
                why = f"{self.options.app} {generation.ending()} before it served anything."
                self._fail({"type": "AppError", "message": why, "hint": "", **_NOWHERE, "file": self.options.app})
        elif generation is self.serving:
            self.serving = None
            self._on_crash(generation)

    def _forget(self, generation: Generation) -> None:
        if generation.channel.fileno() >= 0:
            with contextlib.suppress(KeyError):
                self.selector.unregister(generation.channel)
            generation.channel.close()

    def _on_crash(self, generation: Generation) -> None:
        if generation.process.returncode == 0:
            self.console.line("-", f"{self.options.app} closed its server")
            if not self.options.reload:
                self.exit_code = OK
            return
        now = time.monotonic()
        self.crashes = [t for t in self.crashes if now - t < CRASH_WINDOW_S] + [now]
        self.console.event("fault", message=f"{self.options.app} {generation.ending()}", crashes=len(self.crashes))
        if len(self.crashes) >= CRASHES:
            self.console.line("x", f"{self.options.app} {generation.ending()}: {CRASHES} times within a minute")
            if not self.options.reload:
                self.exit_code = FAILED
            return
        self.console.line("x", f"{self.options.app} {generation.ending()}; starting it again")
        self.later(min(0.1 * 4 ** (len(self.crashes) - 1), 5.0), self._restart)

    def _restart(self) -> None:
        if self.serving is None and self.starting is None and self.stopping is None:
            self._spawn(("crash",))

    # ------------------------------------------------------------------ messages of a child

    def post(self, generation: Generation, type: str, fds: tuple[int, ...] = (), /, **facts: Any) -> None:
        generation.channel.post(type, fds, **facts)
        self._want_write(generation)

    def _want_write(self, generation: Generation) -> None:
        with contextlib.suppress(KeyError, ValueError):
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if generation.channel.pending else 0)
            key = self.selector.get_key(generation.channel)
            if key.events != events:
                self.selector.modify(generation.channel, events, key.data)

    def _on_channel(self, generation: Generation, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            generation.channel.flush()
            self._want_write(generation)
        if not mask & selectors.EVENT_READ:
            return
        try:
            messages = generation.channel.read()
        except EOFError:
            self._forget(generation)
            self._handed_over(generation)
            generation.deadline = min(generation.deadline, time.monotonic() + 3)
            self.later(3, self._reap)
            return
        for message in messages:
            self._on_message(generation, message)

    def _on_message(self, generation: Generation, message: Message) -> None:
        if message.type == "connection":
            self._pass_on(message.fds)
        elif message.type == "handed_over":
            self._handed_over(generation)
        elif message.type == "running" and self.stopping is not None and message["count"]:
            calls = "1 call still runs" if message["count"] == 1 else f"{message['count']} calls still run"
            self.console.line("-", f"{calls}; waiting up to {self.options.graceful_s:g} s (Ctrl-C again: end now)")
        elif message.type == "drained":
            generation.deadline = time.monotonic() + 3
            self.later(3, self._reap)
        elif generation is self.starting:
            {"wants": self._on_wants, "ready": self._on_ready, "failed": self._on_failed, "summary": self._on_summary}[
                message.type
            ](generation, message)

    def _on_wants(self, generation: Generation, message: Message) -> None:
        generation.wants = message.facts
        wanted = {name: message[name] for name in ("host", "port", "ssl")}
        if self.options.mode != "serve":
            self.post(generation, "bound", host="127.0.0.1", port=self.options.port or DEFAULT_PORT)
            return
        if self.listener is None:
            try:
                self.listener = listen_as_asked(self.options, message["host"], message["port"])
            except PortInUseError as error:
                self._give_up_on_port(str(error), PORT_IN_USE)
                return
            except OSError as error:
                self._give_up_on_port(error.strerror or str(error), FAILED)
                return
            self.first_wants = wanted
        elif wanted != self.first_wants:
            self.console.line("!", "launch() asks for another address or for ssl: restart quickdemo to change that")
        fds = () if self.options.reload else (self.listener.sock.fileno(),)
        self.post(generation, "bound", fds, host=self.listener.host, port=self.listener.port)

    def _give_up_on_port(self, why: str, code: int) -> None:
        self.console.event("fault", message=why)
        self.console.line("x", why)
        if self.options.json_lines:
            print(texts.clean(why), file=sys.stderr)
        self.exit_code = code

    def _on_ready(self, generation: Generation, message: Message) -> None:
        self.starting = None
        generation.state = "ready"
        generation.styles = tuple(message["css"])
        self.saved.know(generation, message["files"])
        old, self.serving = self.serving, generation
        self.faulty = False
        if self.options.mode == "get":
            self.exit_code = get(generation.channel, self.options.get_path, self.options.port or DEFAULT_PORT)
            return
        if old is not None:
            self.handing.add(old)
            self.later(HANDOVER_S, lambda: self._handed_over(old))
            self._dismiss(old, OLD_GRACE_S, generation)
        self.unannounced = (generation, message)
        homeless, self.homeless = self.homeless, []
        self._pass_on(homeless)
        self._say_when_handed_over()
        self.saved.compare(set(self.saved.current))

    def _handed_over(self, old: Generation) -> None:
        """The idle connections of a replaced generation are with its successor, or it will not say any more."""
        self.handing.discard(old)
        self._say_when_handed_over()

    def _say_when_handed_over(self) -> None:
        """A reload is announced when no request can reach the old generation any more."""
        if self.handing or self.unannounced is None:
            return
        (generation, message), self.unannounced = self.unannounced, None
        if generation is self.serving:
            self._announce(generation, message, first=not self.url)
            if self.options.reload:
                self.later(PREPARE_S, self._prepare)

    def _prepare(self) -> None:
        """Have a child ready for the next save."""
        if self.prepared is None and self.starting is None and self.stopping is None:
            self.prepared = prepare()

    def _announce(self, generation: Generation, message: Message, first: bool) -> None:
        assert self.listener is not None
        facts = {"generation": generation.number, "pid": message["pid"], "ms": generation.age_ms}
        if not first:
            cause = ", ".join(short(c) for c in generation.causes)
            self.console.event("reload_ok", files=list(generation.causes), **facts)
            self.console.line("~", f"{cause}  reloaded in {generation.age_ms} ms (restart)")
            return
        self.url = f"unix:{self.listener.uds}" if self.listener.uds else message["url"]
        watch = self.saved.way
        demo = generation.wants["demo"]
        self.console.event(
            "ready", url=self.url, host=self.listener.host, port=self.listener.port, watch=watch, demo=demo, **facts
        )
        reload = f"on, {len(self.saved.current)} files, {watch}" if watch else ""
        ms = round((time.monotonic() - self.began) * 1000)
        keys = self.keys is not None and self.keys.active
        self.console.text(texts.banner(self.version, ms, self.options.app, demo, self.url, reload, keys))
        if self.listener.notice:
            self.console.line("!", self.listener.notice)
        if self.listener.host in ("0.0.0.0", "::") and not demo["auth"]:
            self.console.line("!", f"everybody who reaches port {self.listener.port} can use it: there is no login")
        if self.options.open or message["inbrowser"]:
            webbrowser.open(self.url)

    def _on_failed(self, generation: Generation, message: Message) -> None:
        generation.state = "failed"
        self.starting = None
        self._leave(generation, 3)
        self.saved.know(generation, message["files"])
        self._fail(message["report"])
        self.saved.compare(set(self.saved.current))

    def _fail(self, report: dict[str, Any]) -> None:
        """The script cannot be served: whoever serves goes on and shows it."""
        self.faulty = True
        self.console.event("reload_failed" if self.serving else "fault", report=report)
        self.console.fault(report, self.serving is not None, self.options.reload)
        if self.serving is not None:
            self.post(self.serving, "fault", report=report)
        elif not self.options.reload:
            self.exit_code = FAILED

    def _on_summary(self, generation: Generation, message: Message) -> None:
        demo = message["demo"]
        if self.options.json_lines:
            self.console.event("check", demo=demo)
        else:
            print(texts.checked(self.options.app, demo))
        self.exit_code = OK

    # ------------------------------------------------------------------ connections

    def _accept_or_not(self) -> None:
        """Under --reload we accept; while connections change hands, new ones wait in the backlog."""
        if self.listener is None or not self.options.reload:
            return
        wanted = self.serving is not None and not self.handing and self.stopping is None
        registered = self.listener.sock in self.selector.get_map()
        if wanted and not registered:
            self.listener.sock.setblocking(False)
            self.selector.register(self.listener.sock, selectors.EVENT_READ, self._on_connection)
        elif registered and not wanted:
            self.selector.unregister(self.listener.sock)

    def _on_connection(self, mask: int) -> None:
        assert self.listener is not None
        try:
            connection, _ = self.listener.sock.accept()
        except BlockingIOError:
            return
        except OSError as error:  # no descriptors left, or the client is gone
            self.console.line("!", f"a connection could not be accepted: {error.strerror}")
            time.sleep(0.01)  # without it this loop would turn at full speed until a descriptor is free
            return
        self._pass_on([connection.detach()])

    def _pass_on(self, fds: list[int]) -> None:
        if self.stopping is not None:
            close_all(fds)
        elif self.serving is None:
            self.homeless += fds
        else:
            for fd in fds:
                self.post(self.serving, "connection", (fd,))
            close_all(fds)


_NOWHERE: dict[str, Any] = {"line": 0, "frames": [], "text": ""}
