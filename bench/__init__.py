"""`make bench`: quickdemo beside a bare Python, a bare Starlette and Gradio, measured in one run."""
