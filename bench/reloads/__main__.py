"""Measures and prints tables. `python -m bench.reloads --quick trivial starts` runs only these parts, shorter."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.reloads import edits, report, starts
from bench.reloads.apps import APPS, IMPORTS, LOAD, TRIVIAL
from bench.reloads.servers import environment
from bench.servers import ROOT

STARTS = "starts"
PARTS = (*APPS, STARTS)


def machine(bin: Path) -> str:
    """One line about where and with what it was measured."""
    names = "('gradio', 'matplotlib', 'pandas', 'scikit-learn', 'torch')"
    code = f"from importlib.metadata import version as v; print(*(n + ' ' + v(n) for n in {names}), sep=', ')"
    versions = subprocess.run([bin / "python", "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return f"Python {platform.python_version()}, {versions}\n{platform.platform()}, {cores} cores, load {load:.1f}"


def show(lines: Iterable[str], bounds: Iterable[report.Bound]) -> list[dict[str, Any]]:
    """Print a part; gives its bounds for the JSON file."""
    print("\n" + "\n".join(lines), flush=True)
    kept = list(bounds)
    for bound in kept:
        print(bound, flush=True)
    return [{**asdict(bound), "met": bound.met} for bound in kept]


def edit_part(name: str, options: argparse.Namespace, bin: Path, folder: Path) -> dict[str, Any]:
    """One app: edits, and memory at the end of them."""
    app = APPS[name]
    found = edits.measure(app, options.edits, options.tools, bin, folder)
    outcomes, memory = found["edits"], found["memory"]
    lines = [*report.edit_lines(app, outcomes), *report.memory_lines(memory)]
    bounds = show(lines, [*report.edit_bounds(app, outcomes), *report.memory_bounds(memory)])
    return {"edits": {tool: o.facts() for tool, o in outcomes.items()}, "memory": memory, "bounds": bounds}


def start_part(options: argparse.Namespace, bin: Path, folder: Path) -> dict[str, Any]:
    """First starts of three apps."""
    found: dict[str, Any] = {}
    for app in (TRIVIAL, LOAD, IMPORTS):
        times = starts.measure(app, options.starts, bin, folder)
        found[app.name] = {"ms": times, "bounds": show(report.start_lines(app, times), report.start_bounds(times))}
    return found


def arguments() -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.reloads", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="5 edits and 3 starts instead of 30 and 7")
    parser.add_argument("--tool", action="append", dest="tools", choices=edits.TOOLS, help="all of them by default")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench-reload.json", help="where all numbers go")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    options.parts, options.tools = options.parts or list(PARTS), options.tools or list(edits.TOOLS)
    options.edits, options.starts = (5, 3) if options.quick else (30, 7)
    return options


def main() -> None:
    """Measure what was asked for."""
    options = arguments()
    bin = environment() / "bin"
    found: dict[str, Any] = {"machine": machine(bin)}
    print(found["machine"], flush=True)
    for name in options.parts:
        with tempfile.TemporaryDirectory() as folder:
            measured = start_part(options, bin, Path(folder)) if name == STARTS else None
            found[name] = measured or edit_part(name, options, bin, Path(folder))
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    missed = [f"{name}: {b}" for name in found for b in _missed(found[name])]
    print(f"\nall numbers: {options.json}\n" + "\n".join(["missed:", *missed] if missed else ["every bound is met"]))


def _missed(part: Any) -> Iterable[str]:
    if isinstance(part, dict):
        for name, inner in part.items():
            if name == "bounds":
                yield from (b["what"] for b in inner if not b["met"])
            else:
                yield from _missed(inner)


if __name__ == "__main__":
    main()
