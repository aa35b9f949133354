"""Dataframe: a table that one reads, sorts and filters; as an input one edits it like a spreadsheet."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.markup import render_safe
from quickdemo.runtime.components.table_python import to_lists, to_numpy, to_pandas, to_polars
from quickdemo.runtime.components.table_values import MAX_COLUMNS, Table, table_of
from quickdemo.runtime.components.table_wire import (
    Count,
    declared,
    incoming_schema,
    outgoing_schema,
    received,
    sent,
    stored,
)
from quickdemo.runtime.components.uploads import kept_path, local_path
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.scratch import scratch_path

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.table import TableParts

TYPES = ("pandas", "numpy", "array", "polars")
DATATYPES = ("str", "number", "bool", "date", "markdown", "html", "auto")
SEARCHES = (None, "none", "search", "filter")

#: most different Markdown texts that are rendered; the others are shown as written
MOST_RENDERED = 2_000
#: characters of HTML of all of them together
MOST_HTML = 100_000
#: longer flag cells are kept as a file beside the log
MOST_IN_CELL = 200_000
_KEPT = ("headers", "types", "dtypes", "index", "data")  # in a flag's cell
_ROWS_AT_FIRST = 30  # drawn by the server; the page's module draws the others when they are scrolled to


class Dataframe(Component):
    """A table. The function gets a pandas DataFrame, an array, a list of lists or a polars DataFrame.

    It may return a DataFrame, Series or Styler of pandas, a polars DataFrame, an array of 1 or 2 axes or of named
    fields, a list of values, of lists or of dicts, a dict of columns, {"headers", "data"}, or the path of a CSV file.
    On the wire it is null or {"headers": [...], "data": [[...], ...], "types": [...]}; coming in, a list of rows or
    {"h": handle} of an uploaded CSV file will do. A DataFrame that comes back has the types that it went with, such as
    Int64, category or datetime64[us, Europe/Paris], and its named index: "dtypes" and "index" tell them.
    """

    kind = "dataframe"
    group = True

    def __init__(
        self,
        value: Any = None,
        headers: Sequence[str] | None = None,
        row_count: int | Count = (3, "dynamic"),
        col_count: int | Count | None = None,
        datatype: str | Sequence[str] = "str",
        *,
        type: str = "pandas",
        max_rows: int | None = 20,
        max_cols: int | None = None,
        overflow_row_behaviour: str = "paginate",
        wrap: bool = False,
        line_breaks: bool = True,
        column_widths: Sequence[str | int] | None = None,
        static_columns: Sequence[int] | None = None,
        show_search: str | None = None,
        show_row_numbers: bool = False,
        max_height: int | str | None = None,
        max_chars: int | None = None,
        pinned_columns: int | None = None,
        show_fullscreen_button: bool = False,
        show_copy_button: bool = False,
        **common: Any,
    ) -> None:
        """
        value: the table at first, in any form that the function may return.
        headers: names of the columns of an empty table, and of arrays and lists that the function returns.
        row_count, col_count: how many an empty table has, as n or (n, "dynamic"); with (n, "fixed") the visitor can
            neither add nor remove any, and the value must have n.
        datatype: "str" (anything), "number", "bool", "date", "markdown" or "html", for all columns or as a list.
        type: what the function gets: "pandas", "numpy", "array" (a list of lists) or "polars".
        max_rows: how many rows are in view before one scrolls; None for 20. max_cols: how many columns; None for all
            that fit. overflow_row_behaviour: has no effect; long tables scroll.
        wrap: long text is wrapped instead of cut. line_breaks: so are lines of Markdown.
        column_widths: such as 120, "120px" or "30%", for the first columns.
        static_columns: columns, counted from 0, that the visitor cannot edit.
        show_search: "search" or "filter" for a field that hides the rows without its text, "none" for no field;
            None shows it for long tables. show_row_numbers: 1, 2, 3, ... beside the rows.
        max_height: of the table, in pixels or as CSS such as "20rem"; longer ones scroll. None goes by max_rows.
        max_chars: characters shown of a cell; None for 400. The value keeps all of them.
        pinned_columns: how many first columns stay in view while one scrolls sideways.
        show_fullscreen_button, show_copy_button: buttons that fill the screen with the table, and copy it all.

        Raises ValueError for arguments that do not fit together.
        """
        super().__init__(value, **common)
        self.headers = None if headers is None else [str(header) for header in headers]
        self.row_count = _count("row_count", row_count)
        width = len(self.headers) if self.headers else 3
        self.col_count = (width, "dynamic") if col_count is None else _count("col_count", col_count)
        if self.headers is not None and len(self.headers) != self.col_count[0]:
            raise ValueError(
                f"Dataframe: col_count is {self.col_count[0]}, but there are {len(self.headers)} headers: "
                f"{self.headers}. Name each column once, or leave col_count out."
            )
        self.datatype = datatype if isinstance(datatype, str) else list(datatype)
        _one_of("datatype", [self.datatype] if isinstance(self.datatype, str) else self.datatype, DATATYPES)
        _one_of("type", [type], TYPES)
        _one_of("show_search", [show_search], SEARCHES)
        self.type = type
        self.max_rows = max_rows or 20
        self.max_cols = max_cols
        self.overflow_row_behaviour = overflow_row_behaviour
        self.wrap = wrap
        self.line_breaks = line_breaks
        self.column_widths = [f"{w}px" if isinstance(w, int) else str(w) for w in column_widths or ()]
        self.static_columns = list(static_columns or ())
        self.show_search = show_search
        self.show_row_numbers = show_row_numbers
        self.max_height, self.max_chars = max_height, max_chars
        self.pinned_columns = pinned_columns or 0
        self.show_fullscreen_button, self.show_copy_button = show_fullscreen_button, show_copy_button

    def _datatypes(self, width: int) -> list[str]:
        """One for each column of a table; columns beyond the author's list hold anything."""
        if isinstance(self.datatype, str):
            return [self.datatype] * width
        return (self.datatype + ["str"] * width)[:width]

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> Any:
        return None if wire is None else self._python(received(self, wire, files, self.headers))

    def _python(self, table: Table) -> Any:
        """What the function gets. Raises InvalidValueError for a table that is not as the author declared it."""
        for count, size, what in (
            (self.row_count, table.size, "rows"),
            (self.col_count, len(table.columns), "columns"),
        ):
            if count[1] == "fixed" and size != count[0]:
                raise self.refuse(f"must have {count[0]} {what}", size)
        table = declared(self, table, self._datatypes(len(table.columns)))
        make = {"pandas": to_pandas, "numpy": to_numpy, "array": to_lists, "polars": to_polars}[self.type]
        return make(table)

    def accept(self, value: Any, files: Files) -> Any:
        """Any form that the function may return; wire values too."""
        if value is None or (isinstance(value, dict) and "h" in value):
            return self.preprocess(value, files)
        try:
            return self._python(self._table(value))
        except InvalidValueError:
            raise
        except ValueError as error:
            field = self.label or self.kind
            raise InvalidValueError(f"{field}: {error}", field=field) from error

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no table, or too large a one."""
        if value is None:
            return None
        table = self._table(value)
        return sent(table, files, self._rendered(table))

    def _table(self, value: Any) -> Table:
        if isinstance(value, (str, os.PathLike)):
            return stored(self, Path(local_path(self, value)).read_bytes())
        try:
            return table_of(value, self.headers, one_column=self.col_count[0] == 1)
        except ValueError as error:
            raise ValueError(f"{self.label or self.kind}: {error}") from error

    def _rendered(self, table: Table) -> dict[str, str]:
        """HTML of the texts of Markdown columns."""
        html: dict[str, str] = {}
        left = MOST_HTML
        for cell in self._markdown_cells(table):
            if cell in html or len(cell) > left or len(html) >= MOST_RENDERED:
                continue
            text = render_safe(cell.replace("\n", "  \n") if self.line_breaks else cell)
            if len(text) <= left:
                html[cell] = text
                left -= len(text)
        return html

    def _markdown_cells(self, table: Table) -> Iterator[str]:
        for column, datatype in zip(table.columns, self._datatypes(len(table.columns)), strict=True):
            if datatype == "markdown":
                yield from (cell for cell in column.block(0, column.size) if isinstance(cell, str))

    def schema(self) -> Schema:
        return incoming_schema(self.datatype, self.row_count, self.col_count)

    def output_schema(self) -> Schema:
        return outgoing_schema()

    # ------------------------------------------------------------------ explanations

    def parts(self, value: Any, files: Files) -> TableParts | None:
        """Its cells; of a table with many of them its columns."""
        from quickdemo.interpret.parts.table import TableParts  # numpy is imported when it is needed

        usual = self.interpreted.get("baseline")
        return (
            None
            if value is None
            else TableParts(value, headers=self.headers, reference=self._reference(files), baseline=usual)
        )

    def _reference(self, files: Files) -> Any:
        """Another table, for what is usual in a column."""
        given = self.first_example if self.value is None else self.value
        return None if given is None else self.accept(given, files)

    def set_interpret_parameters(self, baseline: Mapping[str, Any] | None = None) -> Self:
        """baseline: header -> what stands in place of a cell that is left out. Of other columns it is the median of
        numbers and the most frequent of other values; of a table of one row those of `value`, or of the first example,
        or 0 and empty text."""
        if baseline is not None and not isinstance(baseline, Mapping):
            raise ValueError(f"Dataframe: baseline is a dict of headers and values; it was {baseline!r:.100}.")
        self.interpreted = {"baseline": baseline}
        return self

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """JSON of the table; of a large one `label/N.json`, or `label/N.csv` as it was uploaded."""
        if wire is None:
            return None
        name = self.label or self.kind
        if isinstance(wire, dict) and "h" in wire:
            file = media.get(wire["h"])
            return media.keep(name, file.path, os.path.splitext(file.name)[1])
        table = wire if isinstance(wire, dict) else {"data": wire}
        cell = json.dumps({key: table[key] for key in _KEPT if key in table}, ensure_ascii=False)
        if len(cell) <= MOST_IN_CELL:
            return cell
        path = scratch_path("table.json")
        Path(path).write_text(cell, encoding="utf-8", errors="replace")
        return media.keep(name, path, ".json")

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        """{"headers", "types", "data"}, or the path of the file that holds them."""
        if cell == "":
            return None
        return json.loads(cell) if cell.startswith("{") else kept_path(folder, cell)

    def example_html(self, wire: Wire) -> Markup:
        """The first cells, three by three."""
        if wire is None:
            return Markup("")
        rows = [wire["headers"], *wire["data"][:3]]
        more = len(wire["headers"]) > 3
        lines = [Markup("<tr>{}</tr>").format(_cells("td", row[:3], "…" if more else None, 20)) for row in rows]
        if wire.get("rows", len(wire["data"])) > 3:
            lines.append(Markup("<tr><td>…</td></tr>"))
        return Markup('<table class="mini">{}</table>').format(Markup("").join(lines))

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {
            "headers": self.headers,
            "rows": self.row_count,
            "columns": self.col_count,
            "datatype": self.datatype,
            "maxRows": self.max_rows,
            "maxCols": self.max_cols,
            "wrap": self.wrap,
            "widths": self.column_widths,
            "static": self.static_columns,
            "search": self.show_search,
            "numbers": self.show_row_numbers,
            "maxHeight": f"{self.max_height}px" if isinstance(self.max_height, (int, float)) else self.max_height,
            "maxChars": self.max_chars,
            "pinned": self.pinned_columns,
            "fullscreen": self.show_fullscreen_button,
            "copy": self.show_copy_button,
        }

    def control(self, id: str, wire: Wire) -> Markup:
        if wire is None:
            headers = self.headers or [str(n + 1) for n in range(self.col_count[0])]
            wire = {"headers": headers, "data": [[""] * len(headers)] * self.row_count[0]}
        return self._drawn(id, wire, Markup(' role="group" aria-label="{}"').format(self.label))

    def view(self, id: str, wire: Wire) -> Markup:
        return self._drawn(id, wire, Markup(' role="group" aria-labelledby="{}-name"').format(id))

    def _drawn(self, id: str, wire: Wire, name: Markup) -> Markup:
        """The first rows, to be read before any script has run."""
        body = Markup("")
        if wire is not None:
            rows = [Markup("<tr>{}</tr>").format(_cells("td", row)) for row in wire["data"][:_ROWS_AT_FIRST]]
            body = Markup(
                '<div class="sheet" tabindex="0"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
            ).format(_cells("th", wire["headers"]), Markup("").join(rows))
        return Markup('<div id="{}" class="tabular"{}>{}</div>').format(id, name, body)


def _cells(tag: str, cells: Sequence[Any], more: str | None = None, length: int = 200) -> Markup:
    """Table cells of JSON values, numbers to the right; `length`: characters shown of each."""
    drawn = []
    for cell in [*cells[:MAX_COLUMNS], *([more] if more else [])]:
        number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
        text = "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)
        text = text if len(text) <= length else text[: length - 1] + "…"
        scope = Markup(' scope="col"') if tag == "th" else Markup(' class="num"') if number else Markup("")
        drawn.append(Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), scope, text))
    return Markup("").join(drawn)


def _count(name: str, given: Any) -> Count:
    """(n, "dynamic" or "fixed") of n, or of such a pair. Raises ValueError."""
    pair = (given, "dynamic") if isinstance(given, (int, float)) else given
    ok = isinstance(pair, (tuple, list)) and len(pair) == 2 and pair[1] in ("dynamic", "fixed")
    if not ok or isinstance(pair[0], bool) or not isinstance(pair[0], (int, float)) or pair[0] < 0:
        raise ValueError(f'Dataframe: {name} must be a number, or (number, "dynamic" or "fixed"); it was {given!r}.')
    return int(pair[0]), str(pair[1])


def _one_of(name: str, given: Sequence[Any], allowed: Sequence[Any]) -> None:
    wrong = next((value for value in given if value not in allowed), None)
    if wrong is not None:
        offered = ", ".join(repr(value) for value in allowed)
        raise ValueError(f"Dataframe: {name} must be one of {offered}; it was {wrong!r}.")
