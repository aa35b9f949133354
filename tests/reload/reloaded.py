"""The same project under `quickdemo run --reload`: what is seen after each save, and how it came about."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.reload.case import Case, Edit
from tests.reload.plain import ENVIRONMENT, How, Seen, ask, clean, environment
from tests.running import ROOT, Run

SETTLE_S = 40.0
QUIET_S = 0.7
KEPT_S = 0.2  # what the costly statements of the cases take at least
_ENDS = ("reload_ok", "reload_failed", "mended")
_WAYS = ("resume", "clean")  # a clean run may follow a resumed one that came to nothing
# The command's stderr goes to a file: what was printed before an event is there when the event is read.
_TO_FILE = ("/bin/sh", "-c", 'exec "$@" 2>>"$0"')


@functools.cache
def has_checkpoints() -> bool:
    """Whether this `quickdemo run` knows checkpoints; otherwise every reload is a restart."""
    command = [sys.executable, "-m", "quickdemo", "run", "--help"]
    env = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60)
    return "--no-checkpoints" in said.stdout


class Reloaded:
    """One `quickdemo run --reload` of a case."""

    def __init__(self, case: Case, folder: Path, checkpoints: bool) -> None:
        folder.mkdir(parents=True)
        case.lay_out(folder)
        self.case, self.folder = case, folder
        self.log = folder.parent / (folder.name + ".log")
        self.log.touch()
        options = [] if checkpoints or not has_checkpoints() else ["--no-checkpoints"]
        options += ["--env-file", case.env_file] if case.env_file else []
        rest = ["--", *case.argv] if case.argv else []
        self.run = Run(
            folder,
            *(case.target, "--reload", "-p", "0", *options, *rest),
            env={**environment(case, folder), **ENVIRONMENT},
            prefix=(*_TO_FILE, str(self.log)),
        )
        self.read = 0  # characters of the log that were looked at

    def first(self) -> Seen:
        """Before any edit."""
        try:
            self.run.ready()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log.read_text()}") from None
        return self._look(Seen(how=How("first")))

    def edit(self, change: Edit) -> Seen:
        """Save, and wait until that is what is served, or told to be broken."""
        before = len(self.run.events)
        change.apply(self.folder)
        end = self._settle(change, before)
        events = self.run.events[before:]
        starts, ways = (sum(e["event"] in names for e in events) for names in (("reload_start",), _WAYS))
        seen = Seen(how=_how(events, end), starts=max(starts, ways))
        seen.how.past = self._is_past(seen.how)
        if end["event"] == "reload_failed":
            seen.failed, seen.report = True, _clean_report(end["report"], self.folder)
        return self._look(seen)

    def _settle(self, change: Edit, before: int) -> dict[str, Any]:
        """The last event of the reload that a save led to.

        Of several files saved at once the first may be told alone, when the run that it starts has seen all of them;
        or there is another reload for the rest, which begins at once.
        """
        wanted = {os.path.realpath(self.folder / name) for name in change.saved}
        limit = time.monotonic() + SETTLE_S
        while True:
            try:
                end = self.run.wait_for(*_ENDS, limit_s=limit - time.monotonic())
            except AssertionError as error:
                raise AssertionError(f"edit {change.name!r}: {error}\n{self.log.read_text()}") from None
            told = {os.path.realpath(f) for e in self.run.events[before:] for f in e.get("files", ())}
            if wanted <= told:
                return end
            try:
                self.run.wait_for("reload_start", limit_s=QUIET_S)
            except AssertionError:
                return end

    def _is_past(self, how: How) -> bool:
        """Whether it goes on below the statement that the case is about."""
        name, _, line = how.statement.rpartition(":")
        if how.kind != "resume" or not (self.folder / name).is_file():
            return False
        lines = (self.folder / name).read_bytes().splitlines()
        of_case = [n for n, text in enumerate(lines, 1) if text.strip().startswith(self.case.about.encode())]
        if self.case.about and how.text.startswith(self.case.about):
            return True
        return int(line) >= of_case[0] if of_case and self.case.about else how.saved_s >= KEPT_S

    def _look(self, seen: Seen) -> Seen:
        seen.said = self._new()
        seen.answers = [ask(self.run.port, text, self.folder) for text in self.case.asks]
        seen.heard = self._new()
        return seen

    def _new(self) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace")
        new, self.read = text[self.read :], len(text)
        return clean(new, self.folder)

    def stop(self) -> str:
        """End it; everything that was ever printed."""
        self.run.kill()
        return clean(self.log.read_text(encoding="utf-8", errors="replace"), self.folder)


def _clean_report(report: dict[str, Any], folder: Path) -> dict[str, Any]:
    cleaned: dict[str, Any] = json.loads(clean(json.dumps(report), folder))
    return cleaned


def _how(events: list[dict[str, Any]], end: dict[str, Any]) -> How:
    """The way of the generation that an edit led to."""
    ways = [e for e in events if e["event"] in _WAYS]
    if not ways:
        return How("mended" if end["event"] == "mended" else "restart")
    way = ways[-1]
    refused = [*_reasons(way.get("refused", ()))]
    for event in events:
        if event["event"] == "unsafe":
            refused += _reasons([event])
    return How(
        way["event"],
        way.get("statement", ""),
        way.get("text", ""),
        way.get("saved_s", 0.0),
        str(way.get("why", "")),
        refused,
    )


def _reasons(refused: Any) -> Iterator[str]:
    for one in refused:
        why = one["why"] if isinstance(one["why"], str) else ", ".join(one["why"])
        yield f"{one['statement']}: {why}"
