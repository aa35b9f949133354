"""The ten apps, written for real Gradio of any version since 3.50: `python apps.py NAME PORT`."""

import sys
import threading

import gradio as gr


def label(picture):
    return {"cat": 0.75, "dog": 0.25}


def negative(picture):
    return 255 - picture


def heard(sound):
    return f"{sound[0]} Hz"


def several(name, times, mark):
    return (name + mark) * int(times), len(name) * times, {"name": name}


def fails(text):
    raise gr.Error(text)


def counts(count):
    text = ""
    for number in range(int(count)):
        text += f"{number} "
        yield text


def remembers(text, state):
    said = [*(state or []), text]
    return ", ".join(said), said


def slow(text):
    """Takes until four calls are there at the same time."""
    FOUR.wait()
    return text * 2


FOUR = threading.Barrier(4, timeout=60)
MARKS = gr.Dropdown(["!", "?"], label="Mark")
APPS = {
    "text": lambda: gr.Interface(str.upper, gr.Textbox(label="Text"), gr.Textbox(label="Loud")),
    "picture": lambda: gr.Interface(negative, gr.Image(label="Picture"), gr.Image(label="Negative")),
    "label": lambda: gr.Interface(label, gr.Image(label="Picture"), gr.Label(label="Class")),
    "audio": lambda: gr.Interface(heard, gr.Audio(label="Sound"), "text"),
    "several": lambda: gr.Interface(several, ["text", gr.Slider(1, 9, 2, step=1), MARKS], ["text", "number", "json"]),
    "login": lambda: gr.Interface(lambda text: f"hello {text}", "text", "text"),
    "error": lambda: gr.Interface(fails, "text", "text"),
    "generator": lambda: gr.Interface(counts, "number", "text"),
    "state": lambda: gr.Interface(remembers, ["text", "state"], ["text", "state"]),
    "slow": lambda: gr.Interface(slow, "text", "text", **({"concurrency_limit": 8} if NEW else {})),
    "examples": lambda: gr.Interface(
        lambda text, count: text * int(count),
        ["text", "number"],
        "text",
        examples=[["ab", 2], ["c", 3]],
        title="Repeat it",
        description="Says *it* again.",
    ),
}
NEW = int(gr.__version__.split(".")[0]) >= 4

if __name__ == "__main__":
    name, port = sys.argv[1], int(sys.argv[2])
    demo = APPS[name]()
    demo = demo.queue() if NEW else demo.queue(concurrency_count=8)
    auth = ("ada", "correct horse") if name == "login" else None
    demo.launch(server_name="127.0.0.1", server_port=port, auth=auth, show_error=True, quiet=True)
