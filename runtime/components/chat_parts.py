"""Components in a conversation: what stands there of a gr.Image, gr.Plot or gr.Code is text or files."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from copy import copy
from typing import Any
from weakref import WeakKeyDictionary

from quickdemo.runtime.components.base import Component, Files, Wire
from quickdemo.runtime.components.json import source as json_source
from quickdemo.runtime.components.markup import Options, render_safe
from quickdemo.runtime.errors import InvalidValueError

MOST_ROWS = 100  # of a table
_FILES = ("annotatedimage", "audio", "downloadbutton", "file", "gallery", "image", "model3d", "plot", "video")
_TEXTS = (
    *("markdown", "code", "json", "label", "dataframe"),
    *("textbox", "number", "slider", "radio", "dropdown", "checkbox", "datetime", "colorpicker"),
)


class StoredOnce:
    """What was stored already: a conversation is sent anew with each word, and must not copy its files each time."""

    _MOST = 256  # paths
    _EACH = 32  # a path of the author's is stored for each visitor

    def __init__(self) -> None:
        self._paths: OrderedDict[Hashable, list[list[Wire]]] = OrderedDict()
        self._components: WeakKeyDictionary[Component, list[list[Wire]]] = WeakKeyDictionary()

    def path(self, path: str, files: Files) -> Wire:
        """The media of a file. Raises OSError."""
        about = os.stat(path)
        known = self._paths.setdefault((path, about.st_mtime_ns, about.st_size), [])
        while len(self._paths) > self._MOST:
            self._paths.popitem(last=False)
        return self._known(known, files, lambda: [{"file": files.put_path(path)}])[0]["file"]

    def component(self, component: Component, files: Files, rendering: Options) -> list[Wire]:
        """The sides of a component; see `part_of`."""
        known = self._components.setdefault(component, [])
        return self._known(known, files, lambda: part_of(component, files, rendering))

    def _known(self, known: list[list[Wire]], files: Files, make: Callable[[], list[Wire]]) -> list[Wire]:
        for sides in reversed(known):
            try:
                for side in sides:
                    if "file" in side:
                        files.get(side["file"]["h"])
            except InvalidValueError:  # another visitor's, or deleted
                continue
            return sides
        made = make()
        known[:] = [*known[1 - self._EACH :], made]
        return made


def part_of(component: Component, files: Files, rendering: Options) -> list[Wire]:
    """The sides, {"text", "html"} or {"file", "alt"}, that a component is shown as; none when it is empty.

    Raises ValueError for a component that is neither text nor files, and what its value raises.
    """
    if component.kind == "plot":
        component = copy(component)
        vars(component)["format"] = "png"  # an SVG is a page of its own, which browsers do not show as a picture here
    if component.kind in _FILES:
        return list(_files_of(component, component.initial(files)))
    if component.kind == "html":
        return [] if component.value is None else [{"text": str(component.value), "html": str(component.value)}]
    text = _text_of(component, files)
    if text is None:
        return []
    return [{"text": text, "html": render_safe(text, rendering)}]


def _files_of(component: Component, wire: Wire) -> Iterator[Wire]:
    """Each file of a wire value, with what it shows in words."""
    if component.kind == "plot" and wire is not None and wire["type"] != "matplotlib":
        raise ValueError(
            f"A conversation shows figures of matplotlib; this one is of {wire['type']}, whose script does not run "
            "there. Write the figure to a picture and give (path,)."
        )
    if component.kind == "annotatedimage":
        raise ValueError("A conversation shows no areas; draw them into the picture, or give gr.Image.")
    for one in wire if isinstance(wire, list) else [wire]:
        if one is None:
            continue
        media = one.get("image", one.get("plot", one))
        alt = one.get("caption") or one.get("alt") or component.label
        yield {"file": media, "alt": alt}


def _text_of(component: Component, files: Files) -> str | None:
    """Markdown; None for an empty one. Raises ValueError for one that is a control or holds something else."""
    if component.kind not in _TEXTS:
        raise ValueError(
            f"A {type(component).__name__} cannot stand in a conversation. Text, files, pictures, sound, films, plots, "
            "tables, Code, JSON, Label, HTML and Markdown can."
        )
    wire = component.initial(files)
    if wire is None:
        return None
    if component.kind == "markdown":
        return str(component.value)
    if component.kind == "code":
        return _fenced(wire["text"], getattr(component, "language", None) or "")
    if component.kind == "json":
        return _fenced(json_source(wire), "json")
    if component.kind == "label":
        classes = [f"- {_plain(one['label'])}: {one['confidence']:.0%}" for one in wire.get("confidences") or []]
        return "\n".join([f"**{_plain(wire['label'])}**", "", *classes]).strip()
    if component.kind == "dataframe":
        return _table(wire)
    return _plain(str(wire))


def _fenced(text: str, language: str) -> str:
    """A block of code; its fence is longer than any in the text."""
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _plain(text: str) -> str:
    """Words that are no Markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:@])", r"\\\1", text)


def _table(wire: Wire) -> str:
    """The first rows of a table, and how many more there are."""
    rows = wire["data"][:MOST_ROWS]
    left = wire.get("rows", len(wire["data"])) - len(rows)
    cells = [[_cell(cell) for cell in row] for row in (wire["headers"], *rows)]
    cells.insert(1, ["---"] * len(wire["headers"]))
    return "\n".join([*("| " + " | ".join(row) + " |" for row in cells), *([f"\n{left:,} more rows"] if left else [])])


def _cell(value: Any) -> str:
    return _plain(" ".join(str("" if value is None else value).split()))
