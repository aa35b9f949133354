"""What the components that only show something share: they are never edited, and the page's module draws them."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Wire


class Display(Component):
    """Base of the read-only components. Used as an input, it shows its value and sends it back unchanged."""

    def __init__(self, value: Any = None, **common: Any) -> None:
        super().__init__(value, **{**common, "interactive": False})

    def view(self, id: str, wire: Wire) -> Markup:
        """An empty place, named by the label; the page's module fills it from the initial value."""
        return Markup('<div id="{id}" class="shown" role="group" aria-labelledby="{id}-name"></div>').format(id=id)
