"""2,000 tokens, one each 5 ms, of quickdemo and of Gradio: `python stream.py quickdemo|gradio PORT`."""

import importlib
import sys
import time

gr = importlib.import_module(sys.argv[1])
PAUSE_S = 0.005


def predict(count):
    text = ""
    for n in range(int(count)):
        text += f"token{n} "
        yield text
        time.sleep(PAUSE_S)


demo = gr.Interface(predict, gr.Number(label="Count"), gr.Textbox(label="Text"))
demo.launch(server_port=int(sys.argv[2]), quiet=True)
