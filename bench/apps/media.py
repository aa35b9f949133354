"""The same four demos of quickdemo and of Gradio: `python media.py quickdemo|gradio photo|sound|file|frame PORT`."""

import importlib
import sys

gr = importlib.import_module(sys.argv[1])
ROWS, COLUMNS = 100_000, 10


def predict(value):
    return getattr(value, "name", value)  # of a file object its path


def photo():
    return gr.Interface(predict, gr.Image(label="In"), gr.Image(label="Out"))


def sound():
    return gr.Interface(predict, gr.Audio(label="In"), gr.Audio(label="Out"))


def file():
    given = gr.File(label="In") if sys.argv[1] == "quickdemo" else gr.File(label="In", type="filepath")
    return gr.Interface(predict, given, gr.File(label="Out"))


def frame():
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    columns = {f"number {n}": random.normal(size=ROWS) for n in range(COLUMNS - 2)}
    words = np.array(["north", "south", "east", "west"])
    table = pd.DataFrame({**columns, "place": words[random.integers(0, 4, ROWS)], "count": np.arange(ROWS)})

    def predict():
        return table

    return gr.Interface(predict, None, gr.Dataframe(label="Out"))


demo = {"photo": photo, "sound": sound, "file": file, "frame": frame}[sys.argv[2]]()
options = {"max_file_size": "200mb"}
demo.launch(server_port=int(sys.argv[3]), quiet=True, **options)
