"""Progress: a bar in the page that a function moves; and tqdm's bars, which then stand in the page too."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from quickdemo.runtime.reports import Reports, current

#: whether the call of this context shows the bars of tqdm
current_tqdm: ContextVar[bool] = ContextVar("current_tqdm", default=False)


class Progress:
    """As the default of a parameter, `progress=gr.Progress()`: call it, or iterate through it.

    `progress(0.3, desc="Loading")`, `progress((3, 10), unit="files")`, `progress(None)` for an unknown length,
    `for x in progress.tqdm(items, desc="Reading")`. Outside of a call all of them do nothing.
    """

    def __init__(self, track_tqdm: bool = False) -> None:
        """track_tqdm: show the bars of the `tqdm` package that the function runs, too."""
        self.track_tqdm = track_tqdm

    def __repr__(self) -> str:
        return f"Progress(track_tqdm={self.track_tqdm})"

    def __call__(
        self,
        progress: float | tuple[float, float | None] | None,
        desc: str | None = None,
        total: float | None = None,
        unit: str = "steps",
        **unused: Any,
    ) -> float | tuple[float, float | None] | None:
        """Say how far it is: a share from 0 to 1, (index, total), or None when that is unknown. Gives it back."""
        reports = current.get()
        if reports is None:
            return progress
        bar = reports.bar_of(None, desc, unit)
        if isinstance(progress, (tuple, list)):
            bar.set(progress[0], progress[1] if len(progress) > 1 else total)
        elif progress is None:
            bar.set(None, None)
        elif total is not None:
            bar.set(float(progress), total)
        else:
            bar.set(None, None, min(max(float(progress), 0.0), 1.0))
        reports.progress()
        return progress

    def tqdm(
        self,
        iterable: Iterable[Any] | None,
        desc: str | None = None,
        total: float | None = None,
        unit: str = "steps",
        **unused: Any,
    ) -> Iterator[Any]:
        """The items, with a bar of its own for as long as they last; bars may be nested."""
        if iterable is None:
            return
        reports = current.get()
        if reports is None:
            yield from iterable
            return
        length = total if total is not None else getattr(iterable, "__len__", lambda: None)()
        owner, index = object(), 0
        try:
            for item in iterable:
                reports.bar_of(owner, desc, unit).set(index, length)
                reports.progress()
                yield item
                index += 1
            reports.bar_of(owner, desc, unit).set(index, length)
            reports.progress()
        finally:
            reports.drop(owner)


class FollowedTqdm:
    """The `tqdm` package while calls show its bars: methods of its class that also report to the call that runs them.

    They are put in with the first such call and taken out with the last; bars of all other code are as before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._own: dict[str, Any] = {}

    def begin(self) -> bool:
        """One call more; False when the package is not installed."""
        with self._lock:
            try:
                from tqdm.std import tqdm  # the user's own package
            except ImportError:
                return False
            if self._calls == 0:
                self._own = {name: getattr(tqdm, name) for name in ("__init__", "update", "close")}
                for name, method in self._own.items():
                    setattr(tqdm, name, _followed(method, ends=name == "close"))
            self._calls += 1
            return True

    def end(self) -> None:
        """One call less."""
        from tqdm.std import tqdm

        with self._lock:
            self._calls -= 1
            if self._calls:
                return
            for name, method in self._own.items():
                if getattr(getattr(tqdm, name), "__wrapped__", None) is method:  # nobody has wrapped it once more
                    setattr(tqdm, name, method)


_tqdm = FollowedTqdm()


def follow_tqdm(reports: Reports) -> None:
    """Show the bars of tqdm that this call runs, until it ends."""
    current_tqdm.set(True)
    if _tqdm.begin():
        reports.at_end.append(_tqdm.end)


def _followed(method: Any, *, ends: bool) -> Any:
    @functools.wraps(method)
    def follow(bar: Any, *args: Any, **named: Any) -> Any:
        result = method(bar, *args, **named)
        reports = current.get() if current_tqdm.get() else None
        if reports is None:
            return result
        if ends:
            reports.drop(bar)
        elif not bar.disable:
            reports.bar_of(bar, bar.desc or None, bar.unit).set(bar.n, bar.total)
            reports.progress()
        return result

    return follow
