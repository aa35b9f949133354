"""The process that runs the script and serves: `main(descriptor of the channel, pid of the supervisor)`."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys
from typing import Any

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.logs import log_to_stderr
from quickdemo.runtime.reload.fault import report
from quickdemo.runtime.reload.messages import Channel, Message
from quickdemo.runtime.reload.script import Script
from quickdemo.runtime.reload.used_files import UsedFiles

_PR_SET_PDEATHSIG = 1
_FAILED = 1


def main(channel_fd: int, supervisor_pid: int) -> None:
    """Run the script that the supervisor names and serve it; ends the process."""
    _die_with(supervisor_pid)
    channel = Channel.from_fd(channel_fd)
    from quickdemo.runtime import launch
    from quickdemo.runtime.reload.host import Host  # the server: imported before the script, while it waits for `start`

    try:
        start = _first(channel)
    except EOFError:
        os._exit(0)
    os.environ.update(start["env"])
    if start["stdout_is_ours"]:
        os.dup2(2, 1)  # what the script prints must not mix with the command's own output
    log_to_stderr(start["log_format"] == "json")
    logging.getLogger("quickdemo").setLevel(logging.INFO)
    script = Script(start["target"], start["argv"])
    try:
        script.prepare()
    except AppError as error:
        channel.send("failed", report=report(error, lambda path: False, start["app"]), files={})
        sys.exit(_FAILED)
    used = UsedFiles(script.folder)
    used.install()
    launch.host = host = Host(channel, start, used)
    sys.exit(_run(script, used, host, start))


def _run(script: Script, used: UsedFiles, host: Any, start: Message) -> int:
    """The exit status: 0 when it served, 1 when it failed."""
    try:
        namespace = script.run(used)
        host.finish(namespace)
    except EOFError:
        os._exit(0)  # the supervisor is gone
    except BaseException as error:
        used.recording = False
        if host.ready:  # it serves already
            if not isinstance(error, SystemExit):
                logging.getLogger("quickdemo").error("%s ended with an error", start["app"], exc_info=error)
            host.wait()
            return 0
        _tell(host.channel, report(error, used.belongs, start["app"]), used, error)
        return _FAILED
    return 0


def _tell(channel: Channel, fault: dict[str, Any], used: UsedFiles, error: BaseException) -> None:
    with contextlib.suppress(Exception):  # a user's stream may be broken
        sys.stdout.flush()
    files = dict(used.report())
    if isinstance(error, ModuleNotFoundError) and error.name:
        parts = error.name.split(".")
        for folder in (p for p in sys.path if p and used.belongs(os.path.join(os.path.abspath(p), "x"))):
            base = os.path.join(os.path.abspath(folder), *parts)
            files.setdefault(base + ".py", None)
            files.setdefault(os.path.join(base, "__init__.py"), None)
    channel.send("failed", report=fault, files=files)


def _first(channel: Channel) -> Message:
    messages: list[Message] = []
    while not messages:
        messages = channel.read()
    return messages[0]


def _die_with(parent: int) -> None:
    """Linux: be killed when the supervisor ends in whatever way. Elsewhere the end of the channel tells."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
