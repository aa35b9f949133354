"""The demos of `make bench-interpret-large`: each takes one large input. LARGE names it.

The file `pid` gets the process, and `calls` a line for each call of the function: when it began and when it ended (the
system's monotonic seconds), and whether it was of the small input that another visitor asks about.
"""

import os
import time
from pathlib import Path

import numpy as np

import quickdemo as gr

CALL_S = 0.02  #: of the function; its time is that of a small model
PLAIN = ["red", "green", "blue", "grey"]
SMALL = "a short one"


def call(score, small):
    """The score of an input, after the time that a model takes."""
    began = time.monotonic()
    time.sleep(CALL_S)
    with open("calls", "a") as log:
        log.write(f"{began} {time.monotonic()} {int(small)}\n")
    return float(score)


def words(text):
    return call(sum(len(word) % 7 == 3 for word in text.split()) / 100, text == SMALL)


def brightness(picture):
    if isinstance(picture, str):
        with open(picture, "rb") as file:
            return call(sum(file.read(10_000)) / 1e6, os.path.getsize(picture) < 10_000)
    return call(np.asarray(picture[::40, ::40]).mean() * 0.01, picture.shape[0] < 100)


def loudness(heard):
    if isinstance(heard, str):
        with open(heard, "rb") as file:
            return call(sum(file.read()[::1000]) / 1e6, os.path.getsize(heard) < 100_000)
    return call(np.abs(heard[1][::100].astype(float)).mean(), len(heard[1]) < 100_000)


def form(*values):
    return call(sum((n + 1) * len(str(value)) for n, value in enumerate(values)), values[-1] == SMALL)


def fields():
    """30 inputs of seven kinds; the bench fills in what is not their default."""
    numbers = [gr.Number(value=n, label=f"Number {n}") for n in range(8)]
    sliders = [gr.Slider(0, 10, value=5, step=1, label=f"Slider {n}") for n in range(6)]
    boxes = [gr.Checkbox(label=f"Checkbox {n}") for n in range(5)]
    lists = [gr.Dropdown(PLAIN, value="red", label=f"Dropdown {n}") for n in range(4)]
    radios = [gr.Radio(PLAIN, value="red", label=f"Radio {n}") for n in range(3)]
    groups = [gr.CheckboxGroup(PLAIN, label=f"Group {n}") for n in range(2)]
    return [*numbers, *sliders, *boxes, *lists, *radios, *groups, *[gr.Textbox(label=f"Text {n}") for n in range(2)]]


DEMOS = {
    "text": lambda: (words, "text"),
    "picture": lambda: (brightness, gr.Image()),
    "picture file": lambda: (brightness, gr.Image(type="filepath")),
    "sound": lambda: (loudness, gr.Audio()),
    "sound file": lambda: (loudness, gr.Audio(type="filepath")),
    "form": lambda: (form, fields()),
}
Path("pid").write_text(str(os.getpid()))
function, inputs = DEMOS[os.environ["LARGE"]]()
options = {"interpretation": "default", "allow_flagging": "never", "api_name": "predict"}
demo = gr.Interface(function, inputs, "number", concurrency_limit=1, **options)
if __name__ == "__main__":
    demo.launch()
