"""A Space's own code, run here: in an environment of its own, dated at its last commit, and only after the word for it.

It is no sandbox: the code has the rights of whoever loads it. So without `trust=True` nothing is fetched or run, and
what would be is said.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from quickdemo.hub.cache import Cache
from quickdemo.hub.errors import HubError
from quickdemo.hub.loaded import Loaded
from quickdemo.hub.reference import Reference
from quickdemo.hub.spaces.app import fetch_config, read_config
from quickdemo.hub.spaces.building import built
from quickdemo.hub.spaces.connection import Connection
from quickdemo.hub.spaces.download import Files
from quickdemo.hub.spaces.environments import Lease, made
from quickdemo.hub.spaces.last_words import LastWords
from quickdemo.hub.spaces.lookup import Hub, Space, check_sdk
from quickdemo.hub.spaces.remote import SpaceRemote
from quickdemo.hub.tokens import Token, hub_address
from quickdemo.hub.waiting import Told, Waiting
from quickdemo.hub.wording import upper

logger = logging.getLogger("quickdemo.hub")

START_S, INSTALL_S, POLL_S = 300.0, 1800.0, 0.2
MOST_FILES, MOST_BYTES = 2000, 2_000_000_000
MOST_CARD_BYTES = 1_000_000
_VERSION = re.compile(r"\d+(\.\d+){0,3}((a|b|rc)\d+)?")
_PYTHON = re.compile(r"3\.\d{1,2}(\.\d{1,2})?")
_FIELD = re.compile(r"^(sdk_version|app_file|python_version)\s*:\s*(.+?)\s*$", re.MULTILINE)
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True)
class Recipe:
    """How a Space is run. date: RFC 3339; packages of later days are not taken."""

    space: Space
    gradio: str
    python: str
    app_file: str
    date: str

    @property
    def folder(self) -> str:
        """Where its files and its environment are kept."""
        key = "\0".join((self.space.id, self.space.commit, self.gradio, self.python, self.date))
        return os.path.join(Cache().folder, "spaces", hashlib.sha256(key.encode()).hexdigest()[:24])

    def commands(self, uv: str, folder: str = "") -> list[list[str]]:
        """What is run, in this order. folder: in place of its own, which it becomes."""
        folder = folder or self.folder
        code, python = os.path.join(folder, "code"), os.path.join(folder, "venv", "bin", "python")
        install = [uv, "pip", "install", "--python", python, "--exclude-newer", self.date, "setuptools"]
        install.append(f"gradio=={self.gradio}")
        for name in ("pre-requirements.txt", "requirements.txt"):
            if name in self.space.files:
                install += ["-r", os.path.join(code, name)]
        venv = [uv, "venv", "--python", self.python, "--relocatable", os.path.join(folder, "venv")]
        return [venv, install, [python, self.app_file]]


def load_local(
    reference: Reference,
    token: Token,
    alias: str | None,
    *,
    trust: bool,
    api: str | int | None,
    auth: tuple[str, str] | None,
    timeout: float,
    told: Told | None,
    **options: Any,
) -> Loaded:
    """A Space whose code runs here. Raises HubError; without `trust` always, saying what would be done."""
    if os.name != "posix":
        raise HubError("extra", "local=True takes Linux or macOS: elsewhere the code could outlive this process.")
    if reference.url:
        raise ValueError("local=True runs the code of a Space of the Hub; an address names none.")
    hub = Hub(token)
    space = Space.of(reference.id, hub.facts(reference.id, reference.revision))
    check_sdk(space)
    recipe = _recipe(space, token)
    if not trust:
        raise _asks_for_trust(recipe)
    uv = shutil.which("uv")
    if uv is None:
        raise HubError("extra", f"{upper(space.what)} needs uv for an environment of its own.", "`pip install uv`.")
    with Waiting(f"{upper(space.what)} is installed here", None, told) as waiting:
        lease = made(recipe.folder, lambda folder: _prepare(recipe, folder, token, uv), waiting.sleep)
    try:
        running = _Running(recipe, recipe.commands(uv)[-1], lease)
    except BaseException:
        lease.give_back()
        raise
    try:
        connection = Connection(running.address, f"{space.what}, run here", auth=auth, is_ours=True)
        with Waiting(f"{upper(space.what)} starts here", 30, told) as waiting:
            running.wait(waiting)
        app = read_config(fetch_config(connection), connection.what)
        remote = SpaceRemote(reference, app, app.endpoint(api, connection.what), connection, None, timeout)
        remote.stop = running.stop
        return built(remote, alias, space.id, options)
    except BaseException:
        running.stop()
        raise


def _asks_for_trust(recipe: Recipe) -> HubError:
    space = recipe.space
    lines = [" ".join(command) for command in recipe.commands("uv")]
    apt = " It also names packages of the system (packages.txt), which are not installed." if _needs_apt(space) else ""
    read = f"{hub_address()}/spaces/{space.id}/tree/{space.commit}"
    message = (
        f"{upper(space.what)} would be run here: code of somebody else, with your rights. Nothing was done. It is the "
        f"commit {space.commit[:12]} of {space.last_modified[:10]}, {len(space.files)} files, to be read at {read}."
        f"{apt} "
        f"The commands: {'; '.join(lines)}"
    )
    return HubError("forbidden", message, "If you trust it: trust=True.")


def _needs_apt(space: Space) -> bool:
    return "packages.txt" in space.files


# ---------------------------------------------------------------------- what it says of itself


def _recipe(space: Space, token: Token) -> Recipe:
    with Files(space, token) as files:
        fields = dict(_FIELD.findall(_front_matter(files.text("README.md", MOST_CARD_BYTES))))
    fields = {name: text.strip("\"'") for name, text in fields.items()}
    gradio, python = fields.get("sdk_version", ""), fields.get("python_version", "3.10")
    app_file = fields.get("app_file", "app.py")
    if not _VERSION.fullmatch(gradio):
        raise HubError("input", f"{upper(space.what)} does not say which version of Gradio it needs (sdk_version).")
    if not _PYTHON.fullmatch(python):
        raise HubError("input", f"{upper(space.what)} asks for a Python that is none: {python!r:.40}.")
    if app_file not in space.files or not _is_inside(app_file) or not re.fullmatch(r"[0-9a-f]{7,64}", space.commit):
        raise HubError("space_error", f"{upper(space.what)} has no file {app_file!r:.80}.")
    return Recipe(space, gradio, python, app_file, _day_after(space))


def _front_matter(text: str) -> str:
    parts = text.split("---", 2)
    return parts[1] if text.startswith("---") and len(parts) == 3 else ""


def _day_after(space: Space) -> str:
    """The end of the day of the last commit: what it was built with was there."""
    try:
        day = datetime.fromisoformat(space.last_modified[:10])
    except ValueError:
        raise HubError("server", f"The Hub does not say when {space.what} was changed last.") from None
    return (day + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00Z")


def _is_inside(name: str) -> bool:
    parts = name.split("/")
    return not name.startswith(("/", "-")) and "\\" not in name and "\0" not in name and not {"", ".", ".."} & {*parts}


# ---------------------------------------------------------------------- making it ready


def _prepare(recipe: Recipe, folder: str, token: Token, uv: str) -> None:
    """Its files and its environment, in that folder."""
    code = Path(folder, "code")
    code.mkdir(mode=0o700)
    names = recipe.space.files
    if len(names) > MOST_FILES or not all(map(_is_inside, names)):
        raise HubError("too_large", f"{upper(recipe.space.what)} has more files than are taken here, or odd ones.")
    left = MOST_BYTES
    with Files(recipe.space, token) as files:
        for name in names:
            path = code / name
            path.parent.mkdir(parents=True, exist_ok=True)
            left -= files.save(name, path, left)
    for command in recipe.commands(uv, folder)[:-1]:
        _install(recipe, command)


def _install(recipe: Recipe, command: list[str]) -> None:
    environment = {**_clean(), **{n: v for n, v in os.environ.items() if n.startswith(("UV_", "PIP_"))}}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, env=environment)
    except subprocess.TimeoutExpired:
        raise HubError("timeout", f"{upper(recipe.space.what)} took too long to install.") from None
    if done.returncode:
        last = " ".join(done.stderr.split())[-400:]
        hint = "A system Python of that version is needed." if "venv" in command else "Its packages do not fit."
        raise HubError("space_error", f"{upper(recipe.space.what)} cannot be installed here: {last}", hint)


def _clean() -> dict[str, str]:
    """The environment of somebody else's code: without a token, or anything else that is ours."""
    kept = {name: os.environ[name] for name in (*_KEPT, *_PROXIES) if name in os.environ}
    return {
        **kept,
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "GRADIO_ANALYTICS_ENABLED": "0",
    }


# ---------------------------------------------------------------------- running it


#: ends the group where we were killed, and could not do it ourselves
_GUARD = """
import os, signal, sys, time
parent, group = map(int, sys.argv[1:])
try:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.killpg(group, signal.SIGTERM)
    time.sleep(2)
    os.killpg(group, signal.SIGKILL)
except ProcessLookupError:
    pass
"""


class _Running:
    """The process, in a group of its own; it ends with us."""

    def __init__(self, recipe: Recipe, command: list[str], lease: Lease) -> None:
        self._what, self._lease = recipe.space.what, lease
        port = _free_port()
        self.address = f"http://127.0.0.1:{port}/"
        self._words = LastWords(os.path.join(recipe.folder, "log.txt"))
        home = os.path.join(recipe.folder, "home")
        os.makedirs(home, mode=0o700, exist_ok=True)
        own = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "HOME": home, "HF_HOME": home}
        try:
            self._process = subprocess.Popen(
                command,
                cwd=os.path.join(recipe.folder, "code"),
                env={**_clean(), **own},
                stdin=subprocess.DEVNULL,
                stdout=self._words.writer,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            self._words.started()
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _GUARD, str(os.getpid()), str(self._process.pid)],
            env=_clean(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pid = os.getpid()
        atexit.register(self.stop)

    def wait(self, waiting: Waiting) -> None:
        """Until it answers. Raises HubError where it ends, or does not in five minutes."""
        end = time.monotonic() + START_S
        port = int(self.address.rstrip("/").rpartition(":")[2])
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise HubError("space_error", f"{upper(self._what)} ended as it started: {self._words.text()}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            waiting.sleep(POLL_S)
        raise HubError("timeout", f"{upper(self._what)} did not start in {START_S / 60:.0f} minutes.")

    def stop(self) -> None:
        """End it and all that it started; harmless when it has ended."""
        atexit.unregister(self.stop)
        if os.getpid() != self._pid:  # a fork of the process that it belongs to
            return
        for how, patience_s in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
        self._guard.kill()
        self._guard.wait()
        self._lease.give_back()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
