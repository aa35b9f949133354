"""Video: the path of a film in and out; with subtitles as (path, path of subtitles)."""

import tempfile
from pathlib import Path

import quickdemo as gr

DATA = Path(__file__).parent.parent / "data"


def subtitled(film: str, words: str) -> tuple[str, str]:
    """The film, with the words below it for the first second."""
    subtitles = Path(tempfile.mkdtemp()) / "words.vtt"
    subtitles.write_text(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{words}\n")
    return film, str(subtitles)


demo = gr.Interface(
    subtitled,
    [gr.Video(label="Film"), gr.Textbox(label="Words")],
    gr.Video(label="With subtitles"),
    examples=[[str(DATA / "test-picture.mp4"), "One second of colours"]],
)

if __name__ == "__main__":
    demo.launch()
