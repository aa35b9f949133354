"""What components say of the parts of their values, and what may be set."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime import media
from quickdemo.runtime.local_files import LocalFiles

FILES = LocalFiles()


def parts_of(component: Any, value: Any) -> Any:
    """The parts of what the function gets of `value`."""
    return component.parts(component.accept(value, FILES), FILES)


def masked(parts: Any, *present: int) -> Any:
    """With these parts only."""
    mask = np.zeros(len(parts.labels), dtype=bool)
    mask[list(present)] = True
    return parts.masked(mask)


def test_a_textbox_has_words() -> None:
    box = gr.Textbox().set_interpret_parameters(",", replacement="?")

    assert parts_of(gr.Textbox(), "so very good").labels == ["so", "very", "good"]
    assert masked(parts_of(box, "a b,c"), 1) == "?,c"
    assert gr.Textbox().parts(None, FILES) is None


def test_other_texts_have_words_or_lines() -> None:
    both = gr.MultimodalTextbox()

    assert masked(parts_of(both, {"text": "a b", "files": []}), 1) == {"text": "b", "files": []}
    assert both.parts(None, FILES) is None and gr.Code().parts(None, FILES) is None
    assert masked(parts_of(gr.Code(), "x = 1\n\ny = 2\n"), 1) == "y = 2\n"
    assert parts_of(gr.Code().set_interpret_parameters(" "), "x = 1").labels == ["x", "=", "1"]


@pytest.mark.parametrize("component", [gr.Video(), gr.File(), gr.State(), gr.JSON()])
def test_what_has_no_parts_says_so(component: Any) -> None:
    assert component.parts(None, FILES) is None
    with pytest.raises(ValueError, match="has no parts .* it was given 16. Please remove the call"):
        component.set_interpret_parameters(16)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "1", "P", "I", "F", "CMYK", "LA"])
@pytest.mark.parametrize("type", ["numpy", "pil"])
def test_pictures_keep_their_type_and_mode(mode: str, type: str) -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 70, 3), dtype=np.uint8))
    component = gr.Image(image_mode=mode, type=type).set_interpret_parameters(segments=9)
    value = component.accept(picture, FILES)
    parts = component.parts(value, FILES)

    whole, some = masked(parts, *range(len(parts.labels))), masked(parts, 0, 3)

    assert whole is not value and np.array_equal(np.asarray(whole), np.asarray(value))
    for given in (whole, some):
        assert getattr(given, "mode", given.__class__) == getattr(value, "mode", value.__class__)
        assert np.shape(given) == np.shape(value) and np.asarray(given).dtype == np.asarray(value).dtype
    assert not np.array_equal(np.asarray(some), np.asarray(value))


@pytest.mark.parametrize(
    ("mode", "format"), [("RGB", "JPEG"), ("L", "PNG"), ("P", "PNG"), ("RGBA", "WEBP"), ("P", "GIF")]
)
def test_files_of_pictures_are_written_anew(mode: str, format: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"cat.{format.lower()}")
    Image.linear_gradient("L").convert(mode).save(path, format)
    for type in ("filepath", "file"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "file" is deprecated
            component = gr.Image(type=type)
        value = component.accept(path, FILES)
        parts = component.parts(value, FILES)

        whole, some = masked(parts, *range(len(parts.labels))), masked(parts, 0)

        paths = [one if type == "filepath" else one.name for one in (value, whole, some)]
        assert paths[0] == paths[1] != paths[2] and whole.__class__ is value.__class__ is some.__class__
        assert Path(paths[2]).stem == "cat" and media.open_image(paths[2]).size == (256, 256)


def test_a_sketch_keeps_its_mask() -> None:
    component = gr.Image(tool="sketch")
    value = component.accept({"image": np.eye(90, dtype=np.uint8) * 255, "mask": np.ones((90, 90), bool)}, FILES)

    some = masked(component.parts(value, FILES), 0)

    assert np.array_equal(some["mask"], value["mask"]) and some["mask"] is not value["mask"]
    assert some["image"].shape == value["image"].shape and not np.array_equal(some["image"], value["image"])


def test_what_is_not_drawn_on_a_canvas_is_idle() -> None:
    sketchpad = gr.Sketchpad()
    drawing = np.full((280, 280), 255, np.uint8)
    drawing[100:180, 130:140] = 0

    parts = parts_of(sketchpad, drawing)

    assert parts.masked(~parts.idle).tolist() == parts.masked(parts.idle | True).tolist()
    assert 0 < parts.idle.sum() < len(parts.labels) and gr.Image().parts(None, FILES) is None
