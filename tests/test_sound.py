"""Sound: every kind of file and array, and everything that can be wrong with one."""

import io
import os
import struct
import subprocess
import time
import warnings
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quickdemo.runtime import ffmpeg, sound, wav
from quickdemo.runtime.wav import SoundError

needs_ffmpeg = pytest.mark.skipif(not ffmpeg.available(), reason="ffmpeg is not installed")

RATE = 8000
TONE = (np.sin(np.arange(RATE) * 0.3) * 20000).astype(np.int16)
NOISE = np.random.default_rng(0).integers(-9, 9, RATE * 9).astype(np.int16)
STEREO = np.stack([TONE, -(TONE // 2)], axis=1)


def riff(samples, code=1, bits=16, rate=RATE, extensible=False, data_size=None, riff_size=None, extra=b""):
    """A WAV file made by hand; `samples` are the bytes."""
    channels, width = 1, bits // 8
    head = struct.pack(
        "<HHIIHH", 0xFFFE if extensible else code, channels, rate, rate * width * channels, width * channels, bits
    )
    if extensible:
        head += struct.pack("<HHIH14s", 22, bits, 0, code, b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71")
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + extra + b"data"
    body += struct.pack("<I", len(samples) if data_size is None else data_size) + samples
    return b"RIFF" + struct.pack("<I", len(body) if riff_size is None else riff_size) + body


def encoded(samples, format, subtype=None, rate=RATE):
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=format, subtype=subtype)
    return out.getvalue()


def made_by_ffmpeg(*arguments, source="sine=frequency=440:sample_rate=8000:duration=1"):
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *arguments, "pipe:1"]
    return subprocess.run(command, capture_output=True, check=True).stdout


# ---------------------------------------------------------------------- WAV


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("container", ["WAV", "WAVEX"])
@pytest.mark.parametrize("samples", [TONE, STEREO], ids=["mono", "stereo"])
def test_wav_of_every_width_is_read_without_another_library(samples, container, subtype, tmp_path):
    floats = subtype in ("FLOAT", "DOUBLE")
    data = encoded(samples / 32768 if floats else samples, container, subtype)
    path = tmp_path / "a.mp3"  # the name says nothing
    path.write_bytes(data)
    for source in (data, str(path)):
        read = wav.read(source, 10**6)
        assert read is not None
        rate, got = sound.decode(source)
        assert rate == RATE and got.dtype == np.int16 and got.shape == samples.shape and got.flags.writeable
        assert np.abs(got.astype(int) - samples).max() <= (255 if subtype == "PCM_U8" else 1)


def test_the_standard_library_reads_what_is_written_and_the_other_way_round():
    with wave.open(io.BytesIO(sound.encode(22050, STEREO))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (22050, 2, 2)
        assert file.readframes(RATE) == STEREO.tobytes()
    assert sound.decode(riff(TONE.tobytes()))[1].tobytes() == TONE.tobytes()


@given(st.integers(1, 768_000), arrays(np.int16, st.integers(0, 50) | st.tuples(st.integers(0, 50), st.integers(2, 8))))
def test_what_is_written_is_read_back(rate, samples):
    got_rate, got = sound.decode(sound.encode(rate, samples))
    assert got_rate == rate and got.shape == samples.shape and np.array_equal(got, samples)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF - 36])
def test_sizes_that_were_unknown_when_they_were_written_mean_all_of_the_file(size):
    data = riff(TONE.tobytes(), data_size=size, riff_size=0xFFFFFFFF)
    assert np.array_equal(sound.decode(data)[1], TONE)


@needs_ffmpeg
def test_what_ffmpeg_writes_into_a_pipe_is_read():
    rate, samples = sound.decode(made_by_ffmpeg("-f", "wav"))
    assert rate == 8000 and len(samples) == 8000


def test_other_chunks_and_odd_sizes_are_passed_over():
    extra = b"LIST\x05\0\0\0INFOx\0" + b"junk\x02\0\0\0ab"
    assert np.array_equal(sound.decode(riff(TONE.tobytes(), extra=extra))[1], TONE)
    assert len(sound.decode(riff(TONE.tobytes() + b"\0"))[1]) == RATE  # half a sample at the end


def test_a_wav_of_another_coding_is_left_to_libsndfile():
    for subtype in ("ULAW", "ALAW", "IMA_ADPCM"):
        rate, samples = sound.decode(encoded(TONE, "WAV", subtype))
        assert rate == RATE and abs(len(samples) - RATE) < 2000
        assert np.abs(samples[:RATE].astype(int) - TONE[: len(samples)][:RATE]).mean() < 500


def test_an_empty_and_a_silent_sound_are_sounds():
    assert sound.decode(sound.encode(RATE, np.zeros(0, np.int16)))[1].shape == (0,)
    assert not sound.decode(encoded(np.zeros(RATE), "WAV", "DOUBLE"))[1].any()


def test_a_minute_of_stereo_takes_milliseconds(tmp_path):
    samples = np.random.default_rng(0).integers(-9000, 9000, (60 * 44100, 2)).astype(np.int16)
    path = tmp_path / "a.wav"
    best = [9.0, 9.0]
    for _ in range(5):
        start = time.perf_counter()
        data = sound.encode(*sound.checked((44100, samples)))
        middle = time.perf_counter()
        path.write_bytes(data)
        written = time.perf_counter()
        decoded = sound.decode(str(path))[1]
        best = [min(best[0], middle - start), min(best[1], time.perf_counter() - written)]
    assert np.array_equal(decoded, samples)
    assert max(best) < 0.05, best


# ---------------------------------------------------------------------- other formats


@pytest.mark.parametrize(("format", "subtype"), [("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("AIFF", "PCM_16")])
def test_lossless_files_come_exactly(format, subtype):
    assert np.array_equal(sound.decode(encoded(STEREO, format, subtype))[1], STEREO)


@pytest.mark.parametrize(("format", "subtype"), [("MP3", None), ("OGG", "VORBIS"), ("OGG", "OPUS")])
def test_lossy_files_come_nearly(format, subtype):
    rate, samples = sound.decode(encoded(TONE, format, subtype))
    assert samples.dtype == np.int16 and abs(len(samples) / rate - 1) < 0.2
    assert 15000 < np.abs(samples.astype(int)).max() < 25000


def test_what_a_lossy_codec_makes_louder_than_full_does_not_wrap_around():
    loud = np.clip(np.sin(np.arange(RATE) * 0.05) * 1.5, -1, 1)
    _, samples = sound.decode(encoded(loud, "OGG", "VORBIS"))
    assert np.abs(np.diff(samples.astype(int))).max() < 20000


@needs_ffmpeg
def test_a_flac_that_does_not_say_its_length_is_read():
    data = bytearray(encoded(TONE, "FLAC"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)  # STREAMINFO: total samples unknown
    assert sound.seconds(bytes(data)) is None
    assert np.array_equal(sound.decode(bytes(data))[1], TONE)


@needs_ffmpeg
@pytest.mark.parametrize(
    "arguments",
    [
        ["-c:a", "libopus", "-f", "webm"],
        ["-c:a", "aac", "-f", "adts"],
        ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"],
        ["-c:a", "pcm_s16le", "-f", "matroska"],
    ],
    ids=lambda arguments: arguments[-1],
)
def test_the_rest_is_read_by_ffmpeg(arguments):
    rate, samples = sound.decode(made_by_ffmpeg(*arguments))
    assert 0.9 < len(samples) / rate < 1.2 and samples.ndim == 1
    assert np.abs(samples.astype(int)).max() > 2000


@needs_ffmpeg
def test_a_video_without_sound_says_so():
    data = made_by_ffmpeg("-f", "matroska", source="testsrc=duration=0.2:size=32x32")
    with pytest.raises(SoundError, match="has no sound in it"):
        sound.decode(data)


@pytest.mark.parametrize("format", ["mp3", "flac", "ogg"])
def test_a_sound_is_written_in_other_formats(format):
    data = sound.encode(RATE, STEREO, format)
    assert sound.kind_of(data) == sound.FORMATS[format][1]
    assert sound.decode(data)[1].shape[1] == 2


def test_a_format_that_cannot_hold_it_is_told():
    with pytest.raises(ValueError, match=r"1 channels at 7 Hz cannot be written as MP3; use format='wav'"):
        sound.encode(7, TONE, "mp3")


# ---------------------------------------------------------------------- arrays


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([-1.0, 0, 0.5, 1]), [-32767, 0, 16384, 32767]),
        (np.array([-1, 0, 0.5, 1], np.float32), [-32767, 0, 16384, 32767]),
        (np.array([0.5], np.float16), [16384]),
        (np.array([-(2**31), 0, 2**31 - 1], np.int32), [-32768, 0, 32767]),
        (np.array([0, 128, 255], np.uint8), [-32768, 0, 32512]),
        (np.array([-128, 0, 127], np.int8), [-32768, 0, 32512]),
        (np.array([0, 32768, 65535], np.uint16), [-32768, 0, 32767]),
        (np.array([0, 2**31, 2**32 - 1], np.uint32), [-32768, 0, 32767]),
        (np.array([-5, 32767], np.int64), [-5, 32767]),
        (np.array([-5, 32767], ">i2"), [-5, 32767]),
        (np.array([0, 65535], ">u2"), [-32768, 32767]),
        (np.array([], np.float64), []),
        ([0, 1, 2], [0, 1, 2]),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")),
)
def test_arrays_of_every_type_become_int16(samples, expected):
    rate, got = sound.checked((RATE, samples))
    assert rate == RATE and got.dtype == np.int16 and got.tolist() == expected


def test_int16_is_not_copied():
    assert sound.checked((RATE, STEREO))[1] is STEREO


def test_floats_beyond_1_are_divided_by_their_peak_with_a_warning(caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sound.checked((RATE, np.array([0.0, -4, 2])))[1].tolist() == [0, -32767, 16384]
    assert "go up to 4; they are divided by that" in caplog.text
    caplog.clear()
    sound.checked((RATE, np.array([0.0, 1])))
    assert not caplog.records


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (5, r"A sound is \(sample rate, samples\), not 5"),
        ((RATE,), r"not \(8000,\)"),
        ((TONE, RATE), "the other way round"),
        ((0, TONE), "from 1 to 768000; it was 0"),
        ((768_001, TONE), "it was 768001"),
        ((-44100, TONE), "it was -44100"),
        ((22050.5, TONE), "it was 22050.5"),
        ((float("nan"), TONE), "it was nan"),
        ((True, TONE), "it was True"),
        (("44100", TONE), "it was '44100'"),
        ((RATE, np.array([0, np.nan])), "NaN or infinity"),
        ((RATE, np.array([0, -np.inf])), "NaN or infinity"),
        ((RATE, np.array(["a"])), "of type <U1"),
        ((RATE, np.array([True])), "of type bool"),
        ((RATE, np.array([1j])), "of type complex128"),
        ((RATE, np.array([40000])), "these go from 40000 to 40000"),
        ((RATE, np.zeros((2, 3, 4))), r"shape \(2, 3, 4\)"),
        ((RATE, np.zeros(())), r"shape \(\)"),
        ((RATE, np.zeros((5, 0))), r"shape \(5, 0\)"),
        ((RATE, STEREO.T), r"\(2, 8000\), which would be 8000 channels.*samples\.T"),
        ((RATE, np.zeros((100, 33))), "At most 32 channels"),
    ],
)
def test_what_is_no_sound_is_refused_with_what_to_do(value, told):
    with pytest.raises(ValueError, match=told):
        sound.checked(value)


# ---------------------------------------------------------------------- bad files


def float_wav(value):
    return riff(np.array([0.1, value], "<f4").tobytes(), code=3, bits=32)


BAD = {
    "nothing": (b"", "is an empty file"),
    "text": (b"ID is not a sound at all, it is a text", "is not a sound file that is known here"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(60), "but image/png"),
    "header only": (riff(b"")[:12], "a header and no samples"),
    "no data chunk": (riff(b"")[:-8], "a header and no samples"),
    "header too short": (b"RIFF\x20\0\0\0WAVEfmt \x04\0\0\0abcddata\0\0\0\0", "header is too short"),
    "no rate": (riff(b"ab", rate=0), "announces 1 channels at 0 Hz"),
    "cut off": (riff(TONE.tobytes())[:4044], "is an incomplete WAV file: 0.25 s of 1.00 s are there"),
    "chunk beyond the end": (riff(b"ab", extra=b"LIST\xff\xff\xff\x7f"), "a header and no samples"),
    "NaN": (float_wav(np.nan), "values that are no numbers"),
    "infinite": (float_wav(-np.inf), "values that are no numbers"),
    "unknown coding": (riff(b"abcd", code=0x1234), "is a broken or incomplete WAV file"),
    "flac header": (encoded(TONE, "FLAC")[:30], "is a broken or incomplete FLAC file"),
    "flac cut off": (encoded(NOISE, "FLAC")[:5000], "FLAC"),
    "mp3 by name": (b"ID3\x04\0\0\0\0\0\x00" + b"no frames here" * 20, "is a broken or incomplete MP3 file"),
    "ogg cut off": (encoded(TONE, "OGG", "VORBIS")[:200], "is a broken or incomplete OGG file"),
}
STARTS = [riff(TONE[:30].tobytes()), encoded(TONE[:30], "FLAC"), b"OggS", b"ID3"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_a_sentence(name, tmp_path):
    data, told = BAD[name]
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    for source in (data, str(path)):
        with pytest.raises(SoundError, match=told) as raised:
            sound.decode(source)
        assert str(tmp_path) not in str(raised.value)


@given(st.binary(max_size=120), st.sampled_from(STARTS))
def test_arbitrary_bytes_are_a_sound_or_refused(noise, start):
    for data in (start[: len(noise)] + noise, start[:20] + noise + start[20:]):
        try:
            rate, samples = sound.decode(data)
        except SoundError:
            continue
        assert rate > 0 and samples.dtype == np.int16


def test_a_bomb_is_refused_before_it_is_decoded():
    silence = encoded(np.zeros(300 * RATE, np.int16), "FLAC")
    assert len(silence) < 20_000
    assert sound.decode(silence)[1].size == 300 * RATE
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUICKDEMO_MAX_SAMPLES", "1000000")
        told = "is too long: with 1 channels at 8000 Hz at most 125 s can be taken"
        with pytest.raises(SoundError, match=told):
            sound.decode(silence)
        with pytest.raises(SoundError, match="at most 125 s"):
            sound.decode(riff(bytes(2_000_002)))


@needs_ffmpeg
def test_a_bomb_for_ffmpeg_ends_at_the_limit(monkeypatch):
    silence = made_by_ffmpeg("-c:a", "libopus", "-f", "webm", source="anullsrc=r=8000:cl=mono:d=300")
    monkeypatch.setenv("QUICKDEMO_MAX_SAMPLES", "100000")
    with pytest.raises(SoundError, match="is too long"):
        sound.decode(silence)


# ---------------------------------------------------------------------- ffmpeg


def test_without_ffmpeg_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SoundError, match=r"\(WEBM\) needs ffmpeg, which this server does not have") as raised:
        sound.decode(b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm" + bytes(50))
    assert "apt install ffmpeg" in raised.value.hint


@needs_ffmpeg
def test_what_ffmpeg_cannot_read_is_told_without_a_path():
    broken = made_by_ffmpeg("-c:a", "libopus", "-f", "webm")[:200]
    with pytest.raises(SoundError, match="cannot be read or converted: ") as raised:
        sound.decode(broken)
    assert "/" not in str(raised.value) and "0x" not in str(raised.value)


@needs_ffmpeg
@pytest.mark.parametrize("kind", ["video/mp4", "audio/wav", "video/webm", "audio/aac"])
def test_a_playlist_is_never_followed(kind, tmp_path):
    """Even when it is passed off as sound, ffmpeg reads it by that format and opens nothing that it names."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(sound.encode(RATE, TONE))
    for playlist in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{secret}'\n",
        f"concat:{secret}\n",
    ):
        assert not os.path.exists(tmp_path / "out.wav")
        with pytest.raises(SoundError, match="is not a sound file"):
            sound.decode(playlist.encode())
        with pytest.raises(ffmpeg.FfmpegError):
            ffmpeg.convert(playlist.encode(), kind, str(tmp_path / "out.wav"), "-f", "wav")
        (tmp_path / "out.wav").unlink(missing_ok=True)


@needs_ffmpeg
def test_ffmpeg_is_ended_at_its_limit(tmp_path):
    data = made_by_ffmpeg("-c:a", "libopus", "-f", "webm", source="anullsrc=d=60")
    with pytest.raises(ffmpeg.FfmpegError, match="took ffmpeg more than 0.01 s"):
        ffmpeg.convert(data, "video/webm", str(tmp_path / "out.wav"), "-f", "wav", limit_s=0.01)
