import quickdemo as gr


def greet(name, is_morning, temperature):
    salutation = "Good morning" if is_morning else "Good evening"
    greeting = "%s %s. It is %s degrees today" % (salutation, name, temperature)
    return greeting, (temperature - 32) * 5 / 9


iface = gr.Interface(
    fn=greet,
    inputs=[
        gr.inputs.Textbox(lines=2, placeholder="Name Here...", default="Ada"),
        gr.inputs.Checkbox(default=True),
        gr.inputs.Slider(0, 100, default=50),
    ],
    outputs=[gr.outputs.Textbox(), gr.outputs.Textbox(label="celsius")],
)
iface.launch()
