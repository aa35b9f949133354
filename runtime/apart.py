"""An Interface whose function may run in worker processes, apart from the server's own."""

from __future__ import annotations

from quickdemo.runtime.function import Elsewhere, Flavour, Function
from quickdemo.runtime.sizes import parse_size


class Apart:
    """in_process: what `process=` said. memory_limit: bytes of one worker. retry: whether a call may be begun again
    when its process died. elsewhere: its workers, while it is served and has some.
    """

    function: Function
    in_process: bool | None
    memory_limit: int | None
    retry: bool
    elsewhere: Elsewhere | None = None

    def _set_apart(self, process: bool | None, memory_limit: int | str | None, retry: bool) -> None:
        self.in_process, self.memory_limit, self.retry = process, _memory_of(memory_limit, process), bool(retry)

    @property
    def flavour(self) -> Flavour:
        """How the function is run here: a worker process awaits what is asynchronous itself."""
        if self.elsewhere is None:
            return self.function.flavour
        return "generator" if self.function.streams else "plain"

    @property
    def runs(self) -> Function | Elsewhere:
        """What a call is given to: `invoke` gives what `flavour` says."""
        return self.elsewhere or self.function


def _memory_of(limit: int | str | None, process: bool | None) -> int | None:
    """Bytes of `memory_limit=`. Raises ValueError, also for a function in threads, which share their memory."""
    if limit is None:
        return None
    if process is False:
        raise ValueError("memory_limit needs a process of its own for each call: leave out process=False.")
    bytes = parse_size(limit)
    if bytes < 1:
        raise ValueError(f"memory_limit must be above 0 bytes, or None; it was {limit!r}.")
    return bytes
