"""`gr.inputs.X`: the component classes with the signatures of Gradio 2 (deprecated there, and here)."""

from __future__ import annotations

from typing import Any

from quickdemo.runtime.legacy import builder

#: class name -> its positional parameters then, in order; "default" became "value"
_SIGNATURES: dict[str, tuple[str, ...]] = {
    "Textbox": ("lines", "placeholder", "default", "numeric", "type", "label", "optional"),
    "Number": ("default", "label", "optional"),
    "Slider": ("minimum", "maximum", "step", "default", "label", "optional"),
    "Checkbox": ("default", "label", "optional"),
    "CheckboxGroup": ("choices", "default", "type", "label", "optional"),
    "Radio": ("choices", "type", "default", "label", "optional"),
    "Dropdown": ("choices", "type", "default", "label", "optional"),
    "Image": ("shape", "image_mode", "invert_colors", "source", "tool", "type", "label", "optional"),
    "Audio": ("source", "type", "label", "optional"),
    "Video": ("type", "source", "label", "optional"),
    "File": ("file_count", "type", "label", "keep_filename", "optional"),
    "Dataframe": (
        "headers",
        "row_count",
        "col_count",
        "datatype",
        "col_width",
        "default",
        "type",
        "label",
        "optional",
    ),
    "Image3D": ("label", "optional"),
    "Timeseries": ("x", "y", "label", "optional"),
    "State": ("label", "default"),
}

__all__ = sorted(_SIGNATURES)


def __getattr__(name: str) -> Any:
    return builder("inputs", name, _SIGNATURES)
