"""Dropdown: choices in a list that opens; with multiselect=True several of them."""

import quickdemo as gr

GREETINGS = {"Finnish": "Hei", "Portuguese": "Olá", "Swahili": "Habari", "Turkish": "Merhaba", "Welsh": "Helô"}


def greet(name: str, language: str, also: list[str]) -> str:
    """A greeting in one language, or in several."""
    return "! ".join(GREETINGS[one] for one in [language, *also]) + f", {name}!"


demo = gr.Interface(
    greet,
    [
        gr.Textbox("Ada", label="Name"),
        gr.Dropdown(list(GREETINGS), value="Finnish", label="Language"),
        gr.Dropdown(list(GREETINGS), multiselect=True, label="Also in"),
    ],
    gr.Textbox(label="Greeting"),
    examples=[["Ada", "Welsh", ["Turkish"]], ["Emmy", "Swahili", []]],
)

if __name__ == "__main__":
    demo.launch()
