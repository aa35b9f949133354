"""The cells of a table as parts: what is usual in a column, and tables that keep their type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quickdemo as gr
from quickdemo.interpret.parts.table import TableParts, columns_of
from quickdemo.runtime.local_files import LocalFiles

FILES = LocalFiles()
TYPES = ("pandas", "polars", "numpy", "array")
ROWS = [[30, "red", 1.5, True], [40, "blue", 2.5, False], [50, "red", None, True]]
HEADERS = ["age", "colour", "size", "old"]


def made(type: str, rows: Any, headers: list[str] = HEADERS, **more: Any) -> tuple[Any, Any]:
    """The component, and what the function gets of the rows."""
    frame = gr.Dataframe(type=type, headers=headers, **more)
    return frame, frame.accept({"headers": headers, "data": rows}, FILES)


def lists(table: Any) -> list[list[Any]]:
    return [list(row) for row in zip(*columns_of(table)[1], strict=True)]


def same(one: Any, other: Any) -> bool:
    """Equal in type, columns' types and cells."""
    if type(one) is not type(other):
        return False
    if hasattr(one, "equals"):
        return bool(one.equals(other)) and list(one.dtypes) == list(other.dtypes)
    return repr(lists(one)) == repr(lists(other)) and getattr(one, "dtype", None) == getattr(other, "dtype", None)


@pytest.mark.parametrize("type", TYPES)
def test_tables_keep_their_type_and_absent_cells_hold_what_is_usual(type: str) -> None:
    component, table = made(type, ROWS)
    parts: Any = component.parts(table, FILES)
    present = np.ones(12, bool)
    present[[0, 5, 9, 11]] = False  # age of the first row, colour of the second, and two of the third

    whole, some = parts.masked(present | True), parts.masked(present)

    assert whole is not table and same(whole, table) and same(some, parts.masked(present))
    assert getattr(some, "dtypes", None) is None or list(some.dtypes) == list(table.dtypes)
    expected = [[40, "red", 1.5, True], [40, "red", 2.5, False], [50, "red", ROWS[2][2], True]]
    assert [row[:2] + row[3:] for row in lists(some)] == [row[:2] + row[3:] for row in expected]
    assert parts.labels[:5] == ["row 1, age", "row 1, colour", "row 1, size", "row 1, old", "row 2, age"]
    assert parts.idle.tolist()[:6] == [False, True, False, True, True, False]


@pytest.mark.parametrize("type", TYPES)
def test_with_no_part_each_cell_is_usual(type: str) -> None:
    component, table = made(type, ROWS)

    none = component.parts(table, FILES).masked(np.zeros(12, bool))

    assert lists(none) == [[40, "red", 2.0, True]] * 3


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(TYPES),
    st.lists(
        st.tuples(st.integers(-9, 9), st.floats(-9, 9), st.sampled_from("ab") | st.none()), min_size=1, max_size=4
    ),
    st.data(),
)
def test_a_table_with_all_parts_is_itself_and_with_some_has_its_types(
    type: str, rows: Any, data: st.DataObject
) -> None:
    component, table = made(type, [list(row) for row in rows], ["n", "x", "s"])
    parts: Any = component.parts(table, FILES)
    present = np.array(data.draw(st.lists(st.booleans(), min_size=3 * len(rows), max_size=3 * len(rows))))

    assert same(parts.masked(present | True), table)
    masked = parts.masked(present)
    assert type in ("numpy", "array") or list(masked.dtypes) == list(table.dtypes)
    cells, before = sum(lists(masked), []), sum(lists(table), [])
    assert all(repr(cells[n]) == repr(before[n]) for n in np.flatnonzero(present))


def test_one_row_is_compared_with_the_default_table_or_with_nothing() -> None:
    component, table = made(
        "pandas", ROWS[:1], value={"headers": HEADERS, "data": [*ROWS[1:], [50, "blue", 3.5, False]]}
    )
    alone, _ = made("pandas", ROWS[:1])
    alone.first_example = None

    assert lists(component.parts(table, FILES).masked(np.zeros(4, bool))) == [[50, "blue", 3.0, False]]
    assert lists(alone.parts(table, FILES).masked(np.zeros(4, bool))) == [[0, "", 0.0, False]]
    alone.set_interpret_parameters({"age": 33, "colour": "green"})
    assert lists(alone.parts(table, FILES).masked(np.zeros(4, bool))) == [[33, "green", 0.0, False]]


@pytest.mark.parametrize("type", TYPES)
def test_of_many_cells_the_columns_are_the_parts(type: str) -> None:
    component, table = made(type, [[n, "ab"[n % 2]] for n in range(1000)], ["n", "s"])
    parts: Any = component.parts(table, FILES)

    masked = parts.masked(np.array([False, True]))

    assert parts.labels == ["n", "s"] and {row[0] for row in lists(masked)} == {499}
    assert [row[1] for row in lists(masked)] == [row[1] for row in lists(table)]
    assert parts.scores_2022([0.5, -1]) == [[0.5, -1]] and len(parts.shown()["rows"]) == 20
    assert parts.shown()["cells"] == [[None, 0], [None, 1]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("quickdemo.interpret.parts.table._MOST_LOOKED_AT", 100)
        sampled: Any = component.parts(table, FILES)
    assert sampled.shown() == parts.shown() and not sampled.idle.any()
    assert abs(lists(sampled.masked(np.array([False, True])))[0][0] - 499) < 10


def test_very_many_columns_are_taken_together() -> None:
    parts = TableParts(np.arange(1800).reshape(3, 600))

    assert len(parts.labels) == 256 and parts.labels[1].startswith("3 to ")
    assert parts.masked(np.arange(256) > 0)[:, :3].tolist() == [[600, 601, 2], [600, 601, 602], [600, 601, 1202]]


def test_the_page_gets_the_cells_as_json() -> None:
    component, table = made("pandas", ROWS)

    shown = component.parts(table, FILES).shown()

    assert shown["headers"] == HEADERS and shown["rows"] == ROWS
    assert shown["cells"][4:6] == [[1, 0], [1, 1]]


def test_what_is_usual_lies_in_the_middle() -> None:
    assert TableParts([[1, 1.0], [4, 2.0]]).masked(np.zeros(4, bool)) == [[2, 1.5]] * 2
    big = np.array([[2**62], [2**62 + 2]])
    assert TableParts(big).masked(np.zeros(2, bool)).tolist() == [[2**62 + 1]] * 2
    assert TableParts([[True], ["x"], ["x"], [None]]).masked(np.zeros(4, bool)) == [["x"]] * 4


def test_scores_are_rows_of_cells() -> None:
    parts = TableParts([[1, 2], [3, 4]])

    assert parts.scores_2022([1, 2, 3, -4]) == [[1, 2], [3, -4]]


@pytest.mark.parametrize("empty", [[], np.zeros((0, 3)), np.zeros((2, 0)), [[]]])
def test_an_empty_table_has_no_parts(empty: Any) -> None:
    parts = TableParts(empty)

    assert parts.labels == [] and np.array_equal(parts.masked(np.zeros(0, bool)), empty)


def test_types_of_columns_stay() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "c": pandas.Categorical(["x", "y", "y"]),
            "d": pandas.to_datetime(["2022-01-01", "2022-01-02", "2022-01-02"]),
            "i": pandas.array([1, None, 3], dtype="Int64"),
            "s": pandas.array(["a", None, "b"], dtype="string"),
            "f": np.array([1, 2, 9], np.float32),
        }
    )
    for rows in (3, 1):
        table = frame.head(rows)
        none = TableParts(table).masked(np.zeros(5 * rows, bool))
        assert list(none.dtypes) == list(frame.dtypes)
    assert TableParts(frame).masked(np.zeros(15, bool)).iloc[0].tolist() == [
        "y",
        pandas.Timestamp("2022-01-02"),
        2,
        "a",
        2,
    ]


def test_what_may_be_set_is_checked() -> None:
    component, table = made("array", ROWS)

    with pytest.raises(ValueError, match="baseline names a column 'height'; the table has age, colour, size, old"):
        component.set_interpret_parameters({"height": 3}).parts(table, FILES)
    with pytest.raises(ValueError, match=r"baseline is a dict of headers and values; it was \[1, 2\]"):
        component.set_interpret_parameters([1, 2])
    assert component.parts(None, FILES) is None
