"""Video: what the function gets, what it may return, when ffmpeg converts, and everything that can be wrong."""

import base64
import os
import subprocess
from pathlib import Path

import pytest

import quickdemo as gr
from quickdemo.runtime import ffmpeg, video_file
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.flagging.media import FlagMedia
from quickdemo.runtime.local_files import LocalFiles

needs_ffmpeg = pytest.mark.skipif(not ffmpeg.available(), reason="ffmpeg is not installed")
TINY = Path(__file__).parent / "media" / "tiny.mp4"


@pytest.fixture
def files():
    return LocalFiles()


@pytest.fixture
def without_ffmpeg(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")


def sent(files, data=None, name="film.mp4"):
    return {"h": files.put_bytes(TINY.read_bytes() if data is None else data, name, "video/mp4")["h"]}


def video(**options):
    return gr.Video(**{"label": "Film", **options})


def made(tmp_path, name, *arguments):
    """Tiny, converted."""
    path = tmp_path / name
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(TINY), *arguments, str(path)], check=True)
    return path


def codecs(path):
    return ffmpeg.codecs(str(path), video_file.kind_of(str(path)))


def first_row(path):
    """Brightness of the first picture's first row."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    return list(subprocess.run(command, capture_output=True, check=True).stdout[:64])


# ---------------------------------------------------------------------- in


def test_shortcuts_and_old_forms():
    demo = gr.Interface(len, "video", "playablevideo")
    assert demo.inputs[0].format is None and demo.outputs[0].format == "mp4"
    assert gr.Interface(len, "text", "playable_video").outputs[0].format == "mp4"
    with pytest.warns(UserWarning, match="deprecated"):
        assert gr.inputs.Video("mp4", "webcam", "Film").format == "mp4"
    with pytest.warns(UserWarning, match="deprecated"):
        assert gr.outputs.Video(type="mp4").format == "mp4"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"format": "gif"}, "format must be one of mp4, webm, mov, mkv, avi; it was 'gif'"),
        ({"source": "screen"}, "source must be one of upload, webcam"),
        ({"sources": []}, "sources must name at least one"),
        ({"max_length": -1}, "max_length must be a number of seconds above 0"),
    ],
)
def test_wrong_parameters_are_told(options, told):
    with pytest.raises(ValueError, match=told):
        gr.Video(**options)


def test_the_function_gets_the_path_of_a_copy_without_ffmpeg(files, without_ffmpeg):
    for options in ({}, {"format": "mp4"}):
        path = video(**options).preprocess(sent(files, name="my film.avi"), files)
        assert os.path.basename(path) == "my film.mp4"
        assert Path(path).read_bytes() == TINY.read_bytes()


@needs_ffmpeg
@pytest.mark.parametrize("format", ["webm", "mkv", "mov", "avi"])
def test_it_is_converted_when_another_format_is_asked_for(format, files):
    path = video(format=format).preprocess(sent(files), files)
    assert path.endswith(f"film.{format}") and video_file.kind_of(path) == video_file.FORMATS[format]
    kinds = {"webm": ("vp8", "opus"), "avi": ("mpeg4", "mp3")}
    assert codecs(path) == kinds.get(format, ("h264", "aac"))
    back = video_file.convert(path, video_file.kind_of(path), "mp4", "back")
    assert codecs(back)[0] == "h264"


@needs_ffmpeg
def test_an_inline_recording_of_a_script_is_mirrored(files):
    url = "data:video/mp4;base64," + base64.b64encode(TINY.read_bytes()).decode()
    plain = video().preprocess({"name": "x", "data": url}, files)
    mirrored = video(source="webcam").preprocess(url, files)
    stored = video(source="webcam").preprocess(sent(files), files)  # the page has turned it already
    difference = sum(abs(a - b) for a, b in zip(first_row(plain), reversed(first_row(mirrored)), strict=True)) / 64
    assert difference < 12 and first_row(stored) == first_row(plain)
    assert video(source="webcam", mirror_webcam=False).preprocess(url, files)


@needs_ffmpeg
def test_the_sound_is_removed_when_it_is_not_wanted(files):
    assert codecs(video(include_audio=False).preprocess(sent(files), files)) == ("h264", "")
    assert codecs(video(include_audio=True).preprocess(sent(files), files)) == ("h264", "aac")


@needs_ffmpeg
def test_too_long_and_too_short_are_told_with_the_fields_name(files):
    with pytest.raises(InvalidValueError, match=r"^Film must be at most 0.4 s long; it was 1(\.\d+)? s\.$"):
        video(max_length=0.4).preprocess(sent(files), files)
    with pytest.raises(InvalidValueError, match=r"^Film must be at least 5 s long; it was 1"):
        video(min_length=5).preprocess(sent(files), files)
    assert video(min_length=0.5, max_length=2).preprocess(sent(files), files)


# ---------------------------------------------------------------------- out


def test_a_path_goes_out_as_it_is(files):
    for value in (TINY, str(TINY), (TINY, None)):
        wire = video().postprocess(value, files)
        assert wire["name"] == "tiny.mp4" and Path(files.get(wire["h"]).path).read_bytes() == TINY.read_bytes()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("srt", b"1\r\n00:00:00,000 --> 00:00:01,500\r\nHello\r\n"),
        ("utf-8 with a mark", "\ufeff1\n00:00:00,000 --> 00:00:01,500\nHello\n".encode()),
        ("utf-16", "1\n00:00:00,000 --> 00:00:01,500\nHello\n".encode("utf-16")),
    ],
)
def test_subtitles_go_with_it_as_webvtt(text, data, files, tmp_path):
    path = tmp_path / "a.srt"
    path.write_bytes(data)
    wire = video().postprocess((TINY, path), files)
    sent = Path(files.get(wire["subtitles"]["h"]).path).read_text()
    assert sent == "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\nHello" and wire["subtitles"]["type"] == "text/vtt"


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("a.avi", []), ("a.mp4", ["-c:v", "mpeg4"]), ("a.mkv", ["-c", "copy"])],
    ids=["container", "codec", "copied"],
)
def test_what_browsers_do_not_play_is_converted(name, arguments, files, tmp_path):
    for component in (video(), video(format="mp4")):
        wire = component.postprocess(made(tmp_path, name, *arguments), files)
        assert wire["name"] == "a.mp4" and codecs(files.get(wire["h"]).path)[0] == "h264"


@needs_ffmpeg
def test_without_ffmpeg_it_is_said(files, tmp_path, monkeypatch):
    path = made(tmp_path, "a.avi")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ValueError, match=r"Film: the returned video .* needs ffmpeg.*apt install ffmpeg"):
        video().postprocess(path, files)
    with pytest.raises(InvalidValueError, match="Film: the video needs ffmpeg, which this server does not have"):
        video(format="webm").preprocess(sent(files), files)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("/nowhere/a.mp4", "Film: there is no video file '/nowhere/a.mp4'"),
        ("https://example.org/a.mp4", "Addresses are not fetched"),
        ((TINY, "/nowhere/a.srt"), "there is no subtitles file"),
        ((TINY, TINY), "is neither an SRT nor a WebVTT file"),
        (__file__, "the returned video .* is not a video file that is known here"),
        (5, "Film: the function must return the path of a video"),
        ([TINY], "Film: the function must return the path of a video"),
    ],
)
def test_what_is_no_video_is_told(value, told, files):
    with pytest.raises(ValueError, match=told):
        video().postprocess(value, files)


def test_a_call_from_python_and_a_flag(files, tmp_path):
    demo = gr.Interface(lambda path: path, gr.Video(), gr.Video())
    for given in (TINY, str(TINY), TINY.read_bytes()):
        assert Path(demo(given)).read_bytes() == TINY.read_bytes()
    with pytest.raises(InvalidValueError, match="must be the path of a video; it was 5"):
        demo(5)
    media = FlagMedia(str(tmp_path), files)
    assert video().flag_cell(sent(files, name="x.txt"), media) == "Film/0.mp4"
    assert video().from_flag_cell("Film/0.mp4", str(tmp_path)) == str(tmp_path / "Film" / "0.mp4")


# ---------------------------------------------------------------------- bad files

DATA = TINY.read_bytes()
BAD = {
    "nothing": (b"", "is an empty file"),
    "text": (b"a text named film.mp4", "is not a video file that is known here"),
    "playlist": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "is not a video file that is known here"),
    "concat": (b"ffconcat version 1.0\nfile /etc/passwd\n", "is not a video file that is known here"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(60), "but image/png"),
    "sound": (b"fLaC" + bytes(60), "but audio/flac"),
    "cut off": (DATA[:3000], "is an incomplete MP4 file: its end is missing"),
    "header only": (DATA[:32], "has no list of its pictures"),
    "broken box": (DATA[:32] + b"\0\0\0\x02mdat", "is a broken MP4 file"),
    "webm header": (b"\x1aE\xdf\xa3\x9fwebm" + bytes(90), "it has a header and nothing else"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("format", [None, "webm"])
def test_a_bad_file_is_told_in_a_sentence(name, format, files, without_ffmpeg):
    data, told = BAD[name]
    with pytest.raises(InvalidValueError, match=told) as raised:
        video(format=format).preprocess(sent(files, data), files)
    assert raised.value.message.startswith("Film: the video ") and raised.value.field == "Film"
    assert files._folder not in raised.value.message


@needs_ffmpeg
def test_what_ffmpeg_cannot_read_is_told_without_a_path(files):
    broken = b"\x1aE\xdf\xa3\x9fwebm" + bytes(30) + b"\x18S\x80g" + b"x" * 500
    for format in ("mp4", "mkv"):
        with pytest.raises(InvalidValueError, match="^Film: the video cannot be read or converted: ") as raised:
            video(format=format).preprocess(sent(files, broken), files)
        assert "/" not in raised.value.message and "0x" not in raised.value.message


@needs_ffmpeg
@pytest.mark.parametrize("format", ["avi", "mp4", "webm", "mkv"])
def test_a_video_that_becomes_too_large_is_refused_and_not_cut(format, monkeypatch):
    monkeypatch.setattr(video_file, "MOST_BYTES", 3000)
    with pytest.raises(ffmpeg.FfmpegError, match=f"would be more than 0 MB as {format}"):
        video_file.convert(TINY.read_bytes(), "video/mp4", format, "film", mirror=True)


@needs_ffmpeg
def test_a_sound_in_a_container_of_video_has_no_pictures(files, tmp_path):
    path = made(tmp_path, "a.mkv", "-vn")
    with pytest.raises(InvalidValueError, match="Film: the video has no pictures in it"):
        video(format="mp4").preprocess(sent(files, path.read_bytes()), files)
