"""Number: two numbers in, one out; a range is checked on the server."""

import quickdemo as gr


def body_mass_index(weight: float, height: float) -> float:
    """kg / m²."""
    return weight / height**2


demo = gr.Interface(
    body_mass_index,
    [
        gr.Number(70, minimum=1, label="Weight", info="kg"),
        gr.Number(1.75, minimum=0.3, maximum=3, label="Height", info="m"),
    ],
    gr.Number(label="Body mass index", precision=1),
    examples=[[70, 1.75], [54.5, 1.62]],
)

if __name__ == "__main__":
    demo.launch()
