"""What one prediction needs from its surroundings: files, session state, the caller's name."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Protocol

from quickdemo.runtime.components.base import Files
from quickdemo.runtime.local_files import LocalFiles
from quickdemo.runtime.reports import Reports
from quickdemo.runtime.request import Request


class Call(Protocol):
    """Given by the server for calls from a page, by LocalCall for calls from Python."""

    @property
    def files(self) -> Files: ...
    @property
    def request(self) -> Request: ...
    @property
    def reports(self) -> Reports: ...

    def load_state(self, slot: int, default: Any) -> Any:
        """The session's value of state `slot`; a deep copy of `default` when the session is new."""
        ...

    def save_state(self, slot: int, value: Any) -> None:
        """Keep the session's new value of state `slot`."""
        ...


class LocalCall:
    """A call from Python: files in a temporary folder, a state of its own that ends with it."""

    def __init__(self, files: Files | None = None) -> None:
        self.files = files or LocalFiles()
        self.request = Request()
        self.reports = Reports()
        self._states: dict[int, Any] = {}

    def load_state(self, slot: int, default: Any) -> Any:
        return self._states[slot] if slot in self._states else copy.deepcopy(default)

    def save_state(self, slot: int, value: Any) -> None:
        self._states[slot] = value


class Arguments(Sequence[Any]):
    """The function's arguments, ready: what took the wire values' place after they were checked before any waiting."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __getitem__(self, index: Any) -> Any:
        return self.values[index]

    def __len__(self) -> int:
        return len(self.values)
