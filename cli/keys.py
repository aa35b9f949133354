"""Single keys from the terminal, which is restored however we leave."""

from __future__ import annotations

import atexit
import os
import sys
import webbrowser
from typing import TYPE_CHECKING, Any

from quickdemo.cli.exit_codes import OK

if TYPE_CHECKING:
    from quickdemo.cli.supervisor import Supervisor

HELP = "h this help · r run the script anew · c clear the sessions' state · o open the page · q quit"


class Keys:
    """Reads stdin key by key when it is a terminal of ours; `active` says whether it does."""

    def __init__(self) -> None:
        self.active = False
        self._before: list[Any] = []
        try:
            if not sys.stdin.isatty() or os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp():
                return
            import termios
            import tty
        except (OSError, ValueError, ImportError, AttributeError):
            return
        self._before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
        self.active = True
        atexit.register(self.restore)

    def read(self) -> str:
        """What was typed."""
        return os.read(sys.stdin.fileno(), 64).decode(errors="replace")

    def restore(self) -> None:
        """Give the terminal back as it was."""
        if self.active:
            import termios

            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)
            self.active = False


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
