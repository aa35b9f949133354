"""What is wrong with a value, for each kind of component: values that a page sends, and values that a function returns.

Each is tried on the running example, and the page of the component quotes the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quickdemo.runtime import png


@dataclass(frozen=True)
class Upload:
    """A file that is uploaded before it is sent: `data` under `name`; `note` says what is wrong with it."""

    name: str
    data: bytes
    note: str


@dataclass(frozen=True)
class Wrong:
    """sent: wire values in the place of the component. returned: what a function must not return to it."""

    sent: list[Any] = field(default_factory=list)
    returned: list[Any] = field(default_factory=list)


def _png(width: int, height: int) -> bytes:
    return b"".join(png.encode(width, height, 4, lambda start, stop: np.zeros((stop - start, width, 4), np.uint8)))


NO_HANDLE = {"path": "/etc/passwd"}
TEXT = Upload("notes.png", b"Dear diary, this is no picture.", "a text called `notes.png`")
CUT = Upload("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\x02", "a PNG that ends in its head")
DOT = Upload("dot.png", _png(1, 1), "a PNG of 1 x 1 pixels")
WIDE = Upload("wide.png", _png(2, 1), "one of 2 x 1")

WRONG: dict[str, Wrong] = {
    "textbox": Wrong(["x" * 61, ["portable"], True]),
    "number": Wrong([0, "seventy", True], ["seventy"]),
    "slider": Wrong([60.5, "warm", True], ["warm"]),
    "checkbox": Wrong([1, "yes"]),
    "checkboxgroup": Wrong(["olives", ["cheese"], ["olives", "olives"]], [["cheese"]]),
    "radio": Wrong(["K", "Celsius", 0], ["K"]),
    "dropdown": Wrong(["Latin", ["Welsh"]]),
    "colorpicker": Wrong(["blue", "#12", [1, 2, 3]], ["no colour"]),
    "datetime": Wrong(["tomorrow", "2022-02-30 10:00:00", 1656673200], ["tomorrow"]),
    "code": Wrong([5, {"html": "<b>x</b>"}], [("missing.py",)]),
    "image": Wrong([TEXT, CUT, NO_HANDLE], ["missing.png", [1, 2, 3]]),
    "imageeditor": Wrong(
        [
            {"background": TEXT},
            {"background": None, "layers": [DOT, WIDE]},
            {"layers": [None] * 21},
            {"background": NO_HANDLE},
        ],
        ["missing.png", {"mask": None}, {"background": np.zeros((8, 8, 3)), "layers": [np.zeros((4, 4, 4))]}],
    ),
    "imageslider": Wrong(
        [[TEXT, None], [None], "flower.jpg"], ["flower.jpg", [np.zeros((8, 8, 3))], ("missing.png", None)]
    ),
    "gallery": Wrong([[{"image": TEXT}], [{"image": NO_HANDLE}], "flower.jpg"], ["flower.jpg", ["missing.png"]]),
    "annotatedimage": Wrong(
        returned=[
            np.zeros((8, 8, 3), np.uint8),
            (np.zeros((8, 8, 3), np.uint8), [(np.zeros((4, 4)), "mask")]),
            (np.zeros((8, 8, 3), np.uint8), [((0, 0, 20, 20), "box")]),
        ]
    ),
    "model3d": Wrong([Upload("fox.glb", b"glTF fox", "a file that only begins like a GLB")], ["missing.obj", 5]),
    "dataframe": Wrong(
        [[["Flour", "cheap", 3]], {"headers": ["Item"], "data": [["Flour"]]}, "Flour"],
        ["missing.csv", {"Item": ["Flour"], "Sum": [1, 2]}, 5],
    ),
    "timeseries": Wrong(
        [[1, 2], {"headers": ["day"], "data": [["2024-01-01"]], "range": [5, 9]}],
        ["missing.csv", {"day": ["2024-01-01"], "rain": ["much"]}, 5],
    ),
    "barplot": Wrong(returned=[{"letters": [1, 2]}, {"letters": [1], "words": ["many"], "begins with": ["a"]}, 5]),
    "lineplot": Wrong(
        returned=[{"year": [1, 2]}, {"year": [1, 2], "euros": [1], "interest": ["a", "b"]}, "missing.csv"]
    ),
    "scatterplot": Wrong(returned=[{"first": [1.0]}, {"first": [1], "second": ["far"], "digit": ["3"]}, 5]),
    "plot": Wrong(returned=["rose.png", np.zeros(3), 5]),
    "file": Wrong([Upload("a.exe", b"MZ", "`a.exe`, where .txt and .md are taken"), NO_HANDLE], ["missing.txt", 5]),
    "uploadbutton": Wrong([[Upload("a.txt", b"hello", "`a.txt`, where pictures are taken")], [NO_HANDLE]]),
    "downloadbutton": Wrong([NO_HANDLE], ["missing.csv", 5]),
    "multimodaltextbox": Wrong(
        [{"text": "hi", "files": [Upload("a.txt", b"hello", "`a.txt`, where pictures are taken")]}, {"text": 5}, 5],
        [{"text": "hi", "files": ["missing.png"]}, 5],
    ),
    "fileexplorer": Wrong([["../README.md"], ["/etc/passwd"], "pride.txt"], ["missing.txt"]),
    "dataset": Wrong([4, "Lima", [0]], [9]),
    "paramviewer": Wrong(returned=["json.dumps", {"obj": 5}]),
    "browserstate": Wrong(returned=[object]),
    "audio": Wrong(
        [Upload("notes.wav", b"Dear diary", "a text called `notes.wav`"), {"h": "HANDLE", "crop_min": 101}, NO_HANDLE],
        [(16000, "la la"), np.zeros(3), "missing.wav"],
    ),
    "video": Wrong([Upload("notes.mp4", b"Dear diary", "a text called `notes.mp4`"), NO_HANDLE], ["missing.mp4", 5]),
    "label": Wrong(["cat"], [{"cat": "sure"}, ["cat", "dog"]]),
    "json": Wrong(returned=[object]),
    "html": Wrong([5], []),
    "markdown": Wrong([5], []),
    "highlightedtext": Wrong(["text", [["text"]], [["text", True]]], ["text", [("text",)], [("text", [1])]]),
    "chatbot": Wrong(["hi", [["hi"]], [[1, 2]]], ["hi", [("hi",)]]),
}
