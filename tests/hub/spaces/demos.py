"""The ten apps that every version serves."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

from PIL import Image

from quickdemo.runtime.sound import decode
from tests.hub.spaces.emulator import Demo, Fault


def png(colour: tuple[int, int, int], size: tuple[int, int] = (4, 3)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def _inverted(data: bytes) -> list[Any]:
    red, green, blue = Image.open(io.BytesIO(data)).convert("RGB").getpixel((0, 0))  # type: ignore[misc]
    return [png((255 - red, 255 - green, 255 - blue))]


def _labelled(data: bytes) -> list[Any]:
    pairs = [{"label": "cat", "confidence": 0.75}, {"label": "dog", "confidence": 0.25}]
    return [{"label": "cat", "confidences": pairs}]


def _fails(text: str) -> list[Any]:
    raise Fault(text or None)


async def _counts(count: float) -> AsyncIterator[list[Any]]:
    text = ""
    for number in range(int(count)):
        text += f"{number} "
        yield [text]


def _remembers(text: str, state: list[str] | None) -> list[Any]:
    said = [*(state or []), text]
    return [", ".join(said), said]


TEXT = Demo([("textbox", {"label": "Text", "lines": 2})], [("textbox", {"label": "Loud"})], lambda t: [t.upper()])
PICTURE = Demo([("image", {"label": "Picture"})], [("image", {"label": "Negative"})], _inverted)
LABEL = Demo([("image", {"label": "Picture"})], [("label", {"label": "Class"})], _labelled)
AUDIO = Demo([("audio", {"label": "Sound"})], [("textbox", {"label": "Heard"})], lambda data: [f"{decode(data)[0]} Hz"])
SEVERAL = Demo(
    [
        ("textbox", {"label": "Name"}),
        ("slider", {"label": "Times", "minimum": 1, "maximum": 9, "step": 1, "value": 2}),
        ("dropdown", {"label": "Mark", "choices": ["!", "?"]}),
    ],
    [("textbox", {"label": "Greeting"}), ("number", {"label": "Length"}), ("json", {"label": "All"})],
    lambda name, times, mark: [(name + mark) * int(times), len(name) * times, {"name": name}],
)
LOGIN = Demo([("textbox", {})], [("textbox", {})], lambda t: [f"hello {t}"], auth=("ada", "correct horse"))
ERROR = Demo([("textbox", {"label": "Text"})], [("textbox", {})], _fails)
GENERATOR = Demo([("number", {"label": "Count"})], [("textbox", {"label": "Counted"})], _counts, streams=True)
STATE = Demo(
    [("textbox", {"label": "Text"}), ("state", {})], [("textbox", {"label": "Said"}), ("state", {})], _remembers
)
EXAMPLES = Demo(
    [("textbox", {"label": "Text"}), ("number", {"label": "Count"})],
    [("textbox", {})],
    lambda text, count: [text * int(count)],
    examples=[["ab", 2], ["c", 3]],
    texts=["<h1 style='text-align: center'>Repeat it</h1>", "Says *it* again."],
)
