"""Partial values as edits of those before: every so often one goes whole, from which a reader can begin."""

from __future__ import annotations

import json
from typing import Any

from quickdemo.runtime.diffs import apply
from quickdemo.runtime.json_text import strict_json

#: edits in a row
EVERY = 64


class Wholes:
    """Of one lease."""

    def __init__(self) -> None:
        self._values: list[Any] | None = None
        self._edits = 0
        self.wanted = False  #: the next one must be whole: one before it was left out

    def next(self, data: bytes) -> tuple[bytes, bool]:
        """What is told of a partial value, {"data": values} or {"diff": edits of each}; and whether it is whole."""
        told = json.loads(data)
        if not isinstance(told, dict) or "diff" not in told:
            values = told.get("data") if isinstance(told, dict) else None
            self._values, self._edits, self.wanted = values if isinstance(values, list) else None, 0, False
            return data, True
        if self._values is None:
            return data, False
        self._values = [apply(value, edits) for value, edits in zip(self._values, told["diff"], strict=True)]
        self._edits += 1
        if self._edits < EVERY and not self.wanted:
            return data, False
        self._edits, self.wanted = 0, False
        return strict_json({"data": self._values}), True
