"""A number that follows from the values of a call: sampling begins with it, so that the same is explained alike."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from quickdemo.runtime.components.base import Component

_MEDIA = frozenset({"image", "audio", "video", "file", "model3d", "imageeditor", "uploadbutton"})


def seed_of(values: Sequence[Any], components: Sequence[Component]) -> int:
    """A number that follows from the inputs and nothing else: the same in every process."""
    digest = hashlib.blake2b(digest_size=6)
    for component, value in zip(components, values, strict=True):
        if not component.stateful:
            _feed(digest, value, component.kind in _MEDIA)
    return int.from_bytes(digest.digest(), "big") % 2**31


def _feed(digest: Any, value: Any, media: bool) -> None:
    """Add a value to a digest, files by what is in them: their paths are of this run."""
    digest.update(type(value).__name__.encode() + b"\0")
    if isinstance(value, str) and media and os.path.isfile(value):
        with open(value, "rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _feed(digest, item, media)
    elif isinstance(value, dict):
        for name, item in value.items():
            _feed(digest, name, False)
            _feed(digest, item, media)
    elif isinstance(value, np.ndarray) and value.dtype != object:
        digest.update(f"{value.shape}{value.dtype}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    else:
        digest.update(_bytes_of(value))


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if hasattr(value, "tobytes"):  # a picture
        return bytes(value.tobytes())
    if hasattr(value, "to_csv"):  # a table of pandas
        return str(value.to_csv()).encode("utf-8", "replace")
    if isinstance(value, (str, int, float, bool, type(None))):
        return repr(value).encode("utf-8", "replace")
    return b""  # an object of the author's: its repr may hold an address
