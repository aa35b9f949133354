"""Model3D: a model from a file, to be turned and zoomed in the page."""

import math
import tempfile
from pathlib import Path

import quickdemo as gr


def pyramid(sides: int, height: float) -> str:
    """Path of an OBJ file: a regular pyramid over a circle of radius 1."""
    ring = [(math.cos(2 * math.pi * n / sides), math.sin(2 * math.pi * n / sides)) for n in range(int(sides))]
    corners = [(x, 0.0, z) for x, z in ring] + [(0.0, height, 0.0)]
    faces = [(n + 1, int(sides) + 1, (n + 1) % int(sides) + 1) for n in range(int(sides))]
    lines = [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in corners] + [f"f {a} {b} {c}" for a, b, c in faces]
    path = Path(tempfile.mkdtemp()) / "pyramid.obj"
    path.write_text("\n".join(lines))
    return str(path)


demo = gr.Interface(
    pyramid,
    [gr.Slider(3, 12, value=5, step=1, label="Sides"), gr.Slider(0.5, 3, value=1.5, label="Height")],
    gr.Model3D(label="Pyramid", camera_position=(40, 65, 4)),
    examples=[[5, 1.5], [12, 3]],
)

if __name__ == "__main__":
    demo.launch()
