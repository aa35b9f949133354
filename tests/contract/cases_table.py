"""Cases of the components whose values are tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.contract.case import Case
from tests.contract.exact_frames import exact_frames, same

CELL = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
COLUMNS = (
    lambda size: st.lists(st.integers(-(2**63), 2**63 - 1), min_size=size, max_size=size),
    lambda size: st.lists(st.floats(width=64), min_size=size, max_size=size),
    lambda size: st.lists(st.booleans(), min_size=size, max_size=size),
    lambda size: st.lists(TEXT, min_size=size, max_size=size),
)
MOMENTS = st.datetimes()


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Frames of columns of one type each: int64, float64 with missing and infinite ones, bool, str, datetime64."""
    size = draw(st.integers(0, 5))
    dtypes = ["int64", "float64", "bool", "str"]
    chosen = draw(st.lists(st.integers(0, len(dtypes) - 1), min_size=1, max_size=4))
    parts = {n: pd.Series(draw(COLUMNS[which](size)), dtype=dtypes[which]) for n, which in enumerate(chosen)}
    parts[len(parts)] = pd.Series(draw(st.lists(MOMENTS, min_size=size, max_size=size)), dtype="datetime64[us]")
    frame = pd.DataFrame(parts)
    frame.columns = draw(st.lists(TEXT, min_size=len(parts), max_size=len(parts)))
    return frame


def same_frame(one: Any, other: Any) -> bool:
    """The same headers, types and cells; a datetime64 column may have another unit."""
    if not isinstance(one, pd.DataFrame):
        return bool(one == other)
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return False
    pairs = [(one.iloc[:, n], other.iloc[:, n]) for n in range(one.shape[1])]
    return all(a.dtype.kind == b.dtype.kind and a.isna().equals(b.isna()) and _equal(a, b) for a, b in pairs)


def _equal(one: pd.Series, other: pd.Series) -> bool:
    there = one.notna()
    return bool((one[there].to_numpy() == other[there].to_numpy()).all())


def same_types(one: Any, other: Any) -> bool:
    """The same cells, and exactly the same types."""
    same(one, other)
    return True


def same_array(one: Any, other: Any) -> bool:
    """The same type, shape and cells, NaN being equal to NaN."""
    if one is None or other is None:
        return one is other
    equal_nan = one.dtype.kind == "f"
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=equal_nan)


def same_polars(one: Any, other: Any) -> bool:
    """The same names, types and cells."""
    return bool(one.schema == other.schema and one.equals(other))


SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 4))
RECTANGLES = SHAPES.flatmap(
    lambda shape: st.lists(st.lists(CELL, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0])
)


def in_polars(frame: pd.DataFrame) -> pl.DataFrame:
    """The same cells, under names that polars knows apart; NaN, which JSON has no word for, is null."""
    parts = {f"c{n}": frame.iloc[:, n].tolist() for n in range(frame.shape[1])}
    return pl.DataFrame(parts, strict=False).fill_nan(None)


BAD = [
    "x",
    5,
    True,
    {},
    [1, 2],
    [["a"], "b"],
    {"headers": ["a"]},
    {"data": [[{}]]},
    {"headers": "a", "data": [["a"]]},
    {"headers": [1], "data": [["a"]]},
    {"data": 5},
    {"h": "short"},
    {"h": 5},
    [[[1]]],
    {"data": [[1] * 1001]},
]
AB = {"headers": ["a", "b"], "types": ["int", "str"], "data": [[1, "x"], [2, None]]}
AB_CELL = '{"headers": ["a", "b"], "types": ["int", "str"], "data": [[1, "x"], [2, null]]}'
NUMBERS = {"headers": ["1", "2"], "types": ["int", "int"], "data": [[1, 2]]}
NUMBERS_CELL = '{"headers": ["1", "2"], "types": ["int", "int"], "data": [[1, 2]]}'

CASES = [
    Case(
        "Dataframe",
        {},
        [
            (None, None),
            (AB, pd.DataFrame({"a": [1, 2], "b": ["x", None]})),
            ([["x"]], pd.DataFrame({"1": ["x"]})),
            ({"headers": ["n"], "data": [[1], [None]]}, pd.DataFrame({"n": [1.0, None]})),
            ({"headers": ["n"], "data": [[2**60]]}, pd.DataFrame({"n": [2**60]})),
            ({"headers": ["n"], "data": [["1152921504606846976"]], "types": ["int"]}, pd.DataFrame({"n": [2**60]})),
            ({"headers": ["n"], "data": [], "metadata": None}, pd.DataFrame({"n": pd.Series(dtype=object)})),
        ],
        BAD,
        [
            (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), AB, AB_CELL),
            (None, None, None),
            ({"a": [1, 2], "b": ["x", None]}, AB, AB_CELL),
            ([{"a": 1, "b": "x"}, {"a": 2}], AB, AB_CELL),
            (pl.DataFrame({"a": [1, 2], "b": ["x", None]}), AB, AB_CELL),
            ([1, 2], NUMBERS, NUMBERS_CELL),
            (np.array([[1, 2]]), NUMBERS, NUMBERS_CELL),
        ],
        [(AB_CELL, {"headers": ["a", "b"], "types": ["int", "str"], "data": [[1, "x"], [2, None]]}), ("", None)],
        values=frames(),
        same=same_frame,
    ),
    Case(
        "Dataframe",
        {"max_rows": 9},
        [],
        [{"data": [[1]], "dtypes": ["Int65"]}, {"data": [[1]], "dtypes": "Int8"}, {"data": [[1]], "index": -1}],
        [
            (
                pd.DataFrame({"n": pd.array([1, None], dtype="Int8")}, index=pd.Index([5, 6], name="id")),
                {"headers": ["id", "n"], "types": ["int", "int"], "dtypes": [None, "Int8"], "index": 1,
                 "data": [[5, 1], [6, None]]},
                '{"headers": ["id", "n"], "types": ["int", "int"], "dtypes": [null, "Int8"], "index": 1, '
                '"data": [[5, 1], [6, null]]}',
            )
        ],
        values=exact_frames(),
        same=same_types,
    ),
    Case(
        "Dataframe",
        {"type": "array"},
        [([["a", 1], [None, True]], [["a", 1], [None, True]]), ([], []), ([[]], [])],
        BAD,
        [],
        values=RECTANGLES,
    ),
    Case(
        "Dataframe",
        {"type": "array", "col_count": (1, "fixed"), "row_count": (2, "fixed")},
        [([["a"], ["b"]], [["a"], ["b"]])],
        [[["a"]], [["a", "b"], ["c", "d"]], [["a"], ["b"], ["c"]]],
        [
            (
                ["a", "b"],
                {"headers": ["1"], "types": ["str"], "data": [["a"], ["b"]]},
                '{"headers": ["1"], "types": ["str"], "data": [["a"], ["b"]]}',
            )
        ],
    ),
    Case(
        "Dataframe",
        {"type": "numpy"},
        [([[1, 2.5]], np.array([[1.0, 2.5]])), ([[True]], np.array([[True]]))],
        BAD,
        [],
        values=arrays(np.int64, SHAPES) | arrays(np.float64, SHAPES) | arrays(np.bool_, SHAPES),
        same=same_array,
    ),
    Case(
        "Dataframe",
        {"type": "polars"},
        [([["a"]], pl.DataFrame({"1": ["a"]}))],
        BAD,
        [],
        values=frames().filter(len).map(in_polars),
        same=same_polars,
    ),
    Case(
        "Dataframe",
        {"type": "array", "datatype": ["str", "number", "bool", "date"], "headers": list("abcd")},
        [([["x", 1.5, True, "2022-07-01"], [None] * 4], [["x", 1.5, True, "2022-07-01"], [None] * 4])],
        [
            [["x", "y", True, None]],
            [["x", 1, 1, None]],
            [["x", True, True, None]],
            [["x", 1, True, "soon"]],
            [["x", 1, "true", None]],
            [["x", 1, True, 5]],
            [["x", 1, True, "2022"]],
        ],
        [],
    ),
]  # fmt: skip

SERIES = {"headers": ["t", "y"], "types": ["int", "float"], "data": [[1, 0.5], [2, 1.5], [3, 2.5]]}
SERIES_CELL = '{"headers": ["t", "y"], "types": ["int", "float"], "data": [[1, 0.5], [2, 1.5], [3, 2.5]]}'
FLOATS = st.floats(-1e9, 1e9)

CASES.append(
    Case("Timeseries", {},
         [(SERIES, pd.DataFrame({"t": [1, 2, 3], "y": [0.5, 1.5, 2.5]})), (None, None),
          ({**SERIES, "range": [1, 1]}, pd.DataFrame({"t": [2], "y": [1.5]}))],
         ["x", 5, {}, {**SERIES, "range": [1]}, {**SERIES, "range": "ab"}, {**SERIES, "range": [-1, 2]}],
         [(pd.DataFrame({"t": [1, 2, 3], "y": [0.5, 1.5, 2.5], "s": ["a", "b", "c"]}), SERIES, SERIES_CELL),
          (None, None, None)],
         [(SERIES_CELL, SERIES), ("", None)],
         values=st.lists(st.tuples(st.integers(-9, 9), FLOATS), min_size=1, max_size=5).map(
             lambda rows: pd.DataFrame({"t": [t for t, _ in rows], "y": [y for _, y in rows]})), same=same_frame),
)  # fmt: skip
