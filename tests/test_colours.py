"""The colours of explanations are those of Gradio 3, and text on each of them can be read."""

from __future__ import annotations

import pytest

from quickdemo.interpret.colours import AA, DARK, LIGHT, Colour, colour, contrast, ink


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, (255, 255, 255)),
        (float("nan"), (255, 255, 255)),
        (0.0, (255, 255, 255)),
        (1.0, (231, 76, 60)),
        (7.5, (231, 76, 60)),
        (-1.0, (52, 152, 219)),
        (-3.0, (52, 152, 219)),
        (0.25, (243, 166, 158)),  # half of the way: the root of a quarter
        (-0.25, (154, 204, 237)),
        (0.09, (248, 201, 197)),
    ],
)
def test_the_colour_of_a_score_is_as_in_gradio_3(value: float | None, expected: Colour) -> None:
    assert colour(value) == expected


@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_text_on_any_of_the_colours_can_be_read(ground: Colour) -> None:
    scores = [step / 500 for step in range(-500, 501)]
    assert min(contrast(ink(colour(v, ground), ground), colour(v, ground)) for v in scores) >= AA


def test_weak_scores_fade_into_the_ground_of_a_dark_page() -> None:
    assert colour(None, DARK) == colour(0.0, DARK) == DARK
    assert colour(1.0, DARK) == colour(1.0)
    assert contrast(colour(0.01, DARK), DARK) < contrast(colour(0.5, DARK), DARK)
