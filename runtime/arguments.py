"""What a function gets, where that is known before the call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Arguments(Sequence[Any]):
    """The function's arguments, ready: what took the wire values' place after they were checked before any waiting."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __getitem__(self, index: Any) -> Any:
        return self.values[index]

    def __len__(self) -> int:
        return len(self.values)
