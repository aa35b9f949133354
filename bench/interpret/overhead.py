"""What an explanation takes of its own: the time of its function is left out, by masks and parts."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import quickdemo as gr
from quickdemo.interpret.explanation import Explanation
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.explaining import Plan
from quickdemo.runtime.game import Game, Wanted

ROUNDS, RUNS = 6, 25


def simple(words: set[str]) -> float:
    """Each word counts, and some threes of them more."""
    threes = ({"0", "11", "222"}, {"3333", "44444", "5"}, {"0", "5", "66"}, {"11", "66", "777"})
    return 0.2 + 0.005 * len(words) + 0.1 * sum(three <= words for three in threes)


SCORES: dict[str, Callable[[str], float]] = {
    # no order of interactions is there to be found, so nothing settles
    "rough": lambda text: 0.5 + len(text) / 2000 + zlib.crc32(text.encode()) / 2**32 / 20,
    # a sum of few interactions, as of a small tree: found exactly in the end
    "simple": lambda text: simple({word[1:] for word in text.split()}),
}


class Overhead(NamedTuple):
    """The least CPU time of an explanation without that of the function, beside 1 ms + 0.2 us a mask and part.

    watched: with explanations on the way, as a page gets them.
    """

    parts: int
    method: str
    watched: bool
    score: str
    masks: int
    ms: float

    @property
    def wanted_ms(self) -> float:
        """The bound."""
        return 1 + 0.0002 * self.masks * self.parts


class Demo:
    """An Interface over texts that takes batches, and the CPU seconds that its function took."""

    def __init__(self, score: Callable[[str], float]) -> None:
        self._score, self.seconds = score, 0.0
        self.interface = gr.Interface(self._predict, "text", "label", batch=True, max_batch_size=4096)

    def _predict(self, texts: list[str]) -> list[list[dict[str, float]]]:
        start = time.process_time()
        scores = [self._score(text) for text in texts]
        answers = [{"a": score, "b": 1 - score} for score in scores]
        self.seconds += time.process_time() - start
        return [answers]

    def explained(self, text: str, method: str, budget: int | None, watched: bool) -> Explanation:
        """One explanation, the calls one batch after the other."""
        if not watched:
            return self.interface.explain(text, method=method, budget=budget)
        game = Game(self.interface, [text], LocalCall().files)
        last: Explanation | None = None
        for step in Plan(game, Wanted(method, budget), watched=True).steps():
            if isinstance(step, Explanation):
                last = step
                continue
            (answers,) = self._predict(game.columns(step)[0])
            game.keep_all(step, answers)
        assert last is not None
        return last


def measured() -> list[Overhead]:
    """Texts of several lengths; "default", and "shap" with two budgets, all of which is used.

    In several rounds, so that what else the machine does meets all alike.
    """
    demos = {name: Demo(score) for name, score in SCORES.items()}
    budgets = [(parts, *of) for parts in (8, 16, 32, 60) for of in (("default", 0), ("shap", 8), ("shap", 32))]
    best: dict[tuple[int, str, int, bool, str], Overhead] = {}
    for _, (parts, method, times), watched, name in product(range(ROUNDS), budgets, (False, True), demos):
        runs = [one(demos[name], parts, method, times * parts or None, watched, run) for run in range(RUNS)]
        found = Overhead(parts, method, watched, name, runs[0][0], min(ms for _, ms in runs))
        key = parts, method, times, watched, name
        best[key] = min(best.get(key, found), found, key=lambda one: one.ms)
    return list(best.values())


def one(demo: Demo, parts: int, method: str, budget: int | None, watched: bool, run: int) -> tuple[int, float]:
    """The calls of one explanation, and its own milliseconds."""
    text = " ".join(chr(97 + run) + str(n) * (n % 5 + 1) for n in range(parts))
    demo.seconds = 0.0
    start = time.process_time()
    calls = demo.explained(text, method, budget, watched).calls
    return calls, 1000 * (time.process_time() - start - demo.seconds)
