"""Single keys from the terminal, which is restored however we leave."""

from __future__ import annotations

import atexit
import os
import sys
import webbrowser
from typing import TYPE_CHECKING, Any

from quickdemo.cli.exit_codes import OK
from quickdemo.cli.prepared import stdin_is_our_terminal

if TYPE_CHECKING:
    from quickdemo.cli.generation import Generation
    from quickdemo.cli.supervisor import Supervisor

HELP = "h this help · r run the script anew · c clear the sessions' state · o open the page · q quit"


class Keys:
    """Reads stdin key by key when it is a terminal of ours (`active`), and lends it to a prompt of the app."""

    def __init__(self) -> None:
        self.active = stdin_is_our_terminal()
        self._before: list[Any] = []
        if self.active:
            import termios

            self._before = termios.tcgetattr(sys.stdin)
            self.take()
            atexit.register(self.restore)

    def take(self) -> None:
        """Get every key as it is typed."""
        import termios
        import tty

        if self.active:
            tty.setcbreak(sys.stdin, termios.TCSADRAIN)  # what was typed already is not thrown away

    def read(self) -> str:
        """What was typed."""
        return os.read(sys.stdin.fileno(), 64).decode(errors="replace")

    def lend(self) -> None:
        """Give the terminal back as it was, for a while."""
        import termios

        if self.active:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def restore(self) -> None:
        """Give the terminal back as it was, for good."""
        self.lend()
        self.active = False


class Lending:
    """Whose turn it is at the terminal: the keys', or a prompt of some generation."""

    def __init__(self, owner: Supervisor, keys: Keys) -> None:
        self._owner, self._keys = owner, keys
        self._waiting: list[Generation] = []
        if keys.active:
            owner.register(sys.stdin, lambda mask: obey(owner, keys))

    def on_terminal(self, generation: Generation, wanted: bool) -> None:
        """A generation wants the terminal, or has done with it."""
        if wanted:
            generation.patient = True
            self._waiting.append(generation)
            if len(self._waiting) == 1:
                self._owner.unregister(sys.stdin)
                self._keys.lend()
                self._owner.post(generation, "terminal")
        else:
            self.gone(generation)

    def gone(self, generation: Generation) -> None:
        """It does not want it any more."""
        if generation not in self._waiting:
            return
        had_it = generation is self._waiting[0]
        self._waiting.remove(generation)
        if had_it and self._waiting:
            self._owner.post(self._waiting[0], "terminal")
        elif not self._waiting and self._keys.active:
            self._keys.take()
            self._owner.register(sys.stdin, lambda mask: obey(self._owner, self._keys))


def obey(owner: Supervisor, keys: Keys) -> None:
    """Do what was typed."""
    typed = keys.read()
    if not typed:
        owner.unregister(sys.stdin)
    for key in typed:
        if key == "h":
            owner.console.text("  " + HELP)
        elif key == "r":
            owner.reload(("r",), why="asked for by a key")
        elif key == "c" and owner.serving:
            owner.post(owner.serving, "clear")
            owner.console.line("-", "state of the sessions cleared")
        elif key == "o" and owner.url:
            webbrowser.open(owner.url)
        elif key == "q":
            owner.stop(OK)
