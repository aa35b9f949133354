"""Image: a picture as an array of shape (height, width, 3), in and out."""

from pathlib import Path

import numpy as np

import quickdemo as gr

PHOTOS = Path(__file__).parent.parent / "data" / "photos"


def negative(photo: np.ndarray) -> np.ndarray:
    """All colours turned into their opposites."""
    return 255 - photo


demo = gr.Interface(
    negative,
    gr.Image(label="Photo"),
    gr.Image(label="Negative"),
    examples=[str(PHOTOS / "flower.jpg"), str(PHOTOS / "temple.jpg")],
)

if __name__ == "__main__":
    demo.launch()
