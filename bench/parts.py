"""A bench in parts: what its command line asks for, one part after the other, and the page that is written of them."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Collection, Mapping
from importlib.metadata import version
from pathlib import Path

from bench.results import Result, lines


def asked(name: str, about: str | None, parts: Collection[str], page: Path) -> argparse.Namespace:
    """Of the command line: `parts` (all of them by default), `quick`, and whether the page is `written`."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=about)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(parts)}; all by default")
    parser.add_argument("--quick", action="store_true", help=f"few rounds; {page.parent.name}/{page.name} stays")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in parts]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(parts)}")
    options.written = not options.parts and not options.quick
    options.parts = options.parts or list(parts)
    return options


def measured(parts: Mapping[str, Callable[[], Result]]) -> list[Result]:
    """All of these, in their order."""
    results = []
    for name, part in parts.items():
        load, start = os.getloadavg()[0], time.monotonic()
        result = part()
        result.load = load
        results.append(result)
        print(f"{name}: {time.monotonic() - start:.0f} s, load {load:.1f}", flush=True)
    return results


def tell(results: list[Result], page: Path, head: str, machine: str, written: bool) -> None:
    """Print them as Markdown, and write the page where that is asked for."""
    text = "\n".join([head, f"{machine}\n", *lines(results)]) + "\n"
    print(f"\n{text}")
    if written:
        page.write_text(text, encoding="utf-8")
        print(f"This is in {page} now.")


def machine(*packages: str, beside: str) -> str:
    """With what it was measured, and beside what: others' work on the same cores shows in the load."""
    ours = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{ours}, {beside}, Python {platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores."
