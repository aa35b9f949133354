"""A Space's components as ours: by a table of what is taken, tolerant of the rest. Nothing else of them is believed."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from quickdemo.hub.html_text import words_of
from quickdemo.hub.spaces.app import Part
from quickdemo.hub.wording import upper
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.registry import component_class
from quickdemo.runtime.local_files import LocalFiles

logger = logging.getLogger("quickdemo.hub")

MOST_CHARS = 2000  #: of a label, a choice, a placeholder
MOST_TEXT = 100_000  #: of a value
MOST_CHOICES = 2000
MOST_NUMBER = 10**6  #: of lines, characters, digits and the like

Check = Callable[[Any], Any]  # gives the value; raises ValueError or TypeError for one that is not taken


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_CHARS:
        raise ValueError
    return value


def _long_text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise ValueError
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_NUMBER:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _scalar(value: Any) -> Any:
    return value if isinstance(value, bool) else _text(value) if isinstance(value, str) else _number(value)


def _scalars(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_CHOICES:
        raise ValueError
    return [_scalar(item) for item in value]


def _scalar_or_scalars(value: Any) -> Any:
    return _scalars(value) if isinstance(value, list) else _scalar(value)


def _choices(value: Any) -> list[Any]:
    """Plain ones, or pairs of a name and a value as since 3.42."""
    if not isinstance(value, list) or len(value) > MOST_CHOICES:
        raise ValueError
    pairs = (item if isinstance(item, list) and len(item) == 2 else (item, item) for item in value)
    return [(str(_scalar(name)), _scalar(chosen)) for name, chosen in pairs]


def _words(value: Any) -> str:
    return words_of(_text(value))


def _texts(value: Any) -> list[str]:
    return [_text(item) for item in _scalars(value)]


def _rows(value: Any) -> list[list[Any]]:
    value = value.get("data") if isinstance(value, dict) else value
    if not isinstance(value, list) or len(value) > MOST_CHOICES:
        raise ValueError
    return [[None if cell is None else _scalar(cell) for cell in row] for row in value]


def _one_of(*allowed: str) -> Check:
    def check(value: Any) -> str:
        if value not in allowed:
            raise ValueError
        return str(value)

    return check


def _some_of(*allowed: str) -> Check:
    """Of a list those that we have too; ValueError where there is none of them."""

    def check(value: Any) -> list[str]:
        found = [item for item in ([value] if isinstance(value, str) else value) if item in allowed]
        if not found:
            raise ValueError
        return found

    return check


_COMMON: dict[str, Check] = {"label": _text, "info": _words, "show_label": _flag, "visible": _flag}
_CHOICE: dict[str, Check] = {"choices": _choices, "value": _scalar}
_PATH = {"type": "filepath"}
_RANGE: dict[str, Check] = {"minimum": _number, "maximum": _number, "step": _number}
_PICTURE = {"sources": _some_of("upload", "webcam", "clipboard", "canvas")}

#: a component there -> ours, what is taken of it, and what is the same for all
TABLE: dict[str, tuple[str, dict[str, Check], dict[str, Any]]] = {
    "textbox": (
        "Textbox",
        {
            "lines": _count,
            "max_lines": _count,
            "placeholder": _text,
            "max_length": _count,
            "type": _one_of("text", "password", "email"),
            "value": _long_text,
        },
        {},
    ),
    "number": ("Number", {**_RANGE, "precision": _count, "value": _number}, {}),
    "slider": ("Slider", {**_RANGE, "value": _number}, {}),
    "checkbox": ("Checkbox", {"value": _flag}, {}),
    "checkboxgroup": ("CheckboxGroup", {"choices": _choices, "value": _scalars}, {}),
    "radio": ("Radio", _CHOICE, {}),
    "dropdown": (
        "Dropdown",
        {
            "choices": _choices,
            "value": _scalar_or_scalars,
            "multiselect": _flag,
            "allow_custom_value": _flag,
            "max_choices": _count,
        },
        {},
    ),
    "colorpicker": ("ColorPicker", {"value": _text}, {}),
    "datetime": ("DateTime", {"include_time": _flag}, {"type": "string"}),
    "code": ("Code", {"language": _text, "lines": _count, "value": _long_text}, {}),
    "image": ("Image", _PICTURE, _PATH),
    "imageeditor": ("Image", _PICTURE, _PATH),
    "sketchpad": ("Image", {}, {**_PATH, "source": "canvas"}),
    "paint": ("Image", {}, {**_PATH, "source": "canvas"}),
    "imagemask": ("Image", {}, _PATH),
    "audio": ("Audio", {"sources": _some_of("upload", "microphone")}, _PATH),
    "video": ("Video", {"sources": _some_of("upload", "webcam")}, {}),
    "file": ("File", {"file_count": _one_of("single", "multiple", "directory"), "file_types": _texts}, _PATH),
    "uploadbutton": ("File", {"file_count": _one_of("single", "multiple"), "file_types": _texts}, _PATH),
    "downloadbutton": ("File", {}, _PATH),
    "model3d": ("Model3D", {}, {}),
    "gallery": ("Gallery", {"columns": _count}, _PATH),
    "annotatedimage": ("AnnotatedImage", {"show_legend": _flag}, {}),
    "label": ("Label", {"num_top_classes": _count}, {}),
    "json": ("JSON", {}, {}),
    "html": ("HTML", {}, {}),
    "markdown": ("Markdown", {}, {}),
    "highlightedtext": ("HighlightedText", {"show_legend": _flag, "combine_adjacent": _flag}, {}),
    "chatbot": ("Chatbot", {}, {}),
    "dataframe": ("Dataframe", {"headers": _texts, "value": _rows}, {"type": "array"}),
    "timeseries": ("Timeseries", {"x": _text, "y": _texts}, {}),
    "plot": ("Image", {}, {"type": "pil"}),
    "multimodaltextbox": ("MultimodalTextbox", {"lines": _count, "placeholder": _text}, {}),
}
_OUTPUTS_ONLY = ("html", "markdown", "chatbot", "annotatedimage", "plot", "label", "downloadbutton")
#: other names of what is taken
_NAMES = {"default": "value", "source": "sources"}


def component_of(part: Part, role: str, what: str) -> Component:
    """Ours for one of a Space's. role: "input" or "output". One that we have no equal of shows JSON, and warns."""
    known = TABLE.get(part.kind)
    if known is None or (role == "input" and part.kind in _OUTPUTS_ONLY):
        logger.warning("%s has an %s of the kind %.40r, which is shown as JSON.", upper(what), role, part.kind)
        known = TABLE["json"]
    name, checks, fixed = known
    taken = _taken(part.props, {**_COMMON, **checks})
    for left in (taken, {k: v for k, v in taken.items() if k != "value"}, _label_of(taken)):
        if (made := _made(name, {**left, **fixed})) is not None:
            return made
    logger.warning("%s has a %.40r that cannot be shown here; it is shown as JSON.", upper(what), part.kind)
    return component_class("JSON")(**_label_of(taken))


def usual_kind(part: Part) -> str:
    """The kind of the component that `component_of` makes of it."""
    return TABLE.get(part.kind, TABLE["json"])[0].lower()


def _taken(props: dict[str, Any], checks: dict[str, Check]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for given, value in props.items():
        name = _NAMES.get(given, given)
        if name not in checks or value is None:
            continue
        try:
            checked = checks[name](value)
        except (ValueError, TypeError):
            continue
        found.setdefault(name, checked)
    return found


def _label_of(taken: dict[str, Any]) -> dict[str, Any]:
    return {"label": taken["label"]} if "label" in taken else {}


def _made(name: str, options: dict[str, Any]) -> Component | None:
    """None where our component does not take these options, or could not be drawn with them."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made: Component = component_class(name)(**options)
            made.initial(LocalFiles())
        return made
    except Exception:  # whatever a hostile combination makes a constructor stumble upon
        return None


def is_plain(kind: str) -> bool:
    """Whether values of a component of this kind, theirs or ours, name no file: a row of examples may hold them."""
    return kind in ("textbox", "number", "slider", "checkbox", "radio", "checkboxgroup", "dropdown", "colorpicker")


def sample_of(value: Any) -> Any:
    """A value of a row of examples. Raises ValueError or TypeError for what is no plain data."""
    return None if value is None else _scalar_or_scalars(value)
