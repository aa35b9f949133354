"""Dataframe: a table; as an input one types and pastes into it as into a spreadsheet."""

import quickdemo as gr

ITEMS = [["Flour", 0.9, 3], ["Yeast", 0.35, 6], ["Olive oil", 7.5, 1]]


def bill(rows: list[list]) -> dict[str, list]:
    """What each line comes to, and all of them together."""
    sums = [round(price * count, 2) for _, price, count in rows]
    return {"Item": [*(row[0] for row in rows), "Together"], "Sum": [*sums, round(sum(sums), 2)]}


demo = gr.Interface(
    bill,
    gr.Dataframe(
        ITEMS,
        headers=["Item", "Price", "Count"],
        datatype=["str", "number", "number"],
        col_count=(3, "fixed"),
        type="array",
        label="Items",
    ),
    gr.Dataframe(label="Bill"),
    examples=[[ITEMS], [[["Rice", 2.2, 2], ["Saffron", 6.8, 1]]]],
)

if __name__ == "__main__":
    demo.launch()
