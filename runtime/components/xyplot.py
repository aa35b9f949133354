"""What BarPlot, LinePlot and ScatterPlot share: a table in, points out, drawn by the page."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from markupsafe import Markup, escape

from quickdemo.runtime.components import plot_columns
from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.plot_columns import AGGREGATES, Points
from quickdemo.runtime.components.table_csv import read_csv
from quickdemo.runtime.components.table_python import moment
from quickdemo.runtime.components.table_values import Table, table_of
from quickdemo.runtime.components.uploads import local_path

_COLUMN: Schema = {"type": "array"}
_POINTS: Schema = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["number", "time", "category"]},
        "x": _COLUMN,
        "y": {"type": "array", "items": {"type": ["number", "null"]}},
        "color": {"anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "string"}}]},
        "extra": {"type": "object", "additionalProperties": _COLUMN},
    },
    "required": ["kind", "x", "y", "color", "extra"],
    "additionalProperties": False,
}


class XYPlot(Display):
    """Base of the plots over a data frame (pandas, polars, dict of columns, list of dicts, or the path of a CSV)."""

    mark: ClassVar[str]
    #: what happens to several points of one x and colour when the author does not say
    adds_up: ClassVar[str | None] = None

    def __init__(
        self,
        value: Any = None,
        x: str | None = None,
        y: str | None = None,
        *,
        color: str | None = None,
        title: str | None = None,
        x_title: str | None = None,
        y_title: str | None = None,
        color_title: str | None = None,
        x_bin: str | float | None = None,
        y_aggregate: str | None = None,
        color_map: Mapping[str, str] | None = None,
        x_lim: Sequence[Any] | None = None,
        y_lim: Sequence[float | None] | None = None,
        x_label_angle: float | None = None,
        caption: str | None = None,
        sort: str | Sequence[str] | None = None,
        tooltip: str | Sequence[str] = "axis",
        height: int | None = None,
        **common: Any,
    ) -> None:
        """
        value: the table drawn at first: DataFrame, dict of columns, list of dicts, or the path of a CSV file.
        x, y: names of the columns; y must hold numbers, x numbers, moments or texts.
        color: name of the column whose values make the groups, each with a colour and a place in the legend.
        title: above the plot.
        x_title, y_title, color_title: of the axes and the legend; None takes the columns' names.
        x_bin: width of the bins into which x falls: a number, or a time such as "15m", "1h", "7d".
        y_aggregate: what is drawn of the y of one x (or bin) and colour: "sum", "mean", "median", "min", "max" or
            "count".
        color_map: {group: CSS colour}.
        x_lim, y_lim: (lowest, highest) of the axes; a None in it is chosen to fit. Moments of x are ISO 8601
            texts, or seconds since 1970.
        x_label_angle: degrees by which the labels below the x axis are turned.
        caption: one line below the plot, for readers of the page and for screen readers.
        sort: order of texts on the x axis: "x", "-x", "y", "-y" or a list of them; None is the order of the table.
        tooltip: "axis" shows x, y and colour of a point, "none" nothing, "all" all columns, a list these as well.
        height: of the plot in pixels; None is 280.
        """
        super().__init__(value, **common)
        if y_aggregate is not None and y_aggregate not in AGGREGATES:
            raise ValueError(
                f"{type(self).__name__}: y_aggregate must be one of {', '.join(AGGREGATES)}; it was {y_aggregate!r}."
            )
        if isinstance(sort, str) and sort not in ("x", "-x", "y", "-y"):
            raise ValueError(f"{type(self).__name__}: sort must be 'x', '-x', 'y', '-y' or a list; it was {sort!r}.")
        if isinstance(tooltip, str) and tooltip not in ("axis", "none", "all"):
            raise ValueError(
                f"{type(self).__name__}: tooltip must be 'axis', 'none', 'all' or a list; it was {tooltip!r}."
            )
        if x_bin is not None:
            plot_columns.bin_seconds(x_bin)
        self.x, self.y, self.color = x, y, color
        self.titles = {"title": title, "x": x_title or x, "y": y_title or y, "color": color_title or color}
        self.x_bin, self.y_aggregate, self.sort, self.tooltip = x_bin, y_aggregate, sort, tooltip
        if not isinstance(color_map or {}, Mapping):
            raise ValueError(f"{type(self).__name__}: color_map must be {{group: colour}}; it was {color_map!r}.")
        self.color_map = dict(color_map or {})
        self.x_lim, self.y_lim = _limits("x_lim", x_lim), _limits("y_lim", y_lim)
        self.x_label_angle, self.caption, self.height = x_label_angle, caption, height

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> Any:
        """Of what the page was given: a dict of columns, under their names."""
        if wire is None:
            return None
        points = self._checked(wire)
        extra = {name: column for name, column in points.extra.items() if name not in (self.x, self.y, self.color)}
        color = {self.color or "color": points.color} if points.color is not None else {}
        return {self.x or "x": points.x, self.y or "y": points.y, **color, **extra}

    def _checked(self, wire: Wire) -> Points:
        if not isinstance(wire, dict) or set(wire) != set(_POINTS["properties"]):
            raise self.refuse("must be what a plot of the page holds, or null", wire)
        columns = [wire["x"], wire["y"], *([] if wire["color"] is None else [wire["color"]])]
        extra = wire["extra"]
        if not isinstance(extra, dict) or wire["kind"] not in ("number", "time", "category"):
            raise self.refuse("must be what a plot of the page holds, or null", wire)
        columns += extra.values()
        if not all(isinstance(column, list) for column in columns):
            raise self.refuse("must have lists as its columns", wire)
        if not all(y is None or (isinstance(y, (int, float)) and not isinstance(y, bool)) for y in wire["y"]):
            raise self.refuse("must have numbers as y", wire["y"])
        if not all(isinstance(name, str) for name in wire["color"] or ()):
            raise self.refuse("must have texts as colours", wire["color"])
        return Points(wire["kind"], wire["x"], wire["y"], wire["color"], extra)

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no table, or has not the columns."""
        if value is None:
            return None
        if isinstance(value, dict) and set(value) == set(_POINTS["properties"]):  # points of the flag log
            return self._checked(value) and value
        try:
            points = self._points(_table(self, value))
        except ValueError as error:
            raise ValueError(f"{self.label or self.kind}: {error}") from error
        return {"kind": points.kind, "x": points.x, "y": points.y, "color": points.color, "extra": points.extra}

    def _points(self, table: Table) -> Points:
        x = self.x or next(iter(table.headers), "x")
        counting = self.y is None and self.y_aggregate == "count"
        y = None if counting else self.y or next((name for name in table.headers if name != x), "y")
        aggregate = self.y_aggregate or ("mean" if self.x_bin is not None else self.adds_up)
        extra = [] if aggregate else self._extra(table, (x, y, self.color))
        points = plot_columns.points_of(table, x, y, self.color, extra)
        if aggregate:
            points = plot_columns.added_up(points, aggregate, self.x_bin)
        return plot_columns.ordered(points, self.sort)

    def _extra(self, table: Table, shown: Sequence[str | None]) -> list[str]:
        if isinstance(self.tooltip, str):
            return [name for name in table.headers if name not in shown] if self.tooltip == "all" else []
        return [name for name in self.tooltip if name not in shown]

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "null"}, _POINTS]}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """JSON of the points that were drawn."""
        return None if wire is None else json.dumps(wire, ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return json.loads(cell) if cell else None

    def example_html(self, wire: Wire) -> Markup:
        return escape("" if wire is None else f"{len(wire['x'])} points")

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {
            "mark": self.mark,
            "titles": self.titles,
            "colors": self.color_map,
            "xLim": self.x_lim,
            "yLim": self.y_lim,
            "angle": self.x_label_angle,
            "tooltip": self.tooltip != "none",
            "height": self.height or 280,
        }

    def view(self, id: str, wire: Wire) -> Markup:
        head = Markup("<b>{}</b>").format(self.titles["title"]) if self.titles["title"] else Markup("")
        foot = Markup("<figcaption>{}</figcaption>").format(self.caption) if self.caption else Markup("")
        return Markup(
            '<figure id="{}" class="chart" role="group" aria-labelledby="{}-name">'
            '{}<div class="stage"></div>{}</figure>'
        ).format(id, id, head, foot)


def _table(component: XYPlot, value: Any) -> Table:
    if isinstance(value, (str, os.PathLike)):
        with open(local_path(component, value), "rb") as file:
            return read_csv(file.read())
    return table_of(value)


def _limits(name: str, given: Sequence[Any] | None) -> list[Any] | None:
    if given is None:
        return None
    ends = [given] if isinstance(given, (str, float, int)) else list(given)
    ends = [one.item() if hasattr(one, "item") else one for one in ends]  # of numpy
    ends = [one.isoformat() if hasattr(one, "isoformat") else one for one in ends]
    if len(ends) != 2 or not all(_is_limit(one, times=name == "x_lim") for one in ends):
        raise ValueError(f"{name} takes (lowest, highest); it was {given!r}.")
    return ends


def _is_limit(end: Any, *, times: bool) -> bool:
    if end is None or (times and isinstance(end, str) and moment(end) is not None):
        return True
    return isinstance(end, (int, float)) and not isinstance(end, bool) and math.isfinite(end)
