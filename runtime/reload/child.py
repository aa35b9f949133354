"""The process that runs the script and serves: `main(descriptor of the channel, pid of the supervisor)`."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import sys
from typing import Any

from quickdemo.runtime.errors import QuickdemoError
from quickdemo.runtime.logs import log_to_stderr
from quickdemo.runtime.reload.checkpoints import Checkpoints, Link
from quickdemo.runtime.reload.fault import report
from quickdemo.runtime.reload.frozen import follow
from quickdemo.runtime.reload.messages import Channel, Message
from quickdemo.runtime.reload.project import Project, is_quickdemos
from quickdemo.runtime.reload.recorder import Recorder
from quickdemo.runtime.reload.script import Script
from quickdemo.runtime.reload.units import hidden

_FAILED = 1


@hidden
def main(channel_fd: int, supervisor_pid: int) -> None:
    """Run the script that the supervisor names and serve it; ends the process."""
    follow(supervisor_pid)
    channel = Channel.from_fd(channel_fd)
    from quickdemo.runtime import launch
    from quickdemo.runtime.reload.host import Host  # the server: imported before the script, while it waits for `start`
    from quickdemo.runtime.reload.warm import warm

    try:
        start = _first(channel)
    except EOFError:
        os._exit(0)
    os.environ.update(start["env"])
    if start["stdout_is_ours"]:
        os.dup2(2, 1)  # what the script prints must not mix with the command's own output
    log_to_stderr(start["log_format"] == "json")
    if start["checkpoints"]:
        warm(start["files_dir"])
    gc.freeze()
    gc.unfreeze()  # together: what was imported counts as old, and no young collection looks at it
    gc.enable()
    logging.getLogger("quickdemo").setLevel(logging.INFO)
    link = Link(channel, start, supervisor_pid)
    script = Script(start["target"], start["argv"])
    script.prepare()
    checkpoints = Checkpoints(link, Recorder(Project(script.folder), wanted=start["dev"]), start["checkpoints"])
    launch.host = host = Host(link, checkpoints)
    if start["terminal"]:
        host.terminal.install()
    checkpoints.begin()
    sys.exit(_run(script, checkpoints, host))


@hidden
def _run(script: Script, checkpoints: Checkpoints, host: Any) -> int:
    """The exit status: 0 when it served, 1 when it failed."""
    link = checkpoints.link
    try:
        namespace = script.run(checkpoints)
        host.finish(namespace)
    except EOFError:
        os._exit(0)  # the supervisor is gone
    except BaseException as error:
        if host.ready:  # it serves already
            if not isinstance(error, SystemExit):
                logging.getLogger("quickdemo").error("%s ended with an error", link.start["app"], exc_info=error)
            host.wait()
            return 0
        checkpoints.end()
        _tell(link, checkpoints.recorder, error)
        return _FAILED
    return 0


def _tell(link: Link, recorder: Recorder, error: BaseException) -> None:
    with contextlib.suppress(Exception):  # a user's stream may be broken
        sys.stdout.flush()
    files = dict(recorder.report())
    belongs = recorder.project.belongs
    if isinstance(error, ModuleNotFoundError) and error.name:
        parts = error.name.split(".")
        for folder in (p for p in sys.path if p and belongs(os.path.join(os.path.abspath(p), "x"))):
            base = os.path.join(os.path.abspath(folder), *parts)
            files.setdefault(base + ".py", None)
            files.setdefault(os.path.join(base, "__init__.py"), None)
    fault = report(error, belongs, link.start["app"])
    link.channel.send("failed", report=fault, files=files, own=_is_users(error, belongs))


def _is_users(error: BaseException, belongs: Any) -> bool:
    """Whether it arose in the user's own code: what arises in a library may come from being a copy."""
    if isinstance(error, (SyntaxError, SystemExit, QuickdemoError)):
        return True
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return True
    path = os.path.abspath(last.tb_frame.f_code.co_filename)
    return belongs(path) or is_quickdemos(path)  # our own checks are the same in a copy


def _first(channel: Channel) -> Message:
    messages: list[Message] = []
    while not messages:
        messages = channel.read()
    return messages[0]
