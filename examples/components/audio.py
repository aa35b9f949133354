"""Audio: (rate in Hz, samples) in and out."""

import numpy as np

import quickdemo as gr

RATE = 16_000


def bell(seconds: float, hertz: float) -> tuple[int, np.ndarray]:
    """A tone that dies away."""
    time = np.arange(int(seconds * RATE)) / RATE
    return RATE, (0.5 * np.exp(-4 * time / seconds) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def backwards(sound: tuple[int, np.ndarray]) -> tuple[int, np.ndarray]:
    """The sound from its end to its start."""
    rate, samples = sound
    return rate, samples[::-1]


demo = gr.Interface(
    backwards,
    gr.Audio(label="Sound"),
    gr.Audio(label="Backwards"),
    examples=[[bell(1.5, 440)], [bell(1, 880)]],
    example_labels=["A bell at 440 Hz", "A bell at 880 Hz"],
)

if __name__ == "__main__":
    demo.launch()
