"""The same on Gradio's queue, without a login; as many at once as come, but for the naps."""

import sys

import gradio as gr
from functions import echo, nap, tell

quiet = {"flagging_mode": "never", "analytics_enabled": False}
demo = gr.TabbedInterface(
    [
        gr.Interface(
            echo,
            [gr.Textbox(label="Text", max_length=200), gr.Number(label="Number", minimum=0, maximum=10)],
            "text",
            api_name="echo",
            concurrency_limit=None,
            **quiet,
        ),
        gr.Interface(tell, "text", "text", api_name="tell", concurrency_limit=None, **quiet),
        gr.Interface(nap, "text", "text", api_name="nap", concurrency_limit=2, **quiet),
    ]
)
demo.launch(server_port=int(sys.argv[1]), quiet=True)
