"""Cases of sound and video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quickdemo.runtime.local_files import LocalFiles
from tests.contract.case import Case
from tests.contract.cases_files import NOT_A_FILE

TINY = str(Path(__file__).parent.parent / "media" / "tiny.mp4")  # a second of ffmpeg's test picture and a tone
RAMP = np.arange(-50, 50, dtype=np.int16)
CROPS = [{"h": "a" * 22, "crop_min": -1}, {"h": "a" * 22, "crop_max": 101}, {"h": "a" * 22, "crop_min": "5"}]


def ramp(files: LocalFiles) -> list[Any]:
    """A stored sound of a hundred samples, whole and trimmed."""
    from quickdemo.runtime.components.audio import Audio

    handle = Audio().postprocess((8000, RAMP), files)["h"]
    return [
        ({"h": handle}, (8000, RAMP)),
        ({"h": handle, "crop_min": 10, "crop_max": 35.5}, (8000, RAMP[10:36])),
        (None, None),
    ]


def same_bytes(one: str | None, other: str | None) -> bool:
    """Two paths of files with the same content, or two times nothing."""
    return one == other if None in (one, other) else Path(str(one)).read_bytes() == Path(str(other)).read_bytes()


def film(files: LocalFiles) -> list[Any]:
    """A stored video."""
    return [({"h": files.put_path(TINY)["h"]}, TINY), (None, None)]


SHAPES = st.integers(0, 40) | st.tuples(st.integers(0, 40), st.integers(2, 8))
SOUNDS = st.tuples(st.integers(1, 768_000), arrays(np.int16, SHAPES))

CASES = [
    Case("Audio", {}, ramp, [*NOT_A_FILE, *CROPS], [(None, None, None)], values=SOUNDS | st.none()),
    Case("Video", {}, film, NOT_A_FILE, [(None, None, None)], values=st.just(TINY) | st.none(), same=same_bytes),
]
