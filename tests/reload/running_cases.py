"""Run cases, several at a time, and keep what was seen for the table."""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.reload.case import Case
from tests.reload.compare import OUTCOME, differences, exit_differences, outcome_differences
from tests.reload.plain import Seen, Truth, ask
from tests.reload.reloaded import Reloaded, has_checkpoints
from tests.running import ROOT

RESULTS = ROOT / "build" / "reload-results"
MODES = ("checkpoints", "no-checkpoints")
SLOWEST = 1.5  # times as long as in a clean run: more is a difference, less may be noise
ROUNDS = 7
TRIES = 2


def run(case: Case, modes: tuple[str, ...]) -> dict[str, list[str]]:
    """Differences to plain python by mode.

    What is worth a checkpoint depends on the time that things take, and so on what else runs on this machine. A case
    that was not resumed as it says gets more tries; one that showed anything else than plain python gets none.
    """
    for _ in range(TRIES):
        found = _run(case, modes)
        kinds = {one.startswith(OUTCOME) for of_mode in found.values() for one in of_mode}
        if kinds != {True}:
            break
    return found


def _run(case: Case, modes: tuple[str, ...]) -> dict[str, list[str]]:
    folder = Path(tempfile.mkdtemp(prefix="reload-"))
    truth = None
    try:
        truth = Truth(case, folder / "plain" / "app")
        records = {mode: _compared(case, truth, folder / mode / "app", mode) for mode in modes}
    finally:
        if truth:
            truth.close()
        shutil.rmtree(folder, ignore_errors=True)
    for record in records.values():  # now that the last run of plain python has ended, too
        record["differences"] += exit_differences(truth.ends, record.pop("everything"))
        _keep(record)
    return {mode: record["differences"] for mode, record in records.items()}


def _compared(case: Case, truth: Truth, folder: Path, mode: str) -> dict[str, Any]:
    ours: list[Seen] = []
    ratio = None
    reloaded = Reloaded(case, folder, checkpoints=mode == "checkpoints")
    try:
        ours.append(reloaded.first())
        ours += [reloaded.edit(change) for change in case.edits]
        if case.speed:
            ratio = _slower(case, truth, reloaded)
    finally:
        everything = reloaded.stop()
    found = differences(case, truth.seen, ours)
    if ratio is not None and ratio > SLOWEST:
        found.append(f"inference takes {ratio:.2f} times as long as in a clean run")
    if mode == "checkpoints" and has_checkpoints():
        found += outcome_differences(case, ours)
    edits = [{"name": e.name, "failed": s.failed, **asdict(s.how)} for e, s in zip(case.edits, ours[1:], strict=True)]
    facts = {"case": case.name, "needs": case.needs, "about": case.about, "outcome": case.outcome}
    seen = {"mode": mode, "edits": edits, "ratio": ratio, "differences": found, "everything": everything}
    return {**facts, **seen}


def _slower(case: Case, truth: Truth, reloaded: Reloaded) -> float:
    """Inference in the resumed run by inference in the plain one: medians of rounds that take turns.

    What else runs on the machine only ever adds: a ratio that was within the bound once is not the code's.
    """
    ratios = []
    for _ in range(3):
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for port, folder, to in (
                (truth.last.port, truth.last.folder, times[0]),
                (reloaded.run.port, reloaded.folder, times[1]),
            ):
                to.append(ask(port, case.asks[0], folder)["ms"])
        ratios.append(statistics.median(times[1]) / statistics.median(times[0]))
        if ratios[-1] <= SLOWEST:
            break
    return min(ratios)


def _keep(record: dict[str, Any]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{file_of(record['case'])}.{record['mode']}.json").write_text(json.dumps(record, indent=1))


def file_of(name: str) -> str:
    """A case's name, as part of a file's."""
    return "".join(c if c.isalnum() else "-" for c in name)


class Cases:
    """Runs the cases that were asked for in threads; each test waits for its own."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers)
        self._futures: dict[str, Future[dict[str, list[str]]]] = {}
        self._lock = threading.Lock()

    def start(self, case: Case, modes: tuple[str, ...]) -> None:
        """Have it run in these modes, one after the other."""
        with self._lock:
            self._futures[case.name] = self._pool.submit(run, case, modes)

    def result(self, case: Case, mode: str) -> list[str]:
        """The differences."""
        return self._futures[case.name].result()[mode]

    def close(self) -> None:
        """Nothing goes on behind the tests."""
        self._pool.shutdown(cancel_futures=True)
