"""BrowserState: a value that the visitor's browser remembers, beyond this page and this server."""

import quickdemo as gr

seen = gr.BrowserState([], storage_key="names")


def greet(name: str, known: list[str]) -> tuple[str, list[str]]:
    """Another greeting for those who were here before."""
    if name in known:
        return f"Welcome back, {name}!", known
    return f"Pleased to meet you, {name}.", [*known, name]


demo = gr.Interface(
    greet,
    [gr.Textbox(label="Name"), seen],
    [gr.Textbox(label="Greeting"), seen],
    examples=[["Ada"], ["Grace"]],
)

if __name__ == "__main__":
    demo.launch()
