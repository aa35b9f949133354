"""Trains the network of examples/digits.py and draws its example pictures. Needs numpy and pillow, takes seconds.

    .venv/bin/python tools/train_digits.py

Input:  examples/data/digits.npz          1,797 digits of 8x8 cells with 0 to 16 dots of ink each
Output: examples/data/digits_network.npz  w1 (64, 96), b1 (96), w2 (96, 10), b2 (10), float32
        examples/data/digits/*.png        one picture of each digit that the network never saw in training
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

DATA = Path(__file__).resolve().parent.parent / "examples" / "data"
TRAINING = 1500  # the first 1,500 digits; the last 297, by other writers, measure
HIDDEN = 96
EPOCHS = 150
BATCH = 50
RATE = 0.002

Weights = dict[str, np.ndarray]


def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Some of the (8, 8) images moved by a cell, so that a drawing need not be centred well."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    offsets = 1 + rng.choice((-1, 0, 0, 0, 0, 0, 1), size=(len(images), 2))
    return np.stack([image[y : y + 8, x : x + 8] for image, (y, x) in zip(padded, offsets, strict=True)])


def forward(weights: Weights, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden activations (n, HIDDEN) and class probabilities (n, 10) of inputs (n, 64)."""
    hidden = np.maximum(x @ weights["w1"] + weights["b1"], 0)
    scores = hidden @ weights["w2"] + weights["b2"]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return hidden, powers / powers.sum(axis=1, keepdims=True)


def gradients(weights: Weights, x: np.ndarray, labels: np.ndarray) -> Weights:
    """Of the mean cross entropy of one batch."""
    hidden, probabilities = forward(weights, x)
    error = (probabilities - np.eye(10)[labels]) / len(x)
    back = (error @ weights["w2"].T) * (hidden > 0)
    return {"w1": x.T @ back, "b1": back.sum(0), "w2": hidden.T @ error, "b2": error.sum(0)}


def train(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Weights:
    """Adam (Kingma and Ba, arxiv.org/abs/1412.6980) over shuffled, shifted batches."""
    weights: Weights = {
        "w1": rng.normal(0, np.sqrt(2 / 64), (64, HIDDEN)),
        "b1": np.zeros(HIDDEN),
        "w2": rng.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, 10)),
        "b2": np.zeros(10),
    }
    mean = {name: np.zeros_like(value) for name, value in weights.items()}
    square = {name: np.zeros_like(value) for name, value in weights.items()}
    step = 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(images))
        for start in range(0, len(order), BATCH):
            batch, step = order[start : start + BATCH], step + 1
            x = shifted(images[batch], rng).reshape(-1, 64) / 16
            for name, gradient in gradients(weights, x, labels[batch]).items():
                mean[name] = 0.9 * mean[name] + 0.1 * gradient
                square[name] = 0.999 * square[name] + 0.001 * gradient**2
                corrected = mean[name] / (1 - 0.9**step), square[name] / (1 - 0.999**step)
                weights[name] -= RATE * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)
    return weights


def draw_examples(images: np.ndarray, labels: np.ndarray) -> None:
    """One picture of each digit, dark ink on white, 128 x 128 points."""
    folder = DATA / "digits"
    folder.mkdir(exist_ok=True)
    for digit in range(10):
        cells = 255 - np.pad(images[labels == digit][3], 1).astype(float) / 16 * 255
        picture = Image.fromarray(cells.round().astype(np.uint8))
        picture = picture.resize((128, 128), Image.Resampling.BICUBIC)
        picture.save(folder / f"{digit}.png", optimize=True)


def main() -> None:
    """Train, measure, write."""
    data = np.load(DATA / "digits.npz")
    images, labels = data["images"].astype(float), data["labels"].astype(int)
    weights = train(images[:TRAINING], labels[:TRAINING], np.random.default_rng(0))
    for name, part in [("training", slice(0, TRAINING)), ("unseen", slice(TRAINING, None))]:
        _, probabilities = forward(weights, images[part].reshape(-1, 64) / 16)
        print(f"{name}: {(probabilities.argmax(1) == labels[part]).mean():.1%} of {len(labels[part])} right")
    np.savez_compressed(DATA / "digits_network.npz", **{k: v.astype(np.float32) for k, v in weights.items()})
    draw_examples(images[TRAINING:], labels[TRAINING:])


if __name__ == "__main__":
    main()
