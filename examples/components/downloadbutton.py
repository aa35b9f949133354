"""DownloadButton: one file that the function made."""

import csv
import tempfile
from pathlib import Path

import quickdemo as gr


def squares(count: int) -> str:
    """Path of a table of numbers and their squares."""
    path = Path(tempfile.mkdtemp()) / "squares.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "square"])
        writer.writerows([n, n * n] for n in range(1, int(count) + 1))
    return str(path)


demo = gr.Interface(
    squares,
    gr.Slider(1, 1000, value=100, step=1, label="How many"),
    gr.DownloadButton("Download the table"),
    examples=[100, 10],
)

if __name__ == "__main__":
    demo.launch()
