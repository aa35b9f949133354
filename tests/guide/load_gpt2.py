import quickdemo as gr

gr.Interface.load("huggingface/gpt2").launch()
