"""Stretches of a sound as parts: silence with fades, and the scores as in 2022."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quickdemo as gr
from quickdemo.interpret.parts.sound import SoundParts
from quickdemo.runtime import sound
from quickdemo.runtime.local_files import LocalFiles

FILES = LocalFiles()


def tone(count: int, dtype: str = "int16", channels: int = 0) -> Any:
    """Never silent."""
    wave = np.where(np.arange(count) % 2, 0.5, -0.5)
    wave = {"f": wave, "i": wave * 20000, "u": wave * 100 + 128}[np.dtype(dtype).kind].astype(dtype)
    return np.repeat(wave[:, None], channels, axis=1) if channels else wave


@given(st.integers(0, 300), st.integers(1, 20), st.sampled_from(["int16", "uint8", "float32"]), st.integers(0, 2))
def test_windows_cover_the_sound_and_absent_ones_are_silent(n: int, segments: int, dtype: str, channels: int) -> None:
    samples = tone(n, dtype, channels)
    parts = SoundParts(1000, samples, segments=segments)
    count = len(parts.labels)

    (rate, whole), (_, none) = parts.masked(np.ones(count, bool)), parts.masked(np.zeros(count, bool))

    assert count == min(segments, n) == len(parts.spans) == len(parts.idle)
    assert rate == 1000 and whole is not samples and np.array_equal(whole, samples)
    assert none.dtype == samples.dtype and none.shape == samples.shape and SoundParts(1000, none).idle.all()
    assert [start for start, _ in parts.spans[1:]] == [stop for _, stop in parts.spans[:-1]]
    assert not count or (parts.spans[0][0], parts.spans[-1][1]) == (0, n / 1000)


@pytest.mark.parametrize("channels", [0, 2])
def test_sound_fades_where_it_ends_and_begins(channels: int) -> None:
    samples = tone(8000, channels=channels)
    parts = SoundParts(1000, samples)

    _, masked = parts.masked(np.array([1, 1, 0, 0, 1, 1, 1, 0], dtype=bool))

    loud = np.abs(masked if not channels else masked[:, 1])
    assert (loud[:1990] == 10000).all() and (loud[4010:6990] == 10000).all()
    assert not loud[2000:4001].any() and not loud[7000:].any()
    assert (np.diff(loud[1990:2000]) < 0).all() and (np.diff(loud[4000:4010]) > 0).all()


def test_labels_and_2022_form() -> None:
    parts = SoundParts(8000, tone(64000))

    assert parts.labels[:2] == ["0 to 1 s", "1 to 2 s"] and len(parts.labels) == 8
    assert parts.scores_2022(np.arange(8) / 4) == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]
    assert parts.shown() == {"seconds": 8.0, "spans": [[float(n), n + 1.0] for n in range(8)]}
    assert SoundParts(8000, np.zeros(4, np.int16)).idle.all()


def test_an_audio_gives_pairs_or_files(tmp_path: Path) -> None:
    path = tmp_path / "bell.wav"
    path.write_bytes(sound.encode(8000, tone(800)))
    for type in ("numpy", "filepath", "file"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "file" is deprecated
            audio = gr.Audio(type=type).set_interpret_parameters(segments=2)
        value = audio.accept(str(path), FILES)
        parts: Any = audio.parts(value, FILES)

        whole, half = parts.masked(np.array([True, True])), parts.masked(np.array([True, False]))

        read = [one if type == "numpy" else sound.decode(getattr(one, "name", one)) for one in (value, whole, half)]
        assert whole.__class__ is half.__class__ is value.__class__ and {rate for rate, _ in read} == {8000}
        assert np.array_equal(read[0][1], read[1][1]) and not read[2][1][400:].any() and read[2][1][:300].all()
    assert Path(half.name).name == "bell.wav" and gr.Audio().parts(None, FILES) is None


def test_what_may_be_set_is_checked() -> None:
    with pytest.raises(ValueError, match="segments must be a whole number from 1 to 255; it was 0"):
        gr.Audio().set_interpret_parameters(0)


def test_windows_that_were_only_explained_together_are_one_stretch() -> None:
    sound = (8000, np.sin(np.arange(16_000) / 3))
    demo = gr.Interface(lambda pair: float(np.abs(pair[1]).mean()), "audio", "number", interpretation="default")

    made = demo.explain(sound, budget=10)

    assert made.labels == [["0 to 0.5 s", "0.5 to 1 s", "1 to 1.5 s", "1.5 to 2 s"]] and made.calls == 10
    [one] = made.to_json()["inputs"]
    assert one["sizes"] == [2, 2, 2, 2] and one["parts"]["spans"][1] == [0.5, 1.0]
    (scores,) = made.to_2022()
    assert len(scores) == 8 and sum(scores) == pytest.approx(made.values[0].sum())  # type: ignore[union-attr]
