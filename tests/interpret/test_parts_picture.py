"""The regions of a picture as parts: superpixels, what shows where one is absent, and the scores as in 2022."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from quickdemo.interpret.parts.canvas import checked_fill
from quickdemo.interpret.parts.picture import PictureParts, checked_parameters
from quickdemo.interpret.parts.regions import divided
from quickdemo.interpret.parts.superpixels import grid, slic

SIDES = st.integers(1, 40)
ALL = np.ones(300, dtype=bool)


def noise(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def pieces(labels: Any) -> int:
    """In how many pieces all regions are together, by flooding each."""
    left = {(y, x) for y in range(labels.shape[0]) for x in range(labels.shape[1])}
    count = 0
    while left:
        edge = [left.pop()]
        count += 1
        while edge:
            y, x = edge.pop()
            for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if near in left and labels[near] == labels[y, x]:
                    left.remove(near)
                    edge.append(near)
    return count


@settings(max_examples=40)
@given(SIDES, SIDES, st.integers(1, 255), st.integers(0, 9))
def test_superpixels_are_connected_and_about_as_many_as_asked_for(h: int, w: int, segments: int, seed: int) -> None:
    picture = np.asarray(Image.fromarray(noise(4, 4, 3, seed=seed)).resize((w, h)))

    for labels in (slic(picture, segments), grid(h, w, segments)):
        assert labels.shape == (h, w) and labels.dtype == np.uint8
        assert set(np.unique(labels)) == set(range(int(labels.max()) + 1))
        assert labels.max() + 1 <= min(255, segments + segments // 4) and pieces(labels) == labels.max() + 1


def test_superpixels_follow_what_is_in_the_picture() -> None:
    picture = np.full((60, 60, 3), 30, np.uint8)
    picture[:, 23:] = (200, 40, 40)

    labels = slic(picture, 9)

    right = np.arange(60) >= 23
    shares = [right[np.nonzero(labels == region)[1]].mean() for region in range(int(labels.max()) + 1)]
    assert 4 <= len(shares) <= 11 and all(min(share, 1 - share) < 0.1 for share in shares)
    assert np.array_equal(labels, slic(picture.copy(), 9))


@pytest.mark.parametrize("fill", ["blur", "mean", "black", "plain", "#0f0", (1, 2, 3)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK", "HSV", "YCbCr"])
def test_pillow_and_numpy_mask_alike(mode: str, fill: Any) -> None:
    levels = noise(90, 70, len(Image.new(mode, (1, 1)).getbands()))
    picture = Image.frombytes(mode, (70, 90), levels.tobytes())
    of_picture = PictureParts(picture, fill=fill, regions="grid")
    array = levels if levels.shape[2] > 1 else levels[..., 0]
    present = np.arange(len(of_picture.labels)) % 3 > 0

    masked = of_picture.masked(present)

    assert masked.mode == mode and masked.size == picture.size
    assert np.array_equal(of_picture.masked(present | True), array) and np.array_equal(picture, array)
    if mode in ("L", "LA", "RGB"):  # an array of four channels is taken for RGBA
        of_array = PictureParts(array, fill=fill, regions="grid")
        assert np.abs(of_array.masked(present).astype(int) - np.asarray(masked)).max() <= 1


@settings(max_examples=30)
@given(SIDES, SIDES, st.sampled_from([(), (1,), (2,), (3,), (4,)]), st.sampled_from(["u1", "?", "i4", "f4", "u2"]))
def test_an_array_of_any_kind_is_itself_with_all_parts(h: int, w: int, channels: tuple[int, ...], kind: str) -> None:
    shape = (h, w, *channels) if kind == "u1" else (h, w)
    array = (noise(*shape) > 127).astype(kind) if kind != "u1" else noise(*shape)
    parts = PictureParts(array, segments=6)
    count = len(parts.labels)

    whole, none = parts.masked(ALL[:count]), parts.masked(~ALL[:count])

    assert whole is not array and np.array_equal(whole, array)
    assert whole.dtype == none.dtype == array.dtype and none.shape == array.shape
    assert len(parts.idle) == count


def test_absent_regions_show_the_fill_and_present_ones_the_picture() -> None:
    picture = noise(128, 128, 3)
    parts = PictureParts(picture, segments=4, fill="black", regions="grid")

    masked = parts.masked(np.arange(16) // 4 != 1)

    assert np.array_equal(masked[:60, :60], picture[:60, :60]) and np.array_equal(masked[66:], picture[66:])
    assert not masked[:62, 66:].any()
    edge = masked[10:50, 62:66].mean(axis=(0, 2))
    assert (np.diff(edge) < 0).all()  # a soft edge


def test_a_large_picture_is_masked_without_seams() -> None:
    picture = np.full((900, 1300, 3), 200, np.uint8)
    parts = PictureParts(picture, segments=12, fill="black", regions="grid")
    present = np.arange(12) % 2 == 0

    masked = parts.masked(present)[..., 0].astype(int)

    assert set(np.unique(masked)) >= {0, 200}
    assert max(np.abs(np.diff(masked, axis=0)).max(), np.abs(np.diff(masked, axis=1)).max()) <= 40


def test_a_region_that_looks_like_its_fill_is_idle() -> None:
    drawing = np.zeros((28, 28), np.uint8)
    drawing[10:20, 12:15] = 255
    parts = PictureParts(drawing, fill="plain", regions="grid")

    assert parts.idle.any() and not parts.idle.all()
    for index in np.flatnonzero(parts.idle):
        assert not drawing[parts.map == index].any()
    assert PictureParts(np.zeros((50, 50), np.uint8), fill="black").idle.all()
    assert not PictureParts(noise(50, 50)).idle.any()


def test_small_pictures_have_hard_edges_and_one_pixel_has_one_part() -> None:
    digit = noise(8, 8)
    parts = PictureParts(digit, fill="black", regions="grid")
    present = np.arange(16) != 5

    assert np.array_equal(parts.masked(present), np.where(parts.map == 5, 0, digit))
    assert PictureParts(noise(1, 1, 3)).labels == ["region 1"]


def test_scores_have_the_size_of_the_picture_and_their_sign() -> None:
    parts = PictureParts(noise(300, 500, 3), segments=4, regions="grid")

    scores = parts.united([4] * 4).scores_2022([0.5, -0.25, 0.0, 1.0])

    assert np.shape(scores) == (300, 500)
    assert (scores[0][0], scores[0][499], scores[299][0], scores[299][499]) == (0.5, -0.25, 0.0, 1.0)
    assert all(type(score) is float for score in scores[7])


@settings(max_examples=40)
@given(SIDES, SIDES, st.integers(1, 255), st.integers(0, 9), st.sampled_from(["superpixels", "grid"]))
def test_finer_regions_are_connected_and_never_cross_the_border_of_a_coarse_one(
    h: int, w: int, segments: int, seed: int, kind: str
) -> None:
    picture = np.asarray(Image.fromarray(noise(4, 4, 3, seed=seed)).resize((w, h)))
    coarse = slic(picture, segments) if kind == "superpixels" else grid(h, w, segments)

    found = divided(picture, segments, kind)

    assert set(np.unique(found.map)) == set(range(found.count)) and pieces(found.map) == found.count <= 255
    assert sum(found.groups(), []) == list(range(found.count))
    if found.coarse_first:
        group = np.repeat(np.arange(len(found.sizes)), found.sizes)
        assert np.array_equal(group[found.map], coarse) and max(found.sizes) <= 4
    else:
        assert coarse.max() + 1 > 63 and len(found.sizes) <= 20


def test_finer_regions_follow_what_is_in_a_coarse_one_and_plain_ones_stay_whole() -> None:
    picture = np.full((60, 60, 3), 30, np.uint8)
    picture[5:20, 5:20] = (200, 40, 40)

    found = divided(picture, 4, "grid")
    inside = divided(picture, 1, "superpixels").map
    spot = inside == inside[12, 12]

    assert found.sizes == (4, 1, 1, 1)
    assert 0.9 < spot[5:20, 5:20].mean() and spot.sum() < 400
    assert divided(noise(8, 8, 3), 16, "grid").count == 16, "of a few pixels"


@pytest.mark.parametrize("kind", ["superpixels", "grid"])
def test_very_many_regions_come_in_larger_groups(kind: str) -> None:
    parts = PictureParts(np.asarray(Image.fromarray(noise(5, 6, 3)).resize((120, 90))), segments=100, regions=kind)

    assert not parts.coarse_first and len(parts.labels) > 63 and 9 <= len(parts.levels()) <= 20
    view = parts.united([2, *[1] * (len(parts.labels) - 3), 1])
    assert view.labels[:2] == ["regions 1 to 2", "region 3"] and view.map.max() == len(view.labels) - 1


def test_units_of_a_picture_are_named_and_drawn_as_one() -> None:
    parts = PictureParts(noise(90, 90, 3), segments=4, regions="grid")

    view = parts.united([4, 1, 1, 1, 1, 8])

    names = [f"region 2, part {n}" for n in (1, 2, 3, 4)]
    assert view.labels == ["region 1", *names, "regions 3 to 4"]
    assert np.array_equal(view.map == 0, parts.map < 4) and np.array_equal(view.map == 5, parts.map >= 8)
    assert parts.labels[:2] == ["region 1, part 1", "region 1, part 2"]


def test_the_page_gets_a_map_of_the_regions() -> None:
    parts = PictureParts(noise(300, 600, 3))

    shown = parts.shown()

    there = Image.open(io.BytesIO(base64.b64decode(shown["map"])))
    assert (shown["width"], shown["height"]) == (600, 300) and there.mode == "L" and max(there.size) <= 512
    assert np.array_equal(there, parts.map) and parts.map.max() + 1 == len(parts.labels)


def test_what_may_be_set_is_checked() -> None:
    assert checked_parameters(9, None, "grid") == {"segments": 9, "regions": "grid"}
    assert checked_parameters(9, "gold", "grid")["fill"] == (255, 215, 0) and checked_fill([1, 2, 3]) == (1, 2, 3)
    for wrong, problem in (
        ((0, None, "grid"), "segments must be a whole number from 1 to 255; it was 0"),
        ((256, None, "grid"), "it was 256"),
        ((4.0, None, "grid"), "it was 4.0"),
        ((4, None, "slic"), "regions must be one of 'superpixels', 'grid'; it was 'slic'"),
        ((4, "blurr", "grid"), "fill is one of 'blur', 'mean', 'black', 'plain', or a colour .* it was 'blurr'"),
        ((4, (1, 2), "grid"), r"it was \(1, 2\)"),
        ((4, 7, "grid"), "it was 7"),
    ):
        with pytest.raises(ValueError, match=problem):
            checked_parameters(*wrong)  # type: ignore[arg-type]
