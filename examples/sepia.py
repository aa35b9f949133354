"""A picture in, a picture out: the sepia filter, an array of shape (height, width, 3)."""

from pathlib import Path

import numpy as np

import quickdemo as gr

PHOTOS = Path(__file__).parent / "data" / "photos"
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


def sepia(photo: np.ndarray) -> np.ndarray:
    """The photo in brown tones, as bright as before."""
    if photo is None:
        raise gr.Error("There is no photo yet: choose a file, take a picture, or click an example.")
    toned = photo.astype(float) @ SEPIA.T
    return (toned / max(toned.max(), 1) * 255).astype(np.uint8)


demo = gr.Interface(
    sepia,
    gr.Image(label="Photo"),
    gr.Image(label="Sepia"),
    examples=[str(PHOTOS / "temple.jpg"), str(PHOTOS / "flower.jpg")],
    title="A photo from another time",
    allow_flagging="never",
)

if __name__ == "__main__":
    demo.launch()
