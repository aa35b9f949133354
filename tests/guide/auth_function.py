import quickdemo as gr


def greet(name):
    return "Hello " + name + "!"


def same_auth(username, password):
    return username == password


demo = gr.Interface(fn=greet, inputs="text", outputs="text")
demo.launch(auth=same_auth, auth_message="username and password must be the same")
