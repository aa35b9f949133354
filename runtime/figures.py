"""Figures of Plotly, Bokeh and Altair as JSON for the library's own script, which comes from the author's package."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from quickdemo.runtime import json_files
from quickdemo.runtime.errors import first_lines

#: library -> the package that holds its script, and what to say when it is missing
PACKAGES = {
    "plotly": "plotly",
    "bokeh": "bokeh",
    "altair": "vl_convert",
}
INSTALL = {"vl_convert": "vl-convert-python"}
MOST_BYTES = 64 * 2**20
_HOLDS: dict[str, dict[str, type]] = {"plotly": {"data": list}, "bokeh": {"doc": dict}, "altair": {}}
#: formulas stand between $$, \[ \] or \( \); in JSON a backslash is doubled
_FORMULAS = ("$$", "\\\\[", "\\\\(")
BOKEH_PARTS = ("widgets", "tables", "gl", "mathjax")


class FigureError(ValueError):
    """A figure that cannot be shown; the text says why, as the end of a sentence."""


@dataclass(frozen=True)
class Figure:
    """JSON for the page's script of `library`; `parts` are scripts that Bokeh needs beside its first."""

    library: str
    text: str
    parts: tuple[str, ...] = ()


def figure_json(value: Any) -> Figure | None:
    """The figure that a value is; None when it is none of these libraries. Raises FigureError."""
    if isinstance(value, dict):
        return _of_dict(value)
    roots = {kind.__module__.partition(".")[0] for kind in type(value).__mro__}
    for library, made in (("plotly", _plotly), ("bokeh", _bokeh), ("altair", _altair)):
        if library in roots and library in sys.modules:
            return made(value)
    return None


def given_json(library: Any, given: Any) -> Figure:
    """The figure of a JSON text or dict that somebody made already. Raises FigureError."""
    if not isinstance(library, str) or library not in PACKAGES:
        raise FigureError(f"is of an unknown type {library!r}; there are matplotlib, {', '.join(PACKAGES)}")
    return checked(library, given if isinstance(given, str) else _dumped(given))


def checked(library: str, text: str) -> Figure:
    """The figure of a JSON text that somebody gave. Raises FigureError."""
    require(library)
    _check_size(text)
    try:
        held = json_files.parsed(text, _no_constant)
    except ValueError as error:
        raise FigureError(f"is no JSON: {error}") from error
    if not isinstance(held, dict) or not all(isinstance(held.get(n), k) for n, k in _HOLDS[library].items()):
        wanted = " and ".join(f"a {kind.__name__} as {name!r}" for name, kind in _HOLDS[library].items())
        raise FigureError(f"is no JSON of {library}: that has {wanted}" if wanted else "is no JSON object")
    if library == "altair":
        _check_sources(held)
    return Figure(library, text, _bokeh_parts(held, text) if library == "bokeh" else ())


def _check_size(text: str) -> None:
    if len(text) > MOST_BYTES:
        raise FigureError(
            f"has {len(text) / 2**20:.0f} MB of data; at most {MOST_BYTES >> 20} MB are sent to a page. "
            "Draw fewer points, or a picture of them"
        )


def require(library: str) -> None:
    """Raises FigureError, with what to install, when the script that draws these figures is not there."""
    package = PACKAGES[library]
    if importlib.util.find_spec(package) is None:
        name = INSTALL.get(package, package)
        raise FigureError(f"is drawn by a script of the package {name}, which is missing: pip install {name}")


def _of_dict(value: dict[str, Any]) -> Figure | None:
    """{"type", "plot"}, or what `to_dict` and `json_item` of the libraries give."""
    if "type" in value and "plot" in value:
        return given_json(value["type"], value["plot"])
    if {"root_id", "doc"} <= set(value):
        return given_json("bokeh", value)
    if "vega" in str(value.get("$schema", "")):
        return given_json("altair", value)
    if "data" in value and "layout" in value:
        return given_json("plotly", value)
    return None


def _plotly(value: Any) -> Figure:
    if not isinstance(value, import_module("plotly.basedatatypes").BaseFigure):
        raise FigureError(
            f"must be a whole Plotly figure, not {type(value).__name__}; return plotly.graph_objects.Figure(it)"
        )
    require("plotly")
    text = import_module("plotly.io").to_json(value, validate=False)
    _check_size(text)
    return Figure("plotly", text)  # what Plotly writes needs no second reading, which is dear for large figures


def _bokeh(value: Any) -> Figure:
    if not isinstance(value, import_module("bokeh.models").UIElement):
        raise FigureError(f"must be a Bokeh figure, layout or widget, not {type(value).__name__}")
    try:
        return checked("bokeh", _dumped(import_module("bokeh.embed").json_item(value)))
    except FigureError:
        raise
    except Exception as error:  # the author's own properties and models
        raise FigureError(f"could not be written as JSON by Bokeh: {first_lines(error)}") from error


def _altair(value: Any) -> Figure:
    if not hasattr(value, "to_dict") or not hasattr(value, "properties"):
        raise FigureError(f"must be an Altair chart, not {type(value).__name__}")
    try:
        return checked("altair", _dumped(value.to_dict()))
    except FigureError:
        raise
    except Exception as error:  # a wrong encoding, too many rows: Altair says which
        raise FigureError(f"is not valid for Altair: {first_lines(error)}") from error


def _dumped(value: Any) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise FigureError(f"cannot be written as JSON: {error}") from error


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy, which dicts of figures may hold."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} has no form in JSON")


def _objects(held: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    waiting = [held]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(v for v in item.values() if isinstance(v, (dict, list)))
        elif isinstance(item, list):
            waiting.extend(v for v in item if isinstance(v, (dict, list)))


def _bokeh_parts(held: dict[str, Any], text: str) -> tuple[str, ...]:
    """Bokeh comes in several scripts; these are needed beside the first."""
    known = import_module("bokeh.model").Model.model_class_reverse_map
    widgets = import_module("bokeh.models.widgets")
    names = {str(item.get("name")) for item in _objects(held) if item.get("type") == "object"}
    kinds = [known[name] for name in names if name in known]
    needed = {
        "widgets": any(issubclass(kind, widgets.Widget) for kind in kinds),
        "tables": any(issubclass(kind, widgets.TableWidget) for kind in kinds),
        "gl": '"webgl"' in text,
        "mathjax": any(sign in text for sign in _FORMULAS) or any("Math" in name or "TeX" in name for name in names),
    }
    needed["widgets"] = needed["widgets"] or needed["tables"]
    return tuple(part for part in BOKEH_PARTS if needed[part])


def _check_sources(held: dict[str, Any]) -> None:
    """The page asks no other host, and the author's files are not on it: data must be in the chart."""
    for item in _objects(held):
        data = item.get("data")
        if isinstance(data, dict) and isinstance(data.get("url"), str) and not data["url"].startswith("data:"):
            raise FigureError(
                f"takes its data from {data['url'][:100]!r}, which the page does not fetch; "
                "read it in the function and give the chart the table"
            )
