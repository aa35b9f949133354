"""Radio: one choice of a few, each a value or a (name, value) pair."""

import quickdemo as gr


def to_kelvin(degrees: float, scale: str) -> float:
    """Absolute temperature."""
    return {"C": degrees, "F": (degrees - 32) * 5 / 9}[scale] + 273.15


demo = gr.Interface(
    to_kelvin,
    [gr.Number(100, label="Degrees"), gr.Radio([("Celsius", "C"), ("Fahrenheit", "F")], value="C", label="Scale")],
    gr.Number(label="Kelvin", precision=2),
    examples=[[100, "C"], [451, "F"]],
)

if __name__ == "__main__":
    demo.launch()
