"""What a case is: a small project, three edits, and what its author should find after each of them."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """Another text of one file. All changes of a file in one edit are one save."""

    file: str
    make: Callable[[str], str]


Step = Callable[[Path], None] | Change

COPIED = "copied"  # the edited script goes on below the statement that the case is about
REFUSED = "refused"  # nothing may be copied past that statement: resumed before it, or restarted clean

# What a function shows is the JSON text of `answer(text)`: the page needs no more to be compared.
# A key that begins with `fresh` must differ in each run; `ms` is the time of inference.
_SERVE = """
import json
import quickdemo as gr
gr.Interface(lambda text: json.dumps(answer(text)), "text", "text", allow_flagging="never").launch()
"""


@dataclass(frozen=True)
class Edit:
    """One save, or several at once.

    steps: what changes in the folder. saved: the files whose save must be noticed, the last ones written.
    fails: the script, as it is then, cannot be served. outcome: COPIED, REFUSED, or "" when the case's own does not
    hold for this edit (it changed what lies above).
    """

    name: str
    steps: tuple[Step, ...]
    saved: tuple[str, ...] = ("app.py",)
    fails: bool = False
    outcome: str | None = None

    def apply(self, folder: Path) -> None:
        """Save it."""
        texts: dict[str, str] = {}
        for step in self.steps:
            if isinstance(step, Change):
                old = texts.get(step.file) or (folder / step.file).read_text(encoding="utf-8")
                texts[step.file] = step.make(old)
            else:
                step(folder)
        for name, content in texts.items():
            (folder / name).write_text(content, encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """files: the project at first. about: the first line of the statement that is copied or refused, "" for none.

    why: part of the reason that the log gives for a refusal. asks: the texts of the predictions made after each save.
    target: what `quickdemo run` and `python` are given. env: variables of both. speed: inference is timed.
    """

    name: str
    files: dict[str, str | bytes]
    edits: tuple[Edit, ...]
    about: str = ""
    outcome: str = COPIED
    why: str = ""
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ("a",)
    target: str = "app.py"
    argv: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    env_file: str = ""
    speed: bool = False

    def lay_out(self, folder: Path) -> None:
        """Write the files of the project."""
        for name, content in self.files.items():
            write(name, content)(folder)


def app(body: str) -> str:
    """The text of a script that defines `answer(text)`, with the lines that serve it."""
    return textwrap.dedent(body).lstrip("\n") + _SERVE


def text(body: str) -> str:
    """The text of any other file."""
    return textwrap.dedent(body).lstrip("\n")


def edit(name: str, *steps: Step, saved: str = "app.py", fails: bool = False, outcome: str | None = None) -> Edit:
    """An edit that is noticed by the save of `saved`: names with spaces between them."""
    return Edit(name, steps, tuple(saved.split()), fails, outcome)


# ---------------------------------------------------------------- steps


def sub(old: str, new: str, file: str = "app.py") -> Step:
    """Replace text in a file; it must be there once."""

    def make(before: str) -> str:
        assert before.count(old) == 1, f"{old!r} is {before.count(old)} times in {file}"
        return before.replace(old, new)

    return Change(file, make)


def write(file: str, content: str | bytes) -> Callable[[Path], None]:
    """Write a file anew."""

    def step(folder: Path) -> None:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return step


def above(line: str, file: str = "app.py") -> Step:
    """Put a line in front of everything: all others move."""
    return Change(file, lambda before: f"{line}\n{before}")


def remove(file: str) -> Step:
    """Delete a file or a folder."""

    def step(folder: Path) -> None:
        path = folder / file
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    return step


def rename(old: str, new: str) -> Step:
    """Give a file another name."""
    return lambda folder: os.replace(folder / old, folder / new)


def link(file: str, target: str) -> Step:
    """Make a symbolic link, or turn it to another file in one step."""

    def step(folder: Path) -> None:
        (folder / "link.new").symlink_to(target)
        os.replace(folder / "link.new", folder / file)

    return step
