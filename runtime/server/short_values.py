"""Wire values in a few words, for a list of runs; and files with their names, which a call is sent without."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.errors import RefusedError

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.job import Outcome
    from quickdemo.runtime.server.files import FileStore
    from quickdemo.runtime.server.visitors import Visitor

MOST = 60  #: characters of one value
_MOST_ITEMS = 20
_MOST_BYTES = 100_000  # of an answer that is looked into


def named(wire: Wire, files: FileStore, visitor: Visitor) -> Wire:
    """The value with each {"h": handle} as the upload of that file was answered. One that is gone stays as it is."""
    if isinstance(wire, list):
        return [named(one, files, visitor) for one in wire]
    if not isinstance(wire, dict):
        return wire
    found = {name: named(value, files, visitor) for name, value in wire.items()}
    if isinstance(wire.get("h"), str):
        try:
            return {**files.find(wire["h"], visitor).wire, **found}
        except RefusedError:
            return wire
    return found


def shorts(inputs: list[Wire], outcome: Outcome | None, files: FileStore, visitor: Visitor) -> dict[str, str]:
    """{"inputs", "result"} as text; no result of a run that has none, or too large a one to look into. May block."""
    told = {"inputs": _joined(named(inputs, files, visitor))}
    if outcome is not None and outcome.state == "done" and len(outcome.body) <= _MOST_BYTES:
        told["result"] = _joined(json.loads(outcome.body)["data"])
    if outcome is not None and outcome.state == "failed":
        told["error"] = _cut(json.loads(outcome.body)["error"]["message"])
    return told


def _joined(wires: Any) -> str:
    return ", ".join(_short(wire) for wire in wires[:_MOST_ITEMS])


def _short(wire: Wire) -> str:
    if wire is None or wire == "":
        return "–"
    if isinstance(wire, str):
        return _cut("a file" if wire.startswith("data:") else wire)
    if isinstance(wire, list):
        return _cut(" ".join(_short(one) for one in wire[:_MOST_ITEMS]))
    if isinstance(wire, dict) and isinstance(wire.get("name"), str) and ("h" in wire or "url" in wire):
        return _cut(wire["name"])
    return _cut(json.dumps(wire, ensure_ascii=False))


def _cut(text: str) -> str:
    line = " ".join(text[: 4 * MOST].split())
    return line if len(line) <= MOST else f"{line[: MOST - 1]}…"
