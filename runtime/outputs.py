"""`gr.outputs.X`: the component classes with the signatures of Gradio 2 (deprecated there, and here)."""

from __future__ import annotations

from typing import Any

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.legacy import old_component

#: class name -> its positional parameters then, in order
_SIGNATURES: dict[str, tuple[str, ...]] = {
    "Textbox": ("type", "label"),
    "Image": ("type", "plot", "label"),
    "Label": ("num_top_classes", "type", "label"),
    "HighlightedText": ("color_map", "label", "show_legend"),
    "JSON": ("label",),
    "HTML": ("label",),
    "File": ("label",),
    "Chatbot": ("label",),
    "State": ("label",),
}

__all__ = sorted(_SIGNATURES)


def __getattr__(name: str) -> Any:
    if name not in _SIGNATURES:
        raise AttributeError(f"gr.outputs has no {name!r}. It offers {', '.join(__all__)}.")
    names = _SIGNATURES[name]

    def build(*args: Any, **named: Any) -> Component:
        return old_component("outputs", name, names, args, named)

    build.__name__ = name
    return build
