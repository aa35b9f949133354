"""STAND-IN for POST api/interpret and api/interpret/part, until the server answers them: Contract-3 JSON by hand."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page, Route

REVIEW = "The staff were very friendly, but the soup was cold and not good."
_SCORES = [0.0, 0.0, 0.0, 0.24, 0.31, 0.0, 0.0, 0.0, 0.0, -0.22, 0.0, -0.14, -0.02]


def stand_in(page: Page) -> list[Any]:
    """Answer what the page asks; returns the bodies that it sent, in order."""
    asked: list[Any] = []

    def explain(route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        asked.append(body)
        name = (body["target"] or {}).get("class", "glad")
        whole = _text(name) if isinstance(body["data"][0], str) else _form()
        first = {**whole, "final": False, "estimator": "leave one out", "calls": 14}
        events = [("explanation", first), ("progress", {"done": 20, "total": 28, "remaining_s": 1.2})]
        events.append(("done", {**whole, "key": "k1"}))
        text = "".join(f"event: {kind}\ndata: {json.dumps(data)}\n\n" for kind, data in events)
        route.fulfill(content_type="text/event-stream", body=text)

    def part(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or ""))
        route.fulfill(json={"value": 0.41, "output": None, "known": True})

    page.route("**/api/interpret", explain)
    page.route("**/api/interpret/part", part)
    return asked


def _facts(target: dict[str, Any], base: float, full: float, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    facts = {"method": "default", "estimator": "averaged ends", "target": target, "base": base, "full": full}
    more = {"calls": 28, "budget": 28, "seed": 123456, "final": True, "seconds": 0.8, "remaining_s": None}
    return {**facts, **more, "inputs": inputs}


def _input(kind: str, label: str, parts: Any, labels: list[str], scores: list[float], sweep: Any = None) -> Any:
    named = {"index": 0, "label": label, "kind": kind, "parts": parts, "labels": labels, "scores": scores}
    return {**named, "total": sum(scores), "errors": None, "sweep": sweep}


def _text(name: str) -> dict[str, Any]:
    words = REVIEW.split()
    tokens = [token for n, word in enumerate(words) for token in ([word, n], [" ", None])][:-1]
    scores = _SCORES if name == "glad" else [-score for score in _SCORES]
    target = {"output": 0, "label": "Mood", "class": name, "kind": "class", "classes": ["glad", "cross"]}
    one = _input("text", "Review", {"tokens": tokens}, words, scores)
    one["errors"] = [0.01] * len(words)
    return _facts(target, 0.5, 0.5 + sum(scores), [one])


def _form() -> dict[str, Any]:
    regions = np.arange(6, dtype=np.uint8).reshape(2, 3).repeat(40, 0).repeat(40, 1)
    png = io.BytesIO()
    Image.fromarray(regions).save(png, "PNG")
    floors, extras = ["ground", "middle", "top"], ["balcony", "kitchen", "noise"]
    inputs = [
        _input("number", "Rooms", {"value": 3, "baseline": 0}, ["3"], [180], {"x": [0, 3, 6], "y": [576, 756, 936]}),
        _input(
            "choice",
            "Floor",
            {"choices": floors, "chosen": [2], "baseline": [], "parts": [2]},
            ["top"],
            [18],
            {"x": floors[:2], "y": [698, 738]},
        ),
        _input(
            "choice",
            "Extras",
            {"choices": extras, "chosen": [0, 2], "baseline": [], "parts": [0, 2]},
            ["balcony", "noise"],
            [45, -25],
        ),
        _input(
            "picture",
            "Photo",
            {"width": 120, "height": 80, "map": base64.b64encode(png.getvalue()).decode()},
            [f"region {n + 1}" for n in range(6)],
            [0, 30, -60, 0, 5, -5],
        ),
        _input(
            "sound",
            "Sound",
            {"seconds": 4.0, "spans": [[n, n + 1] for n in range(4)]},
            [f"{n} to {n + 1} s" for n in range(4)],
            [0, 40, -30, 2],
        ),
        _input(
            "table",
            "Sheet",
            {"headers": ["age", "city"], "cells": [[0, 0], [0, 1], [1, 0]], "rows": [[31, "Bonn"], [22, "Ulm"]]},
            ["row 1, age", "row 1, city", "row 2, age"],
            [20, -50, 33],
        ),
    ]
    for n, one in enumerate(inputs):
        one["index"] = n
    inputs.append({"index": 6, "label": "Film", "kind": None, "why": "A video has no parts."})
    total = sum(one.get("total", 0) for one in inputs)
    target = {"output": 0, "label": "Rent", "class": None, "kind": "number", "classes": None}
    return _facts(target, 500, 500 + total, inputs)
