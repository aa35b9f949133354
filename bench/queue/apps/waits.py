"""For many visitors who wait: two places for naps, one for what waits for the file."""

from functions import gated, nap

import quickdemo as gr

demo = gr.TabbedInterface(
    [
        gr.Interface(nap, "text", "text", allow_flagging="never", concurrency_limit=2),
        gr.Interface(gated, "text", "text", allow_flagging="never", concurrency_limit=1),
    ]
)
demo.launch()
