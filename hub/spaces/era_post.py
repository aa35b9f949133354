"""Gradio 3 without its queue: one request. 3.0 knows nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quickdemo.hub.spaces.era import Ask, failed


def outputs(ask: Ask) -> Iterator[list[Any]]:
    old = ask.app.version < (3, 4)
    answer = ask.post("api/predict/" if old else "run/predict", {"data": ask.data, **ask.who})
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise failed(ask, answer.get("error") if isinstance(answer, dict) else None)
    yield data
