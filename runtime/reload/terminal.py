"""`input()` and the debugger's prompt: the supervisor, which reads single keys, lends its terminal."""

from __future__ import annotations

import builtins
import threading
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.reload.messages import close_all

if TYPE_CHECKING:
    from quickdemo.runtime.reload.checkpoints import Link


class Terminal:
    """One person types to one prompt at a time. pdb, breakpoint() and code.interact() all ask by `input()`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._input = builtins.input
        self._turn = threading.Lock()
        self._lent = threading.Event()
        self.followed = False  # whether a thread reads the channel, and calls `lent`

    def install(self) -> None:
        """From now on `input()` asks for the terminal first."""
        builtins.input = self._ask

    def lent(self) -> None:
        """The supervisor has stepped aside."""
        self._lent.set()

    def _ask(self, prompt: Any = "", /) -> str:
        with self._turn:
            self._lent.clear()
            self._link.channel.send("terminal", wanted=True)
            try:
                self._wait()
                return self._input(prompt)
            finally:
                self._link.channel.send("terminal", wanted=False)

    def _wait(self) -> None:
        while not self.followed:  # the script still runs: nobody else reads the channel
            for message in self._link.channel.read():
                if message.type == "terminal":
                    return
                close_all(message.fds)
        self._lent.wait()
