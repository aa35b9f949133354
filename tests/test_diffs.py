"""Edits make the new value of the old one, and growing values cost what they grew by."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.diffs import apply, diff, same

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(0, 1) | st.text("ab", max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("xy", max_size=2), inner, max_size=4),
    max_leaves=12,
)
TEXTS = st.text("a\u00e9\U0001f600", max_size=60)  # one, two and four bytes; one and two units of UTF-16


@given(VALUES, VALUES, st.booleans())
def test_the_edits_make_the_new_value_and_leave_the_old_one(old: Any, new: Any, splices: bool) -> None:
    before = json.dumps(old)
    edits = diff(old, new, splices=splices)
    assert json.dumps(apply(old, edits)) == json.dumps(new)
    assert json.dumps(old) == before
    assert (edits == []) == (before == json.dumps(new)) == same(old, new)


@given(VALUES, VALUES)
def test_edits_survive_the_wire(old: Any, new: Any) -> None:
    assert same(apply(old, json.loads(json.dumps(diff(old, new)))), new)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_text_may_change_in_its_middle(start: str, old: str, new: str, end: str) -> None:
    edits = diff(start + old + end, start + new + end)
    assert apply(start + old + end, edits) == start + new + end
    assert len(json.dumps(edits, ensure_ascii=False)) <= len(json.dumps(start + new + end, ensure_ascii=False)) + 30


@given(TEXTS, TEXTS, TEXTS)
def test_splices_are_what_a_browser_does(start: str, new: str, end: str) -> None:
    before = start + end
    for action, _, change in diff(before, start + new + end):
        if action == "splice":
            units = before.encode("utf-16-le")
            first, last = 2 * change[0], 2 * (change[0] + change[1])
            assert (units[:first] + change[2].encode("utf-16-le") + units[last:]).decode(
                "utf-16-le"
            ) == start + new + end


def test_html_that_grows_before_its_end_costs_what_it_grew_by() -> None:
    old, new = f"<p>{'word ' * 1000}</p>", f"<p>{'word ' * 1000}more</p>"
    assert diff(old, new) == [("splice", [], [5003, 0, "more"])]
    assert diff(old, new, splices=False) == [("replace", [], new)]


def test_an_unchanged_table_costs_nothing_and_a_grown_one_its_rows() -> None:
    rows = [[float(n), str(n), n % 2 == 0] for n in range(5000)]
    old, grown = {"data": rows}, {"data": [*[list(row) for row in rows], *[[1.0, "new", True]] * 200]}
    assert diff(old, {"data": [list(row) for row in rows]}) == []
    assert len(json.dumps(diff(old, grown))) < 15_000


def test_a_growing_text_costs_its_end() -> None:
    assert diff("one", "one two") == [("append", [], " two")]
    assert diff([["q", "an"]], [["q", "answer"]]) == [("append", [0, 1], "swer")]
    assert diff({"a": [1], "b": 2}, {"a": [1, 2], "b": 2}) == [("add", ["a", 1], 2)]


def test_what_shares_little_is_replaced_whole() -> None:
    assert diff(list(range(100)), list(range(100, 200))) == [("replace", [], list(range(100, 200)))]


def test_numbers_of_another_kind_are_another_value() -> None:
    assert diff([1, True], [1, 1]) == [("replace", [1], 1)]
