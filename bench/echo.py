"""Echo requests per second with 32 keep-alive clients, by turns, so that a slow moment of the machine hits all."""

from __future__ import annotations

import contextlib
import json
import statistics
import sys
from pathlib import Path

from bench.load import rate
from bench.servers import APPS, free_port, gradio_python, quickdemo, serving

BODY = json.dumps({"data": ["The quick brown fox jumps over the lazy dog."]})


def rates(folder: Path, runs: int = 3, seconds: float = 3.0) -> dict[str, float]:
    """Median requests per second of quickdemo, a bare Starlette and Gradio."""
    ports = {name: free_port() for name in ("quickdemo", "starlette", "gradio")}
    commands = {
        "quickdemo": quickdemo(APPS / "echo_quickdemo.py", ports["quickdemo"]),
        "starlette": [sys.executable, str(APPS / "echo_starlette.py"), str(ports["starlette"])],
        "gradio": [gradio_python(), str(APPS / "echo_gradio.py"), str(ports["gradio"])],
    }
    paths = {"quickdemo": "/api/predict", "starlette": "/api/predict", "gradio": "/gradio_api/run/predict"}
    measured: dict[str, list[float]] = {name: [] for name in ports}
    with contextlib.ExitStack() as stack:
        for name, command in commands.items():
            stack.enter_context(serving(command, ports[name], folder))
            rate(ports[name], paths[name], BODY, seconds=0.5)  # caches and pools are filled
        for _ in range(runs):
            for name, port in ports.items():
                measured[name].append(rate(port, paths[name], BODY, seconds=seconds))
    return {name: statistics.median(values) for name, values in measured.items()}
