"""What Gradio 3.0 got wrong about interpretation: each must be right here."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import quickdemo as gr


def demo(fn: Any, inputs: Any, outputs: Any = "number", **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, allow_flagging="never", **{"interpretation": "default", **options})


@pytest.mark.parametrize("method", ["default", "shap"])
def test_sounds_are_explained_by_shap_too(method: str) -> None:
    rate, sound = 8000, np.zeros(8000, np.int16)
    sound[:1000] = 20000  # the first of eight windows

    def loudness(audio: tuple[int, Any]) -> float:
        return float(np.abs(audio[1].astype(float)).mean())

    made = demo(loudness, "audio", interpretation=method).explain((rate, sound))

    assert len(made.values[0]) == 8 and made.values[0].argmax() == 0  # type: ignore[arg-type,union-attr]
    assert made.values[0].sum() == pytest.approx(made.full - made.base)  # type: ignore[union-attr,operator]


def test_labels_of_gr_outputs_are_explained_by_shap() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        label = gr.outputs.Label()
    made = demo(lambda text: {"a": 0.9 if "x" in text else 0.1}, "text", label, interpretation="shap").explain("x y")

    assert made.values[0] == pytest.approx([0.8, 0.0])


@pytest.mark.parametrize("mode", ["P", "L", "RGBA", "1"])
def test_pictures_of_palettes_and_greys_are_explained(tmp_path: Path, mode: str) -> None:
    picture = Image.new("RGB", (64, 64), "black")
    picture.paste("white", (0, 0, 32, 64))
    picture.convert(mode).save(tmp_path / "p.png")

    made = demo(lambda pixels: float(pixels[:, :32].mean()), "image").explain(str(tmp_path / "p.png"))

    assert made.values[0].max() > 0  # type: ignore[union-attr]


def test_regions_that_lower_the_score_keep_their_sign() -> None:
    pixels = np.full((64, 64, 3), 120, np.uint8)
    pixels[:32], pixels[32:] = 40, 200

    def brightness(image: Any) -> float:
        return float(image[:32].mean() / 255 - image[32:].mean() / 255)

    scores = np.array(demo(brightness, "image").explain(pixels).to_2022()[0])

    assert scores.shape == (64, 64) and scores.min() < 0
    assert abs(scores.max()) < 1  # not stretched to 0..1


def test_an_empty_choice_and_an_empty_number_are_explained() -> None:
    made = demo(lambda a, b, c: float(bool(a)) + (b or 0) + bool(c), [gr.Radio(["x", "y"]), "number", "text"])

    assert made.explain(None, None, "word").full == 1
    assert len(made.interpret([None, None, "word"])) == 3


@pytest.mark.parametrize("value", [3, 0, 100])
def test_whole_numbers_have_whole_neighbours(value: int) -> None:
    (form,) = (one["interpretation"] for one in demo(lambda n: n, gr.Number(precision=0)).interpret([value]))

    assert [value, None] in form
    assert all(isinstance(x, int) for x, _ in form) and all(
        score == x - value for x, score in form if score is not None
    )


def test_what_has_no_parts_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"data")
    made = demo(lambda text, file: len(text.split()), ["text", "file"]).explain("a b", str(tmp_path / "a.bin"))

    assert made.values[1] is None and "has no parts" in made.to_json()["inputs"][1]["why"]


def test_a_function_of_ones_own_is_right_with_one_input() -> None:
    one = demo(len, "text", interpretation=lambda text: [("one", 0.5), ("two", 0.25)])

    assert one.interpret(["one two"]) == [{"original": "one two", "interpretation": [("one", 0.5), ("two", 0.25)]}]


def test_interfaces_of_every_kind_can_be_made() -> None:
    box = gr.Textbox(label="t")

    assert demo(str.upper, box, box).kind == "unified" and demo(len, "text", None).kind == "input_only"
    assert demo(lambda: 1, None).kind == "output_only"


def test_a_label_that_is_missing_without_a_part_counts_as_0() -> None:
    made = demo(lambda text: {"cat": 0.8} if "paw" in text else {"dog": 1.0}, "text", "label").explain("a paw")

    assert made.values[0] == pytest.approx([0, 0.8])
