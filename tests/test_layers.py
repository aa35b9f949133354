"""The house rules that a machine can hold. The arrows between rooms are import-linter's (`make check`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ["quickdemo", "cli", "runtime", "interpret", "hub", "templates"]
FUNCTION_LINES, MODULE_LINES = 60, 500
MODULES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if not any(p.is_symlink() for p in path.parents)
)


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "quickdemo" else ("quickdemo", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_are_short_enough_to_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: length for f in functions if (length := (f.end_lineno or 0) - body_start(f) + 1) > FUNCTION_LINES}

    assert not long
    assert len(text.splitlines()) <= MODULE_LINES


def body_start(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The first line after signature and docstring."""
    first = function.body[0]
    return (first.end_lineno or 0) + 1 if ast.get_docstring(function) else first.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_say_what_they_are_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not text.strip() or ast.get_docstring(ast.parse(text))


def imports_at_load(path: Path) -> Iterator[str]:
    """Modules that are imported while this one is: not those of functions, nor those for type checkers."""
    open_nodes: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            open_nodes.extend(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            open_nodes.extend(ast.iter_child_nodes(node))


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other, shortest first found; empty when there are none."""
    left = dict(graph)
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def test_no_module_imports_itself_by_way_of_others() -> None:
    names = {dotted(path) for path in MODULES}
    graph = {dotted(path): (set(imports_at_load(path)) & names) - {dotted(path)} for path in MODULES}

    assert cycle_in(graph) == []


def test_the_search_for_cycles_finds_one() -> None:
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]
