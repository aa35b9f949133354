"""A child that imports the server and waits to be told what to run.

It is started before anything else is imported: each millisecond here is one that the first page comes later.
"""

import os
import signal
import socket
import sys

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
if not os.path.isdir(os.path.join(_ROOT, "quickdemo")):  # the file was reached by its real path in a checkout
    _ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_BOOT = os.path.join(_ROOT, "quickdemo", "runtime", "reload", "_bootstrap_importlib.py")


class Prepared:
    """`pid` of the child, and our end of its channel. It ends when that does."""

    def __init__(self, pid: int, sock: socket.socket) -> None:
        self.pid, self.sock = pid, sock

    def discard(self) -> None:
        """End it; nobody needs it."""
        self.sock.close()
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            return  # it is gone already


def prepare() -> Prepared:
    """Start a child. It makes a session of its own, so that Ctrl-C reaches only us."""
    ours, theirs = socket.socketpair()
    theirs.set_inheritable(True)
    command = [sys.executable, _BOOT, str(theirs.fileno()), str(os.getpid()), _ROOT]
    actions = [] if stdin_is_to_be_shared() else [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=actions, setsigdef=[signal.SIGPIPE])
    theirs.close()
    return Prepared(pid, ours)


def stdin_is_to_be_shared() -> bool:
    """Whether the script may read our stdin: not one that is closed, nor the terminal of somebody in front of us."""
    try:
        return not os.isatty(0) or stdin_is_our_terminal()
    except OSError:
        return False


def stdin_is_our_terminal() -> bool:
    """Whether stdin is a terminal, and we are what the person types to."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except (OSError, AttributeError):
        return False
