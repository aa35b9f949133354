"""Every shortcut of mid-2022 on one page, each with something in it. Needs pandas: pip install pandas"""

import io
import math
import os
import tempfile
import wave

import numpy as np

import quickdemo as gr

FOLDER = tempfile.mkdtemp(prefix="kitchen-sink-")
WORDS = ["red", "green", "blue"]
SCENE = np.add.outer(np.arange(120), np.arange(160))[..., None] % np.array([97, 131, 211])
PHOTO = SCENE.astype(np.uint8)


def stored(name: str, data: bytes) -> str:
    """A small file for the demo; its path."""
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def tone() -> bytes:
    """A WAV file: half a second of the note A."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        samples = (8000 * np.sin(np.arange(8000) / 16000 * 2 * math.pi * 440)).astype("<i2")
        file.writeframes(samples.tobytes())
    return out.getvalue()


MODEL = stored("tetrahedron.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
SOUND = stored("a.wav", tone())
TABLE = stored("weather.csv", b"day,rain\n" + b"".join(b"2022-07-%02d,%d\n" % (d, d * 7 % 5) for d in range(1, 29)))


def texts(short: str, long: str, middle: str, count: float, size: float, colour: str) -> tuple:
    """What belongs together in words."""
    parts = [(word + " ", "long" if len(word) > 4 else None) for word in long.split()]
    said = [("What is this?", f"**{short or middle}**, {count:g} times at $x^2$ = {size * size:g}, in `{colour}`.")]
    facts = {"count": count, "size": size, "colour": colour}
    return long, f"## {middle}\n\n{long}", f"<b>{short}</b>", parts, parts, facts, said


def choices(one: str, some: list, all_of: list, sure: bool, sample: list, times: int) -> tuple:
    """Choices, and what the session remembers of them."""
    return {one or "none": 0.7, "other": 0.3}, f"{some}, {all_of}, {sure}, {sample}; call {times + 1}", times + 1


def pictures(image, photo, webcam, drawing, images, model) -> tuple:
    """Pictures go round."""
    shown = image if image is not None else PHOTO
    return shown, [(shown, "given"), (255 - shown, "inverted")], model or MODEL


def sounds(audio, said, spoken, film, clip) -> tuple:
    """Sound and film go round."""
    return audio, film or clip


def tables(frame, numbers, rows, names, series) -> tuple:
    """Tables go round; the plot is a drawing of Python's own."""
    return frame, numbers, rows, names, series


def files(one, several) -> tuple:
    """Files go round."""
    return getattr(one, "name", None), [file.name for file in several or []]


def drawn():
    """A figure, where matplotlib is installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=(5, 3))
    axes = figure.add_subplot()
    axes.plot([math.sin(n / 8) for n in range(80)])
    axes.set_title("A sine")
    return figure


demo = gr.TabbedInterface(
    [
        gr.Interface(
            texts,
            ["textbox", gr.Textbox("words of any length", label="Textarea", lines=3), "text",
             {"name": "number", "value": 3}, "slider", "colorpicker"],
            ["textarea", "markdown", "html", "highlightedtext", "highlight", "json", "chatbot"],
        ),
        gr.Interface(
            choices,
            [{"name": "radio", "choices": WORDS}, {"name": "dropdown", "choices": WORDS, "multiselect": True},
             {"name": "checkboxgroup", "choices": WORDS}, "checkbox",
             {"name": "dataset", "components": ["text"], "samples": [["first"], ["second"]]}, gr.Variable(0)],
            ["label", "text", "variable"],
        ),
        gr.Interface(
            pictures,
            [gr.Image(PHOTO, label="Image"), "pil", "webcam", "sketchpad", "gallery", "model3d"],
            ["image", "gallery", "model3d"],
        ),
        gr.Interface(
            sounds,
            [gr.Audio(SOUND, label="Audio", type="filepath"), "mic", "microphone", "video", "playablevideo"],
            ["audio", "video"],
        ),
        gr.Interface(
            tables,
            ["dataframe", "numpy", "matrix", "list", gr.Timeseries(TABLE, label="Series")],
            ["dataframe", "numpy", "matrix", "list", "timeseries"],
        ),
        gr.Interface(files, ["file", "files"], ["file", "files"]),
        gr.Interface(drawn, None, "plot"),
    ],
    ["Words", "Choices", "Pictures", "Sound and film", "Tables", "Files", "Plot"],
    title="Kitchen sink",
)  # fmt: skip

if __name__ == "__main__":
    demo.launch()
