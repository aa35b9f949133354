"""State: a value on the server that each page load has of its own."""

import quickdemo as gr


def average(number: float, numbers: list[float]) -> tuple[float, str, list[float]]:
    """The average of all numbers of this session."""
    numbers = [*numbers, number]
    return sum(numbers) / len(numbers), " + ".join(f"{n:g}" for n in numbers), numbers


demo = gr.Interface(
    average,
    [gr.Number(label="Number"), gr.State([])],
    [gr.Number(label="Average"), gr.Textbox(label="So far"), gr.State()],
    examples=[[3], [8]],
)

if __name__ == "__main__":
    demo.launch()
