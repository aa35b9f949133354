"""ImageEditor: a photo that is painted upon, in layers."""

from pathlib import Path

import numpy as np

import quickdemo as gr

PHOTOS = Path(__file__).parent.parent / "data" / "photos"


def spotlight(picture: dict) -> tuple[str, dict]:
    """How much was painted in each layer; and the photo, dark where nothing was painted."""
    if picture["background"] is None:
        return "There is no photo.", picture
    photo, layers = picture["background"].copy(), picture["layers"]
    shares = [np.mean(layer[:, :, 3] > 0) for layer in layers]
    painted = np.any([layer[:, :, 3] > 0 for layer in layers], axis=0) if layers else np.zeros(photo.shape[:2], bool)
    photo[~painted, :3] //= 3
    told = ", ".join(f"layer {n}: {share:.0%}" for n, share in enumerate(shares, 1))
    return told or "Nothing is painted.", {"background": photo, "layers": layers}


def marked(name: str) -> dict:
    """A photo with a first layer in which a disc is painted."""
    return {"background": str(PHOTOS / name), "layers": [DISC]}


HEIGHT, WIDTH = np.ogrid[:320, :480]
DISC = np.zeros((320, 480, 4), np.uint8)
DISC[(HEIGHT - 150) ** 2 + (WIDTH - 240) ** 2 < 110**2] = [204, 50, 50, 120]

demo = gr.Interface(
    spotlight,
    gr.ImageEditor(label="Photo", brush=gr.Brush(colors=["#cc3232", "#3270cc", ("#ffd400", 0.5)])),
    [gr.Textbox(label="Painted"), gr.ImageEditor(label="Spotlight")],
    examples=[marked("flower.jpg"), marked("temple.jpg")],
)

if __name__ == "__main__":
    demo.launch()
