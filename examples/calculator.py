"""A calculator whose testers say what is wrong: one button for each reason, kept in flagged/log.csv."""

import quickdemo as gr


def calculator(num1: float, operation: str, num2: float) -> float:
    """One of the four operations."""
    if operation == "add":
        return num1 + num2
    if operation == "subtract":
        return num1 - num2
    if operation == "multiply":
        return num1 * num2
    if num2 == 0:
        raise gr.Error("Nothing can be divided by zero; give another second number.")
    return num1 / num2


demo = gr.Interface(
    calculator,
    [gr.Number(value=7), gr.Radio(["add", "subtract", "multiply", "divide"], value="add"), gr.Number(value=3)],
    gr.Number(label="Result"),
    examples=[[5, "add", 3], [4, "divide", 2], [-4, "multiply", 2.5], [0, "subtract", 1.2]],
    title="A calculator to test",
    description="Flag what is wrong, and `quickdemo flag-export flagged` gives the cases to whoever mends it.",
    flagging_options=["incorrect", "off by one", "other"],
)

if __name__ == "__main__":
    demo.launch()
