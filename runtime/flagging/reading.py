"""Reading flag logs back, Gradio's old ones too, and around damage.

Formats, told apart by the first line:

- ours: text in double quotes, the last column is `id` (`quickdemo.runtime.flagging.cells` has the details);
- Gradio 3.0 `flagged/log.csv`: text in single quotes, local time;
- Gradio 4 to 6 `.gradio/flagged/datasetN.csv`: common CSV, local time, paths that include the folder;
- no header at all (SimpleCSVLogger): columns are called `component 0`, `component 1`, ...
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from quickdemo.runtime.errors import FlagError, QuickdemoError
from quickdemo.runtime.flagging.cells import Field, decode_cell, decode_text, distinct, plain_value
from quickdemo.runtime.flagging.log import settled_size
from quickdemo.runtime.flagging.records import MAX_RECORD_BYTES, Record, records

logger = logging.getLogger("quickdemo.flagging")

#: columns that are about the flag, in the order of an export
EXTRA_COLUMNS = ("flag", "username", "timestamp", "id")
_LOG_NAME = re.compile(r"(?:logs?(?:-(\d+))?|dataset(\d+))\.csv")


@dataclass(frozen=True)
class Row:
    """One sample. `values` has the typed values by column, `texts` the same as text; flag columns included."""

    path: str
    line: int
    values: dict[str, Any]
    texts: dict[str, str]

    @property
    def time(self) -> datetime | None:
        """When it was flagged; None when the log does not say."""
        return parse_time(self.texts.get("timestamp", ""))


@dataclass(frozen=True)
class Damage:
    """A line that is no sample: where it is, why, and what stands there."""

    path: str
    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class FlagFile:
    """A log whose format is known. `columns` are those of the components, `extras` those about the flag."""

    path: str
    quote: str
    names: list[str]
    has_header: bool
    ours: bool

    @property
    def columns(self) -> list[str]:
        return [name for name in self.names if name not in self.extras]

    @property
    def extras(self) -> list[str]:
        return [name for name in self.names if name in EXTRA_COLUMNS] if self.has_header else []

    def rows(self) -> Iterator[Row | Damage]:
        """Every line in order, as of now: rows that are flagged meanwhile come next time. Raises OSError."""
        if not self.names:
            return
        with open(self.path, "rb") as file:
            lines = records(file, quote=self.quote, width=len(self.names), end=settled_size(self.path))
            if self.has_header:
                next(lines, None)
            for record in lines:
                yield self._row(record)

    def _row(self, record: Record) -> Row | Damage:
        problem = record.problem
        if not problem and record.unfinished and self.ours:
            problem = "the row was never finished, so it was never acknowledged"
        if problem:
            return Damage(self.path, record.line, problem, record.raw.decode("utf-8", "replace").rstrip("\r\n"))
        values = [self._value(field) for field in record.fields]
        texts = [self._text(field) for field in record.fields]
        for index, name in enumerate(self.names):
            if self.has_header and name in EXTRA_COLUMNS:
                values[index] = texts[index]
        row = Row(self.path, record.line, dict(zip(self.names, values)), dict(zip(self.names, texts)))  # noqa: B905
        if "timestamp" in self.extras and row.time is not None:
            row.values["timestamp"] = row.texts["timestamp"] = iso_time(row.time)
        return row

    def _text(self, field: Field) -> str:
        return field.text if self.quote == "'" else decode_text(field.text)

    def _value(self, field: Field) -> Any:
        if self.ours:
            return decode_cell(field)
        text = self._text(field)
        if self.quote == "'" and field.quoted:
            return _json_or_text(text)
        return plain_value(text) if text == field.text and not field.quoted else _json_or_text(text)


def open_log(path: str) -> FlagFile:
    """Recognise a log by its first line. Raises FlagError when it is none, OSError when it cannot be read."""
    settled_size(path)  # the first row may just be being written
    with open(path, "rb") as file:
        first = file.readline(MAX_RECORD_BYTES)
        while first.count(b'"') % 2 and (more := file.readline(MAX_RECORD_BYTES)):
            first += more
    first = first.removeprefix(b"\xef\xbb\xbf")
    single = re.search(rb"(?:^|,)'[^,]*'(?:,|\r?\n|$)", first) is not None and not first.startswith(b'"')
    quote = "'" if single else '"'
    head = next(records(io.BytesIO(first), quote=quote), None)
    if head is None:
        return FlagFile(path, '"', [], False, ours=True)
    if head.problem:
        raise FlagError(f"{path} is no flag log: in its first line, {head.problem}.", "Is it a CSV file?")
    labels = [text if single else decode_text(text) for text in head.texts]
    if "timestamp" not in labels:
        names = [f"component {index}" for index in range(len(labels))]
        return FlagFile(path, quote, names, False, ours=not single)
    return FlagFile(path, quote, _named(labels), True, ours=labels[-1] == "id" and not single)


def find_logs(folder: str) -> list[str]:
    """The paths of the logs in a flagging folder: log.csv, log-2.csv, ..., dataset1.csv, ... in this order."""
    found = []
    for name in os.listdir(folder):
        match = _LOG_NAME.fullmatch(name)
        if match and os.path.isfile(os.path.join(folder, name)):
            found.append((name.startswith("dataset"), int(match[1] or match[2] or 1), name))
    return [os.path.join(folder, name) for _, _, name in sorted(found)]


def find_log(folder: str) -> bool:
    """Whether a folder holds flags."""
    return bool(find_logs(folder))


def samples(folder: str, components: Sequence[Any]) -> list[list[Any]]:
    """The flagged samples as `examples=` takes them: one row per sample, one Python value per component.

    components: the inputs that are shown. Columns are found by label; where the labels have changed, by position.
    Rows that are damaged or no longer fit are left out, and a warning says how many.
    Raises FileNotFoundError when the folder is not there or holds no log.
    """
    logs = [open_log(path) for path in find_logs(folder)]
    if not logs:
        raise FileNotFoundError(f"Could not find log file (required for multiple inputs): {folder}/log.csv")
    labels = [component.label or f"component {index}" for index, component in enumerate(components)]
    wanted = distinct(labels, EXTRA_COLUMNS)
    fitting = [log for log in logs if set(wanted) <= set(log.columns)]
    by_label = bool(fitting)
    if not by_label:
        fitting = [log for log in logs if len(log.columns) >= len(components)][-1:]
    found: list[list[Any]] = []
    for log in fitting:
        names = wanted if by_label else log.columns[: len(components)]
        found += _samples_of(log, names, components, folder)
    return found


def _samples_of(log: FlagFile, names: list[str], components: Sequence[Any], folder: str) -> list[list[Any]]:
    found, left_out = [], 0
    for row in log.rows():
        try:
            if isinstance(row, Damage):
                raise ValueError(row.reason)
            cells = [local_path(row.texts[name], folder) for name in names]
            pairs = zip(components, cells, strict=True)
            found.append([None if c.stateful else c.from_flag_cell(cell, folder) for c, cell in pairs])
        except (QuickdemoError, ValueError, TypeError, KeyError, OSError) as error:
            left_out += 1
            logger.debug("%s line %d is no example: %s", log.path, row.line, error)
    if left_out:
        logger.warning("%d rows of %s are damaged or no longer fit, and are left out", left_out, log.path)
    return found


def local_path(cell: str, folder: str) -> str:
    """Gradio 4 to 6 wrote media paths that include the folder; ours are relative to it. Other text as it is."""
    if "/" not in cell or len(cell) > 4096 or "\n" in cell or "\0" in cell:
        return cell
    _, found, tail = cell.rpartition(f"{os.path.basename(os.path.abspath(folder))}/")
    return tail if found and ".." not in tail and os.path.isfile(os.path.join(folder, tail)) else cell


def parse_time(text: str) -> datetime | None:
    """An aware UTC time from a log's cell; Gradio's have no zone and are this machine's local time."""
    try:
        # Python 3.10 takes no "Z"
        return datetime.fromisoformat(text.removesuffix("Z") + ("+00:00" if text.endswith("Z") else "")).astimezone(
            timezone.utc
        )
    except (ValueError, OverflowError):
        return None


def iso_time(time: datetime) -> str:
    """UTC as ISO 8601 with microseconds and Z."""
    return time.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _named(labels: list[str]) -> list[str]:
    """Column names, each once. Old logs may repeat a label; what is about the flag stands last there too."""
    names = list(labels)
    tail = len(labels)
    while tail and labels[tail - 1] in EXTRA_COLUMNS:
        tail -= 1
    names[:tail] = distinct(labels[:tail], EXTRA_COLUMNS)
    return names


def _json_or_text(text: str) -> Any:
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text
