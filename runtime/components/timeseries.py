"""Timeseries: lines over time, of a CSV file that the visitor gives, or of a table that the function returns."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.table_columns import Column
from quickdemo.runtime.components.table_python import to_pandas
from quickdemo.runtime.components.table_values import Table, table_of
from quickdemo.runtime.components.table_wire import incoming_schema, outgoing_schema, received, sent, stored
from quickdemo.runtime.components.uploads import HANDLE_SCHEMA, local_path
from quickdemo.runtime.errors import InvalidValueError, shown


class Timeseries(Component):
    """The function gets a pandas DataFrame: of the file's columns x and y, and of the rows that the visitor chose.

    It returns a DataFrame, any other form that Dataframe takes, or the path of a CSV file. On the wire it is null or
    {"headers", "data"}, coming in with "range": [first, last] rows of it, or the {"h": handle} of a CSV file.
    """

    kind = "timeseries"

    def __init__(
        self,
        value: Any = None,
        *,
        x: str | None = None,
        y: str | Sequence[str] | None = None,
        colors: Sequence[str] | None = None,
        **common: Any,
    ) -> None:
        """
        value: a table, or the path of a CSV file, drawn at first.
        x: name of the column of moments or numbers; None is the first one.
        y: name or names of the columns of numbers; None is all others that hold numbers.
        colors: CSS colours of the lines, in the order of y.
        """
        super().__init__(value, **common)
        self.x = x
        self.y = [y] if isinstance(y, str) else list(y) if y is not None else None
        self.colors = list(colors or ())

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if wire is None:
            return None
        table, first, last = self._received(wire, files)
        return to_pandas(_rows(table, first, last))

    def _received(self, wire: Wire, files: Files) -> tuple[Table, int, int]:
        chosen = wire.get("range") if isinstance(wire, dict) else None
        plain = {key: part for key, part in wire.items() if key != "range"} if isinstance(wire, dict) else wire
        try:
            table = self._checked(received(self, plain, files, None))
        except InvalidValueError:
            raise
        except ValueError as error:
            raise InvalidValueError(f"{self.label or self.kind}: {error}.", field=self.label or self.kind) from error
        if chosen is None:
            return table, 0, table.size
        right = isinstance(chosen, list) and len(chosen) == 2 and all(type(n) is int for n in chosen)
        if not right or not 0 <= chosen[0] <= chosen[1] < max(table.size, 1):
            raise self.refuse("must have as its range the first and last row, counted from 0", chosen)
        return table, chosen[0], chosen[1] + 1

    def _checked(self, table: Table) -> Table:
        """The columns x and y of a table. Raises ValueError naming one that is not there or holds no numbers."""
        x = self.x or next(iter(table.headers), "x")
        kinds = dict(zip(table.headers, table.kinds, strict=True))
        y = self.y or [name for name in table.headers if name != x and kinds[name] in ("int", "float")]
        for name in (x, *y):
            if name not in kinds:
                there = ", ".join(map(repr, table.headers[:20])) or "none"
                raise ValueError(f"There is no column {name!r}; there are: {there}")
        for name in y:
            if kinds[name] in ("int", "float"):
                continue
            cells = table.columns[table.headers.index(name)].block(0, table.size)
            wrong = next((cell for cell in cells if cell is not None and type(cell) not in (int, float)), None)
            if wrong is not None:
                raise ValueError(f"The column {name!r} must hold numbers; it holds {shown(wrong)}")
        places = [table.headers.index(name) for name in (x, *y)]
        return Table([x, *y], [table.columns[place] for place in places], table.size)

    def accept(self, value: Any, files: Files) -> Any:
        """Any form that the function may return."""
        return self.preprocess(value if _is_wire(value) else self.postprocess(value, files), files)

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no table, or has not the columns."""
        if value is None:
            return None
        name = self.label or self.kind
        try:
            if isinstance(value, (str, os.PathLike)):
                table = stored(self, Path(local_path(self, value)).read_bytes())
            else:
                table = table_of(value)
            return sent(self._checked(table), files, {})
        except InvalidValueError:
            raise
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error

    def schema(self) -> Schema:
        null, _, table, _ = incoming_schema("str", (0, "dynamic"), (0, "dynamic"))["anyOf"]
        chosen = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}
        ranged = {**table, "properties": {**table["properties"], "range": {"anyOf": [{"type": "null"}, chosen]}}}
        return {"anyOf": [null, ranged, HANDLE_SCHEMA]}

    def output_schema(self) -> Schema:
        return outgoing_schema()

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """JSON of the table and the range; of a file `label/N.csv`."""
        if wire is None:
            return None
        if "h" in wire:
            file = media.get(wire["h"])
            return media.keep(self.label or self.kind, file.path, os.path.splitext(file.name)[1])
        kept = {key: wire[key] for key in ("headers", "types", "dtypes", "data", "range") if key in wire}
        return json.dumps(kept, ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        return json.loads(cell) if cell.startswith("{") else os.path.join(folder, cell)

    def example_wire(self, value: Any, files: Files) -> Wire:
        if isinstance(value, dict) and "range" in value:
            return {**self.postprocess({k: part for k, part in value.items() if k != "range"}, files), **value}
        return self.postprocess(value, files)

    def example_html(self, wire: Wire) -> Markup:
        return escape("" if wire is None else f"{wire.get('rows', len(wire['data']))} rows")

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y, "colors": self.colors}

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div class="chart"><label class="drop"><span><b>Drop a CSV file</b>, or choose it</span>'
            '<input class="visually-hidden" type="file"{}></label></div>'
        ).format(
            attributes(id=id, accept=".csv,.tsv,.txt,text/csv", aria_describedby=f"{id}-info" if self.info else None)
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="chart" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)


def _is_wire(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and ("h" in value or "range" in value))


def _rows(table: Table, first: int, last: int) -> Table:
    """Rows [first, last) of a table."""
    if (first, last) == (0, table.size):
        return table
    columns = [_part(column, first, last) for column in table.columns]
    return Table(table.headers, columns, last - first)


def _part(column: Column, first: int, last: int) -> Column:
    return Column(column.kind, last - first, lambda start, stop: column.block(first + start, first + stop))
