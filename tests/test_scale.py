"""docs/scale.md: the arithmetic is right, and what it names exists."""

from __future__ import annotations

import math
import re
from typing import Any

from tests import prometheus
from tests.conftest import ROOT
from tests.test_metrics import demo, fetched

PAGE = (ROOT / "docs" / "scale.md").read_text()


def number(text: str) -> float:
    return float(re.findall(r"[\d.]+", text.replace(",", ""))[0])


def test_each_need_is_the_cost_times_how_often() -> None:
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.count("|") == 6 and " µs " in line]
    assert len(rows) == 5
    for piece, cost, _, often, need in rows:
        cores = number(cost) * number(often) / 1e6
        shown = number(need)
        assert abs(cores - shown) <= max(0.05, shown * 0.02), (piece, cores)
    jobs = 100_000 / 30
    assert number(rows[0][3]) == int(jobs) == number(rows[1][3]) and math.ceil(jobs / 8) == number(rows[0][4])
    assert number(rows[2][3]) == round(100_000 * 22 / 60) and number(rows[3][3]) == 20 * int(jobs)


def test_the_example_and_the_bytes_are_right() -> None:
    a, places = 200 / 20, math.ceil(200 / 20 * 0.5 / 0.7)
    told = " ".join(PAGE.split())
    for said in (
        f"`a = {a:g}`, so `10 · 0.5 = {a * 0.5:g}` places are busy, and {places} are to be had",
        f"`max_size = 30 · {places} / 0.5 = {30 * places / 0.5:g}`",
        f"| 11.8 kB, measured | {100_000 * 11.8e3 / 1e9:.1f} GB,",
        f"| {100_000 * 200e3 / 1e9:.0f} GB; {100_000 * 200e3 * 8 / 60 / 1e9:.1f} Gbit/s",
        f"wait {100_000 / 3600:.0f} hours",
    ):
        assert said in told, said


def test_every_metric_is_named_and_no_other(live: Any) -> None:
    families = prometheus.read(fetched(live(demo(str), metrics=True))[2])
    named = set(re.findall(r"`(quickdemo_[a-z_]+)`", PAGE.split("## When several")[0]))
    assert named - {"quickdemo_workers"} == set(families)  # that one is told where hosts share a queue
