import quickdemo as gr

demo = gr.Interface(lambda text: text, "text", "text", allow_flagging="never")
demo.launch()
