"""A child that runs the app's script, does one piece of work with the demo in place of serving it, and tells of it."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from typing import Any, Protocol

import typer

from quickdemo.cli.exit_codes import FAILED


class Listener(Protocol):
    """Takes what the child tells; `ended` once that was all."""

    ended: bool

    def take(self, type: str, facts: dict[str, Any]) -> None: ...


def run_child(
    mode: str,
    found: tuple[str, str, str],
    argv: tuple[str, ...],
    env_file: str | None,
    task: dict[str, Any],
    listener: Listener,
) -> None:
    """Run the script in a child and hand what it tells to the listener, until it has said all or is gone.

    mode: "examples" or "explain", which is the command's name too. found: what `project.find` gave. task: keyword
    arguments of the work (runtime/reload/kept.py, explain.py). Raises typer.Exit for an env_file that cannot be read.
    """
    from quickdemo.cli.env_file import EnvFileError, read_env_file
    from quickdemo.cli.options import RunOptions
    from quickdemo.runtime.folders import store_folder

    app, target, name = found
    try:
        env = read_env_file(env_file) if env_file else {}
    except EnvFileError as error:
        typer.echo(f"quickdemo {mode}: {error}", err=True)
        raise typer.Exit(FAILED) from None
    store_dir, notice = store_folder(
        os.path.dirname(os.path.abspath(target)) if os.path.exists(target) else os.getcwd()
    )
    if notice:
        typer.echo(f"quickdemo {mode}: {notice}", err=True)
    files_dir = tempfile.mkdtemp(prefix="quickdemo-files-")
    options = RunOptions(app=app, target=target, name=name, argv=argv, mode=mode)
    own: dict[str, Any] = {"secret": secrets.token_hex(32), "store_dir": store_dir, "files_dir": files_dir, "env": env}
    place: dict[str, Any] = {"address": ("127.0.0.1", 0), "terminal": False, "condemned": [], "since": time.time()}
    try:
        _listen({**options.for_child(), **own, **place, mode: task}, listener)
    finally:
        shutil.rmtree(files_dir, ignore_errors=True)
        if notice:
            shutil.rmtree(store_dir, ignore_errors=True)


def _listen(start: dict[str, Any], listener: Listener) -> None:
    from quickdemo.cli.prepared import prepare
    from quickdemo.cli.processes import kill_group
    from quickdemo.runtime.reload.messages import Channel

    prepared = prepare()
    channel = Channel(prepared.sock)
    try:
        channel.send("start", generation=1, **start)
        while not listener.ended:
            for message in channel.read():
                listener.take(message.type, message.facts)
    except EOFError:
        pass  # it is gone; the listener knows whether it had said all
    finally:
        kill_group(prepared.pid)
        os.waitpid(prepared.pid, 0)
        channel.close()
