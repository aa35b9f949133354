"""Single keys from the terminal, which is restored however we leave."""

from __future__ import annotations

import atexit
import os
import sys
from typing import Any

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
