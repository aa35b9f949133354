import quickdemo as gr

demo = gr.Interface(fn=lambda name: "Hello " + name + "!", inputs="text", outputs="text")
demo.launch(auth=[("admin", "pass1234"), ("tester", "pass5678")])
