"""Models of the Hub."""

from __future__ import annotations

from typing import Any

from quickdemo.hub.loaded import Loaded
from quickdemo.hub.reference import Reference
from quickdemo.hub.tokens import Token


def load(reference: Reference, token: Token, alias: str | None, **options: Any) -> Loaded:
    """A model as an Interface."""
    raise NotImplementedError(f"{reference} cannot be loaded yet.")
