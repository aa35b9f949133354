"""A generator: each yield reaches the page at once, and Stop ends it."""

import time
from collections.abc import Iterator

import quickdemo as gr


def collatz(start: float, steps_per_second: float) -> Iterator[tuple[str, int]]:
    """Halve even numbers, else 3n + 1, until 1: the numbers so far and how many steps it took."""
    if start < 1:
        raise gr.Error(f"The start must be 1 or more; it was {start:g}.")
    numbers = [int(start)]
    yield str(numbers[0]), 0
    while numbers[-1] != 1:
        time.sleep(1 / steps_per_second)
        last = numbers[-1]
        numbers.append(last // 2 if last % 2 == 0 else 3 * last + 1)
        yield " → ".join(map(str, numbers)), len(numbers) - 1


demo = gr.Interface(
    collatz,
    [gr.Number(value=27, precision=0, label="Start"), gr.Slider(1, 200, value=20, label="Steps per second")],
    [gr.Textbox(label="Numbers", lines=6), gr.Number(label="Steps", precision=0)],
    examples=[[27, 20], [97, 50], [1024, 2]],
    title="Down to one",
    description="The Collatz sequence, one number at a time. Nobody knows whether it always ends.",
    allow_flagging="never",
)

if __name__ == "__main__":
    demo.launch()
