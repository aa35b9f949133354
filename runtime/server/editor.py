"""Which editor the developer uses, and opening a place of a file in it: the overlay of a fault asks for it.

An editor with a window is started; one that needs a terminal cannot be, from here: then the page copies the place.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLES = ("QUICKDEMO_EDITOR", "VISUAL", "EDITOR")
_FILE_LINE = ("{file}:{line}",)
_GOTO = ("-g", *_FILE_LINE)
_PLUS = ("+{line}", "{file}")
_OPTION = ("--line", "{line}", "{file}")
#: how editors with a window are told the line
_WINDOWS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"), _GOTO),
    **dict.fromkeys(("zed", "zeditor", "subl", "sublime_text"), _FILE_LINE),
    **dict.fromkeys(("idea", "pycharm", "charm", "kate"), _OPTION),
    **dict.fromkeys(("gvim", "mvim", "gedit", "gnome-text-editor", "emacs"), _PLUS),
    "emacsclient": ("-n", *_PLUS),
    "mate": ("-l", "{line}", "{file}"),
}
_LOOKED_FOR = ("code", "cursor", "zed", "subl", "idea", "pycharm")
_TERMINAL = frozenset("vi vim nvim view nano pico micro helix hx kak joe jed mg ne ed ex mcedit tilde".split())
_TERMINAL_OPTIONS = {"-nw", "-t", "-tty", "--tty", "--no-window-system"}
_NOTE = "Set QUICKDEMO_EDITOR to an editor with a window, such as code, to open it from here."


@dataclass(frozen=True)
class Editor:
    """`command` holds {file} and {line}; it is empty when nothing can be started, and `why` says why."""

    name: str
    command: tuple[str, ...] = ()
    why: str = ""

    def arguments(self, path: str, line: int) -> list[str]:
        """The command for one place."""
        return [part.replace("{line}", str(line)).replace("{file}", path) for part in self.command]

    def open(self, path: str, line: int) -> None:
        """Start it; it outlives this process. Raises OSError."""
        nothing = subprocess.DEVNULL
        process = subprocess.Popen(
            self.arguments(path, line), stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
        threading.Thread(target=process.wait, name="editor", daemon=True).start()  # so that no zombie stays


def find(environment: Mapping[str, str] = os.environ) -> Editor:
    """The editor that the first of VARIABLES names, or else one that is usual and installed."""
    for variable in VARIABLES:
        if environment.get(variable, "").strip():
            return _named(environment[variable], variable, environment)
    for name in _LOOKED_FOR:
        if path := shutil.which(name, path=environment.get("PATH")):
            return _startable(name, path, (), _WINDOWS[name])
    return Editor("", why=f"No editor was found. {_NOTE}")


def _named(text: str, variable: str, environment: Mapping[str, str]) -> Editor:
    try:
        program, *options = shlex.split(text, posix=os.name == "posix")
    except ValueError as error:
        return Editor("", why=f"{variable} cannot be read: {error}.")
    name = os.path.splitext(os.path.basename(program))[0] if os.name == "nt" else os.path.basename(program)
    path = shutil.which(os.path.expanduser(program), path=environment.get("PATH"))
    if path is None:
        return Editor(name, why=f"{variable} names {name}, which was not found.")
    own = any("{file}" in option for option in options)
    known = _WINDOWS.get(name)
    # Whoever sets our own variable means a program that can be started; the others often name a terminal's editor.
    startable = own or known or (variable == VARIABLES[0] and name not in _TERMINAL)
    if not startable or _TERMINAL_OPTIONS.intersection(options):
        return Editor(name, why=f"{name} runs in a terminal. {_NOTE}")
    return _startable(name, path, tuple(options), () if own else known or ("{file}",))


def _startable(name: str, path: str, options: tuple[str, ...], place: tuple[str, ...]) -> Editor:
    if path.lower().endswith((".cmd", ".bat")):
        # Windows runs these in its shell, to which the name of a file may be a command.
        return Editor(name, why=f"{name} is a batch file, which is not started from here.")
    return Editor(name, (path, *options, *place))
