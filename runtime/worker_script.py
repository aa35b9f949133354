"""A worker process that is no copy of the server: it runs the script, and serves one of its functions."""

from __future__ import annotations

import logging
import os
import select
import socket
import sys
import threading
from typing import NoReturn

from quickdemo.runtime import launch
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.processes.scripted import Script, Wanted
from quickdemo.runtime.jobs.processes.wire import Wire
from quickdemo.runtime.jobs.processes.worker import Worker, end_group, settle_in
from quickdemo.runtime.launch import Launched, LaunchOptions
from quickdemo.runtime.logs import log_to_stderr
from quickdemo.runtime.tabs import Demo, TabbedInterface, functions_of

logger = logging.getLogger("quickdemo.jobs")


class Host:
    """Whoever the script's `launch()` meets here: it serves nothing, and becomes the worker at the right one."""

    def __init__(self, wire: Wire, wanted: Wanted, memory_bytes: int | None) -> None:
        self._wire, self._wanted, self._memory_bytes = wire, wanted, memory_bytes

    def launch(self, demo: Demo, options: LaunchOptions) -> Launched:
        """Does not return when `demo` has the wanted function."""
        interface = self._wanted.among(functions_of(demo))
        if interface is not None:
            settle_in()
            Worker(self._wire, interface.function, self._memory_bytes).serve()
        return Launched(None, "")


def main() -> NoReturn:
    """sys.argv[1]: the descriptor of the worker's end of its socket."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.set_inheritable(False)
    threading.Thread(target=_follow, args=(sock.fileno(),), name="parent", daemon=True).start()
    wire = Wire(sock)
    script: Script
    (_, script, wanted, memory_bytes), _ = wire.receive()
    log_to_stderr(script.json_log)
    launch.host = host = Host(wire, wanted, memory_bytes)
    try:
        script.run()
        for value in list(vars(sys.modules["__main__"]).values()):
            if isinstance(value, (Interface, TabbedInterface)):
                host.launch(value, LaunchOptions())
        logger.error("%s did not make %s again, which a worker process is for", script.path, wanted.function)
    except BaseException:
        logger.exception("%s failed when it was run again for a worker process", script.path)
    os._exit(1)


def _follow(fd: int) -> None:
    """End when the server's side is gone, also while the script runs."""
    poll = select.poll()
    poll.register(fd, 0)
    poll.poll()
    end_group()
