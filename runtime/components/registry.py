"""The names of components: classes, their modules, and the shortcuts that `inputs="text"` may use."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import Any

from quickdemo.runtime.components.base import Component

#: class name -> module beside this one. Adding a component is one line here, one .py, one .js, one test.
CLASSES: dict[str, str] = {
    "Textbox": "textbox",
    "Number": "number",
    "Slider": "slider",
    "Checkbox": "checkbox",
    "CheckboxGroup": "checkboxgroup",
    "Radio": "radio",
    "Dropdown": "dropdown",
    "ColorPicker": "colorpicker",
    "DateTime": "datetime",
    "Code": "code",
    "Image": "image",
    "ImageEditor": "imageeditor",
    "ImageSlider": "imageslider",
    "Gallery": "gallery",
    "AnnotatedImage": "annotatedimage",
    "Model3D": "model3d",
    "BarPlot": "barplot",
    "LinePlot": "lineplot",
    "ScatterPlot": "scatterplot",
    "Plot": "plot",
    "File": "file",
    "UploadButton": "uploadbutton",
    "DownloadButton": "downloadbutton",
    "MultimodalTextbox": "multimodaltextbox",
    "FileExplorer": "fileexplorer",
    "Dataset": "dataset",
    "ParamViewer": "paramviewer",
    "BrowserState": "browserstate",
    "Audio": "audio",
    "Video": "video",
    "Label": "label",
    "JSON": "json",
    "HTML": "html",
    "Markdown": "markdown",
    "HighlightedText": "highlightedtext",
    "Chatbot": "chatbot",
    "Dataframe": "dataframe",
    "Timeseries": "timeseries",
    "State": "state",
}

#: shortcut that is not a class's own name -> (class name, changed defaults)
TEMPLATES: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("Textbox", {"lines": 1}),
    "textarea": ("Textbox", {"lines": 7}),
    "webcam": ("Image", {"source": "webcam"}),
    "sketchpad": ("Image", {"image_mode": "L", "source": "canvas", "shape": (28, 28), "invert_colors": True}),
    "imagemask": ("ImageEditor", {"brush": {"colors": ["#000000"], "color_mode": "fixed"}, "layers": False}),
    "paint": ("ImageEditor", {"sources": ()}),
    "pil": ("Image", {"type": "pil"}),
    "files": ("File", {"file_count": "multiple"}),
    "mic": ("Audio", {"source": "microphone"}),
    "playablevideo": ("Video", {"format": "mp4"}),
    "microphone": ("Audio", {"source": "microphone"}),
    "highlight": ("HighlightedText", {}),
    "numpy": ("Dataframe", {"type": "numpy"}),
    "matrix": ("Dataframe", {"type": "array"}),
    "list": ("Dataframe", {"type": "array", "col_count": 1}),
    "variable": ("State", {}),
}

_BY_KIND = {name.lower(): name for name in CLASSES}


def component_class(name: str) -> type[Component]:
    """The class of that name, imported on first use."""
    return getattr(import_module(f"quickdemo.runtime.components.{CLASSES[name]}"), name)  # type: ignore[no-any-return]


def shortcuts() -> list[str]:
    """Every string that `inputs=` and `outputs=` take."""
    return sorted({*_BY_KIND, *TEMPLATES})


def from_shortcut(shortcut: str, **changes: Any) -> Component:
    """`"text"` -> Textbox(lines=1). Underscores do not count; anything else raises ValueError with a suggestion."""
    plain = shortcut.replace("_", "")
    if plain in TEMPLATES:
        name, defaults = TEMPLATES[plain]
        return component_class(name)(**{**defaults, **changes})
    if plain in _BY_KIND:
        return component_class(_BY_KIND[plain])(**changes)
    near = difflib.get_close_matches(plain.lower(), shortcuts(), n=3)
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else f" There are {', '.join(shortcuts())}."
    raise ValueError(f"No such component: {shortcut!r}.{meant}")


def get_component(item: Component | str | dict[str, Any]) -> Component:
    """A component from what `inputs=` and `outputs=` accept: an instance, a shortcut, or {"name": shortcut, ...}."""
    if isinstance(item, Component):
        return item
    if isinstance(item, str):
        return from_shortcut(item)
    if isinstance(item, dict) and "name" in item:
        return from_shortcut(**{"shortcut": item["name"], **{k: v for k, v in item.items() if k != "name"}})
    raise ValueError(
        f"Inputs and outputs are components, shortcuts such as 'text', or dicts with a 'name'; this was {item!r}."
    )
