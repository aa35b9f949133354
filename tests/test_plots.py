"""Plots over a data frame: columns of any library, bins and sums, and a sentence for what cannot be drawn."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.components.barplot import BarPlot
from quickdemo.runtime.components.lineplot import LinePlot
from quickdemo.runtime.components.scatterplot import ScatterPlot
from quickdemo.runtime.components.timeseries import Timeseries
from quickdemo.runtime.errors import InvalidValueError

FILES: Any = None  # plots hold no media
ROWS = {"day": ["2024-01-01", "2024-01-02", "2024-01-08"], "n": [1, 2, 4], "who": ["a", "b", "a"]}


def drawn(plot: Any, value: Any) -> dict[str, Any]:
    wire: dict[str, Any] = plot.postprocess(value, FILES)
    return wire


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, lambda rows: pd.DataFrame(rows).to_dict("records")])
def test_tables_of_every_library_are_drawn_alike(make: Any) -> None:
    wire = drawn(LinePlot(x="day", y="n", color="who"), make(ROWS))
    assert wire == {"kind": "time", "x": ROWS["day"], "y": [1.0, 2.0, 4.0], "color": ["a", "b", "a"], "extra": {}}


def test_a_csv_file_is_drawn_by_its_path(tmp_path: Path) -> None:
    pd.DataFrame(ROWS).to_csv(tmp_path / "a.csv", index=False)
    assert drawn(LinePlot(x="day", y="n"), str(tmp_path / "a.csv"))["y"] == [1.0, 2.0, 4.0]


def test_without_names_the_first_columns_are_taken() -> None:
    assert drawn(LinePlot(), {"a": [1, 2], "b": [3, 4]})["y"] == [3.0, 4.0]


def test_moments_of_any_zone_and_kind() -> None:
    frame = pd.DataFrame({"t": pd.to_datetime(["2024-03-01T12:00+02:00", None]), "y": [1, 2]})
    wire = drawn(LinePlot(x="t", y="y"), frame)
    assert wire["kind"] == "time" and len(wire["x"]) == 1
    assert dt.datetime.fromisoformat(wire["x"][0]) == dt.datetime(2024, 3, 1, 10, tzinfo=dt.timezone.utc)


def test_what_is_not_finite_breaks_the_line_and_a_missing_x_is_left_out() -> None:
    wire = drawn(LinePlot(x="x", y="y"), {"x": [1, math.nan, 3, math.inf], "y": [math.inf, 1, math.nan, 2]})
    assert wire["x"] == [1.0, 3.0] and wire["y"] == [None, None]


def test_bars_of_one_name_are_added_up_and_sorted() -> None:
    value = {"x": ["b", "a", "b"], "y": [1, 5, 2]}
    assert drawn(BarPlot(x="x", y="y"), value)["y"] == [3.0, 5.0]
    orders = {sort: drawn(BarPlot(x="x", y="y", sort=sort), value)["x"] for sort in ("x", "-x", "y", "-y")}
    assert orders == {"x": ["a", "b"], "-x": ["b", "a"], "y": ["b", "a"], "-y": ["a", "b"]}
    assert drawn(BarPlot(x="x", y="y", sort=["a", "b"]), value)["x"] == ["a", "b"]


@pytest.mark.parametrize(
    ("aggregate", "wanted"), [("sum", 6), ("mean", 2), ("median", 1), ("min", 1), ("max", 4), ("count", 3)]
)
def test_one_bin_of_each_aggregate(aggregate: str, wanted: float) -> None:
    value = {"x": [0.1, 0.5, 0.9, 3.2], "y": [1, 1, 4, 7]}
    wire = drawn(ScatterPlot(x="x", y="y", x_bin=1, y_aggregate=aggregate), value)
    assert wire["x"] == [0.0, 3.0] and wire["y"][0] == wanted


def test_bins_of_time_begin_at_whole_days_and_weeks() -> None:
    plot = BarPlot(x="day", y="n", x_bin="7d", y_aggregate="sum")
    wire = drawn(plot, ROWS)
    assert [x[:10] for x in wire["x"]] == ["2023-12-28", "2024-01-04"] and wire["y"] == [3.0, 4.0]


def test_rows_are_counted_without_a_y() -> None:
    plot = BarPlot(x="who", y_aggregate="count")
    assert drawn(plot, ROWS)["y"] == [2.0, 1.0]


def test_columns_for_the_tooltip_travel_along() -> None:
    assert drawn(ScatterPlot(x="day", y="n", tooltip=["who"]), ROWS)["extra"] == {"who": ["a", "b", "a"]}
    assert drawn(ScatterPlot(x="day", y="n", tooltip="all"), ROWS)["extra"] == {"who": ["a", "b", "a"]}
    assert drawn(ScatterPlot(x="day", y="n"), ROWS)["extra"] == {}


@given(st.lists(st.tuples(st.integers(-5, 5), st.floats(-1e6, 1e6), st.sampled_from("ab")), min_size=1))
def test_sums_of_groups_add_up_to_the_sum_of_all(rows: list[tuple[int, float, str]]) -> None:
    x, y, color = (list(column) for column in zip(*rows, strict=True))
    wire = drawn(BarPlot(x="x", y="y", color="c"), {"x": x, "y": y, "c": color})
    assert math.isclose(sum(wire["y"]), sum(y), rel_tol=1e-9, abs_tol=1e-6)
    assert len(set(zip(wire["x"], wire["color"], strict=True))) == len(wire["x"])


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": [1], "b": [2]}, "There is no column 'x' to plot; there are: 'a', 'b'."),
        ({"x": [1, 2], "y": ["one", 2]}, "must hold numbers to be plotted; row 1 has 'one'"),
        ({"x": [1, 2], "y": [1]}, "equally long"),
        (5, "A table is a DataFrame"),
        ("missing.csv", "is not there"),
        ({"x": np.arange(2_000_000), "y": np.arange(2_000_000)}, "at most 1,000,000 points"),
    ],
)
def test_what_cannot_be_drawn_is_told(value: Any, problem: str) -> None:
    with pytest.raises(Exception, match=problem.replace("(", r"\(")) as told:
        drawn(LinePlot(x="x", y="y", label="Curve"), value)
    assert str(told.value).startswith("Curve: ")


def test_an_empty_table_is_an_empty_plot() -> None:
    assert drawn(LinePlot(x="x", y="y"), {"x": [], "y": []})["x"] == []


def test_limits_may_come_from_numpy_and_be_moments() -> None:
    assert LinePlot(x_lim=(np.int64(1), None)).options()["xLim"] == [1, None]
    assert json.loads(json.dumps(LinePlot(y_lim=np.array([1, 2])).y_lim)) == [1, 2]
    assert LinePlot(x_lim=(dt.date(2024, 1, 1), "2024-02-01T12:00")).x_lim == ["2024-01-01", "2024-02-01T12:00"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [([["d", "many"]], "The column 'rain' must hold numbers; it holds 'many'."), ([["d", None]], None)],
)
def test_a_column_of_a_timeseries_without_numbers_is_told(rows: list[Any], problem: str | None) -> None:
    series, wire = Timeseries(label="Days", x="day", y="rain"), {"headers": ["day", "rain"], "data": rows}
    if problem is None:
        assert series.preprocess(wire, FILES).shape == (1, 2)
        return
    with pytest.raises(InvalidValueError) as told:
        series.preprocess(wire, FILES)
    assert (told.value.message, told.value.field) == (f"Days: {problem}", "Days")


@pytest.mark.parametrize(
    "options",
    [
        {"y_aggregate": "mode"},
        {"sort": "z"},
        {"tooltip": "some"},
        {"x_bin": "soon"},
        {"x_bin": 0},
        {"x_lim": (1,)},
        {"x_lim": 3},
        {"y_lim": (1, "many")},
        {"y_lim": (1, float("nan"))},
        {"color_map": 5},
    ],
)
def test_wrong_options_are_refused_where_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be|takes"):
        LinePlot(x="x", y="y", **options)
