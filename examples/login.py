"""Only people with a password may use this demo, its API and its files. Try it as ada with the password engine."""

import hmac

import quickdemo as gr

PASSWORDS = {"ada": "engine", "grace": "compiler"}


def known(username: str, password: str) -> bool:
    """Whether the two belong together; compared in constant time."""
    return hmac.compare_digest(PASSWORDS.get(username, "").encode(), password.encode()) and username in PASSWORDS


def greet(name: str, excited: bool) -> str:
    """A greeting."""
    return f"Hello, {name}{'!' if excited else '.'}"


demo = gr.Interface(
    greet,
    [gr.Textbox(label="Name", value="Charles"), gr.Checkbox(label="Excited")],
    gr.Textbox(label="Greeting"),
    title="A demo for invited people",
)

if __name__ == "__main__":
    demo.launch(auth=known, auth_message="Log in as **ada** with the password **engine**.")
