"""Cases of the components that hold a picture in parts, and two beside each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quickdemo.runtime.components.image import Image
from quickdemo.runtime.local_files import LocalFiles
from tests.contract.case import Case
from tests.contract.cases_files import PIXELS

HANDLE = {"h": "a" * 22}
NOTHING = {"background": None, "layers": [], "composite": None}


def painted(files: LocalFiles) -> list[Any]:
    """A stored background with a painted layer and a blank one."""
    beneath = np.array([[[10, 20, 30, 255], [40, 50, 60, 255]]], np.uint8)
    layer = np.array([[[0, 0, 0, 0], [200, 0, 0, 255]]], np.uint8)
    whole = np.array([[[10, 20, 30, 255], [200, 0, 0, 255]]], np.uint8)
    wires = [{"h": Image().postprocess(part, files)["h"]} for part in (beneath, layer)]
    wire = {"background": wires[0], "layers": [wires[1], None]}
    got = {"background": beneath, "layers": [layer, np.zeros_like(layer)], "composite": whole}
    alone = {"background": beneath, "layers": [], "composite": beneath}
    return [(wire, got), ({"composite": wires[0]}, alone), (None, NOTHING), ({}, NOTHING)]


def over(beneath: Any, above: Any) -> Any:
    """What is seen of two layers, each of whose pixels is opaque or transparent."""
    return np.where(above[..., 3:] > 0, above, beneath)


@st.composite
def in_layers(draw: st.DrawFn) -> Any:
    """Background, layers and composite of one size, with opaque and transparent pixels."""
    size = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))

    def part() -> Any:
        colours = draw(arrays(np.uint8, (*size, 4)))
        colours[..., 3] = draw(arrays(np.uint8, size, elements=st.sampled_from([0, 255])))
        colours[colours[..., 3] == 0] = 0
        return colours

    background, layers = part(), [part() for _ in range(draw(st.integers(0, 3)))]
    whole = background
    for layer in layers:
        whole = over(whole, layer)
    return {"background": background, "layers": layers, "composite": whole}


def pair(files: LocalFiles) -> list[Any]:
    """A stored picture on both sides, and on one."""
    dot = np.full((1, 1, 3), 90, np.uint8)
    wire = {"h": Image().postprocess(dot, files)["h"]}
    return [([wire, wire], (dot, dot)), ([None, wire], (None, dot)), ([None, None], None), (None, None)]


CASES = [
    Case("ImageEditor", {}, painted,
         ["x", 5, [], {"layers": "x"}, {"background": 5}, {"layers": [5]}, {"background": "x"}, {"background": {}},
          {"background": HANDLE, "hidden": []}, {"background": {"path": "/etc/passwd"}}, {"layers": [None] * 21},
          {"background": None, "layers": [], "composite": {"h": 5}}],
         [(None, None, None), (NOTHING, None, None)], [("", None)],
         values=in_layers() | st.just(NOTHING)),
    Case("ImageSlider", {}, pair,
         ["x", 5, {}, [], [None], [HANDLE], ["x", None], [5, None], [None, {"path": "/etc/passwd"}], [None] * 3],
         [(None, None, None), ((None, None), None, None)], [("", None), ("[null, null]", (None, None))],
         values=st.tuples(PIXELS, PIXELS | st.none()) | st.tuples(st.none(), PIXELS) | st.none()),
]  # fmt: skip
