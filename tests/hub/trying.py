"""A value for each input of a model, and what the stand-in answers to it."""

from __future__ import annotations

import base64
from typing import Any

from tests.fakehub.answers import png, wav

PICTURE = png(size=(32, 16))
SOUND = wav()
TABLE = {"length": [1.5, 2.5], "width": [0.5, 0.25]}

#: task -> what it is called with, and what comes of that
CALLS: dict[str, tuple[list[Any], Any]] = {
    "audio-classification": ([SOUND], {"tabby, tabby cat": 0.75, f"{len(SOUND)} bytes": 0.25}),
    "audio-to-audio": ([SOUND], "sound.wav"),
    "automatic-speech-recognition": ([SOUND], f"heard {len(SOUND)} bytes"),
    "document-question-answering": ([PICTURE, "How much?"], {"42 EUR": 1.0}),
    "feature-extraction": (["Hello"], [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
    "fill-mask": (["<mask> is the capital"], {"Paris": 0.6, "Lyon": 0.2}),
    "image-classification": ([PICTURE], {"tabby, tabby cat": 0.75, f"{len(PICTURE)} bytes": 0.25}),
    "image-segmentation": ([PICTURE], ["cat"]),
    "image-text-to-text": ([PICTURE, "What is this?"], "You said: data:image/png;base64, What is this?"),
    "image-to-image": ([PICTURE, "in red"], (16, 16)),
    "image-to-text": ([PICTURE], "a cat on a mat"),
    "object-detection": ([PICTURE], ["cat 90%"]),
    "question-answering": (["Amsterdam is where I live", "Where?"], ["Amsterdam", {"Amsterdam": 0.75}]),
    "sentence-similarity": (["I am happy", "I am glad\n\nI am sad"], {"I am glad": 1.0, "I am sad": 0.5}),
    "summarization": (["A long text about everything"], "A long text about ev"),
    "table-question-answering": ([TABLE, "How long?"], "42"),
    "tabular-classification": ([TABLE], [["setosa"], ["setosa"]]),
    "text-classification": (["good"], {"POSITIVE": 0.9, "NEGATIVE": 0.1}),
    "text-generation": (["Once"], "Once and so on"),
    "text-to-image": (["a red square"], (16, 16)),
    "text-to-speech": (["Hello"], "sound.wav"),
    "text2text-generation": (["Once"], "Once and so on"),
    "token-classification": (["Ada lives here"], [("Ada", "PER"), (" lives here", None)]),
    "translation": (["abc"], "cba"),
    "visual-question-answering": ([PICTURE, "What?"], {"cat": 0.9, "dog": 0.1}),
    "zero-shot-classification": (["My phone broke", "urgent, calm", False], {"urgent": 0.5, "calm": 1 / 3}),
    "zero-shot-image-classification": ([PICTURE, "cat , dog"], {"cat": 0.5, "dog": 1 / 3}),
}


def wire(value: Any) -> Any:
    """As a program sends it."""
    if isinstance(value, bytes):
        kind = "image/png" if value is PICTURE else "audio/wav"
        return f"data:{kind};base64,{base64.b64encode(value).decode()}"
    if isinstance(value, dict):
        return {"headers": list(value), "data": [list(row) for row in zip(*value.values(), strict=True)]}
    return value


def simple(value: Any) -> Any:
    """What a function gave, as CALLS has it: of pictures the size, of files the name, of areas the labels."""
    if isinstance(value, tuple):
        return [label for _, label in value[1]]
    if hasattr(value, "size"):
        return value.size
    return value.rpartition("/")[2] if isinstance(value, str) and value.startswith("/") else value


def simple_wire(value: Any, size_of: Any) -> Any:
    """The same of what a program is sent. size_of: the size of a picture by its wire value."""
    if not isinstance(value, dict):
        return value
    if "areas" in value:
        return [area["label"] for area in value["areas"]]
    if "confidences" in value:
        return {pair["label"]: pair["confidence"] for pair in value["confidences"]}
    if "data" in value:
        return value["data"]
    return size_of(value) if value["type"].startswith("image/") else value["name"]
