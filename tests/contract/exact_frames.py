"""Frames of pandas and polars with columns of every type that comes back from the page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

SAFE = 2**53 - 1


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | values, min_size=1, max_size=5)


def whole(bits: int, signed: bool) -> st.SearchStrategy[int]:
    low = -(2 ** (bits - 1)) if signed else 0
    return st.integers(low, low + 2**bits - 1)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
UNITS = st.sampled_from(["s", "ms", "us", "ns"])
ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", dt.timezone(dt.timedelta(hours=-5, minutes=-30))])
#: of years that every unit holds
MOMENTS = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2250, 1, 1))
SPANS = st.timedeltas(dt.timedelta(days=-90_000), dt.timedelta(days=90_000))
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20)
SIZED = [(f"{sign}{word}{bits}", bits, sign == "") for sign, word, bits in
         [(s, w, b) for b in (8, 16, 32, 64) for s, w in (("", "int"), ("u", "int"))]]  # fmt: skip


def columns_of(dtype: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return some(values).map(lambda cells: pd.Series(pd.array(cells, dtype=dtype)))


def moments(unit: str, zone: Any, cells: list[Any]) -> Any:
    series = pd.Series(pd.to_datetime(pd.Series(cells, dtype="datetime64[us]"))).dt.as_unit(unit)
    return series if zone is None else series.dt.tz_localize("UTC").dt.tz_convert(zone)


def categories(values: list[Any], codes: list[int], ordered: bool) -> Any:
    picked = [None if code >= len(values) else values[code] for code in codes]
    return pd.Series(pd.Categorical(picked, categories=values, ordered=ordered))


COLUMNS = st.one_of(
    *(columns_of(name.replace("i", "I").replace("u", "U"), whole(bits, signed)) for name, bits, signed in SIZED),
    *(arrays(name, 3).map(pd.Series) for name, _, _ in SIZED),
    columns_of("boolean", st.booleans()),
    columns_of("string", TEXT),
    columns_of("Float64", st.floats(allow_nan=False)),
    columns_of("Float32", st.floats(width=32, allow_nan=False)),
    arrays(st.sampled_from([np.float16, np.float32, np.float64]), 3).map(pd.Series),
    arrays(np.complex128, 2, elements=st.complex_numbers(allow_nan=False)).map(pd.Series),
    st.builds(moments, UNITS, st.none() | ZONES, some(MOMENTS)),
    st.builds(lambda unit, cells: pd.Series(cells, dtype="timedelta64[us]").dt.as_unit(unit), UNITS, some(SPANS)),
    st.lists(st.integers(-(2**62), 2**62), min_size=1).map(lambda ns: pd.Series(np.array(ns, dtype="m8[ns]"))),
    st.builds(
        categories,
        st.lists(TEXT, min_size=1, max_size=4, unique=True)
        | st.lists(st.integers(-99, 99), min_size=1, max_size=4, unique=True)
        | st.lists(st.floats(-99, 99), min_size=1, max_size=4, unique=True),
        st.lists(st.integers(0, 4), max_size=5),
        st.booleans(),
    ),
    st.lists(st.integers(-9, 9), min_size=2, max_size=6).map(lambda ns: pd.Series(pd.cut([*ns, np.nan], 3))),
    st.lists(st.integers(-999, 999), min_size=1).map(lambda ns: pd.Series(pd.PeriodIndex.from_ordinals(ns, freq="M"))),
    *(
        some(values).map(lambda cells: pd.Series(cells, dtype=object))
        for values in (
            DECIMALS,
            st.dates(),
            st.times(),
            MOMENTS,
            st.booleans(),
            TEXT,
            st.integers(),
            TEXT | st.integers(),
        )
    ),
)


def exact_frames() -> st.SearchStrategy[pd.DataFrame]:
    """Of one to three columns."""
    return st.lists(COLUMNS, min_size=1, max_size=3).map(_frame)


def _frame(parts: list[pd.Series]) -> pd.DataFrame:
    size = min(map(len, parts))
    return pd.DataFrame({f"c{n}": part.iloc[:size] for n, part in enumerate(parts)})


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_freq=False, check_index_type=False)


POLARS = st.one_of(
    *(st.builds(pl.Series, values=some(whole(bits, signed)), dtype=st.just(getattr(pl, name.title().replace("i", "I"))))
      for name, bits, signed in SIZED),
    some(st.floats(width=32, allow_nan=False)).map(lambda cells: pl.Series(cells, dtype=pl.Float32)),
    some(st.booleans()).map(lambda cells: pl.Series(cells, dtype=pl.Boolean)),
    some(TEXT).map(lambda cells: pl.Series(cells, dtype=pl.String)),
    some(st.sampled_from("abc")).map(lambda cells: pl.Series(cells, dtype=pl.Enum(["c", "b", "a"]))),
    some(st.sampled_from("abc")).map(lambda cells: pl.Series(cells, dtype=pl.Categorical())),
    some(st.dates()).map(lambda cells: pl.Series(cells, dtype=pl.Date)),
    some(st.times()).map(lambda cells: pl.Series(cells, dtype=pl.Time)),
    some(DECIMALS).map(lambda cells: pl.Series(cells, dtype=pl.Decimal(38, 12))),
    st.builds(lambda unit, cells: pl.Series(cells, dtype=pl.Duration(unit)),
              st.sampled_from(["ms", "us", "ns"]), some(SPANS)),
    st.builds(lambda unit, zone, cells: pl.Series(cells, dtype=pl.Datetime(unit)).dt.replace_time_zone("UTC")
              .dt.convert_time_zone(zone), st.sampled_from(["ms", "us", "ns"]),
              st.sampled_from(["UTC", "Europe/Paris"]), some(MOMENTS)),
)  # fmt: skip


def exact_polars() -> st.SearchStrategy[pl.DataFrame]:
    """Of one to three columns."""
    return st.lists(POLARS, min_size=1, max_size=3).map(_polars)


def _polars(parts: list[pl.Series]) -> pl.DataFrame:
    size = min(map(len, parts))
    return pl.DataFrame({f"c{n}": part[:size] for n, part in enumerate(parts)})
