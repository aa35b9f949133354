"""What the stand-in's inference answers: the shapes that the Hub's own have, with small made-up values."""

from __future__ import annotations

import base64
import io
import struct
import wave
from typing import Any

from PIL import Image

BINARY = ("audio", "automatic", "image-", "object", "zero-shot-image")  #: tasks whose inputs are a file


def png(colour: tuple[int, int, int] = (10, 20, 30), size: tuple[int, int] = (16, 16)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def wav(samples: int = 800, rate: int = 8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", (i * 37) % 2000) for i in range(samples)))
    return out.getvalue()


def labels(*pairs: tuple[str, float]) -> list[dict[str, Any]]:
    return [{"label": label, "score": score} for label, score in pairs]


def answer(task: str, inputs: Any, parameters: dict[str, Any], data: bytes, body: dict[str, Any]) -> Any:
    """The JSON of a task's answer. data: of tasks whose inputs are a file. Raises KeyError for what it does not do."""
    if task in ("text-generation", "text2text-generation"):
        whole = parameters.get("return_full_text", True)
        return [{"generated_text": f"{inputs if whole else ''} and so on"}]
    return _OF_TASK[task](inputs, parameters, data, body)


def _classes(inputs: Any, parameters: dict[str, Any], *_: Any) -> Any:
    positive = "good" in str(inputs)
    return [labels(("POSITIVE", 0.9), ("NEGATIVE", 0.1)) if positive else labels(("NEGATIVE", 0.8), ("POSITIVE", 0.2))]


def _file_classes(inputs: Any, parameters: dict[str, Any], data: bytes, _: Any) -> Any:
    return labels(("tabby, tabby cat", 0.75), (f"{len(data)} bytes", 0.25))


def _candidates(inputs: Any, parameters: dict[str, Any], *_: Any) -> Any:
    return labels(*((label, 1 / (n + 2)) for n, label in enumerate(parameters["candidate_labels"])))


def _masks(inputs: Any, *_: Any) -> Any:
    found = {"score": 0.6, "token": 1, "token_str": " Paris", "sequence": inputs.replace("<mask>", "Paris")}
    return [found, {"score": 0.2, "token": 2, "token_str": " Lyon", "sequence": "x"}]


def _question(inputs: Any, *_: Any) -> Any:
    return {"answer": inputs["context"].split()[0], "score": 0.75, "start": 0, "end": 3}


def _vectors(inputs: Any, *_: Any) -> Any:
    return [[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]]  # one for each token


def _similar(inputs: Any, *_: Any) -> Any:
    return [1 / (n + 1) for n in range(len(inputs["sentences"]))]


def _entities(inputs: Any, *_: Any) -> Any:
    first = inputs.split()[0]
    group = {"entity_group": "PER", "score": 0.99, "word": first, "start": 0, "end": len(first)}
    inside = {**group, "entity_group": None, "entity": "B-LOC", "start": 0, "end": 1}  # overlaps
    return [group, inside]


def _boxes(*_: Any) -> Any:
    return [{"label": "cat", "score": 0.9, "box": {"xmin": 1, "ymin": 2, "xmax": 8, "ymax": 9}}]


def _segments(*_: Any) -> Any:
    return [{"label": "cat", "score": 0.9, "mask": base64.b64encode(png((255, 255, 255))).decode()}]


def _sounds(*_: Any) -> Any:
    return [{"label": "label_0", "content-type": "audio/wav", "blob": base64.b64encode(wav()).decode()}]


def _first_column(body: dict[str, Any]) -> list[Any]:
    return next(iter(body["table"].values()))


_OF_TASK: dict[str, Any] = {
    "text-classification": _classes,
    "image-classification": _file_classes,
    "audio-classification": _file_classes,
    "zero-shot-classification": _candidates,
    "zero-shot-image-classification": _candidates,
    "translation": lambda inputs, *_: [{"translation_text": inputs[::-1]}],
    "summarization": lambda inputs, *_: [{"summary_text": inputs[:20]}],
    "fill-mask": _masks,
    "question-answering": _question,
    "feature-extraction": _vectors,
    "sentence-similarity": _similar,
    "token-classification": _entities,
    "table-question-answering": lambda *_: {"answer": "42", "coordinates": [[0, 0]], "cells": ["42"]},
    "tabular-classification": lambda inputs, parameters, data, body: ["setosa"] * len(_first_column(body)),
    "automatic-speech-recognition": lambda inputs, parameters, data, body: {"text": f"heard {len(data)} bytes"},
    "object-detection": _boxes,
    "image-segmentation": _segments,
    "image-to-text": lambda *_: [{"generated_text": "a cat on a mat"}],
    "visual-question-answering": lambda *_: [{"answer": "cat", "score": 0.9}, {"answer": "dog", "score": 0.1}],
    "document-question-answering": lambda *_: [{"answer": "42 EUR"}],  # without a score, as the real one
    "audio-to-audio": _sounds,
}
