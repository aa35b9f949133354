"""DateTime: a day, or a moment with its time of day."""

import datetime as dt

import quickdemo as gr


def arrival(departure: dt.datetime, hours: float) -> tuple[dt.datetime, str]:
    """When a journey ends, and on which day of the week."""
    arrived = departure + dt.timedelta(hours=hours)
    return arrived, f"{arrived:%A}"


demo = gr.Interface(
    arrival,
    [
        gr.DateTime("2022-07-01 21:30:00", type="datetime", label="Departure"),
        gr.Slider(0, 48, value=9.5, step=0.5, label="Hours"),
    ],
    [gr.DateTime(label="Arrival"), gr.Textbox(label="Day of the week")],
    examples=[["2022-07-01 21:30:00", 9.5], ["2024-02-28 18:00:00", 30]],
)

if __name__ == "__main__":
    demo.launch()
