"""Pipelines as transformers makes them, without transformers: the answers have the forms of the real ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image


class Pipeline:
    """`asked` is what it was called with."""

    def __init__(self, task: str, answer: Any, name: str = "acme/local") -> None:
        self.task, self.answer = task, answer
        self.model = SimpleNamespace(config=SimpleNamespace(name_or_path=name))
        self.asked: list[Any] = []

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.asked.append((given, named))
        return self.answer


Pipeline.__module__ = "transformers.pipelines.base"

_BOX = {"xmin": 1, "ymin": 2, "xmax": 80, "ymax": 9}

#: task -> (the pipeline's answer, what the Interface gives); called with tests/hub/trying.py's values
ANSWERS: dict[str, tuple[Any, Any]] = {
    "audio-classification": ([{"label": "yes", "score": 0.75}], {"yes": 0.75}),
    "automatic-speech-recognition": ({"text": "hello"}, "hello"),
    "document-question-answering": ([{"answer": "42 EUR", "score": 0.5}], {"42 EUR": 0.5}),
    "feature-extraction": ([[[0.1, 0.2], [0.3, 0.4]]], [[0.1, 0.2], [0.3, 0.4]]),
    "fill-mask": ([{"token_str": " Paris", "score": 0.5}], {"Paris": 0.5}),
    "image-classification": ([{"label": "tabby, tabby cat", "score": 0.5}], {"tabby, tabby cat": 0.5}),
    "image-segmentation": ([{"label": "cat", "score": 0.5, "mask": Image.new("L", (8, 8), 255)}], ["cat"]),
    "image-to-text": ([{"generated_text": "a cat"}], "a cat"),
    "object-detection": ([{"label": "cat", "score": 0.9, "box": _BOX}], ["cat 90%"]),
    "question-answering": ({"answer": "here", "score": 0.5, "start": 0, "end": 3}, ["here", {"here": 0.5}]),
    "summarization": ([{"summary_text": "short"}], "short"),
    "table-question-answering": ({"answer": "42"}, "42"),
    "text-classification": ([{"label": "POSITIVE", "score": 0.75}], {"POSITIVE": 0.75}),
    "text-generation": ([{"generated_text": "Once upon a time"}], "Once upon a time"),
    "text-to-speech": ({"audio": np.zeros((1, 800), np.float32), "sampling_rate": 8000}, 8000),
    "text2text-generation": ([{"generated_text": "done"}], "done"),
    "token-classification": ([{"entity": "B-PER", "start": 0, "end": 3}], [("Ada", "PER"), (" lives here", None)]),
    "translation": ([{"translation_text": "eins"}], "eins"),
    "visual-question-answering": ([{"answer": "cat", "score": 0.5}], {"cat": 0.5}),
    "zero-shot-classification": ({"sequence": "x", "labels": ["calm"], "scores": [0.5]}, {"calm": 0.5}),
    "zero-shot-image-classification": ([{"label": "cat", "score": 0.5}], {"cat": 0.5}),
}
