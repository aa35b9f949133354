import quickdemo as gr


def count(step, total=0):
    return total + step, total + step


demo = gr.Interface(count, ["number", "state"], ["number", "state"])
demo.launch()
