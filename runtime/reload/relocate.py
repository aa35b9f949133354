"""Give live functions and classes the line numbers of a new version of their text, which does the same."""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Sequence
from types import AsyncGeneratorType, CodeType, CoroutineType, FunctionType, GeneratorType
from typing import Any

from quickdemo.runtime.reload.statements import Statement

Moved = tuple[CodeType, CodeType]
_CODE_OF: dict[type, str] = {GeneratorType: "gi_code", CoroutineType: "cr_code", AsyncGeneratorType: "ag_code"}


def relocate_functions(pairs: Sequence[Moved]) -> int:
    """pairs: (old, new) code of whole statements. Returns how many functions got new code."""
    olds = _all_of([old for old, _ in pairs])
    new_of = dict(zip(map(id, olds), _all_of([new for _, new in pairs]), strict=True))
    moved = 0
    for holder in gc.get_referrers(*olds):
        if type(holder) is FunctionType and id(holder.__code__) in new_of:
            holder.__code__ = new_of[id(holder.__code__)]
            moved += 1
    return moved


def is_half_run(codes: Sequence[CodeType]) -> bool:
    """Whether a generator or coroutine that was made by this code waits in the middle of it."""
    olds = {id(code) for code in _all_of(codes)}
    for thing in gc.get_objects():
        attribute = _CODE_OF.get(type(thing))  # not isinstance, which would wake the stand-ins of libraries
        if attribute is not None and id(getattr(thing, attribute)) in olds:
            return True
    return False


def relocate_classes(module: str, old: Sequence[Statement], new: Sequence[Statement]) -> None:
    """Since Python 3.13 a class knows its first line, and `inspect.getsource` relies on it."""
    if sys.version_info < (3, 13):
        return
    lines: dict[int, int] = {}
    for before, after in zip(old, new, strict=False):
        for a, b in zip(ast.walk(before.node), ast.walk(after.node), strict=False):
            if isinstance(a, ast.ClassDef) and isinstance(b, ast.ClassDef):
                lines[_first_line(a)] = _first_line(b)
    if not lines:
        return
    for found in _subclasses(object):
        line = found.__dict__.get("__firstlineno__")
        if line in lines and found.__module__ == module:
            found.__firstlineno__ = lines[line]


def relocate_warnings(namespace: dict[str, Any], old: Sequence[Statement], new: Sequence[Statement]) -> None:
    """A warning that was shown once for a line counts as shown at the line's new place."""
    registry = namespace.get("__warningregistry__")
    if not isinstance(registry, dict):
        return
    lines: dict[int, int] = {}
    for before, after in zip(old, new, strict=False):
        for a, b in zip(ast.walk(before.node), ast.walk(after.node), strict=False):
            if hasattr(a, "lineno"):
                lines[a.lineno] = b.lineno  # type: ignore[attr-defined]  # both trees have the same shape
    keys = [k for k in registry if isinstance(k, tuple) and len(k) == 3 and k[2] in lines]
    registry.update({(text, kind, lines[line]): registry.pop((text, kind, line)) for text, kind, line in keys})


def _all_of(codes: Sequence[CodeType]) -> list[CodeType]:
    """These and the code objects within them; the same order for code of the same shape."""
    found = []
    for code in codes:
        found += [code, *_all_of([c for c in code.co_consts if isinstance(c, CodeType)])]
    return found


def _first_line(node: ast.ClassDef) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def _subclasses(base: type) -> list[Any]:
    found: dict[int, Any] = {}
    waiting: list[Any] = [base]
    while waiting:
        for sub in type.__subclasses__(waiting.pop()):
            if id(sub) not in found:
                found[id(sub)] = sub
                waiting.append(sub)
    return list(found.values())
