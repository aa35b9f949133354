"""Tokens that say when they were yielded, of quickdemo and of Gradio: `python stream.py quickdemo|gradio PORT`."""

import importlib
import sys
import time

gr = importlib.import_module(sys.argv[1])


def predict(count, pause_ms):
    """Each token is the time of its yield, in milliseconds since 1970."""
    text = ""
    for _ in range(int(count)):
        text += f"{time.time() * 1000:.0f} "
        yield text
        time.sleep(pause_ms / 1000)


demo = gr.Interface(
    predict,
    [gr.Number(label="Count"), gr.Number(label="Pause", value=20)],
    gr.Textbox(label="Text"),
    concurrency_limit=None,
)
demo.launch(server_port=int(sys.argv[2]), quiet=True)
