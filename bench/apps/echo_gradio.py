import sys

import gradio as gr

demo = gr.Interface(
    lambda text: text, "text", "text", api_name="predict", flagging_mode="never", analytics_enabled=False
)
demo.launch(server_port=int(sys.argv[1]), quiet=True)
