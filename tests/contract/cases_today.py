"""Cases of the components that came after 2022: buttons, attachments, rows, states of the browser."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from quickdemo.runtime.local_files import LocalFiles
from tests.contract.case import Case, alike
from tests.contract.cases_files import NOT_A_FILE, text_file
from tests.models3d import glb

ROWS = {"components": ["text", "number"], "samples": [["a", 1], ["b", 2]]}
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
FACTS = {"type": "int", "description": "How many.", "default": "1"}


def attached(files: LocalFiles) -> list[Any]:
    """Text with a stored file, and without."""
    handle = files.put_bytes(b"one", "a.txt", "text/plain")["h"]
    return [({"text": "hi", "files": [{"h": handle}]}, {"text": "hi", "files": ["a.txt"]}), (None, None)]


def by_names(got: Any, wanted: Any) -> bool:
    """Equal, with paths of private copies known by their names."""
    if isinstance(got, dict) and "files" in got:
        got = {**got, "files": [path.rpartition("/")[2] for path in got["files"]]}
    return alike(got, wanted)


def a_model(files: LocalFiles) -> list[Any]:
    """A stored model."""
    return [({"h": files.put_bytes(glb(), "fox.glb", "")["h"]}, "fox.glb"), (None, None)]


def by_name(got: Any, wanted: Any) -> bool:
    """Paths, known by their names."""
    return (got and got.rpartition("/")[2]) == wanted


def a_file(files: LocalFiles) -> list[Any]:
    """A stored file."""
    return [({"h": files.put_bytes(b"one", "a.txt", "text/plain")["h"]}, "a.txt"), (None, None)]


CASES = [
    Case("UploadButton", {"type": "bytes"}, text_file, NOT_A_FILE, [(None, None, None)]),
    Case("DownloadButton", {}, a_file, [*NOT_A_FILE, [{"h": "a" * 22}]], [(None, None, None)], same=by_name),
    Case("MultimodalTextbox", {}, attached, [5, True, ["a"], {"text": 5}, {"files": "x"}, {"files": [5]}, {"other": 1}],
         [("hi", {"text": "hi", "files": []}, '{"text": "hi", "files": []}'), (None, None, None)],
         [('{"text": "hi", "files": []}', {"text": "hi", "files": []}), ("", None)], same=by_names,
         values=st.text(min_size=1).map(lambda text: {"text": text, "files": []})),
    Case("FileExplorer", {"glob": "c*.md", "root_dir": "docs", "file_count": "single"}, [(None, None)],
         ["../README.md", "/etc/passwd", "interface.md", 5, ["components.md"], {}],
         [("components.md", "components.md", "components.md"), (None, None, None)],
         [("components.md", "components.md"), ("", None)]),
    Case("FileExplorer", {"glob": "c*.md", "root_dir": "docs"}, [([], []), (None, [])], ["components.md", ["x"], [5]],
         [(["components.md"], ["components.md"], '["components.md"]'), (None, None, None)],
         [('["components.md"]', ["components.md"])]),
    Case("Dataset", ROWS, [(0, ["a", 1]), (1, ["b", 2]), (None, None)], [2, -1, "0", True, ["a", 1], 0.5],
         [(1, 1, 1), (["a", 1], 0, 0), (None, None, None)], [("1", 1), ("", None)],
         values=st.sampled_from([["a", 1], ["b", 2], None])),
    Case("Dataset", {**ROWS, "type": "tuple"}, [(1, (1, ["b", 2]))], [2], [((1, ["b", 2]), 1, 1)]),
    Case("Dataset", {}, [(None, None)], [0]),
    Case("ParamViewer", {}, [({"n": {"type": "int"}}, {"n": {"type": "int"}}), (None, None)],
         ["n", [], {"n": 5}, {"n": {"kind": "int"}}],
         [({"n": FACTS}, {"n": FACTS}, "n"), ({"n": {}}, {"n": dict.fromkeys(FACTS)}, "n"), (None, None, None)],
         [("n, m", {"n": {}, "m": {}}), ("", None)]),
    Case("Model3D", {}, a_model, NOT_A_FILE, [(None, None, None)], same=by_name),
    Case("BrowserState", {"default_value": [1]}, [({"a": [1]}, {"a": [1]}), (None, None)], [],
         [((1, 2), [1, 2], "[1, 2]"), (None, None, None)], [("[1, 2]", [1, 2]), ("", None)], values=JSON_VALUES),
]  # fmt: skip
