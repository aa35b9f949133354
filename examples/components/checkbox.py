"""Checkbox: yes or no."""

import quickdemo as gr


def price(net: float, with_tax: bool) -> tuple[float, bool]:
    """The price in euros, and whether a parcel of that price travels without a fee."""
    total = net * 1.19 if with_tax else net
    return total, total >= 50


demo = gr.Interface(
    price,
    [gr.Number(45, label="Net price"), gr.Checkbox(label="Add 19 % of tax")],
    [gr.Number(label="Price", precision=2), gr.Checkbox(label="Free delivery")],
    examples=[[45, True], [45, False]],
)

if __name__ == "__main__":
    demo.launch()
