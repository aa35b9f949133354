"""ScatterPlot: one point for each row of a table, coloured by group."""

from pathlib import Path

import numpy as np

import quickdemo as gr

DIGITS = np.load(Path(__file__).parent.parent / "data" / "digits.npz")
IMAGES, LABELS = DIGITS["images"].reshape(-1, 64).astype(float), DIGITS["labels"]
_, _, AXES = np.linalg.svd(IMAGES - IMAGES.mean(axis=0), full_matrices=False)  # the principal components


def plane(shown: list[str]) -> dict[str, np.ndarray]:
    """The drawings of these digits on the plane where all digits differ the most."""
    chosen = np.isin(LABELS, [int(digit) for digit in shown])
    flat = (IMAGES[chosen] - IMAGES.mean(axis=0)) @ AXES[:2].T
    return {"first": flat[:, 0], "second": flat[:, 1], "digit": LABELS[chosen].astype(str)}


demo = gr.Interface(
    plane,
    gr.CheckboxGroup(list("0123456789"), value=["0", "4", "6"], label="Digits"),
    gr.ScatterPlot(x="first", y="second", color="digit", title="Handwritten digits", label="Plane"),
    examples=[[["0", "4", "6"]], [["1", "7"]]],
)

if __name__ == "__main__":
    demo.launch()
