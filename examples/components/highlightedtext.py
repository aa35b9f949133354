"""HighlightedText: parts of a text with a category each, or with a score from -1 to 1."""

import re

import quickdemo as gr

KINDS = {"number": r"\d[\d.,]*\d|\d", "name": r"[A-Z]\w{2,}", "mark": r"[.!?;:]"}


def kinds(text: str) -> list[tuple[str, str | None]]:
    """Numbers, capitalised words, and punctuation."""
    pattern = "|".join(f"(?P<{kind}>{expression})" for kind, expression in KINDS.items())
    parts, end = [], 0
    for found in re.finditer(pattern, text):
        parts += [(text[end : found.start()], None), (found[0], found.lastgroup)]
        end = found.end()
    return [*parts, (text[end:], None)]


demo = gr.Interface(
    kinds,
    gr.Textbox(label="Text"),
    gr.HighlightedText(label="Its parts", show_legend=True),
    examples=["In 1843 Ada Lovelace wrote 7 notes on Babbage's engine.", "The Danube is 2,850 km long!"],
)

if __name__ == "__main__":
    demo.launch()
