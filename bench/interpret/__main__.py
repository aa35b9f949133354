"""Measures the suites side by side, prints the verdicts, writes docs/interpretation-bench.md.

`python -m bench.interpret digits wine` measures only these and prints their tables.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "interpretation-bench.md"


def main() -> None:
    """All suites by default."""
    # each suite has a process of its own, and a library one thread: set before numpy is imported
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    from bench.interpret import measures, report, verdicts
    from bench.interpret.suites import SUITES

    wanted = sys.argv[1:] or list(SUITES)
    if unknown := [name for name in wanted if name not in SUITES]:
        raise SystemExit(f"bench: there is no suite {unknown[0]!r}; there are {', '.join(SUITES)}")
    longest_first = sorted(wanted, key=["digits", "wine"].__contains__, reverse=True)
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        by_name = dict(zip(longest_first, pool.map(measures.measured, longest_first), strict=True))
    results = [result for name in wanted for result in by_name[name]]
    if len(wanted) == len(SUITES):
        PAGE.write_text(report.page(results), encoding="utf-8")
        print("\n".join(verdicts.lines(results)), f"\nThe tables are in {PAGE}.")
    else:
        print(report.page(results))


if __name__ == "__main__":
    main()
