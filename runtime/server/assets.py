"""Joins the page modules that an interface uses into one script, and their style sheets into one sheet.

A module may `import { a, b } from "./x.js"`; imports are followed, each module is taken once, dependencies first.
Since all share one scope, two modules must not define the same name: `AssetError` says which ones do.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import quickdemo.templates

ROOT = os.path.join(os.path.dirname(os.path.abspath(quickdemo.templates.__file__)), "static")
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

_IMPORT = re.compile(r"""^import\s+(?:\{([^}]*)\}\s*from\s*)?["']([^"']+)["'];?[ \t]*\n?""", re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:function|class|const|let|var)\b)", re.MULTILINE)
_NAME = re.compile(r"^(?:async\s+)?(?:function\*?|class|const|let|var)\s*\*?\s+?([A-Za-z_$][\w$]*)", re.MULTILINE)
_UNJOINABLE = re.compile(r"^(export\s+(?:default|\{|\*)|import\s+(?:\*|[A-Za-z_$]).*)", re.MULTILINE)
_DOC_COMMENT = re.compile(r"^[ \t]*/\*\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class AssetError(Exception):
    """A page module that cannot be joined: two define the same name, or one imports in a form that is not known."""


@dataclass(frozen=True)
class Asset:
    """A file under `static/` whose name holds the hash of its content, so that it may be cached for ever."""

    name: str
    type: str
    body: bytes = field(repr=False)

    @cached_property
    def packed(self) -> bytes:
        """gzip of `body`, made for the first browser that asks: after most reloads none does."""
        return gzip.compress(self.body, 9, mtime=0)


@dataclass(frozen=True)
class Assets:
    """What one page loads. `modules`: path of a lazily loaded module -> the name of its asset."""

    js: Asset
    css: Asset
    modules: dict[str, str]
    files: dict[str, Asset]  #: every asset by name, for `static/{name}`


@lru_cache(maxsize=8)
def build(roots: tuple[str, ...], lazy: tuple[str, ...] = ()) -> Assets:
    """The assets of a page that uses the modules `roots` (paths below static/), and may load `lazy` ones later."""
    paths = in_order(roots)
    js = make_asset("page", ".js", join(paths))
    css = make_asset("page", ".css", join_styles([*paths, *in_order(lazy)]))  # no sheet is loaded later
    extra = {path: make_asset(_stem(path), ".js", join(in_order((path,)), keep_exports_of=path)) for path in lazy}
    files = {asset.name: asset for asset in (js, css, *extra.values())}
    return Assets(js, css, {path: f"static/{asset.name}" for path, asset in extra.items()}, files)


def in_order(roots: Iterable[str]) -> list[str]:
    """The modules and all that they import, dependencies first, each once."""
    found: list[str] = []

    def visit(path: str) -> None:
        if path in found or path in entered:
            return
        entered.add(path)
        for _, target in _IMPORT.findall(_read(path)):
            visit(os.path.normpath(os.path.join(os.path.dirname(path), target)))
        found.append(path)

    entered: set[str] = set()
    for root in roots:
        visit(root)
    return found


def join(paths: Iterable[str], keep_exports_of: str = "") -> str:
    """One script of these modules, without their imports and exports. Raises AssetError."""
    owners: dict[str, str] = {}
    parts = []
    for path in paths:
        text = _DOC_COMMENT.sub("", _read(path))
        odd = _UNJOINABLE.search(text)
        if odd or any(" as " in names for names, _ in _IMPORT.findall(text)):
            what = odd[0] if odd else "import { … as … }"
            raise AssetError(f'{path}: `{what}` cannot be joined; write `import {{ name }} from "./file.js"`.')
        text = _IMPORT.sub("", text)
        plain = _EXPORT.sub("", text)
        for name in _NAME.findall(plain):
            if name in owners:
                raise AssetError(f"{path} and {owners[name]} both define {name}; rename one of them.")
            owners[name] = path
        parts.append((text if path == keep_exports_of else plain).strip())
    return "\n".join(parts) + "\n"


def join_styles(paths: Iterable[str]) -> str:
    """The page's style sheet, then those beside the modules: components/x.css, and css/x.css of core/x.js."""
    sheets = ["css/page.css"]
    for path in paths:
        folder = os.path.dirname(path)
        sheets.append(f"{'css' if folder == 'core' else folder}/{_stem(path)}.css")
    texts = [_read(sheet) for sheet in dict.fromkeys(sheets) if os.path.exists(os.path.join(ROOT, sheet))]
    return re.sub(r"\n\s*", "\n", _CSS_COMMENT.sub("", "\n".join(texts)))


def make_asset(stem: str, suffix: str, text: str) -> Asset:
    """The asset of a text."""
    body = text.encode()
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(f"{stem}-{digest}{suffix}", TYPES[suffix], body)


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _read(path: str) -> str:
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()
