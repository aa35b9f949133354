"""A DataFrame that comes back through the page has the types that it went with."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal as same_in_polars

from quickdemo.runtime.components.dataframe import Dataframe
from quickdemo.runtime.components.table_dtypes import known
from quickdemo.runtime.components.timeseries import Timeseries
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles
from tests.contract.exact_frames import SAFE, TEXT, exact_frames, exact_polars, same

FILES: Any = LocalFiles()


def browser(value: Any) -> Any:
    """What JSON is after a browser has read and written it: 1.0 is 1 there."""
    if isinstance(value, list):
        return [browser(item) for item in value]
    if isinstance(value, dict):
        return {key: browser(item) for key, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= SAFE else value


def back(value: Any, **options: Any) -> Any:
    """A table from a function to the page and into a function again."""
    table = Dataframe(**options)
    wire = json.loads(json.dumps(table.postprocess(value, FILES), allow_nan=False))
    return table.preprocess(browser(wire), FILES)


@given(exact_frames())
def test_every_type_of_pandas_survives_the_page(frame: pd.DataFrame) -> None:
    same(back(frame), frame)


@given(exact_polars())
def test_every_type_of_polars_survives_the_page(frame: pl.DataFrame) -> None:
    same_in_polars(back(frame, type="polars"), frame)


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["a", "b"], name="id"),
        pd.DatetimeIndex(["2022-07-01", "2022-07-02"], tz="Europe/Paris", name="when"),
        pd.CategoricalIndex(["b", "a"], categories=["b", "a"], ordered=True, name="size"),
        pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["letter", "number"]),
    ],
)
def test_a_named_index_is_the_index_again(index: pd.Index) -> None:
    frame = pd.DataFrame({"n": [1, 2]}, index=index)
    pd.testing.assert_frame_equal(back(frame), frame, check_freq=False)


@pytest.mark.parametrize(
    "cells",
    [["a", 2**60], ["12", -(2**200), None, True, 3], ["Infinity and more", float("inf"), -float("inf")], [2**53, True]],
)
def test_numbers_that_travel_as_text_stay_numbers_beside_texts(cells: list[Any]) -> None:
    same(back(pd.DataFrame({"c": pd.Series(cells, dtype=object)})), pd.DataFrame({"c": pd.Series(cells, dtype=object)}))


def test_a_text_that_could_be_such_a_number_stays_text() -> None:
    cells = ["1152921504606846976", 2**60]
    assert back(pd.DataFrame({"c": pd.Series(cells, dtype=object)}))["c"].tolist() == [cells[0]] * 2


def test_what_a_visitor_types_may_leave_the_type() -> None:
    frame = pd.DataFrame({"size": pd.Categorical(["S"], categories=["S", "M"]), "n": pd.array([1], dtype="Int8")})
    table = Dataframe()
    wire = table.postprocess(frame, FILES)
    other = table.preprocess({**wire, "data": [["M", 2]]}, FILES)
    assert list(map(str, other.dtypes)) == ["category", "Int8"] and other["size"].cat.categories.tolist() == ["S", "M"]
    free = table.preprocess({**wire, "data": [["XL", 2000]]}, FILES)
    assert free.values.tolist() == [["XL", 2000]] and str(free["n"].dtype) == "int64"


def test_a_flagged_frame_has_its_types_again() -> None:
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}, index=pd.Index(["a", "b"], name="id"))
    table = Dataframe()
    cell = table.flag_cell(table.postprocess(frame, FILES), FILES)
    assert cell is not None
    same(table.preprocess(table.postprocess(table.from_flag_cell(cell, ""), FILES), FILES), frame)


@pytest.mark.parametrize(
    "stated",
    [
        {"dtypes": ["Int65"]}, {"dtypes": ["__import__('os')"]}, {"dtypes": "Int64"}, {"dtypes": ["Int64", "Int64"]},
        {"dtypes": [5]}, {"dtypes": [["Int64"]]}, {"dtypes": [{"categories": ["a"]}]},
        {"dtypes": [{"categories": [["a"]], "ordered": True}]}, {"dtypes": [{"categories": "a", "ordered": True}]},
        {"dtypes": [{"categories": [1], "ordered": True, "of": "category"}]},
        {"dtypes": [{"categories": list(range(1001)), "ordered": True}]},
        {"dtypes": ["datetime64[us, ../../etc/passwd]"]},
        {"index": 2}, {"index": -1}, {"index": True}, {"index": "1"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("component", [Dataframe(label="Table"), Timeseries(label="Table")])
def test_a_page_can_only_name_types_that_there_are(component: Any, stated: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError, match=r"^Table must be a table; its (dtypes|index) must be"):
        component.preprocess({"headers": ["a"], "data": [[1]], **stated}, FILES)


#: names that are known by their form, and whatever cells a client sends with them
NAMES = st.sampled_from(
    ["Int8", "uint64", "boolean", "string", "category", "object", "datetime64[ns]",
     "datetime64[us, Mars/Sea]", "datetime64[s, UTC+99:99]", "timedelta64[s]", "complex64", "period[M]",
     "period[XYZ]", "interval[int64, left]", "decimal",
     "decimal(99)", "date", "time", "datetime", "double[pyarrow]", {"categories": [1, 1], "ordered": True},
     {"categories": ["a"], "ordered": False, "of": "datetime64[us]"}]
)  # fmt: skip
CELLS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | TEXT


@given(NAMES, st.lists(CELLS, max_size=3), st.sampled_from(["pandas", "polars"]))
def test_no_cells_break_on_a_type_that_a_page_names(name: Any, cells: list[Any], type: str) -> None:
    assert known(name)
    frame = Dataframe(type=type).preprocess(
        {"headers": ["a"], "data": [[cell] for cell in cells], "dtypes": [name]}, FILES
    )
    assert len(frame) == len(cells)


@pytest.mark.parametrize("name", ["string", "category", "object", "complex64", "period[M]"])
def test_a_type_does_not_overrule_what_the_author_declared(name: str) -> None:
    frame = Dataframe(datatype="number").preprocess({"headers": ["a"], "data": [[1]], "dtypes": [name]}, FILES)
    assert str(frame["a"].dtype) == "int64"


def test_digits_of_a_decimal_and_of_a_duration_are_kept() -> None:
    frame = pd.DataFrame({"d": [Decimal("1.23456789012345678901")], "t": pd.to_timedelta([1], unit="ns")})
    wire = Dataframe().postprocess(frame, FILES)
    assert wire["data"] == [["1.23456789012345678901", "0:00:00.000000001"]]
