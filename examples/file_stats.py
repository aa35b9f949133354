"""Facts about an uploaded text file: counts, and its most frequent words."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import quickdemo as gr

DATA = Path(__file__).parent / "data"


def statistics(document: Any) -> tuple[dict[str, Any], dict[str, float]]:
    """Counts as JSON; the share of the five most frequent words of four letters or more."""
    if document is None:
        raise gr.Error("There is no file yet: choose a text file, or click an example.")
    data = Path(document.name).read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise gr.Error(f"This is no UTF-8 text: byte {error.start + 1:,} is {data[error.start]:#04x}.") from error
    words = re.findall(r"\w+", text.lower())
    frequent = Counter(word for word in words if len(word) > 3).most_common(5)
    counts = {"bytes": len(data), "lines": len(text.splitlines()), "words": len(words), "different": len(set(words))}
    return counts, {word: count / len(words) for word, count in frequent}


demo = gr.Interface(
    statistics,
    gr.File(label="Text file"),
    [gr.JSON(label="Counts"), gr.Label(label="Frequent words, share of all")],
    examples=[[str(DATA / "pride.txt")], [str(DATA / "README.md")]],
    title="What is in this text?",
    allow_flagging="never",
)

if __name__ == "__main__":
    demo.launch()
