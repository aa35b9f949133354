"""Components with changed defaults, and components under other names: `gr.TextArea`, `gr.Webcam`, `gr.DataFrame`."""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.registry import TEMPLATES, component_class

#: class name -> the shortcut that says what it is
CHANGED = {
    "Text": "text",
    "TextArea": "textarea",
    "Webcam": "webcam",
    "Sketchpad": "sketchpad",
    "Pil": "pil",
    "ImageMask": "imagemask",
    "Paint": "paint",
    "Files": "files",
    "Mic": "mic",
    "Microphone": "microphone",
    "PlayableVideo": "playablevideo",
    "Highlight": "highlight",
    "Numpy": "numpy",
    "Matrix": "matrix",
    "List": "list",
}
#: other spelling -> class
ALIASES = {
    "Annotatedimage": "AnnotatedImage",
    "Checkboxgroup": "CheckboxGroup",
    "DataFrame": "Dataframe",
    "Highlightedtext": "HighlightedText",
    "Json": "JSON",
    "TimeSeries": "Timeseries",
}


def __getattr__(name: str) -> Any:
    if name in ALIASES:
        return component_class(ALIASES[name])
    if name in CHANGED:
        return _changed(name)
    raise AttributeError(f"There is no component {name!r}. There are {', '.join([*CHANGED, *ALIASES])}.")


@functools.cache
def _changed(name: str) -> type[Component]:
    """A class of that name: the component of its shortcut, whose changed defaults give way to what is given."""
    base_name, defaults = TEMPLATES[CHANGED[name]]
    base = component_class(base_name)
    signature = inspect.signature(base.__init__)

    @functools.wraps(base.__init__)
    def __init__(self: Component, *args: Any, **given: Any) -> None:
        by_place = signature.bind_partial(self, *args).arguments
        changed = {key: value for key, value in defaults.items() if key not in by_place}
        base.__init__(self, *args, **{**changed, **given})

    made: type[Component] = types.new_class(name, (base,))
    made.__init__, made.__doc__, made.__module__ = __init__, base.__doc__, __name__  # type: ignore[method-assign]
    return made
