"""What the project's sources say of a file: where its text is given straight to an Interface, and who else names it."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.reload.units import Unit

TEXTS = ("description", "article")
_OPTIONS = ("encoding", "errors", "newline")
_PATH_CALLS = {"str", "Path", "abspath", "absolute", "dirname", "expanduser", "fspath", "join", "joinpath", "resolve"}


@dataclass(frozen=True, eq=False)
class Site:
    """`field=VALUE` in a call of Interface, where VALUE reads a whole text file. reading: with which options."""

    file: str
    call: ast.Call
    field: str
    value: ast.expr
    reading: dict[str, Any]

    def made(self, place: tuple[str, int]) -> bool:
        """Whether an Interface that was made at this place (file, line) was made by this call."""
        return place[0] == self.file and _spans(self.call, place[1])

    def reads(self, file: str, line: int, name: str) -> bool:
        """Whether a file of this name that is opened on this line is opened here."""
        return (
            file == self.file
            and _spans(self.value, line)
            and any(_names(text, name) for _, text in _strings(self.value))
        )


class Mentions:
    """Of all files that ran statement by statement, as they run now."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.sites: list[Site] = []
        self._attributes: set[str] = set()
        self._strings: list[tuple[ast.Constant, str]] = []
        shown: set[ast.AST] = set()
        for unit in units:
            nodes = [node for s in unit.source.statements for node in ast.walk(s.node)]
            self._strings += [pair for s in unit.source.statements for pair in _strings(s.node)]
            self._attributes |= {n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}
            for call in (n for n in nodes if isinstance(n, ast.Call)):
                for value in self._shown(unit, call):
                    shown.update(ast.walk(value))
        self._strings = [(node, text) for node, text in self._strings if node not in shown]

    def elsewhere(self, name: str) -> bool:
        """Whether a text in the sources names this file or folder, other than to show it."""
        return any(_names(text, name) for _, text in self._strings)

    def uses(self, field: str) -> bool:
        """Whether some code asks an object for what has this name."""
        return field in self._attributes or any(text == field for _, text in self._strings)

    def _shown(self, unit: Unit, call: ast.Call) -> Iterator[ast.expr]:
        for keyword in call.keywords:
            if keyword.arg == "examples" and _is_path(keyword.value):
                yield keyword.value
            elif keyword.arg in TEXTS and _value_of(call.func, unit.namespace) is Interface:
                reading = _reading(keyword.value, unit.namespace)
                if reading is not None:
                    self.sites.append(Site(unit.source.path, call, keyword.arg, keyword.value, reading))
                    yield keyword.value


def _spans(node: ast.expr, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _strings(tree: ast.AST) -> list[tuple[ast.Constant, str]]:
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [(node, node.value) for node in constants if isinstance(node.value, str)]


def _names(text: str, name: str) -> bool:
    """Prose may hold a word like "examples"; a name with a dot is a file wherever it stands."""
    return name in text if "." in name else name in re.split(r"[/\\]", text)


def _is_path(value: ast.expr) -> bool:
    """Whether an expression only puts a path together."""
    calls = [node.func for node in ast.walk(value) if isinstance(node, ast.Call)]
    return all((f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "")) in _PATH_CALLS for f in calls)


def _value_of(node: ast.expr, names: dict[str, Any]) -> Any:
    """What a dotted name stands for; nothing is run for it."""
    if isinstance(node, ast.Name):
        return names.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        owner = _value_of(node.value, names)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    return None


def _reading(value: ast.expr, names: dict[str, Any]) -> dict[str, Any] | None:
    """The options with which `open(...).read()` or `PATH.read_text(...)` reads a whole text file; None for all else."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return None
    if value.func.attr == "read_text":
        return _options(value.args, value.keywords, _OPTIONS)
    opened = value.func.value
    if value.func.attr != "read" or value.args or value.keywords or not isinstance(opened, ast.Call):
        return None
    if _value_of(opened.func, names) is not open or not opened.args:
        return None
    options = _options(opened.args[1:], opened.keywords, ("mode", "buffering", *_OPTIONS))
    if options is None or options.pop("mode", "r") not in ("r", "rt") or "buffering" in options:
        return None
    return options


def _options(given: list[ast.expr], keywords: list[ast.keyword], names: tuple[str, ...]) -> dict[str, Any] | None:
    named = [*zip(names, given, strict=False), *((k.arg, k.value) for k in keywords)]
    if len(given) > len(names):
        return None
    options: dict[str, Any] = {}
    for name, value in named:
        if name not in names or not isinstance(value, ast.Constant):
            return None
        options[name] = value.value
    return options
