"""Cases of the plots over a data frame."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.contract.case import Case

XY = {"x": "x", "y": "y"}
NUMBERS = {"kind": "number", "x": [1.0, 2.0], "y": [3.0, None], "color": None, "extra": {}}
NAMES = {"kind": "category", "x": ["a", "b"], "y": [3.0, 4.0], "color": ["p", "q"], "extra": {}}
BAD: list[Any] = ["x", 5, [], {}, {"kind": "number"}, *({**NUMBERS, **changes} for changes in [
    {"kind": "x"}, {"y": ["a"]}, {"x": "ab"}, {"color": [1]}, {"extra": []}, {"more": 1},
])]  # fmt: skip
FLOATS = st.floats(-1e9, 1e9)
COLUMNS = st.lists(st.tuples(FLOATS, FLOATS | st.none()), max_size=8).map(
    lambda rows: {"x": [x for x, _ in rows], "y": [y for _, y in rows]}
)

CASES = [
    Case("LinePlot", XY, [(NUMBERS, {"x": [1.0, 2.0], "y": [3.0, None]}), (None, None)], BAD,
         [({"x": [1, 2], "y": [3, float("nan")]}, NUMBERS, json.dumps(NUMBERS)), (None, None, None)],
         [(json.dumps(NUMBERS), NUMBERS), ("", None)], values=COLUMNS | st.none()),
    Case("ScatterPlot", {**XY, "color": "c"}, [(NAMES, {"x": ["a", "b"], "y": [3.0, 4.0], "c": ["p", "q"]})], [],
         [([{"x": "a", "y": 3, "c": "p"}, {"x": "b", "y": 4, "c": "q"}], NAMES, json.dumps(NAMES))]),
    Case("BarPlot", XY, [(None, None)], BAD,
         [({"x": ["a", "b", "a"], "y": [1, 4, 2]}, {**NAMES, "color": None}, json.dumps({**NAMES, "color": None}))]),
]  # fmt: skip
