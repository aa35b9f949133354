"""Galleries and annotated pictures: forms that may be returned, and a sentence for what cannot be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from quickdemo.runtime.components.annotatedimage import AnnotatedImage
from quickdemo.runtime.components.gallery import Gallery
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles

GREY = np.full((4, 6, 3), 90, np.uint8)


def test_pictures_of_every_form_with_and_without_captions(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    Pillow.new("P", (3, 3)).save(path)
    files = LocalFiles()
    wire = Gallery().postprocess([GREY, (Pillow.new("RGB", (2, 2)), "black"), str(path), (path, None)], files)
    assert [one["caption"] for one in wire] == [None, "black", None, None]
    assert [one["image"]["type"] for one in wire] == ["image/png", "image/png", "image/gif", "image/gif"]
    assert Gallery().postprocess((picture for picture in [GREY]), files)[0]["image"]["name"] == "image.png"


def test_a_local_call_takes_human_values(tmp_path: Path) -> None:
    Pillow.fromarray(GREY).save(tmp_path / "a.png")
    given = Gallery(type="filepath").accept([str(tmp_path / "a.png"), (GREY, "grey")], LocalFiles())
    assert [(Path(path).name, caption) for path, caption in given] == [("a.png", None), ("image.png", "grey")]


@pytest.mark.parametrize("value", ["a.png", GREY, 5, [None], [5], ["missing.png"], [(GREY, 5)]])
def test_what_is_no_gallery_is_told(value: Any) -> None:
    with pytest.raises(ValueError, match="^Shown: "):
        Gallery(label="Shown").postprocess(value, LocalFiles())


def test_too_many_pictures_are_refused_by_their_number() -> None:
    with pytest.raises(InvalidValueError, match="must be at most 1000 pictures, not 1001"):
        Gallery(label="G").preprocess([{"image": {"h": "a" * 22}}] * 1001, LocalFiles())


def test_columns_for_wider_and_wider_windows_are_those_of_the_widest() -> None:
    assert Gallery(columns=[1, 2, 4]).columns == Gallery(columns=4).columns == 4
    assert Gallery(columns=[]).columns is None
    for wrong in (0, [0], "2", [1, "x"]):
        with pytest.raises(ValueError, match="columns must be at least 1"):
            Gallery(columns=wrong)


def test_masks_and_boxes_become_layers_with_their_share() -> None:
    mask = np.zeros((4, 6))
    mask[:2] = 1
    wire = AnnotatedImage().postprocess(
        (GREY, [(mask, "sky"), (mask > 0, "sky"), ((5, 3, 2, 1), "bird")]), LocalFiles()
    )
    assert [area["share"] for area in wire["areas"]] == [0.5, 0.5, 0.25]
    assert wire["areas"][2]["box"] == [2, 1, 5, 3] and wire["size"] == [6, 4]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (GREY, "must return"),
        ((GREY, [5]), "an area is (mask or box, label)"),
        ((GREY, [(np.zeros((6, 4)), "a")]), "has shape (6, 4); the picture's is (4, 6)"),
        ((GREY, [(np.full((4, 6), 2.0), "a")]), "must hold 0 to 1"),
        ((GREY, [(np.full((4, 6), np.nan), "a")]), "must hold 0 to 1"),
        ((GREY, [((0, 0, 9, 1), "a")]), "lies outside of the picture (6 x 4 pixels)"),
        ((GREY, [((0, 0, float("inf"), 1), "a")]), "neither a mask nor a box"),
        ((GREY, [((0, 0, 1), "a")]), "neither a mask nor a box"),
        ((GREY, [((0, 0, 1, 1), "a")] * 501), "at most 500 areas"),
    ],
)
def test_areas_that_do_not_fit_are_told(value: Any, problem: str) -> None:
    with pytest.raises(ValueError) as told:
        AnnotatedImage(label="Parts").postprocess(value, LocalFiles())
    assert str(told.value).startswith("Parts: ") and problem in str(told.value)


def test_pictures_that_are_small_files_and_many_pixels_are_refused_together(monkeypatch: pytest.MonkeyPatch) -> None:
    files = LocalFiles()
    monkeypatch.setenv("QUICKDEMO_MAX_PIXELS", "600")
    image = Gallery().postprocess([np.zeros((20, 30, 3), np.uint8)], files)[0]["image"]
    one = {"image": {"h": image["h"]}, "caption": None}
    assert len(Gallery().preprocess([one] * 16, files)) == 16
    with pytest.raises(InvalidValueError, match=r"^Shown must have at most 0\.0096 megapixels in all its pictures"):
        Gallery(label="Shown").preprocess([one] * 17, files)
    assert len(Gallery(type="filepath").preprocess([one] * 17, files)) == 17
