"""Groups of parts, and the units that are left of them when some were looked into."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quickdemo as gr
from quickdemo.interpret.estimators.levels import calls_inside, parts_below
from quickdemo.interpret.forest import few, forest, names, runs
from quickdemo.interpret.parts.picture import PictureParts
from quickdemo.interpret.parts.text import TextParts
from quickdemo.runtime.errors import ExplanationError

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
TEXTS = st.lists(st.sampled_from(["good", "bad.", "[gone]", "\n\n"]), max_size=40).map(" ".join)


def opened(tree: Any, data: st.DataObject) -> list[list[int]]:
    """The parts of units: of groups that nobody looked into, and of what is in the others."""
    found: list[list[int]] = []
    for member in tree:
        if isinstance(member, int) or not data.draw(st.booleans()):
            found.append(parts_below(member))
        else:
            found += opened(member, data)
    return found


@given(TEXTS, st.integers(0, 2**16 - 1), st.integers(1, 30), st.data())
def test_units_are_runs_of_all_parts_each_of_one_unit(text: str, idle: int, most: int, data: st.DataObject) -> None:
    words, picture = TextParts(text, replacement="[gone]"), PictureParts(PICTURE, segments=4, regions="grid")
    picture.idle = (idle >> np.arange(16)) & 1 == 1
    inputs = [words, picture]
    deep = data.draw(st.booleans())
    tree = few(inputs, most) if deep else forest(inputs)
    units = opened(tree, data)
    assert sorted(sum(units, [])) == list(range(sum(int((~one.idle).sum()) for one in inputs)))
    assert not deep or len(tree) <= most
    unit_of = {part: unit for unit, parts in enumerate(units) for part in parts}

    number = 0
    for one in inputs:
        of_parts: list[int | None] = [None] * len(one.labels)
        for part in np.flatnonzero(~one.idle):
            of_parts[part], number = unit_of[number], number + 1
        sizes = runs(one, of_parts, deep=deep)
        stops = np.cumsum(sizes).tolist()
        assert sum(sizes) == len(one.labels) and all(size > 0 for size in sizes)
        for start, stop in zip([0, *stops], stops, strict=False):
            assert len(set(of_parts[start:stop]) - {None}) <= 1
        assert len(one.united(sizes).labels) == len(sizes)


def test_a_group_that_does_nothing_beside_its_only_part_is_one_unit() -> None:
    parts = PictureParts(PICTURE, segments=4, regions="grid")
    parts.idle = ~np.isin(np.arange(16), [1, 4, 6])

    assert forest([parts]) == [0, [1, 2]] and calls_inside(forest([parts])) == 4
    assert runs(parts, [None, 0, None, None, 1, None, 1, *[None] * 9], deep=False) == [4, 4, 4, 4]
    assert runs(parts, [None, 0, None, None, 1, None, 2, *[None] * 9], deep=False) == [4, 1, 1, 1, 1, 4, 4]


def test_what_was_left_out_is_called_by_the_name_of_its_group() -> None:
    parts = PictureParts(PICTURE, segments=4, regions="grid")
    assert names(parts, [4, 5, 6, 7, 9]) == ["region 2", "region 3, part 2"] and names(parts, []) == []

    def fails(picture: Any) -> float:
        if not picture[:28, 32:].any():
            raise ValueError("too dark")
        return float(picture.mean())

    image = gr.Image().set_interpret_parameters(segments=4, fill="black", regions="grid")
    with pytest.raises(ExplanationError, match="with 'region 2' left out: ValueError: too dark"):
        gr.Interface(fails, image, "number", interpretation="default").explain(PICTURE)
