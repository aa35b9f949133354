"""The process that a person starts: it owns the socket, the watcher and the terminal, and runs no code of theirs."""

from __future__ import annotations

import contextlib
import heapq
import os
import selectors
import shutil
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from quickdemo.cli import console as texts
from quickdemo.cli.announce import announce
from quickdemo.cli.doors import HOLD_S, Doors
from quickdemo.cli.env_file import EnvFileError, read_env_file
from quickdemo.cli.exit_codes import FAILED, OK
from quickdemo.cli.generation import Generation
from quickdemo.cli.keys import Keys, Lending
from quickdemo.cli.leaving import tell_left, tell_running, thin_out
from quickdemo.cli.listener import DEFAULT_PORT, Listener
from quickdemo.cli.options import RunOptions
from quickdemo.cli.prepared import Prepared
from quickdemo.cli.processes import Processes
from quickdemo.cli.reloader import PREPARE_S, Reloader, explain
from quickdemo.cli.request import get
from quickdemo.cli.saved_files import SavedFiles
from quickdemo.cli.signals import Signals
from quickdemo.cli.vigil import Vigil
from quickdemo.runtime.folders import files_folder, kept_secret, store_folder
from quickdemo.runtime.reload.fault import report
from quickdemo.runtime.reload.messages import Message, close_all
from quickdemo.runtime.reload.pulse import Heard

if TYPE_CHECKING:
    from quickdemo.cli.checkpoints import Checkpoint

HANDOVER_S = 1.0  # how long new connections wait for the old generation's idle ones
OLD_GRACE_S = 600.0  # how long a replaced generation may finish what it runs
ABANDONED_S = 5.0  # within which a twin that is not wanted any more must say its number
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
        self.rival: Generation | None = None  # a clean run beside a resumed one that is late
        self.leaving: list[Generation] = []
        self.prepared = prepared  # the child that will run the next generation
        self.handing: set[Generation] = set()
        self.unannounced: tuple[Generation | None, Generation, Message] | None = None
        self.listener: Listener | None = None
        self.saved = SavedFiles(self)
        self.reloader = Reloader(self)
        self.doors = Doors(self)
        self.processes = Processes()
        self.signals = Signals(self)
        self.vigil = Vigil(self)
        self.since = time.time()
        self.keys: Keys | None = None
        self.lending: Lending | None = None
        self.number = 0
        self.faulty = False
        self.timers: list[tuple[float, int, Callable[[], None]]] = []
        self.crashes: list[float] = []
        self._restart_why = ""
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
        self.files_dir = files_folder(self.store_dir)
        shared = self.options.store_secret
        self.secret = bytes.fromhex(shared) if shared else kept_secret(self.store_dir)
        try:
            self.signals.take()
            self._start_keys()
            self._begin(())
            self.saved.start()
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
            still = self.selector.get_map().get(key.fd)  # a handler of this turn may have closed it
            if still is not None and still.fileobj is key.fileobj and self.exit_code is None:
                key.data(mask)
        while self.timers and self.timers[0][0] <= time.monotonic():
            heapq.heappop(self.timers)[2]()
        self._reap()
        self.doors.turn()

    def register(self, file: Any, handler: Callable[[int], None]) -> None:
        """Call `handler` when there is something to read."""
        self.selector.register(file, selectors.EVENT_READ, handler)

    def unregister(self, file: Any) -> None:
        """Read it no more."""
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(file)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.timers, (time.monotonic() + seconds, id(action), action))

    def _start_keys(self) -> None:
        if self.options.mode == "serve" and not self.options.json_lines:
            self.keys = Keys()
            self.lending = Lending(self, self.keys)

    def stop(self, code: int) -> None:
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
            generation.deadline = time.monotonic() + self.options.graceful_s + self.options.leaving_s
        self.later(self.options.graceful_s + self.options.leaving_s + 0.5, self._give_up)

    def _give_up(self) -> None:
        self.exit_code = self.stopping

    def _end(self) -> None:
        for generation in self.generations():
            generation.kill()
            generation.channel.close()
        self.reloader.end()
        if self.prepared is not None:
            self.prepared.discard()
        self.signals.release()
        self.doors.close()
        if self.listener:
            self.listener.close()
        self.saved.stop()
        if self.keys:
            self.keys.restore()
        if self.temporary_store:
            shutil.rmtree(self.temporary_store, ignore_errors=True)

    # ------------------------------------------------------------------ generations

    def _begin(self, causes: tuple[str, ...], why: str = "", suspect: Checkpoint | None = None) -> Generation | None:
        """Start a generation. why: it must be a fresh process. suspect: the checkpoint whose resumed run it checks."""
        try:
            env = read_env_file(self.options.env_file) if self.options.env_file else {}
        except EnvFileError as error:
            self._fail({"type": "AppError", "message": str(error), "hint": "", **_NOWHERE, "file": "env file"})
            return None
        self.number += 1
        own = {"secret": self.secret.hex(), "store_dir": self.store_dir, "files_dir": self.files_dir, "env": env}
        condemned = sorted(self.reloader.checkpoints.condemned)
        start = {**self.options.for_child(), **own, "condemned": condemned, "since": self.since}
        start["terminal"] = self.keys is not None and self.keys.active
        start["address"] = self.doors.address()
        try:
            generation = self.reloader.begin(causes, env, start, why)
        except SyntaxError as error:
            self.saved.current.update(self.saved.assumed())
            self._fail(report(error, lambda path: True, self.options.app))
            return None
        generation.suspect, generation.env = suspect, env
        generation.address_known = start["address"] is not None
        if generation.pid is not None:
            self.processes.began(generation.pid)
        if suspect is not None and self.starting is not None:
            self.rival = generation
        else:
            self.starting = generation
        self.register(generation.channel, lambda mask: self._on_channel(generation, mask))
        self._want_write(generation)
        self.later(HOLD_S, lambda: None)  # then new connections wait no longer
        return generation

    def reload(self, causes: tuple[str, ...], why: str = "") -> None:
        """Run the present files. why: from the beginning, in a fresh process, for this reason."""
        if self.stopping is not None or self.options.mode != "serve":
            return
        self.drop_starting()
        self.console.event("reload_start", files=[texts.clean(c) for c in causes])
        self._begin(causes, why)

    def start_rival(self, late: Generation) -> None:
        """A clean run beside a resumed one that is late: whichever is ready first will serve."""
        self._begin(late.causes, "a resumed run is late", late.origin)

    def start_clean(self, causes: tuple[str, ...], why: str, suspect: Checkpoint | None) -> None:
        """A clean run in place of a resumed one that failed."""
        self._begin(causes, why, suspect)

    def drop_starting(self) -> None:
        """Nobody waits for what is being started any more."""
        for generation in (self.starting, self.rival):
            if generation is not None:
                self._abandon(generation)
        self.starting = self.rival = None

    def _abandon(self, generation: Generation) -> None:
        """End it; one that has not said its number yet is ended when it does."""
        generation.kill()
        self._leave(generation, 0.0 if generation.pid is not None else ABANDONED_S)

    def generations(self) -> list[Generation]:
        """Those that live."""
        return [g for g in (self.starting, self.rival, self.serving, *self.leaving) if g is not None]

    def _dismiss(self, old: Generation, grace_s: float, new: Generation | None) -> None:
        """Tell a generation to finish what it runs and to leave the rest."""
        self.post(old, "drain", grace_s=grace_s, generation=new.number if new else 0, ms=new.age_ms if new else 0)
        self._leave(old, grace_s + 3)
        thin_out(self)

    def _leave(self, generation: Generation, seconds: float) -> None:
        generation.state = "leaving"
        generation.deadline = time.monotonic() + seconds
        self.leaving.append(generation)
        self.later(seconds, self._reap)

    def _reap(self) -> None:
        self.processes.reap()
        for generation in self.generations():
            if generation.deadline <= time.monotonic():
                generation.kill()
                if generation.pid is None:
                    self._forget(generation)
            generation.status = self.processes.ended(generation.pid)
            unknown = generation.pid is None and generation.channel.fileno() < 0
            if generation.status is not None or unknown:
                self._finish_reading(generation)
                self._on_exit(generation)
        self.reloader.guard()
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
        if self.lending is not None:
            self.lending.gone(generation)
        generation.kill()  # what it started and left behind
        generation.deafen()
        self._handed_over(generation)
        if generation in self.leaving:
            self.leaving.remove(generation)
        elif generation is self.rival:
            self.rival = None
        elif generation is self.starting:
            self.starting = None
            if generation.state == "starting":
                self._on_death(generation)
        elif generation is self.serving:
            self.serving = None
            self._on_crash(generation)

    def _on_death(self, generation: Generation) -> None:
        """It ended before it was ready and did not say why."""
        if self.rival is not None:
            self.starting, self.rival = self.rival, None
        elif generation.origin is not None:
            self.reloader.confirm(generation, f"the resumed run {generation.ending()}")
        else:
            self.saved.current = dict(generation.assumed)  # it did not live to say what it read
            why = f"{self.options.app} {generation.ending()} before it served anything."
            self._fail({"type": "AppError", "message": why, "hint": "", **_NOWHERE, "file": self.options.app})

    def _forget(self, generation: Generation) -> None:
        if generation.channel.fileno() >= 0:
            self.unregister(generation.channel)
            generation.channel.close()

    def _on_crash(self, generation: Generation) -> None:
        if generation.status == 0:
            self.console.line("-", f"{self.options.app} closed its server")
            if not self.options.reload:
                self.exit_code = OK
            return
        now = time.monotonic()
        if generation.origin is not None and generation.status is not None and -generation.status in _OWN_FAULT:
            self._restart_why = "a resumed run crashed"
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
            why, self._restart_why = self._restart_why, ""
            self._begin(("crash",), why)

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
        always: dict[str, Callable[[Generation, Message], None]] = {
            "connection": lambda generation, message: self.doors.pass_on(message.fds),
            "handed_over": lambda generation, message: self._handed_over(generation),
            "running": self._on_running,
            "drained": self._on_drained,
            "twin": self._on_number,
            "awake": self._on_number,
            "terminal": self._on_terminal,
            "unit": self.reloader.on_unit,
            "checkpoint": self.reloader.on_checkpoint,
            "unsafe": self.reloader.on_unsafe,
            "fixed": self.reloader.on_fixed,
            "content": self.saved.on_content,
        }
        starting: dict[str, Callable[[Generation, Message], None]] = {
            "wants": self.doors.on_wants,
            "ready": self._on_ready,
            "failed": self._on_failed,
            "summary": self._on_summary,
        }
        if message.type in always:
            always[message.type](generation, message)
        elif generation in (self.starting, self.rival):
            starting[message.type](generation, message)
        else:
            close_all(message.fds)  # of one that nobody waits for any more

    def _on_running(self, generation: Generation, message: Message) -> None:
        tell_running(self, message["count"])

    def _on_drained(self, generation: Generation, message: Message) -> None:
        generation.drained = True
        tell_left(self, message)
        thin_out(self)
        generation.deadline = time.monotonic() + 3
        self.later(3, self._reap)

    def _on_number(self, generation: Generation, message: Message) -> None:
        """A resumed run says which process it is."""
        generation.pid, generation.awake = message["pid"], message.type == "awake"
        self.processes.began(message["pid"])
        if generation.state == "leaving":
            generation.kill()

    def _on_terminal(self, generation: Generation, message: Message) -> None:
        if self.lending is not None:
            self.lending.on_terminal(generation, message["wanted"])

    def _on_ready(self, generation: Generation, message: Message) -> None:
        if generation is self.rival and self.starting is not None:
            self._abandon(self.starting)
        elif self.rival is not None:
            generation.suspect = None
            self._abandon(self.rival)
        self.starting = self.rival = None
        generation.state = "ready"
        if self.url:
            self.console.event("ready", generation=generation.number, pid=message["pid"], ms=generation.age_ms)
        generation.styles, generation.modules = tuple(message["css"]), generation.modules_of(message.facts)
        self.saved.know(generation, message["files"])
        self.reloader.on_ready(generation)
        old, self.serving = self.serving, generation
        generation.heard = Heard(message.fds[0]) if message.fds else None  # lost where no more files can be open
        self.vigil.begin()
        self.faulty = False
        if self.options.mode == "get":
            self.exit_code = get(generation.channel, self.options.get_path, self.options.port or DEFAULT_PORT)
            return
        if old is not None:
            self.handing.add(old)
            self.later(HANDOVER_S, lambda: self._handed_over(old))
            self._dismiss(old, OLD_GRACE_S, generation)
        self.unannounced = (old, generation, message)
        self.doors.open()
        self._say_when_handed_over()
        self.saved.compare(set(self.saved.current))

    def _handed_over(self, old: Generation) -> None:
        """The idle connections of a replaced generation are with its successor, or it will not say any more."""
        self.handing.discard(old)
        self.doors.open()
        self._say_when_handed_over()

    def _say_when_handed_over(self) -> None:
        """A reload is announced when no request can reach the old generation any more."""
        if self.handing or self.unannounced is None:
            return
        (old, generation, message), self.unannounced = self.unannounced, None
        if generation is self.serving:
            announce(self, old, generation, message)
            if self.options.reload:
                self.later(PREPARE_S, self.reloader.prepare)
                if self.options.explain_reload:
                    self.console.explain(explain(self.reloader))

    def _on_failed(self, generation: Generation, message: Message) -> None:
        generation.state = "failed"
        self._leave(generation, 3)
        if generation is self.starting and self.rival is not None:
            self.starting, self.rival = self.rival, None  # it decides
            return
        if generation is self.rival and self.starting is not None:
            self._abandon(self.starting)
        self.starting = self.rival = None
        if not message["own"] and self.reloader.doubts(generation, message["report"]):
            self.reloader.confirm(generation, "an error from a library in a resumed run")
            return
        self.console.event("failed", generation=generation.number, report=message["report"])
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


_OWN_FAULT = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE)
_NOWHERE: dict[str, Any] = {"line": 0, "frames": [], "text": ""}
