"""Label: classes with their confidences, the surest in large."""

from pathlib import Path

import numpy as np

import quickdemo as gr

DATA = Path(__file__).parent.parent / "data"
DIGITS = np.load(DATA / "digits.npz")
MEANS = np.stack([DIGITS["images"][DIGITS["labels"] == digit].mean(axis=0) for digit in range(10)])


def nearest(picture: np.ndarray) -> dict[str, float]:
    """How near the drawing, of 8 x 8 cells, comes to the average of each digit."""
    distance = np.abs(MEANS - picture / 255 * 16).mean(axis=(1, 2))
    weights = np.exp(-2 * distance)
    return {str(digit): weight for digit, weight in enumerate(weights / weights.sum())}


demo = gr.Interface(
    nearest,
    gr.Image(label="Drawing", shape=(8, 8), image_mode="L", invert_colors=True),
    gr.Label(label="Digit", num_top_classes=4),
    examples=[str(DATA / "digits" / "3.png"), str(DATA / "digits" / "0.png")],
)

if __name__ == "__main__":
    demo.launch()
