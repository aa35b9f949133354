"""Slider: a number from a range, by dragging or typing."""

import quickdemo as gr


def fahrenheit(celsius: float) -> float:
    """The same temperature in degrees Fahrenheit."""
    return celsius * 9 / 5 + 32


demo = gr.Interface(
    fahrenheit,
    gr.Slider(-40, 60, value=20, step=0.5, label="Celsius"),
    gr.Slider(-40, 140, label="Fahrenheit"),
    examples=[37, -40, 0],
)

if __name__ == "__main__":
    demo.launch()
