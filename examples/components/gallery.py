"""Gallery: several pictures, each with a caption or without."""

from pathlib import Path

import numpy as np

import quickdemo as gr

PHOTOS = Path(__file__).parent.parent / "data" / "photos"


def channels(photos: list[tuple[np.ndarray, str | None]]) -> list[tuple[np.ndarray, str]]:
    """The red, the green and the blue of each photo alone, as three grey pictures."""
    names = ["red", "green", "blue"]
    return [(photo[:, :, n], f"{caption or 'photo'}: {names[n]}") for photo, caption in photos for n in range(3)]


demo = gr.Interface(
    channels,
    gr.Gallery(label="Photos", columns=2),
    gr.Gallery(label="Channels", columns=3),
    examples=[[[(str(PHOTOS / "flower.jpg"), "flower"), (str(PHOTOS / "temple.jpg"), "temple")]]],
)

if __name__ == "__main__":
    demo.launch()
