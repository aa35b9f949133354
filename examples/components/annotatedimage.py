"""AnnotatedImage: a picture with named areas: masks of its size, or boxes in pixels."""

from pathlib import Path

import numpy as np

import quickdemo as gr

PHOTOS = Path(__file__).parent.parent / "data" / "photos"


def parts(photo: np.ndarray) -> tuple[np.ndarray, list]:
    """What is bright and what is dark, as masks; the middle as a box (x1, y1, x2, y2)."""
    light = photo.mean(axis=2) / 255
    height, width = light.shape
    middle = (width // 3, height // 3, width * 2 // 3, height * 2 // 3)
    return photo, [(light > 0.75, "bright"), (light < 0.25, "dark"), (middle, "middle")]


demo = gr.Interface(
    parts,
    gr.Image(label="Photo"),
    gr.AnnotatedImage(label="Parts", color_map={"middle": "#0b6650"}),
    examples=[str(PHOTOS / "temple.jpg"), str(PHOTOS / "flower.jpg")],
)

if __name__ == "__main__":
    demo.launch()
