"""How `gr.inputs.X(...)` and `gr.outputs.X(...)` of Gradio 2 become today's components."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.registry import component_class, get_component

_RENAMED = {"Image3D": "Model3D"}
_GONE = {"optional", "keep_filename", "plot", "col_width"}  # parameters that have no effect any more


def builder(side: str, name: str, signatures: dict[str, tuple[str, ...]]) -> Callable[..., Component]:
    """What `gr.inputs.NAME` is: a function that takes the old arguments. Raises AttributeError for unknown names."""
    if name not in signatures:
        raise AttributeError(f"gr.{side} has no {name!r}. It offers {', '.join(sorted(signatures))}.")

    def build(*args: Any, **named: Any) -> Component:
        return old_component(side, name, signatures[name], args, named)

    build.__name__ = name
    return build


def old_component(
    side: str, name: str, order: tuple[str, ...], args: tuple[Any, ...], named: dict[str, Any]
) -> Component:
    """The component of a call in the old form: `args` in the old order, `default=` for `value=`.

    Raises TypeError for too many positional arguments.
    """
    today = _RENAMED.get(name, name)
    warnings.warn(
        f"Usage of gradio.{side} is deprecated, and will not be supported in the future; use gr.{today}.",
        stacklevel=3,
    )
    if len(args) > len(order):
        raise TypeError(f"gr.{side}.{name} takes at most {len(order)} positional values; {len(args)} were given.")
    options = {**dict(zip(order, args, strict=False)), **named}
    if "default" in options:
        options["value"] = options.pop("default")
    if name == "Textbox":
        return _textbox(options)
    if side == "outputs" and options.get("type") == "auto":
        del options["type"]
    if name == "Video" and "type" in options:
        options["format"] = options.pop("type")
    if side == "outputs" and name == "Label":
        options.pop("type", None)
    kept = {key: value for key, value in options.items() if key not in _GONE}
    return component_class(today)(**kept)


def _textbox(options: dict[str, Any]) -> Component:
    """Gradio 2's Textbox could be numeric, which is a Number today, and its `type` said "str" or "number"."""
    numeric = options.pop("numeric", False) or options.pop("type", "str") == "number"
    options.pop("type", None)
    kept = {key: value for key, value in options.items() if key not in _GONE}
    if not numeric:
        return component_class("Textbox")(**kept)
    return get_component({"name": "number", **{key: kept[key] for key in ("value", "label") if key in kept}})
