"""Dataset: a table of samples, of which the visitor chooses one."""

import quickdemo as gr

CITIES = [["Lima", -12.05], ["Nairobi", -1.29], ["Oslo", 59.91], ["Tokyo", 35.68]]


def longest_day(city: list) -> str:
    """Where the sun stands at noon of 21 June."""
    name, latitude = city
    return f"In {name} the sun stands {90 - abs(latitude - 23.44):.1f}° high at noon of 21 June."


demo = gr.Interface(
    longest_day,
    gr.Dataset(components=["text", "number"], samples=CITIES, headers=["City", "Latitude"], label="City"),
    gr.Textbox(label="The sun"),
    examples=[[2], [0]],
)

if __name__ == "__main__":
    demo.launch()
