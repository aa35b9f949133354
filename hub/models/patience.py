"""Which failures are tried again, how often, and how the visitor is told meanwhile."""

from __future__ import annotations

import time

from quickdemo.hub.errors import HubError
from quickdemo.hub.waiting import Told, Waiting

TRIES = 2  #: again, of what may pass by itself
BACKOFF_S = 0.25
LOOK_S = 5.0  #: between two looks at a model that loads
SOON_S = 20.0  #: a limit on requests that ends by then is waited for


class Patience:
    """`with Patience(90) as patience:` and in it, after each failure, `patience.after(failed, error)`: it comes back
    when it is time to try again, and raises `failed` when it is not.

    wait_s: for a model that is loading, in all. told: see `Waiting`.
    """

    def __init__(self, wait_s: float, told: Told | None = None) -> None:
        self._end = time.monotonic() + wait_s
        self._told = told
        self._tries = 0
        self._waiting: Waiting | None = None

    def __enter__(self) -> Patience:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._waiting is not None:
            self._waiting.__exit__(*raised)

    def after(self, failed: HubError, cause: BaseException) -> None:
        pause_s = self._pause_s(failed)
        if pause_s is None:
            raise failed from cause
        words, about_s = failed.message.partition(" (about ")[0].rstrip("."), failed.retry_after or pause_s
        if self._waiting is None:  # one for all tries, so that what is seen goes on
            self._waiting = Waiting(words, about_s, self._told).__enter__()
        else:
            self._waiting.tell(words, about_s)
        self._waiting.sleep(pause_s)

    def _pause_s(self, failed: HubError) -> float | None:
        if not failed.transient:
            return None
        if failed.kind == "loading":
            left = self._end - time.monotonic()
            return min(failed.retry_after or LOOK_S, LOOK_S, left) if left > 0 else None
        self._tries += 1
        if self._tries > TRIES:
            return None
        return failed.retry_after or BACKOFF_S * 2**self._tries
