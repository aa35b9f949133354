"""Markdown: a text with headings, lists, tables and formulas."""

import quickdemo as gr


def table(n: int) -> str:
    """The powers of a number."""
    rows = "\n".join(f"| {k} | {int(n) ** k:,} |" for k in range(1, 6))
    sum_of = f"$$\\sum_{{k=1}}^{{5}} {int(n)}^k = {sum(int(n) ** k for k in range(1, 6)):,}$$"
    return f"### Powers of {int(n)}\n\n| k | power |\n|--:|--:|\n{rows}\n\nTogether they are {sum_of}"


demo = gr.Interface(
    table,
    gr.Slider(2, 20, value=7, step=1, label="Number"),
    gr.Markdown(label="Powers"),
    examples=[7, 12],
)

if __name__ == "__main__":
    demo.launch()
