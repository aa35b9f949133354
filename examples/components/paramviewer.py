"""ParamViewer: documentation of a function's parameters."""

import inspect

import quickdemo as gr


def thumbnail(width: int, height: int | None = None, crop: bool = False) -> None:
    """
    width: in pixels.
    height: in pixels; None keeps the proportions.
    crop: fill the whole size, and cut off what does not fit.
    """


def documented(names: list[str]) -> dict[str, dict[str, str]]:
    """Type, meaning and default of these parameters, from the function itself."""
    told = dict(line.split(": ", 1) for line in inspect.getdoc(thumbnail).splitlines())
    found = inspect.signature(thumbnail).parameters
    return {
        name: {
            "type": inspect.formatannotation(found[name].annotation),
            "description": told[name],
            "default": None if found[name].default is inspect.Parameter.empty else repr(found[name].default),
        }
        for name in names
    }


demo = gr.Interface(
    documented,
    gr.CheckboxGroup(["width", "height", "crop"], value=["width", "height", "crop"], label="Parameters"),
    gr.ParamViewer(label="thumbnail", header=None),
    examples=[[["width", "height", "crop"]], [["crop"]]],
)

if __name__ == "__main__":
    demo.launch()
