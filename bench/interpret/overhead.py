"""What an explanation takes of its own: with a function that takes no time, by masks and parts."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import quickdemo as gr

RUNS = 9


class Overhead(NamedTuple):
    """The least wall time of RUNS explanations, beside 1 ms + 0.2 us a mask and part."""

    parts: int
    method: str
    masks: int
    ms: float

    @property
    def wanted_ms(self) -> float:
        """The bound."""
        return 1 + 0.0002 * self.masks * self.parts


def measured() -> Iterator[Overhead]:
    """Texts of several lengths; "default", and "shap" with two budgets, all of which is used."""

    def function(texts: list[str]) -> list[list[dict[str, float]]]:  # a rough game: nothing settles early
        scores = [0.5 + len(text) / 2000 + zlib.crc32(text.encode()) / 2**32 / 20 for text in texts]
        return [[{"a": score, "b": 1 - score} for score in scores]]

    demo = gr.Interface(function, "text", "label", batch=True, max_batch_size=4096, interpretation="default")
    for parts in (8, 16, 32, 60):
        for method, budget in (("default", None), ("shap", 8 * parts), ("shap", 32 * parts)):
            times, calls = [], 0
            for run in range(RUNS):
                text = " ".join("abcdefghi"[run] + str(n) * (n % 5 + 1) for n in range(parts))
                start = time.perf_counter()
                calls = demo.explain(text, method=method, budget=budget).calls
                times.append(1000 * (time.perf_counter() - start))
            yield Overhead(parts, method, calls, min(times))
