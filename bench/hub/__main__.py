"""Measures both parts, prints them, and writes docs/hub-bench.md. `--quick`: few rounds, and the page stays."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench.hub import callers, reload
from bench.results import Result, lines

PAGE = Path(__file__).parents[2] / "docs" / "hub-bench.md"
HEAD = """# Loading, measured

Written by `make bench-hub`: in one run, beside gradio_client 2.7.2 on the same real Gradio servers, which have
environments of their own. Ratios are of figures from the same run, and say more than the figures. gradio_client cannot
talk to servers before Gradio 4; quickdemo's calls of these are tested by `make test-spaces`.
"""
Part = Callable[[Path], Result]
WHOLE: dict[str, Part] = {
    "callers": partial(callers.measured, rounds=5, calls=20, constructions=5),
    "reload": partial(reload.measured, saves=15),
}
QUICK: dict[str, Part] = {
    "callers": partial(callers.measured, rounds=1, calls=5, constructions=2),
    "reload": partial(reload.measured, saves=3),
}


def machine() -> str:
    """With what it was measured."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("quickdemo", "requests", "urllib3"))
    return f"{packages}, Python {platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores."


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.hub", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(WHOLE)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few rounds; docs/hub-bench.md stays")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in WHOLE]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(WHOLE)}")
    results = []
    for name in options.parts or WHOLE:
        load, start = os.getloadavg()[0], time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            result = (QUICK if options.quick else WHOLE)[name](Path(folder))
        result.load = load
        results.append(result)
        print(f"{name}: {time.monotonic() - start:.0f} s, load {load:.1f}", flush=True)
    page = "\n".join([HEAD, f"{machine()}\n", *lines(results)]) + "\n"
    print(f"\n{page}")
    if not options.parts and not options.quick:
        PAGE.write_text(page, encoding="utf-8")
        print(f"This is in {PAGE} now.")


if __name__ == "__main__":
    main()
