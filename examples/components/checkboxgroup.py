"""CheckboxGroup: several choices of a list."""

import quickdemo as gr

PRICES = {"olives": 0.8, "mushrooms": 1.2, "artichokes": 1.5, "anchovies": 1.9}


def pizza(toppings: list[str]) -> tuple[float, list[str]]:
    """What it costs, and what is left in the kitchen."""
    return 7.5 + sum(PRICES[topping] for topping in toppings), [name for name in PRICES if name not in toppings]


demo = gr.Interface(
    pizza,
    gr.CheckboxGroup(list(PRICES), label="Toppings"),
    [gr.Number(label="Price", precision=2), gr.CheckboxGroup(list(PRICES), label="Not used")],
    examples=[[["olives", "anchovies"]], [["mushrooms"]]],
)

if __name__ == "__main__":
    demo.launch()
