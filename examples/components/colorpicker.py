"""ColorPicker: a colour as "#rrggbb"."""

import quickdemo as gr


def complement(colour: str) -> tuple[str, str]:
    """The colour opposite on the wheel, and its parts."""
    red, green, blue = (255 - int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"#{red:02x}{green:02x}{blue:02x}", f"red {red}, green {green}, blue {blue}"


demo = gr.Interface(
    complement,
    gr.ColorPicker("#1f6feb", label="Colour"),
    [gr.ColorPicker(label="Complement"), gr.Textbox(label="Its parts")],
    examples=["#1f6feb", "#c2410c"],
)

if __name__ == "__main__":
    demo.launch()
