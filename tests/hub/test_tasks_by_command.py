"""Every task of the table by `quickdemo load ... --call`: an unpatched process with the Hub's own addresses."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from PIL import Image

from tests.fakehub.hub import GOOD_TOKEN, HUB, ROUTER, FakeHub
from tests.hub.trying import CALLS, PICTURE, SOUND, wire

pytestmark = pytest.mark.slow  # a process each

#: model -> what it is called with, and what comes of that; a chat is asked of its provider
MODELS = {**CALLS, "chat": (["Hello"], "You said: Hello")}
ENDINGS = {"audio-to-audio": ".wav", "text-to-speech": ".wav", "image-to-image": ".png", "text-to-image": ".png"}


def typed(value: Any, folder: Path) -> str:
    """As a person types it: of media the path of a file, of a table its JSON."""
    if value is PICTURE or value is SOUND:
        path = folder / ("given.png" if value is PICTURE else "given.wav")
        path.write_bytes(value)
        return path.name
    return value if isinstance(value, str) else json.dumps(wire(value))


@pytest.mark.parametrize("task", [task for task in MODELS if task not in ENDINGS])
def test_every_task_is_asked_once(
    load: Callable[..., CompletedProcess[str]], hub: FakeHub, tmp_path: Path, task: str
) -> None:
    given, expected = MODELS[task]
    values = [typed(value, tmp_path) for value in given]
    calls = [f"{place}={value}" for place, value in enumerate(values)] if len(values) > 1 else values

    done = load(f"models/acme/{task}", *(part for call in calls for part in ("--call", call)), "--json")

    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)["data"]
    if task in ("image-segmentation", "object-detection"):
        (picture, areas) = data[0]
        with Image.open(picture) as shown:
            assert shown.size == (32, 16)
        for place, _ in areas:
            if task == "image-segmentation":
                with Image.open(place) as mask:
                    assert (mask.size, mask.getextrema()) == ((32, 16), (255, 255))
            else:
                assert place == [1, 2, 8, 9]
        data = [[label for _, label in areas]]
    if task == "question-answering":
        assert data == expected
    else:
        assert data == [json.loads(json.dumps(expected))]
    only_the_hub_was_asked(hub, done)


@pytest.mark.parametrize("task", ENDINGS)
def test_pictures_and_sounds_come_as_files(
    load: Callable[..., CompletedProcess[str]], hub: FakeHub, tmp_path: Path, task: str
) -> None:
    values = [typed(value, tmp_path) for value in CALLS[task][0]]
    calls = [f"{place}={value}" for place, value in enumerate(values)] if len(values) > 1 else values
    name = f"answer{ENDINGS[task]}"

    done = load(f"models/acme/{task}", *(part for call in calls for part in ("--call", call)), "-o", name, "--json")

    assert (done.returncode, done.stderr, json.loads(done.stdout)["data"]) == (0, "", [name])
    if name.endswith(".png"):
        with Image.open(tmp_path / name) as picture:
            assert (picture.size, picture.convert("RGB").getpixel((0, 0))) == ((16, 16), (200, 0, 0))
    else:
        with wave.open(str(tmp_path / name)) as sound:
            assert (sound.getframerate(), sound.getnframes()) == (8000, 800)
    only_the_hub_was_asked(hub, done)


def only_the_hub_was_asked(hub: FakeHub, done: CompletedProcess[str]) -> None:
    assert [one.host for one in hub.log] == [HUB, ROUTER]
    assert hub.proxy.refused == []
    assert GOOD_TOKEN not in done.stdout + done.stderr
