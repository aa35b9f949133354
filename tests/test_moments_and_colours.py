"""DateTime and ColorPicker: what they refuse, and that what goes out comes back."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quickdemo as gr
from quickdemo.runtime.components.colorpicker import as_hex
from quickdemo.runtime.errors import InvalidValueError

FILES: Any = None  # neither holds media
ZONES = ["Europe/Berlin", "UTC", "Asia/Kolkata"]


def moments() -> st.SearchStrategy[dt.datetime]:
    return st.datetimes().map(lambda moment: moment.replace(microsecond=0, fold=0))


@given(moments())
def test_a_moment_without_a_zone_comes_back(moment: dt.datetime) -> None:
    component = gr.DateTime(type="datetime")
    assert component.preprocess(component.postprocess(moment, FILES), FILES) == moment


@given(st.datetimes(dt.datetime(1900, 1, 2), dt.datetime(9999, 12, 30)), st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_a_moment_of_another_zone_comes_back_as_the_same_moment(moment: dt.datetime, there: str, here: str) -> None:
    """But for the hour that a clock shows twice: of these two moments the wire value names the first."""
    aware = moment.replace(microsecond=0, fold=0, tzinfo=ZoneInfo(there))
    component = gr.DateTime(type="datetime", timezone=here)
    back = component.preprocess(component.postprocess(aware, FILES), FILES)
    assert isinstance(back, dt.datetime)
    assert back.replace(tzinfo=None) == aware.astimezone(ZoneInfo(here)).replace(tzinfo=None)


@pytest.mark.parametrize(
    "wire", ["2022-02-30 00:00:00", "2022-07-01 24:00:00", "2022-07-01 12:60:00", "0000-01-01 00:00:00"]
)
def test_a_moment_that_never_was_is_refused_with_its_label(wire: str) -> None:
    with pytest.raises(InvalidValueError, match=f"When must be a moment such as 2022-07-01 12:30:00; it was '{wire}'"):
        gr.DateTime(label="When").preprocess(wire, FILES)


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (np.datetime64("2024-02-29T10:00:00.123456789"), "2024-02-29 10:00:00"),
        (np.datetime64("2024-02-29"), "2024-02-29 00:00:00"),
        (pd.Series(pd.to_datetime(["2024-02-29 10:00"])).to_numpy()[0], "2024-02-29 10:00:00"),
        (pd.Timestamp("2024-02-29 10:00"), "2024-02-29 10:00:00"),
        (np.datetime64("NaT"), None),
        (pd.NaT, None),
    ],
)
def test_moments_of_numpy_and_pandas_are_shown(value: Any, wire: str | None) -> None:
    assert gr.DateTime().postprocess(value, FILES) == wire


@pytest.mark.parametrize("value", ["noon", True, [1], np.zeros(2), float("nan"), float("inf"), 1e300, object()])
def test_what_is_no_moment_cannot_be_returned(value: Any) -> None:
    with pytest.raises(ValueError, match="A moment is seconds since 1970, a datetime, a date or a text"):
        gr.DateTime().postprocess(value, FILES)


def test_wrong_options_are_refused_when_they_are_given() -> None:
    with pytest.raises(ValueError, match="type must be one of timestamp, datetime, string; it was 'iso'"):
        gr.DateTime(type="iso")
    for zone in ("Europe/Atlantis", "../etc/passwd", ""):
        with pytest.raises(ValueError, match="there is no time zone"):
            gr.DateTime(timezone=zone)
    with pytest.raises(ValueError, match="A moment is"):
        gr.DateTime("yesterday")


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_a_colour_comes_back(colour: tuple[int, int, int]) -> None:
    component = gr.ColorPicker()
    wire = component.postprocess(colour, FILES)
    assert component.preprocess(wire, FILES) == wire
    assert tuple(bytes.fromhex(str(wire)[1:])) == colour
    assert as_hex(str(wire).upper()) == wire


@pytest.mark.parametrize(
    "value", ["blue", "#12345", "123456", (1, 2), (1, 2, 256), (1, 2, -1), (1, 2, 0.5), (True, 1, 1), 7]
)
def test_what_is_no_colour_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="A colour is '#rrggbb', '#rgb' or three whole numbers from 0 to 255; this is"):
        gr.ColorPicker(value)
