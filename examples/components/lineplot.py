"""LinePlot: lines over a column of a table, one for each group."""

import numpy as np

import quickdemo as gr


def growth(rate: float, years: int) -> dict[str, list]:
    """A hundred euros with simple and with compound interest."""
    year = np.arange(int(years) + 1)
    simple, compound = 100 * (1 + rate / 100 * year), 100 * (1 + rate / 100) ** year
    kind = ["simple"] * len(year) + ["compound"] * len(year)
    return {"year": [*year, *year], "euros": [*simple, *compound], "interest": kind}


demo = gr.Interface(
    growth,
    [gr.Slider(0, 10, value=4, label="Rate (%)"), gr.Slider(1, 60, value=30, step=1, label="Years")],
    gr.LinePlot(x="year", y="euros", color="interest", title="What becomes of 100 €", label="Growth"),
    examples=[[4, 30], [2, 60]],
)

if __name__ == "__main__":
    demo.launch()
