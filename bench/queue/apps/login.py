"""Behind a login, with limits on the inputs."""

from functions import echo, tell

import quickdemo as gr

inputs = [gr.Textbox(label="Text", max_length=200), gr.Number(label="Number", minimum=0, maximum=10)]
demo = gr.TabbedInterface(
    [
        gr.Interface(echo, inputs, "text", allow_flagging="never"),
        gr.Interface(tell, "text", "text", allow_flagging="never"),
    ]
)
demo.launch(auth=("bench", "correct horse"))
