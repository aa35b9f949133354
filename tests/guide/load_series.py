import quickdemo as gr

generator = gr.Interface.load("huggingface/gpt2")
translator = gr.Interface.load("huggingface/t5-small")

gr.Series(
    generator, translator
).launch()  # this demo generates text, then translates it to German, and outputs the final result.
