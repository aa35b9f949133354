"""The words of a text as parts: what is left of it, its levels, its scores as in 2022."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.interpret.parts.text import MOST_WORDS, TextParts

TEXTS = st.text(st.sampled_from("ab .,\n\t\u3000é"), max_size=40) | st.text(max_size=20)
SEPARATORS = st.sampled_from([" ", ",", "ab", "", "\n"])


def without(parts: TextParts, *absent: int) -> str:
    present = np.ones(len(parts.labels), dtype=bool)
    present[list(absent)] = False
    return str(parts.masked(present))


@given(TEXTS, SEPARATORS, st.sampled_from([None, "", "X"]))
def test_with_all_words_a_text_is_itself(text: str, separator: str, replacement: str | None) -> None:
    parts = TextParts(text, separator=separator, replacement=replacement)

    assert without(parts) == text
    assert len(parts.labels) == len(parts.words) == len(parts.idle) == len(parts.gaps) - 1
    assert "".join(text for text, _ in parts.shown()["tokens"]) == text


@given(TEXTS, SEPARATORS)
def test_the_2022_form_is_words_and_separators_in_turn_and_makes_the_text(text: str, separator: str) -> None:
    parts = TextParts(text, separator=separator)

    pairs = parts.scores_2022(np.arange(1.0, len(parts.words) + 1))

    assert len(pairs) % 2 == 0 and "".join(text for text, _ in pairs) == text + separator
    assert pairs[-1] == (separator, 0) and all(score == 0 for _, score in pairs[1::2])
    assert [text for text, score in pairs if score] == parts.words


@given(TEXTS, st.data())
def test_absent_words_are_gone_and_the_others_stay_in_order(text: str, data: st.DataObject) -> None:
    parts = TextParts(text)
    present = data.draw(st.lists(st.booleans(), min_size=len(parts.words), max_size=len(parts.words)))

    left = parts.masked(np.array(present, dtype=bool))

    assert left.split() == [word for word, kept in zip(parts.words, present, strict=True) if kept]


def test_a_word_goes_with_one_separator_as_in_2022() -> None:
    parts = TextParts("a b c")

    assert [without(parts, n) for n in range(3)] == ["b c", "a c", "a b"]
    assert without(parts, 0, 1, 2) == ""
    assert parts.scores_2022([0.1, -0.2, 0.0]) == [("a", 0.1), (" ", 0), ("b", -0.2), (" ", 0), ("c", 0), (" ", 0)]
    assert TextParts("").scores_2022([]) == [("", 0), (" ", 0)]


def test_a_replacement_stands_where_the_word_was() -> None:
    parts = TextParts("not  so\nbad so", replacement="so")

    assert without(parts, 0, 2) == "so  so\nso so"
    assert parts.idle.tolist() == [False, True, False, True]


def test_other_separators_leave_spaces_and_lines_alone() -> None:
    assert TextParts("a b,,c d\ne", separator=",").words == ["a b", "c d\ne"]
    assert TextParts("def f():\n    return 1\n\n  \nf()", separator="\n").words == ["def f():", "    return 1", "f()"]
    assert TextParts("今日は é", separator="").words == ["今", "日", "は", "é"]


def test_what_the_function_gets_may_hold_more_than_the_text() -> None:
    parts = TextParts("a b", give=lambda text: {"text": text, "files": []})

    assert parts.masked(np.array([True, False])) == {"text": "a", "files": []}


def test_a_text_has_levels() -> None:
    parts = TextParts('He said "No." Then he left\nat once. (Fine!)\n\nA new one')

    assert parts.levels() == [[[0, 1, 2], [3, 4, 5, 6, 7], [8]], [[9, 10, 11]]]
    assert TextParts("one line\nand another").levels() == [[[0, 1]], [[2, 3]]]
    assert TextParts("").levels() == []


@given(st.text("ab .\n", max_size=60), st.data())
def test_units_make_the_whole_text(text: str, data: st.DataObject) -> None:
    parts, sizes = TextParts(text), list[int]()
    while (left := len(parts.words) - sum(sizes)) > 0:
        sizes.append(data.draw(st.integers(1, left)))

    view = parts.united(sizes)

    tokens = view.shown()["tokens"]
    assert "".join(token for token, _ in tokens) == text
    assert [part for _, part in tokens if part is not None] == list(range(len(sizes))) == list(range(len(view.labels)))
    assert "".join(token for token, _ in view.scores_2022(np.zeros(len(sizes)))).rstrip(" ") == text.rstrip(" ")


def test_a_unit_is_called_by_its_first_words_and_how_many_they_are() -> None:
    parts = TextParts("The staff were very friendly and\nthe room was lovely. So " + "o" * 90 + " end")

    labels = parts.united([6, 4, 1, 2]).labels

    assert labels == [
        "The staff were very friendly… (6 words)", "the room was lovely. (4 words)", "So", f"{'o' * 39}… (2 words)"
    ]  # fmt: skip
    assert TextParts("a = 1\nb = 2\n", separator="\n").united([2]).labels == ["a = 1 b = 2 (2 lines)"]


@pytest.mark.parametrize("sentence", ["word ", "A sentence of five words. ", "w\n\n"])
def test_levels_hold_each_word_once_in_groups_that_are_not_too_large(sentence: str) -> None:
    parts = TextParts(sentence * 400)

    groups = parts.levels()

    assert [word for group in groups for words in group for word in words] == list(range(len(parts.words)))
    assert max(map(len, groups)) <= 12 and max(len(words) for group in groups for words in group) <= 24


@pytest.mark.parametrize("long", [" " * 200_000, ".)" * 100_000, "\n" * 200_000, "é" * 200_000])
@pytest.mark.parametrize("separator", [" ", "\n", "", ",", ".)"])
def test_no_text_takes_long(long: str, separator: str) -> None:
    started = time.process_time()
    parts = TextParts(long, separator=separator)

    assert without(parts) == long and len(parts.levels()) <= MOST_WORDS
    assert time.process_time() - started < 10  # a fifth of a second; by trying everything minutes


def test_a_very_long_text_has_a_bounded_number_of_parts() -> None:
    text = "one two three " * 3000
    parts = TextParts(text)

    assert len(parts.labels) == MOST_WORDS
    assert without(parts) == text and without(parts, *range(1, MOST_WORDS)).split() == parts.words[0].split()
