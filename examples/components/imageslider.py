"""ImageSlider: a photo before and after, over each other."""

from pathlib import Path

from PIL import Image, ImageFilter

import quickdemo as gr

PHOTOS = Path(__file__).parent.parent / "data" / "photos"


def blurred(photo: Image.Image, radius: float) -> tuple[Image.Image, Image.Image]:
    """The photo as it is, and out of focus."""
    return photo, photo.filter(ImageFilter.GaussianBlur(radius))


demo = gr.Interface(
    blurred,
    [gr.Image(type="pil", label="Photo"), gr.Slider(0, 20, value=6, label="Radius")],
    gr.ImageSlider(label="Sharp and blurred", slider_position=40),
    examples=[[str(PHOTOS / "temple.jpg"), 6], [str(PHOTOS / "flower.jpg"), 10]],
)

if __name__ == "__main__":
    demo.launch()
