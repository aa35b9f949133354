"""File: any file in; a file to download out."""

import tempfile
from pathlib import Path

import quickdemo as gr

DATA = Path(__file__).parent.parent / "data"


def number_lines(text: str) -> str:
    """Path of a copy in which every line has its number."""
    source = Path(text)
    copy = Path(tempfile.mkdtemp()) / f"numbered-{source.name}"
    lines = source.read_text().splitlines()
    copy.write_text("".join(f"{number:4} {line}\n" for number, line in enumerate(lines, 1)))
    return str(copy)


demo = gr.Interface(
    number_lines,
    gr.File(label="Text", file_types=[".txt", ".md"], type="filepath"),
    gr.File(label="Numbered"),
    examples=[str(DATA / "pride.txt"), str(DATA / "README.md")],
)

if __name__ == "__main__":
    demo.launch()
