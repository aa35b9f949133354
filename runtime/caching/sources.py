"""Source files of the project: the statements that make a global, and the modules that a module imports."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from functools import lru_cache
from types import CodeType

from quickdemo.runtime.caching.whose import is_installed, is_own


def statements(path: str | None, name: str) -> list[tuple[str, CodeType]]:
    """(normal form, code) of the statements at the top of a file that bind `name`; [] when there is no such file."""
    tree = _tree(path) if path else None
    found = []
    for node in tree.body if tree else ():
        if name in _bound(node):
            text = ast.dump(node)
            found.append((text, compile(ast.Module([node], []), path or "", "exec")))
    return found


def with_imports(path: str | None) -> list[str]:
    """A source file of the project and all that it imports of the project, sorted; [] for what is none."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        one = waiting.pop()
        if one is None or one in found or not one.endswith(".py") or not os.path.isfile(one):
            continue
        found.add(one)
        waiting += [file for name in _imports(one) if (file := file_of(name)) is not None]
    return sorted(found)


def _bound(node: ast.stmt) -> set[str]:
    """Names that a statement binds, in branches and loops too; not those of functions inside it."""
    names: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            names.add(part.id)
    return names


def _imports(path: str) -> set[str]:
    tree = _tree(path)
    names: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def file_of(name: str) -> str | None:
    """The source file of a module of the project, be it loaded or not; nothing is imported to find it."""
    module = sys.modules.get(name)
    if module is not None:
        return getattr(module, "__file__", None) if is_own(module) else None
    top, _, rest = name.partition(".")
    if top in sys.stdlib_module_names:
        return None
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None or not spec.origin or is_installed(spec.origin):
        return None
    if not rest:
        return spec.origin
    base = os.path.join(os.path.dirname(spec.origin), *rest.split("."))
    return next((p for p in (base + ".py", os.path.join(base, "__init__.py")) if os.path.isfile(p)), None)


@lru_cache(maxsize=64)
def _parsed(path: str, mtime_ns: int) -> ast.Module | None:
    try:
        with open(path, "rb") as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None


def _tree(path: str) -> ast.Module | None:
    try:
        return _parsed(path, os.stat(path).st_mtime_ns)
    except OSError:
        return None
