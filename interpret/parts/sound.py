"""Stretches of time of a sound as parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.parts.base import Present

FADE_S = 0.010
MOST_SEGMENTS = 255


class Windows:
    """Stretches of a sound, each of one or several windows of equal length."""

    def __init__(self, seconds: float, spans: Sequence[tuple[float, float]], sizes: Sequence[int]) -> None:
        """seconds: of all of it. spans: from and to of each, in seconds. sizes: how many windows each is."""
        self.spans, self._seconds, self._sizes = list(spans), seconds, list(sizes)
        self.labels = [f"{_time(start)} to {_time(stop)} s" for start, stop in self.spans]

    def shown(self) -> dict[str, Any]:
        """{"seconds": of all of it, "spans": [[from, to], ...]}"""
        return {"seconds": self._seconds, "spans": [list(span) for span in self.spans]}

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> list[float]:
        """A list of them, one for each window: those of one stretch share its score."""
        shared = zip(scores, self._sizes, strict=True)
        return [float(score) / size for score, size in shared for _ in range(size)]


class SoundParts(Windows):
    """Windows of equal length. An absent one is silent; what is present beside it fades out and in, so that there is no
    click that a model could take for something."""

    kind = "sound"
    alternatives: Sequence[Any] = ()

    def __init__(
        self,
        rate: int,
        samples: NDArray[Any],
        *,
        segments: int = 8,
        give: Callable[[tuple[int, NDArray[Any]]], Any] | None = None,
        original: Callable[[], Any] | None = None,
    ) -> None:
        """
        rate: in Hz.
        samples: (n,) or (n, channels), integers (unsigned ones are silent in the middle of their range) or floats.
        segments: how many windows, 1 to MOST_SEGMENTS; fewer where there are fewer samples, and none of no sound.
        give: what the function gets of (rate, samples); the pair itself when None.
        original: makes what it gets when all parts are present; None when that is a copy, given like the others.
        """
        self.rate = rate
        self.samples = samples
        self._give = give
        self._original = original
        count = min(segments, len(samples))
        self._edges = [round(len(samples) * n / count) for n in range(count + 1)] if count else [0]
        spans = [(start / rate, stop / rate) for start, stop in self._windows()]
        super().__init__(len(samples) / rate, spans, [1] * count)
        self._silence = samples.dtype.type(_middle(samples.dtype))
        silent = [bool((samples[start:stop] == self._silence).all()) for start, stop in self._windows()]
        self.idle = np.array(silent, dtype=np.bool_)
        shortest = min((stop - start for start, stop in self._windows()), default=0)
        self._ramp = np.linspace(0, 1, min(round(rate * FADE_S), shortest // 2), endpoint=False, dtype=np.float32)

    def _windows(self) -> list[tuple[int, int]]:
        return list(zip(self._edges, self._edges[1:], strict=False))

    def masked(self, present: Present) -> Any:
        if present.all() and self._original is not None:
            return self._original()
        samples = self.samples.copy()
        kept = present.tolist()
        for index, (start, stop) in enumerate(self._windows()):
            if not kept[index]:
                samples[start:stop] = self._silence
                continue
            length = len(self._ramp)
            if index and not kept[index - 1]:
                self._fade(samples[start : start + length], self._ramp)
            if index + 1 < len(kept) and not kept[index + 1]:
                self._fade(samples[stop - length : stop], self._ramp[::-1])
        pair = (self.rate, samples)
        return pair if self._give is None else self._give(pair)

    def _fade(self, stretch: NDArray[Any], ramp: NDArray[np.float32]) -> None:
        """In place: (length,) or (length, channels) times the ramp."""
        weight = ramp if stretch.ndim == 1 else ramp[:, None]
        faded = self._silence + (stretch - np.float64(self._silence)) * weight
        stretch[...] = faded if stretch.dtype.kind == "f" else np.rint(faded)

    def united(self, sizes: Sequence[int]) -> Windows:
        stops = np.cumsum(sizes).tolist()
        edges = zip([0, *stops], stops, strict=False)
        spans = [(self.spans[start][0], self.spans[stop - 1][1]) for start, stop in edges]
        return Windows(len(self.samples) / self.rate, spans, sizes)


def checked_segments(segments: Any) -> int:
    """Raises ValueError when it is no number of windows."""
    if isinstance(segments, bool) or not isinstance(segments, int) or not 1 <= segments <= MOST_SEGMENTS:
        raise ValueError(f"segments must be a whole number from 1 to {MOST_SEGMENTS}; it was {segments!r}.")
    return segments


def _middle(dtype: np.dtype[Any]) -> int:
    """What is silence in samples of that type."""
    return 1 << (dtype.itemsize * 8 - 1) if dtype.kind == "u" else 0


def _time(seconds: float) -> str:
    return f"{seconds:.3g}" if seconds < 10 else f"{seconds:.1f}".removesuffix(".0")
