"""Edits make the new value of the old one, and growing values cost what they grew by."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.diffs import apply, diff

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(0, 1) | st.text("ab", max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("xy", max_size=2), inner, max_size=4),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1, and keys stand in the same order."""
    return json.dumps(one) == json.dumps(other)


@given(VALUES, VALUES)
def test_the_edits_make_the_new_value_and_leave_the_old_one(old: Any, new: Any) -> None:
    before = json.dumps(old)
    edits = diff(old, new)
    assert same(apply(old, edits), new)
    assert json.dumps(old) == before
    assert (edits == []) == same(old, new)


@given(VALUES, VALUES)
def test_edits_survive_the_wire(old: Any, new: Any) -> None:
    assert same(apply(old, json.loads(json.dumps(diff(old, new)))), new)


def test_a_growing_text_costs_its_end() -> None:
    assert diff("one", "one two") == [("append", [], " two")]
    assert diff([["q", "an"]], [["q", "answer"]]) == [("append", [0, 1], "swer")]
    assert diff({"a": [1], "b": 2}, {"a": [1, 2], "b": 2}) == [("add", ["a", 1], 2)]


def test_what_shares_little_is_replaced_whole() -> None:
    assert diff(list(range(100)), list(range(100, 200))) == [("replace", [], list(range(100, 200)))]


def test_numbers_of_another_kind_are_another_value() -> None:
    assert diff([1, True], [1, 1]) == [("replace", [1], 1)]
