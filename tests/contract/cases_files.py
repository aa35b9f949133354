"""Cases of the components whose values are files."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quickdemo.runtime.local_files import LocalFiles
from tests.contract.case import Case

NOT_A_FILE = ["x", 5, True, [], {}, {"h": "short"}, {"h": 5}, {"path": "/etc/passwd"}, {"h": "a" * 22, "x": 1}]


def text_file(files: LocalFiles) -> list[Any]:
    """A stored file, as bytes."""
    return [({"h": files.put_bytes(b"one", "a.txt", "text/plain")["h"]}, b"one"), (None, None)]


def grey(files: LocalFiles) -> list[Any]:
    """A stored picture of one grey pixel."""
    from quickdemo.runtime.components.image import Image

    wire = Image().postprocess(np.full((1, 1, 3), 90, np.uint8), files)
    return [({"h": wire["h"]}, np.full((1, 1, 3), 90, np.uint8)), (None, None)]


PIXELS = arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3)))

CASES = [
    Case("File", {"type": "bytes"}, text_file, [*NOT_A_FILE, [{"h": "a" * 21}]], [(None, None, None)]),
    Case("Image", {}, grey, NOT_A_FILE, [(None, None, None)], values=PIXELS | st.none()),
]
