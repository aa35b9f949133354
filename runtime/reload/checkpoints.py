"""Runs a script statement by statement, and after costly statements leaves a frozen copy of the process behind.

The original goes on, so that a first run inherits nothing and loses nothing. In a twin of a frozen copy that is told
to go on, `_after` returns, the units hold the new text, and the loop goes on with the first statement that has not run.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import linecache
import os
import sys
import time
import warnings
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

from quickdemo.runtime.quiesce import quiesce, revive
from quickdemo.runtime.reload import fingerprint, statements
from quickdemo.runtime.reload.asked_modules import Report
from quickdemo.runtime.reload.descriptors import Baseline, open_files, reopen, shared_memory, unshare
from quickdemo.runtime.reload.frozen import fork_away, freeze
from quickdemo.runtime.reload.messages import Channel, Message
from quickdemo.runtime.reload.randomness import Randomness
from quickdemo.runtime.reload.recorder import Recorder
from quickdemo.runtime.reload.refusals import refusals
from quickdemo.runtime.reload.statements import Source
from quickdemo.runtime.reload.ties import Ties
from quickdemo.runtime.reload.units import FixedError, LineCache, Unit, hidden, in_main_thread

LEAST_S = 0.02  # of script that a checkpoint must save
SHARE = 0.1  # of the script's time that copying may take: a first run is at most a tenth slower
PATIENCE = 0.05  # of the time since the last checkpoint, that threads which were told to end may take
HINT_S = 0.3  # a statement that took so long and cannot be copied past deserves a hint
CONDEMNED = "a run that was resumed there did not do what a clean one did"


class Link:
    """What the supervisor gave this run: a channel, and its `start` message. Both are new in a resumed copy."""

    def __init__(self, channel: Channel, start: Message, supervisor_pid: int) -> None:
        self.channel, self.start, self.supervisor_pid = channel, start, supervisor_pid


class Checkpoints:
    """The units of one run, and the copies it leaves. With `enabled` False it only runs statement by statement."""

    def __init__(self, link: Link, recorder: Recorder, enabled: bool) -> None:
        self.link, self.recorder, self.enabled = link, recorder, enabled
        self.active = False
        self.units: list[Unit] = []
        self._by_path: dict[str, Unit] = {}
        self._randomness = Randomness()
        self._ties = Ties(recorder.project)
        self._told: Report | None = None  # of modules, with the copy that this run was resumed from
        self._mark = self._spent = 0.0  # when the last checkpoint was; seconds of script before it
        self._cost = self._copying = 0.0  # seconds that a copy takes; that all of them took
        self._said: list[str] = []
        self._condemned = False
        self._woken = False
        self._exec_module = SourceFileLoader.exec_module
        self._catch_warnings = warnings.catch_warnings.__enter__

    # ------------------------------------------------------------------ life

    def begin(self) -> None:
        """Before the first statement of the user: the root of all checkpoints."""
        linecache.cache = LineCache(linecache.cache, self._on_text_read)
        self._patch_imports()
        self._patch_warnings()
        self.recorder.install(self._on_text_read)
        if self.enabled:
            self._ties.install()
            self._base = Baseline()
        self.active = True
        self._mark = time.perf_counter()
        if self.enabled:
            self._checkpoint(None)

    def end(self) -> None:
        """The app serves, or the script has ended: no more checkpoints."""
        if self.active:
            self.active = False
            self.recorder.stop()
            self._ties.remove()
            SourceFileLoader.exec_module = self._exec_module  # type: ignore[method-assign]
            warnings.catch_warnings.__enter__ = self._catch_warnings  # type: ignore[method-assign]

    # ------------------------------------------------------------------ files

    def add(self, path: str, namespace: dict[str, Any], script: bool) -> Unit:
        """The unit for a file as it is now. Raises OSError, SyntaxError."""
        with self.recorder.paused(), open(path, "rb") as file:
            content = file.read()
        mark = fingerprint.of_bytes(content)
        self.recorder.note_source(path, mark)
        try:
            text = statements.decode(content)
        except SyntaxError as error:
            error.filename = path
            raise
        source = Source(path, text, script)
        unit = Unit(len(self.units), source, namespace, self._after)
        self.units.append(unit)
        self._by_path[path] = unit
        unit.publish()
        self.link.channel.send("unit", number=unit.number, path=path, text=text, mark=mark, script=script)
        return unit

    def _patch_imports(self) -> None:
        """Run the project's modules as units too, from their source; every other module as ever."""
        original, belongs = self._exec_module, self.recorder.project.belongs

        @hidden
        def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
            path = os.path.abspath(loader.path)
            if self.active and path.endswith(".py") and in_main_thread() and belongs(path):
                self.add(path, module.__dict__, False)._call_with_frames_removed()
            else:
                original(loader, module)

        SourceFileLoader.exec_module = exec_module  # type: ignore[method-assign, assignment]

    def _patch_warnings(self) -> None:
        """What `catch_warnings(record=True)` gives to the project's code knows the lines of any file."""
        original, belongs = self._catch_warnings, self.recorder.project.belongs

        def enter(catching: Any) -> Any:
            if catching._record and belongs(sys._getframe(1).f_code.co_filename):
                for unit in self.units:
                    unit.text_was_read = True
            return original(catching)

        warnings.catch_warnings.__enter__ = enter  # type: ignore[method-assign]

    def _on_text_read(self, path: str) -> None:
        if (unit := self._by_path.get(path)) and not self._is_only_shown():
            unit.text_was_read = True

    def _is_only_shown(self) -> bool:
        """Whether a line is asked for by a warning, or by a package for the text of an error."""
        names = [f"{os.sep}{module}.py" for module in ("units", "checkpoints", "linecache", "traceback")]
        frame = sys._getframe(1)
        through = set()
        while frame.f_back is not None and frame.f_code.co_filename.endswith(tuple(names)):
            through.add(os.path.basename(frame.f_code.co_filename))
            frame = frame.f_back
        asks = frame.f_code.co_filename
        return asks.endswith(f"{os.sep}warnings.py") or (
            "traceback.py" in through and not self.recorder.project.belongs(asks)
        )

    # ------------------------------------------------------------------ checkpoints

    def _after(self, unit: Unit) -> None:
        """After each statement: leave a copy behind when enough time has gone into the run."""
        if not (self.active and self.enabled and in_main_thread()):
            return
        if not self._condemned and _name(unit) in self.link.start["condemned"]:
            self._condemned = True
        took = time.perf_counter() - self._mark
        pays = self._cost <= SHARE * took or self._copying + self._cost <= SHARE * (self._spent + took)
        if took >= max(LEAST_S, self._cost) and pays:
            self._checkpoint(unit)

    def _checkpoint(self, unit: Unit | None) -> None:
        began, cpu = time.perf_counter(), time.process_time()
        took = began - self._mark
        self._spent += took
        self._woken = False
        with self.recorder.paused():
            why = [CONDEMNED] if self._condemned else [*self._ties.found, *self.recorder.ties]
            pools = [] if why else quiesce(patience_s=took * PATIENCE)
            why = why or refusals(self._base) + self.recorder.remaining_temporaries()
            if not why:
                self._copy(unit, began)
            revive(pools)
        if why and unit is not None and why != self._said:
            hint = _hint(unit, why) if took >= HINT_S else ""
            self._tell("unsafe", unit, why=why, hint=hint)
        self._said = why
        self._mark = time.perf_counter()
        if not self._woken:  # twice: the process in between copies as much; and a busy machine does not count
            self._cost = 2 * (time.process_time() - cpu)
            self._copying += self._cost if unit is not None else 0.0

    def _copy(self, unit: Unit | None, began: float) -> None:
        self.recorder.settle()
        self._randomness.before_fork()
        kept = open_files(self._base), shared_memory(self._base)
        past = self._past()  # before the fork: the copy need not add it up again
        sys.stdout.flush()
        sys.stderr.flush()
        ctypes.CDLL(None).fflush(None)  # what native code printed: no copy may print it again
        ours, theirs = Channel.pair()
        if fork_away():
            theirs.close()
            self.link.channel.close()
            channel, message = freeze(ours, self.link.supervisor_pid, self._rehearse)
            self._wake(channel, message, kept)
            return
        ours.close()
        ms = round(1000 * (time.perf_counter() - began), 1)
        self._tell("checkpoint", unit, (theirs.fileno(),), cost_s=self._spent, ms=ms, **past)
        theirs.close()

    def _rehearse(self, modules: list[str]) -> None:
        """In a twin that waits: what each run does when it serves makes its pages of memory the twin's own."""
        from quickdemo.runtime.reload.warm import warm  # imports the server

        collects = gc.isenabled()
        gc.disable()  # a collection would make the pages of every object the twin's own
        with contextlib.suppress(Exception):  # the script may have replaced anything; then the twin is only slower
            warm(self.link.start["files_dir"], modules)
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()  # together: what is there counts as old, and the first collection of the run looks at little
        if collects:
            gc.enable()

    def _past(self) -> dict[str, Any]:
        """What must be as it is now for a run to be resumed from here."""
        recorder = self.recorder
        return {
            "units": [
                {"number": u.number, "index": u.index, "begun": u.begun, "state": u.state, "read": u.text_was_read}
                for u in self.units
            ],
            "files": recorder.files,
            "listings": recorder.listings,
            "probed": recorder.probed,
            "modules": self.modules(),
            "notes": sorted(recorder.notes),
        }

    def modules(self) -> Report | None:
        """Where modules were looked for; None when it is what was told with the copy that this run was resumed from."""
        report = self.recorder.imports.report()
        return None if report is self._told else report

    def _tell(self, type: str, unit: Unit | None, fds: tuple[int, ...] = (), **facts: Any) -> None:
        path, line = unit.place if unit else ("", 0)
        text = unit.source.statements[unit.index - 1].first_line if unit and unit.index else ""
        name = _name(unit) if unit else ""
        self.link.channel.send(type, fds, file=path, line=line, text=text, name=name, **facts)

    # ------------------------------------------------------------------ in a resumed copy

    def _wake(self, channel: Channel, message: Message, kept: tuple[Any, Any]) -> None:
        """Own what was shared, take up the new text, and go on. Raises SyntaxError from the new text."""
        self.link.channel, self.link.start = channel, message
        self._woken = True
        self._told = self.recorder.imports.last
        self._said = []
        self._base.know(channel.fileno())
        reopen(kept[0])
        unshare(kept[1])
        self._base.know(self.recorder.in_copy())
        self._randomness.in_copy()
        self.recorder.marks.update(message["marks"])
        channel.send("awake", pid=os.getpid())
        for unit in self.units:
            new = message["sources"].get(str(unit.number))
            if new is not None:
                self.recorder.note_source(unit.source.path, new["mark"])
                self._take_up(unit, new["text"])

    def _take_up(self, unit: Unit, text: str) -> None:
        new = Source(unit.source.path, text, unit.source.script)
        if not unit.source.unmoved(new, unit.begun):
            self.recorder.readers.forget_lines(new.path)
        try:
            unit.take_up(new)
        except FixedError as error:
            self.link.channel.send("fixed", why=str(error))
            os._exit(0)


def _name(unit: Unit) -> str:
    """What identifies a statement for the whole session: its file and its text."""
    return f"{unit.source.path}:{unit.source.statements[unit.index - 1].text}"


def _hint(unit: Unit, why: list[str]) -> str:
    """What the user could do to have this statement's work kept."""
    text = unit.source.statements[unit.index - 1].text
    for call in (".to(", ".cuda("):
        if call in text and "CUDA is in use" in why:
            return f"put `{call}...)` on a line of its own and the load above it is kept"
    return "what is loaded on lines above it is kept; put slow work before what cannot be copied"
