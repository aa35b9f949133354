"""Several Interfaces in one demo. Each tab has an endpoint of its own in the API."""

import quickdemo as gr


def to_fahrenheit(celsius: float) -> float:
    """Degrees Fahrenheit."""
    return round(celsius * 9 / 5 + 32, 1)


def to_miles(kilometres: float) -> float:
    """Statute miles."""
    return round(kilometres / 1.609344, 3)


def encode(text: str, shift: float) -> str:
    """Caesar's cipher: each letter moved along the alphabet."""
    moved = []
    for letter in text:
        first = ord("A") if letter.isupper() else ord("a")
        moved.append(
            chr((ord(letter) - first + int(shift)) % 26 + first) if letter.isascii() and letter.isalpha() else letter
        )
    return "".join(moved)


demo = gr.TabbedInterface(
    [
        gr.Interface(
            to_fahrenheit, gr.Slider(-40, 100, value=20, label="°C"), gr.Number(label="°F"), allow_flagging="never"
        ),
        gr.Interface(to_miles, gr.Number(value=42.195, label="km"), gr.Number(label="miles"), allow_flagging="never"),
        gr.Interface(
            encode,
            [gr.Textbox(label="Message", value="Veni, vidi, vici"), gr.Slider(1, 25, value=3, label="Shift")],
            gr.Textbox(label="Cipher"),
            allow_flagging="never",
        ),
    ],
    ["Temperature", "Distance", "Cipher"],
    title="Three small converters",
)

if __name__ == "__main__":
    demo.launch()
