"""Timeseries: a CSV file as lines, of which the visitor chooses a range."""

from __future__ import annotations

import math

import pandas as pd

import quickdemo as gr

DAYS = [f"2024-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(168)]
WARMTH = pd.DataFrame({"day": DAYS, "warmth": [round(9 + 9 * math.sin((n - 60) / 55), 1) for n in range(168)]})


def smooth(frame: pd.DataFrame | None) -> pd.DataFrame | None:
    """The mean of a week around each day."""
    if frame is None:
        return None
    return frame.assign(warmth=frame["warmth"].rolling(7, center=True, min_periods=1).mean().round(2))


demo = gr.Interface(
    smooth,
    gr.Timeseries(WARMTH, x="day", y="warmth", label="Warmth"),
    gr.Timeseries(x="day", y="warmth", label="Mean of a week"),
)

if __name__ == "__main__":
    demo.launch()
