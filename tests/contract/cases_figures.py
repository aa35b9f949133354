"""Cases of what draws."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from PIL import Image

from quickdemo.runtime.local_files import LocalFiles
from tests.contract.case import Case

FIGURE = '{"data":[{"y":[1,2]}],"layout":{}}'
HANDLE = {"h": "a" * 22}


def a_figure(files: LocalFiles) -> list[Any]:
    """A stored figure of Plotly, with what the page may send beside it."""
    wire = {"type": "plotly", "plot": {"h": files.put_bytes(FIGURE.encode(), "plotly.json", "")["h"]}}
    return [(wire, {"type": "plotly", "plot": FIGURE}), ({**wire, "alt": "x", "width": 3, "parts": ["gl"]}, None)]


def picture(colour: tuple[int, int, int]) -> dict[str, str]:
    """A picture that was drawn already, as scripts of 2022 have it."""
    out = io.BytesIO()
    Image.new("RGB", (2, 2), colour).save(out, "PNG")
    return {"type": "matplotlib", "plot": "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()}


def content(value: Any) -> Any:
    """The figure itself: bytes of a picture, be it a path or a data: URL; JSON as text."""
    if value is None or value["type"] != "matplotlib":
        return value
    plot = value["plot"]
    return base64.b64decode(plot.partition(",")[2]) if plot.startswith("data:") else Path(plot).read_bytes()


def same_figure(got: Any, wanted: Any) -> bool:
    """Equal in what is drawn; None as what is wanted leaves that open."""
    return wanted is None and got is not None or content(got) == content(wanted)


NUMBERS = st.lists(st.floats(-1e6, 1e6), max_size=5)
FIGURES = st.builds(lambda y: {"type": "plotly", "plot": json.dumps({"data": [{"y": y}], "layout": {}})}, NUMBERS)
PICTURES = st.builds(picture, st.tuples(*[st.integers(0, 255)] * 3))

CASES = [
    Case("Plot", {}, a_figure,
         [5, "x", True, [], {}, {"type": "plotly"}, {"type": "x", "plot": HANDLE}, {"type": "plotly", "plot": FIGURE},
          {"type": "plotly", "plot": {"h": "short"}}, {"type": "plotly", "plot": HANDLE, "alt": 5},
          {"type": "bokeh", "plot": HANDLE, "parts": ["x"]}, {"type": "bokeh", "plot": HANDLE, "parts": "gl"},
          {"type": "matplotlib", "plot": HANDLE, "width": "3"}, {"type": "plotly", "plot": HANDLE, "other": 1}],
         [(None, None, None)], [("", None)], values=FIGURES | PICTURES, same=same_figure),
]  # fmt: skip
