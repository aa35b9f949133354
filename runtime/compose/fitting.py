"""Which component's value another one takes, and how it gets there."""

from __future__ import annotations

import contextlib
from typing import Any

from quickdemo.runtime.caching.keys import as_input
from quickdemo.runtime.components.base import Component, Files, Schema, Wire
from quickdemo.runtime.errors import InvalidValueError, shown

#: components whose value is one file; "file" takes and gives all of them
_MEDIA = frozenset({"image", "audio", "video", "model3d", "file"})
#: components with tables of the same form
_TABLES = frozenset({"dataframe", "timeseries"})
_SCALARS = frozenset({"string", "number", "integer", "boolean"})
_ANY = frozenset({*_SCALARS, "array", "object"})


def misfit(source: Component, target: Component, schema: Schema | None = None) -> str:
    """Why what `source` shows cannot be what `target` takes; "" when it can be.

    schema: of the wire values of `source`; those that it shows by default.
    """
    if source.kind == target.kind or "json" in (source.kind, target.kind):
        return ""
    pair = {_family(source), _family(target)}
    if pair <= _TABLES or (pair <= _MEDIA and "file" in pair):
        return ""
    gives = frozenset({"string"}) if source.kind in _TEXTS else _types(schema or source.output_schema())
    takes = _types(target.schema())
    if pair & (_MEDIA | _TABLES) or not _alike(gives & _SCALARS, takes & _SCALARS):
        return f"{_said(source)} gives {_named(source)}, and {_said(target)} takes {_named(target)}"
    return ""


def same_settings(one: Component, other: Component) -> bool:
    """Whether what a function gets of both is the same for the same value."""

    def settings(component: Component) -> dict[str, Any]:
        return {
            name: value for name, value in vars(component).items() if name not in ("label", "value", "first_example")
        }

    return type(one) is type(other) and repr(settings(one)) == repr(settings(other))


def passed(value: Any, source: Component, target: Component, files: Files) -> Any:
    """What the function behind `target` gets of a Python value that a function returned for `source`.

    Pictures and sounds stay what they are where both are of one kind; all else goes through the wire values, so that
    each component says itself what it makes of them. Raises ValueError and InvalidValueError.
    """
    if type(source) is type(target) and source.kind in _MEDIA and value is not None:
        with contextlib.suppress(InvalidValueError, ValueError):  # what only an output knows, such as a figure
            return target.accept(value, files)
    if source.kind == "markdown" and target.kind != "markdown" and isinstance(value, str):
        wire: Wire = value  # its source: what the page shows of it is HTML
    else:
        wire = source.postprocess(value, files)
        wire = wire if source.kind == "json" else as_input(wire)
    return target.preprocess(_adapted(wire, source, target), files)


def _adapted(wire: Wire, source: Component, target: Component) -> Wire:
    if wire is None or source.kind == target.kind or target.kind == "json":
        return wire
    if source.kind in _TEXTS:
        wire = _TEXTS[source.kind](wire)
    if isinstance(wire, str) and "string" not in _types(target.schema()) and target.kind != "json":
        return _number(wire, target)
    return wire


def _number(text: str, target: Component) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{_said(target)} takes a number; the stage before gave {shown(text)}.") from None


#: components that are no text, and whose values have one
_TEXTS: dict[str, Any] = {
    "label": lambda wire: wire["label"],
    "highlightedtext": lambda wire: "".join(str(part[0]) for part in wire),
    "code": lambda wire: wire["text"] if isinstance(wire, dict) else wire,
}


def _alike(gives: frozenset[str], takes: frozenset[str]) -> bool:
    if gives & takes:
        return True
    return bool(gives & {"number", "integer", "string"} and takes & {"number", "integer", "string"})


def _types(schema: Schema) -> frozenset[str]:
    """The JSON types that a schema allows, but for null."""
    if "anyOf" in schema:
        return frozenset().union(*map(_types, schema["anyOf"]))
    if "enum" in schema:
        return frozenset(_type(value) for value in schema["enum"]) - {"null"}
    given = schema.get("type")
    if given is None:
        return _ANY
    return frozenset([given] if isinstance(given, str) else given) - {"null"}


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else "string"


def _family(component: Component) -> str:
    return "file" if component.kind in ("downloadbutton", "uploadbutton") else component.kind


def _said(component: Component) -> str:
    return repr(component.label or component.kind)


def _named(component: Component) -> str:
    article = "an" if component.kind[0] in "aeiou" else "a"
    return f"{article} {component.kind}"
