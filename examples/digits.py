"""Draw a digit; a small network says which one it is. It was trained by tools/train_digits.py on 1,500 real digits."""

from pathlib import Path

import numpy as np
from PIL import Image

import quickdemo as gr

DATA = Path(__file__).parent / "data"
NETWORK = dict(np.load(DATA / "digits_network.npz"))


def cells(ink: np.ndarray) -> np.ndarray:
    """The drawing (h, w), 0 to 255 of ink, as the network knows digits: cut out, centred, 8x8 cells of 0 to 1."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 64), np.flatnonzero(ink.max(axis=0) > 64)
    if len(rows) == 0:
        raise gr.Error("There is no drawing yet: draw a digit, or choose an example.")
    digit = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = 32 / max(digit.size)
    digit = digit.resize((max(1, round(digit.width * scale)), max(1, round(digit.height * scale))))
    sheet = Image.new("L", (32, 32))
    sheet.paste(digit, ((32 - digit.width) // 2, (32 - digit.height) // 2))
    blocks = np.asarray(sheet, dtype=float).reshape(8, 4, 8, 4).mean(axis=(1, 3))
    return blocks / blocks.max()


def classify(drawing: np.ndarray) -> dict[str, float]:
    """The probability of each digit."""
    if drawing is None:
        raise gr.Error("There is no drawing yet: draw a digit, or choose an example.")
    hidden = np.maximum(cells(drawing).reshape(64) @ NETWORK["w1"] + NETWORK["b1"], 0)
    scores = hidden @ NETWORK["w2"] + NETWORK["b2"]
    powers = np.exp(scores - scores.max())
    return {str(digit): float(p) for digit, p in enumerate(powers / powers.sum())}


demo = gr.Interface(
    classify,
    gr.Image(source="canvas", image_mode="L", invert_colors=True, label="Your digit"),
    gr.Label(num_top_classes=3, label="It looks like"),
    examples=[str(DATA / "digits" / f"{digit}.png") for digit in (3, 5, 8, 2, 7, 0)],
    title="Which digit is it?",
    description="Draw a digit from 0 to 9. A network of 7,210 weights, trained on 1,500 handwritten digits, reads it.",
    article="Wrong answer? Flag it: the drawing and the answer are kept for the next training.",
    flagging_options=["wrong", "unsure"],
)

if __name__ == "__main__":
    demo.launch()
