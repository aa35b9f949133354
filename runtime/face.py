"""`gr.components`: the component classes by name, as scripts of 2022 import them (`gr.components.Textbox`)."""

from __future__ import annotations

from typing import Any

from quickdemo.runtime.components.base import Component as Component
from quickdemo.runtime.components.registry import CLASSES, component_class, get_component

__all__ = ["Component", "get_component", *CLASSES]  # the registry's names, served by __getattr__


def __getattr__(name: str) -> Any:
    if name not in CLASSES:
        raise AttributeError(f"There is no component {name!r}. There are {', '.join(CLASSES)}.")
    return component_class(name)
