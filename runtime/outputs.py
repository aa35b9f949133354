"""`gr.outputs.X`: the component classes with the signatures of Gradio 2 (deprecated there, and here)."""

from __future__ import annotations

from typing import Any

from quickdemo.runtime.legacy import builder

#: class name -> its positional parameters then, in order
_SIGNATURES: dict[str, tuple[str, ...]] = {
    "Textbox": ("type", "label"),
    "Image": ("type", "plot", "label"),
    "Label": ("num_top_classes", "type", "label"),
    "HighlightedText": ("color_map", "label", "show_legend"),
    "JSON": ("label",),
    "HTML": ("label",),
    "Audio": ("type", "label"),
    "Video": ("type", "label"),
    "File": ("label",),
    "Chatbot": ("label",),
    "Dataframe": ("headers", "max_rows", "max_cols", "overflow_row_behaviour", "type", "label"),
    "Image3D": ("clear_color", "label"),
    "Timeseries": ("x", "y", "label"),
    "State": ("label",),
}

__all__ = sorted(_SIGNATURES)


def __getattr__(name: str) -> Any:
    return builder("outputs", name, _SIGNATURES)
