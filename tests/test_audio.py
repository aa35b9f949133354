"""Audio: what the function gets of a sound, what it may return, how it is trimmed, limited and kept."""

import base64
import os

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime import sound
from quickdemo.runtime.components.audio import Audio, WaveformOptions
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.flagging.media import FlagMedia
from quickdemo.runtime.local_files import LocalFiles

RATE = 8000
TONE = (np.sin(np.arange(2 * RATE) * 0.3) * 20000).astype(np.int16)


@pytest.fixture
def files():
    return LocalFiles()


def sent(files, data=None, name="tone.wav", **crop):
    data = sound.encode(RATE, TONE) if data is None else data
    return {"h": files.put_bytes(data, name, "audio/wav")["h"], **crop}


def audio(**options):
    return gr.Audio(**{"label": "Voice", **options})


def test_shortcuts_and_old_forms():
    assert gr.Interface(len, "mic", "audio").inputs[0].sources == ["microphone"]
    assert gr.Interface(len, "microphone", "audio").inputs[0].source == "microphone"
    with pytest.warns(UserWarning, match="deprecated"):
        old = gr.inputs.Audio("microphone", "filepath", "Say")
    assert (old.source, old.type, old.label) == ("microphone", "filepath", "Say")
    with pytest.warns(UserWarning, match="deprecated"):
        assert gr.outputs.Audio("auto", "Heard").type == "numpy"
    with pytest.warns(UserWarning, match="deprecated"):
        gr.Audio(type="file")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"source": "radio"}, "source must be one of upload, microphone; it was 'radio'"),
        ({"sources": []}, "sources must name at least one"),
        ({"streaming": True, "source": "upload"}, "streaming=True needs source='microphone'"),
        ({"type": "list"}, "type must be one of"),
        ({"format": "midi"}, "format must be one of wav, mp3, flac, ogg; it was 'midi'"),
        ({"max_length": 0}, "max_length must be a number of seconds above 0; it was 0"),
        ({"min_length": 3, "max_length": 2}, r"min_length \(3\) must not be above max_length \(2\)"),
    ],
)
def test_wrong_parameters_are_told(options, told):
    with pytest.raises(ValueError, match=told):
        gr.Audio(**options)


def test_type_filepath_gives_a_copy_with_the_extension_of_what_it_is(files):
    path = audio(type="filepath").preprocess(sent(files, sound.encode(RATE, TONE, "flac"), "my voice.wav"), files)
    assert os.path.basename(path) == "my voice.flac"
    assert sound.decode(path)[1].tobytes() == TONE.tobytes()


@pytest.mark.filterwarnings("ignore:Audio.type")
def test_type_file_gives_an_open_file(files):
    with audio(type="file").preprocess(sent(files), files) as file:
        assert file.read(4) == b"RIFF" and file.name.endswith("tone.wav")


@pytest.mark.parametrize("format", ["wav", "mp3", "flac", "ogg"])
def test_format_says_what_a_path_is_of_and_what_is_sent(format, files):
    path = audio(type="filepath", format=format).preprocess(sent(files), files)
    assert path.endswith(f"tone.{format}")
    wire = audio(format=format).postprocess((RATE, TONE), files)
    assert (wire["name"], wire["type"]) == (f"sound.{format}", sound.FORMATS[format][1])
    assert sound.kind_of(files.get(wire["h"]).path) == sound.FORMATS[format][1]


def test_a_trimmed_sound_is_cut_on_the_server(files):
    crop = {"crop_min": 25, "crop_max": 50}
    rate, samples = audio().preprocess(sent(files, **crop), files)
    assert rate == RATE and np.array_equal(samples, TONE[4000:8000])
    path = audio(type="filepath").preprocess(sent(files, **crop), files)
    assert np.array_equal(sound.decode(path)[1], TONE[4000:8000])


def test_the_inline_forms_of_2022_are_taken(files):
    url = "data:audio/wav;base64," + base64.b64encode(sound.encode(RATE, TONE)).decode()
    assert audio().preprocess(url, files)[1].size == TONE.size
    wire = {"name": "../x.wav", "data": url, "is_example": False, "crop_min": 50}
    assert audio().preprocess(wire, files)[1].size == RATE


@pytest.mark.parametrize(
    "crop", [{"crop_min": 50, "crop_max": 50}, {"crop_min": 60, "crop_max": 10}, {"crop_max": float("nan")}]
)
def test_a_part_that_is_none_is_refused(crop, files):
    with pytest.raises(InvalidValueError, match="Voice must be trimmed"):
        audio().preprocess(sent(files, **crop), files)


@pytest.mark.parametrize("type", ["numpy", "filepath"])
@pytest.mark.parametrize("format", ["wav", "flac", "mp3"])
def test_too_long_and_too_short_are_told_with_the_fields_name(type, format, files):
    data = sound.encode(RATE, TONE, format)
    with pytest.raises(InvalidValueError, match=r"^Voice must be at most 1.5 s long; it was 2(\.\d+)? s\.$"):
        audio(type=type, max_length=1.5).preprocess(sent(files, data), files)
    with pytest.raises(InvalidValueError, match=r"^Voice must be at least 3 s long; it was 2"):
        audio(type=type, min_length=3).preprocess(sent(files, data), files)
    audio(type=type, max_length=1.5).preprocess(sent(files, data, crop_max=50), files)
    audio(type=type, min_length=1, max_length=2.5).preprocess(sent(files, data), files)


@pytest.mark.parametrize("type", ["numpy", "filepath"])
@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "Voice: the sound is an empty file"),
        (b"only a text", "Voice: the sound is not a sound file"),
        (sound.encode(RATE, TONE)[:1000], "Voice: the sound is an incomplete WAV file"),
    ],
)
def test_a_bad_upload_is_told_with_the_fields_name(type, data, told, files):
    with pytest.raises(InvalidValueError, match=told) as raised:
        audio(type=type).preprocess(sent(files, data, "a.mp3"), files)
    assert raised.value.field == "Voice" and "\n" not in raised.value.message


def test_paths_bytes_and_arrays_go_out(files, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(sound.encode(RATE, TONE, "mp3"))
    assert audio().postprocess(path, files)["name"] == "a.wav"
    wire = audio().postprocess(path.read_bytes(), files)
    assert (wire["name"], wire["type"]) == ("sound.mp3", "audio/mpeg")
    assert sound.decode(files.get(audio().postprocess((RATE, TONE / 32768), files)["h"]).path)[1].size == TONE.size


def test_what_browsers_do_not_play_goes_out_as_wav(files, tmp_path):
    import soundfile

    path = tmp_path / "a.aiff"
    soundfile.write(path, TONE, RATE)
    wire = audio().postprocess(str(path), files)
    assert wire["type"] == "audio/wav" and sound.decode(files.get(wire["h"]).path)[1].tobytes() == TONE.tobytes()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("/nowhere/a.wav", "Voice: there is no sound file '/nowhere/a.wav'"),
        ("https://example.org/a.wav", "Addresses are not fetched"),
        (b"text", r"Voice: the returned sound is not a sound file that is known here\. Use a WAV"),
        (TONE, "Voice: the function must return .sample rate, samples., or the path"),
        ((TONE, RATE), "Voice: A sound is .sample rate, samples., in this order"),
        ((RATE, np.array([np.nan])), "Voice: Samples must be finite"),
        (5, "Voice: the function must return"),
    ],
)
def test_what_is_no_sound_is_told(value, told, files):
    with pytest.raises(ValueError, match=told):
        audio().postprocess(value, files)


def test_a_call_from_python_takes_paths_pairs_and_bytes(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(sound.encode(RATE, TONE))
    demo = gr.Interface(lambda pair: pair, gr.Audio(), gr.Audio())
    for given in (str(path), path, path.read_bytes(), (RATE, TONE), (RATE, TONE / 32767)):
        rate, samples = demo(given)
        assert rate == RATE and np.abs(samples.astype(int) - TONE).max() <= 1
    with pytest.raises(InvalidValueError, match="in this order"):
        demo((TONE, RATE))
    with pytest.raises(InvalidValueError, match="is not there"):
        demo("nowhere.wav")


def test_a_flag_keeps_the_sound_with_its_extension_and_of_a_trimmed_one_the_part(files, tmp_path):
    media = FlagMedia(str(tmp_path), files)
    assert audio().flag_cell(sent(files), media) == "Voice/0.wav"
    whole = audio().postprocess(sound.encode(RATE, TONE, "mp3"), files)
    assert audio().flag_cell(whole, media) == "Voice/1.mp3"
    cell = audio().flag_cell(sent(files, crop_min=50), media)
    assert cell == "Voice/2.wav"
    assert np.array_equal(sound.decode(audio().from_flag_cell(cell, str(tmp_path)))[1], TONE[RATE:])


def test_the_audio_of_the_guide_reverses(files):
    """`reverse_audio` of mid-2022."""

    def reverse_audio(audio):
        rate, data = audio
        return rate, np.flipud(data)

    assert np.array_equal(gr.Interface(reverse_audio, "mic", "audio")((RATE, TONE))[1], TONE[::-1])


def test_options_of_the_waveform_are_one_of_these_or_a_dict_of_them() -> None:
    drawn = Audio(waveform_options={"waveform_color": "teal"}).waveform_options
    assert drawn == WaveformOptions("teal") and Audio().waveform_options == WaveformOptions()
    for wrong in ({"colour": 1}, "teal", 5):
        with pytest.raises(ValueError, match="waveform_options takes .*waveform_color.*it was"):
            Audio(waveform_options=wrong)
