"""Measures both parts, prints them, and writes docs/hub-bench.md. `--quick`: few rounds, and the page stays."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import parts
from bench.hub import callers, reload
from bench.results import Result

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


def main() -> None:
    """Measure what was asked for."""
    options = parts.asked("bench.hub", __doc__, WHOLE, PAGE)
    of_each = QUICK if options.quick else WHOLE
    with tempfile.TemporaryDirectory() as folder:
        results = parts.measured({name: partial(of_each[name], Path(folder)) for name in options.parts})
    machine = parts.machine("quickdemo", "requests", "urllib3", beside="gradio_client 2.7.2")
    parts.tell(results, PAGE, HEAD, machine, options.written)


if __name__ == "__main__":
    main()
