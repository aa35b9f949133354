"""Live sliders: each change draws the curve anew. Needs no plotting library, only pillow."""

import math

from PIL import Image, ImageDraw

import quickdemo as gr

WIDTH, HEIGHT, MARGIN, FINE = 640, 320, 24, 2  # points; drawn at twice the size for smooth lines


def oscillation(frequency: float, damping: float, phase: float) -> Image.Image:
    """The curve exp(-damping t) sin(2 pi frequency t + phase) for t from 0 to 4 seconds."""
    picture = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), "white")
    pen = ImageDraw.Draw(picture)
    left, right, middle = MARGIN * FINE, (WIDTH - MARGIN) * FINE, HEIGHT * FINE // 2
    reach = middle - MARGIN * FINE
    for second in range(5):
        x = left + (right - left) * second / 4
        pen.line([(x, middle - reach), (x, middle + reach)], fill="#dddddd", width=FINE)
    pen.line([(left, middle), (right, middle)], fill="#888888", width=FINE)
    curve = []
    for x in range(left, right + 1):
        t = 4 * (x - left) / (right - left)
        height = math.exp(-damping * t) * math.sin(2 * math.pi * frequency * t + math.radians(phase))
        curve.append((x, middle - reach * height))
    pen.line(curve, fill="#1c7c54", width=3 * FINE, joint="curve")
    return picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


demo = gr.Interface(
    oscillation,
    [
        gr.Slider(0.5, 5, value=1.5, step=0.1, label="Frequency (Hz)"),
        gr.Slider(0, 2, value=0.5, step=0.05, label="Damping (1/s)"),
        gr.Slider(0, 360, value=0, step=5, label="Phase (degrees)"),
    ],
    gr.Image(label="Curve over four seconds"),
    live=True,
    title="A damped oscillation",
    allow_flagging="never",
)

if __name__ == "__main__":
    demo.launch()
