"""Keys of kept answers: what an Interface's answers depend on, and what an example gives to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import quickdemo
from quickdemo.runtime.caching.digest import Digest, contents
from quickdemo.runtime.components.base import Component, Files, Wire

if TYPE_CHECKING:
    from quickdemo.runtime.interface import Interface

FORMAT = 1  # of what is kept: another one finds nothing
_LOOKS = frozenset(  # and what only explanations ask for
    "label info show_label interactive visible elem_id elem_classes key placeholder lines max_lines value every "
    "first_example interpreted".split()
)


def function_key(interface: Interface) -> str:
    """What the answers depend on besides the inputs: the function with all it uses, the components' parameters."""
    digest = Digest()
    digest.add(["quickdemo", quickdemo.__version__, FORMAT, interface.batch])
    digest.add(interface.depends_on)
    for component in (*interface.inputs, *interface.outputs):
        digest.add([type(component), parameters_of(component)])
    return digest.hexdigest()


def inputs_key(wires: Sequence[Wire], files: Files) -> str:
    """What an example gives: files by their content, whatever their names. Raises InvalidValueError, OSError."""
    return hashlib.sha256(json.dumps(_plain(list(wires), files), sort_keys=True).encode()).hexdigest()


def media_in(value: Wire, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """(where, wire value) of each file in a wire value."""
    if isinstance(value, dict):
        if is_media(value):
            yield path, value
            return
        for key, part in value.items():
            yield from media_in(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from media_in(part, (*path, index))


def as_input(value: Wire) -> Wire:
    """A wire value as a page would send it: of a file, the handle alone."""
    if is_media(value):
        return {"h": value["h"]}
    if isinstance(value, dict):
        return {key: as_input(part) for key, part in value.items()}
    return [as_input(part) for part in value] if isinstance(value, list) else value


def is_media(value: Wire) -> bool:
    """Whether it stands for a file that the server holds."""
    return isinstance(value, dict) and isinstance(value.get("h"), str) and "url" in value


def parameters_of(component: Component) -> dict[str, Any]:
    """Those that answers may depend on."""
    given = vars(component).items()
    return {name: value for name, value in sorted(given) if name not in _LOOKS and not name.startswith("_")}


def _plain(value: Wire, files: Files) -> Wire:
    if is_media(value):
        stored = files.get(value["h"])
        rest = {k: _plain(v, files) for k, v in value.items() if k not in ("h", "url", "name", "size", "type")}
        return {"file": contents(stored.path), "type": stored.type, **rest}
    if isinstance(value, dict):
        return {key: _plain(part, files) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, files) for part in value]
    return value
