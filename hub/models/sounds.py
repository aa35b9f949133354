"""Tasks with sound in or out."""

from __future__ import annotations

from typing import Any

from quickdemo.hub.models.facts import Facts
from quickdemo.hub.models.media import data_of, kept, sent
from quickdemo.hub.models.task import Asked, Parameters, Task, field, first, scores, text_row
from quickdemo.runtime.components.audio import Audio
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.label import Label
from quickdemo.runtime.components.textbox import Textbox


def _sound(facts: Facts) -> list[Component]:
    return [Audio(type="filepath", label="Input")]


def _spoken(facts: Facts) -> list[Component]:
    return [Audio(sources=["microphone", "upload"], type="filepath", label="Input")]


def _audio() -> list[Component]:
    return [Audio(label="Output")]


def _classify(client: Asked, parameters: Parameters, sound: Any) -> Any:
    return scores(client.audio_classification(sent(sound), **parameters))


def _change(client: Asked, parameters: Parameters, sound: Any) -> Any:
    return kept(field(first(client.audio_to_audio(sent(sound), **parameters)), "blob"), "sound")


def _hear(client: Asked, parameters: Parameters, sound: Any) -> Any:
    return client.automatic_speech_recognition(sent(sound), **parameters).text


def _speak(client: Asked, parameters: Parameters, text: str) -> Any:
    return kept(client.text_to_speech(text, **parameters), "sound")


def heard(sound: Any) -> dict[str, Any]:
    """What a pipeline of transformers takes as a sound, without ffmpeg: one channel of floats."""
    from quickdemo.runtime.sound import decode

    rate, samples = decode(data_of(sound))
    samples = samples.astype("float32") / 32768
    return {"raw": samples if samples.ndim == 1 else samples.mean(axis=1), "sampling_rate": rate}


def _spoken_here(pipeline: Asked, parameters: Parameters, text: str) -> Any:
    made = first(pipeline(text, **parameters))
    return int(made["sampling_rate"]), made["audio"].squeeze()


TASKS = {
    "audio-classification": Task(
        _sound,
        lambda: [Label(label="Class")],
        _classify,
        run=lambda p, more, sound: scores(p(heard(sound), **more)),
    ),
    "audio-to-audio": Task(_sound, _audio, _change),
    "automatic-speech-recognition": Task(
        _spoken,
        lambda: [Textbox(label="Output")],
        _hear,
        run=lambda p, more, sound: p(heard(sound), **more)["text"],
    ),
    "text-to-speech": Task(
        lambda facts: [Textbox(label="Input")], lambda: [Audio(label="Audio")], _speak, run=_spoken_here, row=text_row
    ),
}
