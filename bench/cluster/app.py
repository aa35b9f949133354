"""Nothing to do, with limits on the inputs: what is measured is all around it."""

import quickdemo as gr

inputs = [gr.Textbox(label="Text", max_length=200), gr.Number(label="Number", minimum=0, maximum=10)]
gr.Interface(lambda text, number: text, inputs, "text", allow_flagging="never").launch()
