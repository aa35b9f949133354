"""The rows of an export: chosen, encoded, and the damaged ones set aside."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from quickdemo.cli.new_file import NewFile
from quickdemo.runtime.flagging.cells import encode_row
from quickdemo.runtime.flagging.reading import EXTRA_COLUMNS, Damage, FlagFile, Row

_AGO = re.compile(r"(\d{1,6})([dhm])")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_NAMED = 5  # damaged rows that the summary names


@dataclass(frozen=True)
class Wanted:
    """Which rows: flagged at `first` or later and before `last`, with one of the options, by one of the users."""

    first: datetime | None
    last: datetime | None
    options: frozenset[str]
    users: frozenset[str]
    limit: int | None

    def takes(self, row: Row) -> bool:
        if (self.options and row.texts.get("flag") not in self.options) or (
            self.users and row.texts.get("username") not in self.users
        ):
            return False
        if not self.by_time:
            return True
        when = row.time
        return (
            when is not None and (self.first is None or when >= self.first) and (self.last is None or when < self.last)
        )

    @property
    def by_time(self) -> bool:
        return self.first is not None or self.last is not None


class Damaged:
    """What could not be read, as JSON lines in the file `path`, which is made when there is something to keep."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.count = 0
        self.undated = 0  #: whole rows that were left out because their log gives them no time
        self._named: list[str] = []
        self._file: NewFile | None = None

    def add(self, damage: Damage) -> None:
        self.count += 1
        if len(self._named) < _NAMED:
            self._named.append(f"{os.path.basename(damage.path)}:{damage.line} {damage.reason}")
        if self.path:
            self._file = self._file or NewFile(self.path)
            self._file.write(_json_line(vars(damage)))

    def commit(self) -> None:
        if self._file:
            self._file.commit()

    def discard(self) -> None:
        if self._file:
            self._file.discard()

    def summary(self) -> str:
        """What follows the number of rows written; empty when nothing was damaged."""
        if not self.count:
            return ""
        kept = f" kept in {self.path}" if self.path else ""
        more = ", ..." if self.count > _NAMED else ""
        return f"; {self.count} damaged {'row' if self.count == 1 else 'rows'}{kept} ({', '.join(self._named)}{more})"


def matching(logs: list[FlagFile], wanted: Wanted, damaged: Damaged) -> Iterator[Row]:
    """The rows in the order they were flagged, log after log. Raises OSError."""
    taken = 0
    for log in logs:
        for item in log.rows():
            if isinstance(item, Damage):
                damaged.add(item)
            elif wanted.takes(item):
                yield item
                taken += 1
                if taken == wanted.limit:
                    return
            elif wanted.by_time and item.time is None:
                damaged.undated += 1


def moment(text: str, *, end: bool = False) -> datetime | None:
    """The time that an option names; None for no text. Times without a zone are UTC.

    end: a day means its end. Raises ValueError.
    """
    if not text:
        return None
    try:
        if ago := _AGO.fullmatch(text):
            return datetime.now(timezone.utc) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text.removesuffix("Z"))
        if end and _DAY.fullmatch(text):
            found += timedelta(days=1)
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time.") from None


def all_columns(logs: list[FlagFile]) -> list[str]:
    """The components' columns of all logs, then those about the flag."""
    names = dict.fromkeys(name for log in logs for name in log.columns)
    extras = {name for log in logs for name in log.extras}
    return [*names, *(name for name in EXTRA_COLUMNS if name in extras)]


def encoded(rows: Iterator[dict[str, Any]], columns: list[str], format: str) -> Iterator[bytes]:
    """The lines of an export; every line has all columns. format: "csv" or "jsonl"."""
    if format == "csv":
        yield encode_row(columns)
    for row in rows:
        values = [row.get(name) for name in columns]
        yield encode_row(values) if format == "csv" else _json_line(dict(zip(columns, values, strict=True)))


def _json_line(facts: dict[str, Any]) -> bytes:
    """Strict JSON: numbers that it does not have become text, and lone surrogates escapes."""
    try:
        text = json.dumps(facts, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(facts), ensure_ascii=False)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(json.loads(text)).encode() + b"\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
