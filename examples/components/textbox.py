"""Textbox: one line of text in, one line out."""

import quickdemo as gr


def acronym(phrase: str) -> str:
    """The first letters of all words."""
    return "".join(word[0] for word in phrase.split()).upper()


demo = gr.Interface(
    acronym,
    gr.Textbox(label="Phrase", placeholder="portable network graphics", max_length=60),
    gr.Textbox(label="Acronym"),
    examples=["portable network graphics", "as soon as possible"],
)

if __name__ == "__main__":
    demo.launch()
