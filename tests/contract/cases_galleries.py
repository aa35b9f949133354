"""Cases of the components that hold several pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image as Pillow

from quickdemo.runtime.components.image import Image
from quickdemo.runtime.local_files import LocalFiles
from tests.contract.case import Case, alike
from tests.contract.cases_files import PIXELS

DOT = np.full((1, 1, 3), 90, np.uint8)


def two(files: LocalFiles) -> list[Any]:
    """Two stored pictures, one with a caption."""
    handle = Image().postprocess(DOT, files)["h"]
    wire = [{"image": {"h": handle}, "caption": "a dot"}, {"image": {"h": handle}}]
    return [(wire, [(DOT, "a dot"), (DOT, None)]), ([], None), (None, None)]


def areas(files: LocalFiles) -> list[Any]:
    """A stored picture with a box."""
    handle = Image().postprocess(DOT, files)["h"]
    box = {"label": "all", "box": [0, 0, 1, 1]}
    return [({"image": {"h": handle}, "areas": [box]}, (DOT, [((0, 0, 1, 1), "all")])), (None, None)]


def as_arrays(got: Any, wanted: Any) -> bool:
    """Equal, with PIL pictures as arrays."""

    def plain(value: Any) -> Any:
        if isinstance(value, Pillow.Image):
            return np.asarray(value)
        return type(value)(map(plain, value)) if isinstance(value, (list, tuple)) else value

    return alike(plain(got), plain(wanted))


@st.composite
def annotated(draw: st.DrawFn) -> Any:
    """A picture with masks and boxes within it."""
    picture = draw(PIXELS)
    height, width = picture.shape[:2]
    masks = arrays(np.uint8, (height, width), elements=st.integers(0, 255)).map(lambda a: a.astype(np.float32) / 255)
    boxes = st.tuples(st.integers(0, width - 1), st.integers(0, height - 1)).map(
        lambda corner: (*map(float, corner), float(width), float(height))
    )
    return picture, draw(st.lists(st.tuples(masks | boxes, st.text(max_size=5)), max_size=3))


CASES = [
    Case("Gallery", {}, two, ["x", 5, {}, [5], [{"caption": "x"}], [{"image": None}], [{"image": "x"}],
                              [{"image": {"h": "a" * 22}, "caption": 5}], [{"image": {"h": "a" * 22}, "more": 1}]],
         [(None, [], "[]"), ([], [], "[]")], [("[]", None), ("", None)],
         values=st.lists(st.tuples(PIXELS, st.none() | st.text()), min_size=1, max_size=3)),
    Case("AnnotatedImage", {}, areas, ["x", [], {}, {"areas": []}, {"image": {"h": "a" * 21}, "areas": []},
                                       {"image": {"h": "a" * 22}}, {"image": {"h": "a" * 22}, "areas": [1], "more": 1}],
         [(None, None, None)], [("", None)], values=annotated(), same=as_arrays),
]  # fmt: skip
