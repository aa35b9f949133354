"""Why an answer is what it is: of a text, of a picture, and of a form. Press Interpret.

The three models are a few lines each, so that one can check by hand whether their explanations are right.
"""

import math
import pathlib

import numpy as np

import quickdemo as gr

HERE = pathlib.Path(__file__).parent

GOOD = {"great", "happy", "lovely", "good", "warm", "friendly", "delicious"}
BAD = {"bad", "slow", "cold", "rude", "boring", "broken", "dirty"}
STRONGER = {"very", "really", "so"}
TURNING = {"not", "never", "hardly"}


def mood(review: str) -> dict[str, float]:
    """Shares of glad and cross. "very" doubles the next word, "not" turns it round."""
    total, factor = 0.0, 1.0
    for word in review.lower().replace(",", " ").replace(".", " ").split():
        if word in STRONGER:
            factor *= 2
        elif word in TURNING:
            factor *= -1
        else:
            total += factor * ((word in GOOD) - (word in BAD))
            factor = 1.0
    glad = 1 / (1 + math.exp(-total))
    return {"glad": glad, "cross": 1 - glad}


def season(photo: np.ndarray) -> dict[str, float]:
    """How green, yellow and blue a picture is. photo: (height, width, 3), 0 to 255."""
    red, green, blue = (photo[..., band].astype(float) for band in range(3))
    shares = [
        float(np.mean((green > red) & (green > blue))),
        float(np.mean((red > 1.2 * blue) & (red >= green))),
        float(np.mean((blue > red) & (blue > green))),
    ]
    weights = np.exp(4 * np.array(shares))
    return dict(zip(["leaves", "sunlight", "sky"], (weights / weights.sum()).tolist(), strict=True))


def price(rooms: float, size: float, floor: str, extras: list[str], lift: bool, note: str) -> float:
    """The rent of a flat, in euros a month."""
    rent = 8.5 * size + 60 * rooms
    rent += {"ground": -40, "middle": 0, "top": 90}[floor] * (1 if lift or floor != "top" else 0.2)
    rent += 45 * ("balcony" in extras) + 30 * ("kitchen" in extras) - 25 * ("street noise" in extras)
    return round(rent - 80 * note.lower().count("repair"), 2)


REVIEW = "The staff were very friendly and the room was lovely, but the soup was cold."

text = gr.Interface(
    mood,
    gr.Textbox(lines=3, label="Review", value=REVIEW),
    gr.Label(label="Mood"),
    examples=["It was not bad, really lovely.", "Slow, rude and very boring."],
    interpretation="default",
    description="Words that raise the mood are red and underlined, those that lower it blue and dashed.",
)
picture = gr.Interface(
    season,
    gr.Image(label="Photo", value=str(HERE / "data" / "photos" / "flower.jpg")),
    gr.Label(label="What it is full of"),
    examples=[str(HERE / "data" / "photos" / "temple.jpg")],
    interpretation="shap",
    num_shap=3,
)
form = gr.Interface(
    price,
    [
        gr.Number(label="Rooms", value=2),
        gr.Slider(15, 150, value=50, label="Size in m²"),
        gr.Radio(["ground", "middle", "top"], value="middle", label="Floor"),
        gr.CheckboxGroup(["balcony", "kitchen", "street noise"], label="Extras"),
        gr.Checkbox(label="Lift"),
        gr.Textbox(label="Note"),
    ],
    gr.Number(label="Rent"),
    examples=[
        [3, 72, "top", ["balcony", "street noise"], True, "The bath needs a repair"],
        [1, 24, "ground", ["kitchen"], False, "Quiet"],
    ],
    description="The fields at first are a common flat: what differs from it raises or lowers the rent.",
    interpretation="default",
)
demo = gr.TabbedInterface([text, picture, form], ["Text", "Picture", "Form"], title="Why this answer?")

if __name__ == "__main__":
    demo.launch()
