"""What it costs until something runs: CPU time of import and help, start to first answer."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.servers import APPS, ROOT, free_port, gradio_python, quickdemo, serving

BEST_OF = 10


def cpu_ms(command: Sequence[str]) -> float:
    """The least CPU time, user and system, of BEST_OF runs of a command, in milliseconds."""
    return min(_cpu_ms(command) for _ in range(BEST_OF))


def _cpu_ms(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def commands() -> dict[str, float]:
    """CPU milliseconds of a bare Python, of the import on top of it, and of the help."""
    bare = cpu_ms([sys.executable, "-c", "pass"])
    return {
        "bare": bare,
        "import": cpu_ms([sys.executable, "-c", "import quickdemo"]) - bare,
        "interface": cpu_ms([sys.executable, "-c", "import quickdemo; quickdemo.Interface"]) - bare,
        "help": cpu_ms([sys.executable, "-m", "quickdemo", "--help"]),
    }


def first_answer_s(folder: Path, runs: int = 3) -> tuple[float, float]:
    """Median seconds from the command to the first page: quickdemo, Gradio; by turns."""
    python, ours, theirs = gradio_python(), [], []
    for _ in range(runs):
        port = free_port()
        with serving(quickdemo(APPS / "echo_quickdemo.py", port), port, folder) as seconds:
            ours.append(seconds)
        port = free_port()
        with serving([python, str(APPS / "echo_gradio.py"), str(port)], port, folder) as seconds:
            theirs.append(seconds)
    return statistics.median(ours), statistics.median(theirs)
