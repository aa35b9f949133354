"""CSV files as tables: separator and encoding are guessed; a column of numbers or truth values becomes one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from quickdemo.runtime.components.table_columns import Column, check_text, whole
from quickdemo.runtime.components.table_values import MAX_CELLS, Table, check_size, checked

MAX_CSV_BYTES = 256 * 2**20

_INT = re.compile(r"[+-]?(0|[1-9][0-9]*)", re.ASCII)  # not 007, which names an agent
_FLOAT = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|nan|-?inf", re.ASCII | re.IGNORECASE)
_TRUTH = {"true": True, "false": False}


def read_csv(data: bytes) -> Table:
    """The table of a CSV file whose first row names the columns.

    The separator is the one of `, ; tab |` that the first line has most of. The encoding is UTF-8 (or UTF-16 with its
    mark), else Latin-1. Short rows are filled up with missing values. Raises ValueError, saying what is wrong.
    """
    if len(data) > MAX_CSV_BYTES:
        raise ValueError(f"A CSV file has at most {MAX_CSV_BYTES >> 20} MB here; this one has {len(data) >> 20} MB.")
    text = decoded(data)
    csv.field_size_limit(max(len(text), 131_072))
    try:
        rows = _rows(text)
    except csv.Error as error:
        raise ValueError(f"This is no CSV file: {error}.") from None
    if not rows:
        raise ValueError("The CSV file is empty; its first row should name the columns.")
    headers, *body = rows
    width = len(headers)
    check_size(len(body), width)
    for number, row in enumerate(body, 2):
        if len(row) > width:
            raise ValueError(f"Row {number} of the CSV file has {len(row)} values for {width} headers.")
        if len(row) < width:
            row.extend([""] * (width - len(row)))
    columns = [column_of_texts(list(cells)) for cells in zip(*body, strict=True)]
    return checked(headers, columns or [column_of_texts([]) for _ in headers])


def _rows(text: str) -> list[list[str]]:
    """All rows that have something in them, no more than a table may have: short fields of a large file would take far
    more memory than it has bytes. Raises csv.Error, ValueError."""
    between = separator(text)
    rows: list[list[str]] = []
    for row in csv.reader(_lines(text, between), delimiter=between):
        if row:
            rows.append(row)
            if len(rows) % 1000 == 1:
                check_size(len(rows) - 1, len(rows[0]))
    return rows


def _lines(text: str, between: str) -> Iterator[str]:
    """Raises ValueError for a line of more fields than a table has cells."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if line.count(between) > MAX_CELLS:
            raise ValueError(f"Line {number} of the CSV file has {line.count(between) + 1:,} fields.")
        yield line


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, else Latin-1, which any bytes are."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def separator(text: str) -> str:
    """What separates the fields of the first line, outside of quotes."""
    line = re.sub(r'"[^"]*"', "", text[:100_000]).lstrip("\r\n").partition("\n")[0]
    return max(",;\t|", key=line.count)


def column_of_texts(texts: list[str]) -> Column:
    """Numbers, truth values or text, whatever all fields of the column are; an empty field is a missing value."""
    cells = _typed(texts, _INT, int, "int") or _typed(texts, _FLOAT, float, "float") or _truths(texts)
    kind, values = cells or ("str", texts)
    if kind == "str":
        check_text(values)
    return Column(kind, len(values), lambda start, stop: values[start:stop])


def _typed(
    texts: list[str], pattern: re.Pattern[str], read: Callable[[str], Any], kind: str
) -> tuple[str, list[Any]] | None:
    match = pattern.fullmatch
    if not any(texts) or not all(match(text) for text in texts if text):
        return None
    return kind, [_json_number(read(text)) if text else None for text in texts]


def _json_number(number: Any) -> Any:
    if isinstance(number, int):
        return whole(number)
    if number != number:
        return None
    return number if abs(number) != float("inf") else ("Infinity" if number > 0 else "-Infinity")


def _truths(texts: list[str]) -> tuple[str, list[Any]] | None:
    lowered = [text.lower() for text in texts]
    if not any(texts) or not all(text in _TRUTH for text in lowered if text):
        return None
    return "bool", [_TRUTH.get(text) for text in lowered]
