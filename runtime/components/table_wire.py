"""Tables on the wire: what comes in is checked column by column; what is large goes out as a file of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from quickdemo.runtime import json_files
from quickdemo.runtime.components.base import Component, Files, Schema, Wire
from quickdemo.runtime.components.table_columns import KINDS, MAX_TEXT, Column, holds, is_numeric_text
from quickdemo.runtime.components.table_csv import read_csv
from quickdemo.runtime.components.table_dtypes import MOST_CATEGORIES, NAMES, NUMERIC_TEXT, index_of, names_of, suits
from quickdemo.runtime.components.table_python import moment
from quickdemo.runtime.components.table_styler import first_rows
from quickdemo.runtime.components.table_values import MAX_CELLS, MAX_COLUMNS, Table
from quickdemo.runtime.components.uploads import HANDLE_SCHEMA, MEDIA_OUT_SCHEMA, incoming
from quickdemo.runtime.json_text import JsonText, utf8
from quickdemo.runtime.scratch import scratch_path

#: tables of more cells, or more characters, travel to the page as a file
INLINE_CELLS = 10_000
INLINE_TEXT = 100_000  # the page sends it back when it flags: a request has at most 1 MB
FIRST_ROWS = 100  # of such a table, shown before the file has arrived; fewer when their texts are long
BLOCK_ROWS = 2_000  # written at a time: only these exist as Python objects

_DATE_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_CELL: Schema = {"type": ["string", "number", "boolean", "null"], "maxLength": MAX_TEXT}
_CELLS: dict[str, Schema] = {
    "number": {"type": ["string", "number", "null"], "pattern": f"^({NUMERIC_TEXT.pattern})?$"},
    "bool": {"type": ["boolean", "null", "string"], "maxLength": 0},
    "date": {"type": ["string", "null"], "pattern": f"^({_DATE_PATTERN})?$"},
}
_NAME: Schema = {"type": "string", "pattern": f"^({NAMES.pattern})$"}
_VALUES: Schema = {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "maxItems": MOST_CATEGORIES}
_CATEGORY: Schema = {
    "type": "object",
    "properties": {"categories": _VALUES, "ordered": {"type": "boolean"}, "of": _NAME},
    "required": ["categories", "ordered"],
    "additionalProperties": False,
}
_DTYPES: Schema = {
    "type": "array",
    "items": {"anyOf": [{"type": "null"}, _NAME, _CATEGORY]},
    "description": "Exact types of a DataFrame's columns, such as Int64; null: plain.",
}
_INDEX: Schema = {"type": "integer", "minimum": 0, "description": "How many first columns are the DataFrame's index."}
_MUST = {"number": "must be a number", "bool": "must be true or false", "date": "must be a date such as 2022-07-01"}
Count = tuple[int, str]


# ---------------------------------------------------------------------- in


def received(component: Component, wire: Wire, files: Files, headers: Sequence[str] | None) -> Table:
    """The table of a wire value. Raises InvalidValueError."""
    if isinstance(wire, dict) and "h" in wire:
        return stored(component, incoming(component, wire, files).read())
    if isinstance(wire, list):
        wire = {"data": wire}
    if not isinstance(wire, dict) or "data" not in wire:
        raise component.refuse(
            'must be {"headers": [...], "data": [[...], ...]}, a list of rows or {"h": handle}', wire, "See api/docs."
        )
    return _checked(component, wire, headers)


def stored(component: Component, data: bytes) -> Table:
    """The table of a file: CSV, or the JSON of a wire value. Raises InvalidValueError."""
    if data[:64].lstrip()[:1] == b"{":
        try:
            wire = json_files.parsed(data)
        except json_files.TooManyPartsError as error:
            raise component.refuse(f"cannot be read: {error}", f"{len(data)} bytes") from None
        except ValueError:
            wire = None  # a CSV file may begin like that too
        if isinstance(wire, dict) and "data" in wire:
            return _checked(component, wire, None)
    try:
        return read_csv(data)
    except ValueError as error:
        raise component.refuse(f"cannot be read. {str(error).rstrip('.')}", f"{len(data)} bytes") from None


def _checked(component: Component, wire: dict[str, Any], fallback: Sequence[str] | None) -> Table:
    rows, headers = wire["data"], wire.get("headers")
    if not isinstance(rows, list) or not set(map(type, rows)) <= {list}:
        raise component.refuse("must have a list of rows, each a list of cells, as data", rows)
    rows = [] if rows == [[]] else rows
    if headers is not None and not (isinstance(headers, list) and set(map(type, headers)) <= {str}):
        raise component.refuse("must have a list of texts as headers", headers)
    width = _width(component, rows, headers, fallback)
    columns = [list(cells) for cells in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
    names = list(headers or (fallback if fallback and len(fallback) == width else map(str, range(1, width + 1))))
    for name, cells in zip(names, columns, strict=True):
        _check_cells(component, name, cells)
    kinds = wire.get("types")
    if not isinstance(kinds, list) or len(kinds) != width:
        kinds = [None] * width
    try:
        dtypes, index = names_of(wire.get("dtypes"), width), index_of(wire.get("index", 0), width)
    except ValueError as error:
        raise component.refuse(f"must be a table; its {error}", wire.get("dtypes")) from error
    parts = zip(kinds, columns, dtypes, strict=True)
    stated = [replace(_column(kind, cells), dtype=dtype) for kind, cells, dtype in parts]
    return Table(names, stated, len(rows), index)


def _width(
    component: Component, rows: list[list[Any]], headers: list[str] | None, fallback: Sequence[str] | None
) -> int:
    """The number of columns, the same in all rows and in the headers, and within the limits."""
    width = len(rows[0]) if rows else len(headers if headers is not None else fallback or ())
    if set(map(len, rows)) - {width}:
        number, row = next((n, row) for n, row in enumerate(rows, 1) if len(row) != width)
        raise component.refuse(f"must have rows of equal length, {width} as in row 1, also in row {number}", row)
    if headers is not None and len(headers) != width:
        raise component.refuse(f"must have one header for each of its {width} columns", headers)
    if width > MAX_COLUMNS:
        raise component.refuse(f"must have at most {MAX_COLUMNS} columns", width)
    if width * len(rows) > MAX_CELLS:
        raise component.refuse(f"must have at most {MAX_CELLS:,} cells", width * len(rows))
    return width


def _check_cells(component: Component, name: str, cells: list[Any]) -> None:
    types = set(map(type, cells))
    if not types <= {str, int, float, bool, type(None)}:
        row, cell = next((n, c) for n, c in enumerate(cells, 1) if isinstance(c, (list, dict)))
        raise component.refuse(f"row {row}, column {name} must be text, a number, true, false or null", cell)
    if str in types:
        texts = ((n, cell) for n, cell in enumerate(cells, 1) if type(cell) is str)
        longest, text = max(texts, key=lambda pair: len(pair[1]))
        if len(text) > MAX_TEXT:
            raise component.refuse(f"row {longest}, column {name} must have at most {MAX_TEXT:,} characters", text)


def _column(kind: Any, cells: list[Any]) -> Column:
    """Of the kind that the wire states, when its cells may stand for that; else of the kind that they are."""
    if not isinstance(kind, str) or kind not in KINDS or not holds(kind, cells):
        kind = _kind(cells)
    return Column(kind, len(cells), lambda start, stop: cells[start:stop])


def _kind(cells: list[Any]) -> str:
    types = set(map(type, cells)) - {type(None)}
    names = {int: "int", float: "float", bool: "bool", str: "str"}
    return names[types.pop()] if len(types) == 1 else "any"


def declared(component: Component, table: Table, datatypes: list[str]) -> Table:
    """The table, its columns of the kinds that the author declared. Raises InvalidValueError naming row and column."""
    columns = []
    for name, column, datatype in zip(table.headers, table.columns, datatypes, strict=True):
        if datatype in _MUST:
            column = _declared(component, name, column, datatype)
        columns.append(column)
    return replace(table, columns=columns)


def _declared(component: Component, name: str, column: Column, datatype: str) -> Column:
    cells = column.block(0, column.size)
    if "" in cells:  # as a spreadsheet has it: nothing was written there
        cells = [None if cell == "" else cell for cell in cells]
        column = replace(_column(None, cells), dtype=column.dtype)
    fits = _FITS[datatype]
    wrong = next((n for n, cell in enumerate(cells) if cell is not None and not fits(cell)), None)
    if wrong is not None:
        raise component.refuse(f"row {wrong + 1}, column {name} {_MUST[datatype]}", cells[wrong])
    if not suits(column.dtype, datatype):
        column = replace(column, dtype=None)
    if datatype != "number":
        return replace(column, kind=datatype)
    if column.kind in ("int", "float"):
        return column
    whole = holds("int", cells) and "Infinity" not in cells and "-Infinity" not in cells and column.size
    return replace(column, kind="int" if whole else "float")


def _is_number(cell: Any) -> bool:
    return type(cell) in (int, float) or (type(cell) is str and is_numeric_text(cell))


_FITS: dict[str, Callable[[Any], bool]] = {
    "number": _is_number,
    "bool": lambda cell: type(cell) is bool,
    "date": lambda cell: type(cell) is str and moment(cell) is not None,
}


# ---------------------------------------------------------------------- out


def sent(table: Table, files: Files, html: dict[str, str]) -> Wire:
    """The wire value of a table. For callers who follow handles a large one is its first rows, and a file of it all."""
    head = _head(table, html)
    brief, takes_json_text = getattr(files, "brief", False), getattr(files, "takes_json_text", False)
    if not (brief or takes_json_text) or not is_large(table):
        return {**head, "data": table.rows()}
    if not brief:
        return JsonText(_json_pieces(table, html))
    path = scratch_path("table.json")
    write_json(table, path, html)
    first = _first_rows(table)
    if table.styled:
        head["styled"] = first_rows(table.styled, len(first))
    return {**head, "data": first, "rows": table.size, **files.put_path(path)}


def _head(table: Table, html: dict[str, str]) -> dict[str, Any]:
    """All but the cells."""
    head: dict[str, Any] = {"headers": table.headers, "types": table.kinds}
    if table.dtypes:
        head["dtypes"] = table.dtypes
    if table.index:
        head["index"] = table.index
    if table.styled:
        head["styled"] = table.styled
    if html:
        head["html"] = html
    return head


def _first_rows(table: Table) -> list[list[Any]]:
    """The rows that are shown at once, of at most INLINE_TEXT characters together."""
    rows, left = [], INLINE_TEXT
    for row in table.rows(0, FIRST_ROWS):
        left -= sum(len(cell) for cell in row if type(cell) is str)
        if left < 0:
            break
        rows.append(row)
    return rows


def is_large(table: Table) -> bool:
    """Whether it is sent to the page as a file."""
    if table.size * len(table.columns) > INLINE_CELLS:
        return True
    texts = (column.block(0, column.size) for column in table.columns if column.kind in ("str", "any"))
    return sum(len(cell) for cells in texts for cell in cells if type(cell) is str) > INLINE_TEXT


def write_json(table: Table, path: str, html: dict[str, str]) -> None:
    """Write the wire value, block by block. Raises OSError."""
    with open(path, "wb") as file:
        file.writelines(_json_pieces(table, html))


def _json_pieces(table: Table, html: dict[str, str]) -> Iterator[bytes]:
    """The wire value as JSON; only the rows of one piece exist as Python objects at a time."""
    yield utf8(json.dumps(_head(table, html), ensure_ascii=False)[:-1] + ', "data": [')
    for start in range(0, table.size, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, table.size)
        rows = list(zip(*(column.block(start, stop) for column in table.columns), strict=True))
        text = json.dumps(rows, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        yield utf8(("," if start else "") + text[1:-1])
    yield b"]}"


# ---------------------------------------------------------------------- schemas


def incoming_schema(datatypes: str | list[str], rows: Count, columns: Count) -> Schema:
    """JSON schema of what `received` and `declared` take, but for the equal length of all rows."""
    row: Schema = {"type": "array", "maxItems": MAX_COLUMNS}
    if isinstance(datatypes, str):
        row["items"] = _cell(datatypes)
    else:
        row |= {"prefixItems": [_cell(datatype) for datatype in datatypes], "items": _CELL}
    data: Schema = {"type": "array", "items": row}
    if columns[1] == "fixed":
        row |= {"minItems": columns[0], "maxItems": columns[0]}
    if rows[1] == "fixed":
        data |= {"minItems": rows[0], "maxItems": rows[0]}
    headers = {"type": ["array", "null"], "items": {"type": "string"}, "maxItems": MAX_COLUMNS}
    types = {"description": f"For each column one of {', '.join(KINDS)}: what its values stand for."}
    properties = {"headers": headers, "data": data, "types": types, "dtypes": _DTYPES, "index": _INDEX}
    table = {"type": "object", "properties": properties, "required": ["data"]}
    return {"anyOf": [{"type": "null"}, data, {**table, "not": {"required": ["h"]}}, HANDLE_SCHEMA]}


def _cell(datatype: str) -> Schema:
    return _CELLS.get(datatype, _CELL)


def outgoing_schema() -> Schema:
    """JSON schema of what `sent` makes."""
    properties = {
        "headers": {"type": "array", "items": {"type": "string"}},
        "types": {"type": "array", "items": {"enum": list(KINDS)}},
        "dtypes": _DTYPES,
        "index": _INDEX,
        "data": {"type": "array", "items": {"type": "array", "items": _CELL}},
        "styled": {"type": "object", "description": "Colours and texts of a Styler: {css, cells}."},
        "html": {"type": "object", "description": "HTML of the texts of Markdown columns."},
        "rows": {"type": "integer", "description": "Of all; then `url` has the whole table, and data its first rows."},
        **MEDIA_OUT_SCHEMA["properties"],
    }
    table = {"type": "object", "properties": properties, "required": ["headers", "data", "types"]}
    return {"anyOf": [{"type": "null"}, table]}
