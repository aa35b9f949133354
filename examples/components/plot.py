"""Plot: a figure of matplotlib; those of Plotly, Bokeh and Altair are shown, too."""

import matplotlib.figure
import numpy as np

import quickdemo as gr


def rose(petals: int) -> matplotlib.figure.Figure:
    """The curve r = cos(petals * angle)."""
    figure = matplotlib.figure.Figure(figsize=(4, 4))
    angle = np.linspace(0, 2 * np.pi, 400)
    figure.add_subplot(projection="polar").plot(angle, np.abs(np.cos(petals * angle / 2)))
    return figure


demo = gr.Interface(
    rose,
    gr.Slider(2, 10, value=5, step=1, label="Petals"),
    gr.Plot(label="Rose"),
    examples=[5, 8],
)

if __name__ == "__main__":
    demo.launch()
