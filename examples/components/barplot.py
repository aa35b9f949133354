"""BarPlot: bars over a column of a table. Any DataFrame will do, or a dict of columns as here."""

import re
from collections import Counter
from pathlib import Path

import quickdemo as gr

TEXT = (Path(__file__).parent.parent / "data" / "pride.txt").read_text()


def lengths(longest: int) -> dict[str, list]:
    """How many words of each length the opening of "Pride and Prejudice" has, by their first letter."""
    words = [word for word in re.findall(r"[a-z]+", TEXT.lower()) if len(word) <= longest]
    counts = Counter((len(word), "vowel" if word[0] in "aeiou" else "consonant") for word in words)
    keys = sorted(counts)
    return {
        "letters": [n for n, _ in keys],
        "begins with": [kind for _, kind in keys],
        "words": [counts[k] for k in keys],
    }


demo = gr.Interface(
    lengths,
    gr.Slider(5, 15, value=12, step=1, label="Longest word"),
    gr.BarPlot(x="letters", y="words", color="begins with", title="Words by length", label="Words"),
    examples=[12, 5],
)

if __name__ == "__main__":
    demo.launch()
