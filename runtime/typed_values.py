"""Inputs as they are typed in a terminal: name=value."""

from __future__ import annotations

import json
import os
from typing import Any

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.errors import QuickdemoError, shown
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.local_files import LocalFiles

_LISTS = frozenset({"checkboxgroup", "gallery", "file"})
#: components whose value is, or is read of, the file at a path; in others a path is a text as any other
_PATHS = frozenset({"image", "imageeditor", "audio", "video", "model3d", "dataframe", "timeseries", "annotatedimage"})


class Whole(str):
    """What stands in a file, or on stdin: the value of the only input, whatever it begins with."""


class WrongArgumentError(QuickdemoError):
    """What was typed names no input, or is no value of it."""


def typed(interface: Interface, values: list[str]) -> list[Any]:
    """The value of each input that is no state: what was typed, else the component's own. Raises WrongArgumentError.

    values: NAME=VALUE. The name may be left out where there is one input only, and then a text may have an = in it.
    """
    visible = [(index, component) for index, component in enumerate(interface.inputs) if not component.stateful]
    found = {index: component.value for index, component in visible}
    names: dict[str, tuple[int, Component]] = {}
    for index, component in visible:
        parameters = interface.function.parameters
        own = [component.label, parameters[index].name if index < len(parameters) else None, str(index)]
        for name in filter(None, own):
            names.setdefault(name.casefold(), (index, component))
    for index, component in visible:  # as one types it: input_image=..., or image=... where there is one
        for name in ("_".join((component.label or "").split()), component.kind):
            if name:
                names.setdefault(name.casefold(), (index, component))
    for one in values:
        name, equals, text = ("", "", "") if isinstance(one, Whole) else one.partition("=")
        is_named = equals and name.casefold() in names
        if not is_named and len(visible) == 1 and not (equals and visible[0][1].kind in (*_PATHS, "gallery", "file")):
            name, text = next(iter(names)), one
        elif not is_named:
            labels = ", ".join(c.label or c.kind for _, c in visible) or "none"
            what = f"There is no input {shown(name)}" if equals else f"{shown(one)} is no name=value"
            raise WrongArgumentError(f"{what}; the inputs are {labels}.", _example(names))
        index, component = names[name.casefold()]
        found[index] = _value(component, text)
    return [found[index] for index, _ in visible]


def _example(names: dict[str, tuple[int, Component]]) -> str:
    """How the first input is given a value. names: in the order of the inputs, several may be of one."""
    plain = next((name for name in names if name.isidentifier()), None)
    if not names:
        return "It takes no values."
    return f'Write for example {plain}="..."' if plain else f'Write for example "{next(iter(names))}=..."'


def _value(component: Component, text: str) -> Any:
    """What was typed for a component as one would write it in Python; @FILE is the text of a file, media are paths."""
    try:
        several = component.kind == "checkboxgroup" or getattr(component, "multiselect", False)
        if (several or component.kind in _LISTS) and not text.startswith("["):
            return text.split(",") if several else text
        if component.kind == "checkbox":
            return component.postprocess(text, LocalFiles())
        if component.kind in _PATHS and os.path.exists(text):
            return os.path.abspath(text)
        if text.startswith("@") and not isinstance(text, Whole) and os.path.isfile(text[1:]):
            with open(text[1:], encoding="utf-8") as file:
                return file.read()
        if component.kind in _LISTS or text.startswith(("{", "[")) and component.kind not in ("textbox", "code"):
            return json.loads(text)
        if component.kind == "multimodaltextbox":
            return text
        return component.from_flag_cell(text, os.getcwd())
    except (ValueError, OSError) as error:
        label = component.label or component.kind
        raise WrongArgumentError(
            f"{shown(text)} is no value for {label}: {error}", f"{label} is a {component.kind}."
        ) from None
