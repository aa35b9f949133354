"""The frozen copies of this session: where each stands, whether its past is still so, which are worth their memory."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from quickdemo.cli.processes import OwnMemory, kill
from quickdemo.cli.saved_files import short
from quickdemo.runtime.reload import fingerprint, statements
from quickdemo.runtime.reload.messages import Channel
from quickdemo.runtime.reload.statements import Source

MOST = 8
_OTHER_LINE = 0.25  # what a checkpoint of another version of the script counts for


@dataclass(frozen=True)
class UnitText:
    """The text that a generation runs of one file. mark: fingerprint of the file's content."""

    path: str
    text: str
    mark: str
    script: bool


@dataclass(eq=False)
class Twin:
    """A copy of a frozen copy that is only a message away from running."""

    channel: Channel
    pid: int | None = None


@dataclass(eq=False)
class Checkpoint:
    """A frozen copy. facts: what its `checkpoint` message said of the past. root: nothing of the user has run."""

    channel: Channel
    facts: dict[str, Any]
    texts: dict[int, UnitText]
    env: dict[str, str]
    marks: dict[str, str | None] = field(default_factory=dict)  # content of files it read, once known
    pid: int | None = None
    twin: Twin | None = None
    used: float = field(default_factory=time.monotonic)
    memory: OwnMemory = OwnMemory(0, 0, 0)  # of the copy and its twin
    start_s: float = 0.0  # of the root: what its process took to the first statement, which is what it saves
    guarded: list[int] = field(default_factory=list)
    fixed: str = ""  # why lines above it must not move

    @property
    def root(self) -> bool:
        return not self.facts["units"]

    @property
    def cost_s(self) -> float:
        """Seconds of script that a run resumed here need not run."""
        return float(self.facts["cost_s"])

    @property
    def statement(self) -> str:
        """`app.py:14`, or "the start"."""
        return f"{short(self.facts['file'])}:{self.facts['line']}" if self.facts["line"] else "the start"

    def statement_in(self, texts: dict[int, UnitText]) -> str:
        """`app.py:15`: where its last statement stands in other versions of its files."""
        unit = next((u for u in reversed(self.facts["units"]) if texts[u["number"]].path == self.facts["file"]), None)
        if unit is None:
            return self.statement
        text = texts[unit["number"]]
        return f"{short(text.path)}:{parsed(text.path, text.text, text.script).statements[unit['index'] - 1].line}"

    def source(self, number: int) -> Source:
        """The version of a unit that ran."""
        text = self.texts[number]
        return parsed(text.path, text.text, text.script)

    def take_twin(self) -> Twin:
        """The twin that was made in advance, or one that is being made now."""
        if self.twin is None:
            self.make_twin(has_time=False)
        assert self.twin is not None
        twin, self.twin = self.twin, None
        return twin

    def make_twin(self, has_time: bool, modules: Sequence[str] = ()) -> None:
        """Ask for a twin; its channel can be used at once.

        has_time: nobody waits for it yet. modules: those that it will probably need.
        """
        ours, theirs = Channel.pair()
        self.channel.post("twin", (theirs.fileno(),), has_time=has_time, modules=modules)
        theirs.close()
        self.twin = Twin(ours)

    def end(self) -> None:
        """End the copy and its twin."""
        for copy in (self, self.twin):
            if copy is not None:
                if copy.pid is not None:
                    kill(copy.pid)  # before its channel ends: a root would take that for our end, and end the runs
                copy.channel.close()


@dataclass(frozen=True)
class Refused:
    """A checkpoint that could not be used. statement: where it stands."""

    statement: str
    why: str
    cost_s: float


class Checkpoints:
    """All of the session. on_drop: told when one leaves."""

    def __init__(self, on_drop: Callable[[Checkpoint], None]) -> None:
        self.all: list[Checkpoint] = []
        self.condemned: set[str] = set()
        self._on_drop = on_drop

    def __iter__(self) -> Iterator[Checkpoint]:
        return iter(sorted(self.all, key=lambda c: -c.cost_s))

    def admit(self, checkpoint: Checkpoint) -> None:
        """Keep one; the least valuable is dropped when there are too many, and an older root always."""
        if checkpoint.root:
            for old in [c for c in self.all if c.root or c.env != checkpoint.env]:
                self.drop(old)
        self.all.append(checkpoint)
        while len(self.all) > MOST:
            self.drop_least()

    def drop_least(self) -> None:
        """Drop the one whose loss costs the least."""
        self.drop(min(self.all, key=self._worth))

    def drop(self, checkpoint: Checkpoint) -> None:
        """End one."""
        if checkpoint in self.all:
            self.all.remove(checkpoint)
            self._on_drop(checkpoint)
            checkpoint.end()

    def condemn(self, checkpoint: Checkpoint) -> None:
        """Never again past this statement, in this session."""
        if checkpoint.facts["name"]:
            self.condemned.add(checkpoint.facts["name"])
        for other in [c for c in self.all if c is checkpoint or not c.root and _is_before(checkpoint, c)]:
            self.drop(other)

    def choose(self, env: dict[str, str]) -> tuple[Checkpoint | None, dict[int, UnitText], list[Refused]]:
        """The deepest whose past is unchanged, its units as they are now, and why the deeper ones will not do.

        Raises SyntaxError when the script itself cannot be run.
        """
        present = Present()
        refused: list[Refused] = []
        for checkpoint in self:
            why = present.differs(checkpoint, env)
            if not why:
                return checkpoint, present.texts(checkpoint), refused
            refused.append(Refused(checkpoint.statement, why, checkpoint.cost_s))
        return None, {}, refused

    def _worth(self, checkpoint: Checkpoint) -> float:
        """Seconds a reload would lose without it: the distance to the next shallower one on its line."""
        below = [c.cost_s for c in self.all if c.cost_s < checkpoint.cost_s and _is_before(c, checkpoint)]
        gap = checkpoint.cost_s - max(below, default=0.0) if not checkpoint.root else checkpoint.start_s
        newest = max(self.all, key=lambda c: c.used)
        same_line = _is_before(checkpoint, newest) or _is_before(newest, checkpoint)
        return gap * (1.0 if same_line else _OTHER_LINE)


def _is_before(a: Checkpoint, b: Checkpoint) -> bool:
    """Whether the run that led to `b` went through the same statements as the one that led to `a`."""
    if len(a.facts["units"]) > len(b.facts["units"]):
        return False
    for unit in a.facts["units"]:
        number = unit["number"]
        if a.texts[number].path != b.texts[number].path:
            return False
        if a.source(number).same_prefix(b.source(number)) < unit["index"]:
            return False
    return True


class Present:
    """The files as they are now, each read once. Compares them with what a checkpoint has seen."""

    def __init__(self) -> None:
        self._contents: dict[str, tuple[str, str] | None] = {}

    def texts(self, checkpoint: Checkpoint) -> dict[int, UnitText]:
        """The units of a checkpoint with their present text."""
        found = {}
        for number in (u["number"] for u in checkpoint.facts["units"]):
            old = checkpoint.texts[number]
            content = self._read(old.path)
            assert content is not None
            found[number] = UnitText(old.path, content[0], content[1], old.script)
        return found

    def differs(self, checkpoint: Checkpoint, env: dict[str, str]) -> str:
        """Why a run resumed here could differ from a clean one; "" when it could not. Raises SyntaxError."""
        if env != checkpoint.env:
            return "the environment file changed"
        return self._units_differ(checkpoint) or self._surroundings_differ(checkpoint)

    def _read(self, path: str) -> tuple[str, str] | None:
        """(text, fingerprint); None when there is no such file, or it cannot be decoded."""
        if path not in self._contents:
            try:
                with open(path, "rb") as file:
                    content = file.read()
                self._contents[path] = statements.decode(content), fingerprint.of_bytes(content)
            except (OSError, SyntaxError):
                self._contents[path] = None
        return self._contents[path]

    def _units_differ(self, checkpoint: Checkpoint) -> str:
        units = checkpoint.facts["units"]
        running = [u for u in units if u["state"] == "running"]
        for unit in units:
            old = checkpoint.texts[unit["number"]]
            content = self._read(old.path)
            if content is None:
                return f"{short(old.path)} cannot be read any more"
            if content[1] == old.mark:
                continue
            try:
                new = parsed(old.path, content[0], old.script)
            except SyntaxError:
                if old.script:
                    raise
                return f"{short(old.path)} has a syntax error"
            if checkpoint.fixed and not checkpoint.source(unit["number"]).unmoved(new, unit["begun"]):
                return checkpoint.fixed
            if why := self._unit_differs(unit, checkpoint.source(unit["number"]), new, running):
                return why
        return ""

    @staticmethod
    def _unit_differs(unit: dict[str, Any], old: Source, new: Source, running: list[dict[str, Any]]) -> str:
        path, same = short(old.path), old.same_prefix(new)
        if same < unit["begun"]:
            line = new.statements[same].line if same < len(new) else old.statements[same].line
            return f"{path}:{line} changed"
        if unit["state"] == "done" and len(new) != len(old):
            return f"{path} got statements at its end" if len(new) > len(old) else f"{path} lost its last statements"
        if unit["read"] and new.text_until(unit["begun"]) != old.text_until(unit["begun"]):
            return f"the text of {path} was read by the script, and changed"
        if len(running) > 1 and unit is not running[-1] and not old.unmoved(new, unit["begun"]):
            return f"lines of {path} moved while it imports"
        return ""

    @staticmethod
    def _surroundings_differ(checkpoint: Checkpoint) -> str:
        facts = checkpoint.facts
        for path, stamp in facts["files"].items():
            now = fingerprint.stamp(path)
            if now != (tuple(stamp) if stamp else None):
                known = checkpoint.marks.get(path)
                if known is None or fingerprint.of_file(path) != known:
                    return (
                        f"{short(path)} changed" if stamp and now else f"{short(path)} is {'gone' if stamp else 'new'}"
                    )
        for folder, names in facts["listings"].items():
            if fingerprint.of_listing(folder) != names:
                return f"the names in {short(folder)} changed"
        for probe, seen in facts["probed"].items():
            how, _, path = probe.partition(":")
            if fingerprint.look(how, path) != seen:
                return f"{short(path)} {'is new' if seen == 'nothing' else 'is not what it was'}"
        for folder, (names, found) in facts["modules"].items():
            if changed := set(fingerprint.of_modules(folder, names)) ^ set(found):
                return f"the module {min(changed)} in {short(folder)} is {'gone' if min(changed) in found else 'new'}"
        return ""


@lru_cache(maxsize=64)
def parsed(path: str, text: str, script: bool) -> Source:
    """One version of a file. Raises SyntaxError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the run itself shows them
        return Source(path, text, script)
