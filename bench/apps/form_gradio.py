import sys

import gradio as gr


def describe(text, size, extras, style):
    words = text.split()
    return {"short": 0.7, "long": 0.3}, [(word + " ", None if len(word) < 4 else 0.5) for word in words]


demo = gr.Interface(
    describe,
    [
        gr.Textbox(label="Text", lines=3),
        gr.Slider(0, 10, value=5, label="Size"),
        gr.CheckboxGroup(["one", "two", "three"], label="Extras"),
        gr.Dropdown(["plain", "bold", "fine"], label="Style"),
    ],
    [gr.Label(label="Class"), gr.HighlightedText(label="Words")],
    title="Six components",
    analytics_enabled=False,
)
demo.launch(server_port=int(sys.argv[1]), quiet=True)
