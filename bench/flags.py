"""The time of one flag, with few and with many rows in the log."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import quickdemo as gr

SAMPLE = [5, "add", 3, 8]


def flag_ms(folder: Path, rows: int, runs: int = 50) -> float:
    """Median milliseconds of one flag (stored and synced) after `rows` others."""
    target = folder / f"flags-{rows}"
    demo = gr.Interface(lambda a, b, c: a, ["number", "text", "number"], "number", flagging_dir=str(target))
    logger = demo.flagging_callback
    logger.flag(SAMPLE)
    _grow(target / "log.csv", rows)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        logger.flag(SAMPLE)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def _grow(log: Path, rows: int) -> None:
    """Write the log's own last row again, until there are `rows`."""
    with open(log, "rb") as file:
        last = file.read().splitlines(keepends=True)[-1]
    with open(log, "ab") as file:
        file.write(last * (rows - 1))
