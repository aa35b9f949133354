"""The words of a text as parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.parts.base import Present, nothing_idle, short

#: more words than these are taken together, neighbours with neighbours
MOST_WORDS = 4096
LONGEST_SENTENCE = 24  # words; longer ones are cut into equal pieces
LONGEST_PARAGRAPH = 12  # sentences; likewise
_NAMED = 5  # words of a unit that stand for it
_LONGEST_NAME = 40  # characters of them

#: nested indices of words: paragraphs of sentences of words
Levels = list[list[list[int]]]

_CHARACTER = re.compile(r"\S[\u0300-\u036f\u200d\ufe00-\ufe0f]*")  # with the marks that belong to it
_WORD = re.compile(r"\S+")
_LINE = re.compile(r"[^\n]+")
_ENDS_SENTENCE = re.compile(r"[.!?。！？…][\"'”’»)\]]*$")


class Words:
    """Words, or units of several, with what stands between them."""

    def __init__(self, words: Sequence[str], gaps: Sequence[str], separator: str, labels: Sequence[str]) -> None:
        """words, labels: (n,). gaps: (n + 1,) what stands before the first, between two, and after the last."""
        self.words, self.gaps, self.separator, self.labels = list(words), list(gaps), separator, list(labels)

    def shown(self) -> dict[str, Any]:
        """{"tokens": [[text, index of the part, or null for what stands between them], ...]}"""
        tokens: list[list[Any]] = [[self.gaps[0], None]]
        for index, word in enumerate(self.words):
            tokens += [[word, index], [self.gaps[index + 1], None]]
        return {"tokens": [token for token in tokens if token[0]]}

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> list[tuple[str, float]]:
        """[(word, score), (separator, 0), ...]; the texts make the whole text and one separator more."""
        pairs: list[tuple[str, float]] = [] if not self.gaps[0] and self.words else [("", 0.0), (self.gaps[0], 0.0)]
        if not self.words:
            return [*(pairs if self.gaps[0] else []), ("", 0.0), (self.separator, 0.0)]
        for word, gap, score in zip(self.words, self.gaps[1:], np.asarray(scores, float).tolist(), strict=True):
            pairs += [(word, score), (gap, 0.0)]
        if not self.gaps[-1]:
            return [*pairs[:-1], (self.separator, 0.0)]
        return [*pairs, ("", 0.0), (self.separator, 0.0)]


class TextParts(Words):
    """Words between separators; an absent word goes with the separator after it, or gives way to the replacement."""

    kind = "text"
    alternatives: Sequence[Any] = ()
    coarse_first = False

    def __init__(
        self,
        text: str,
        *,
        separator: str = " ",
        replacement: str | None = None,
        give: Callable[[str], Any] | None = None,
    ) -> None:
        r"""
        text: any text; without words it has no parts.
        separator: what stands between the parts. " " is any white space; "\n" makes parts of lines, without blank ones;
            "" makes parts of characters, for languages that are written without spaces.
        replacement: what stands in place of an absent word; None removes it.
        give: what the function gets of a text; the text itself when None.
        """
        spans = _spans(text, separator)
        words = [text[start:stop] for start, stop in spans]
        edges = [0, *(edge for span in spans for edge in span), len(text)]
        gaps = [text[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True)]
        super().__init__(words, gaps, separator, [short(word) for word in words])
        self.text = text
        self.replacement = replacement
        self._give = give
        self._pieces = [word + gap for word, gap in zip(self.words, self.gaps[1:], strict=True)]
        self.idle = nothing_idle(len(self.words))
        if replacement is not None:
            self.idle = np.array([word == replacement for word in self.words], dtype=np.bool_)
            self._replaced = [replacement + gap for gap in self.gaps[1:]]

    def masked(self, present: Present) -> Any:
        text = self._masked(present.tobytes())
        return text if self._give is None else self._give(text)

    def _masked(self, present: bytes) -> str:
        """present: a byte for each word, 1 where it is present: quicker to look through than a list."""
        if 0 not in present:
            return self.text
        if self.replacement is not None:
            both = zip(self._pieces, self._replaced, present, strict=True)
            return self.gaps[0] + "".join(piece if kept else other for piece, other, kept in both)
        last = present.rfind(1)
        if last < 0:
            return ""
        kept = "".join(compress(self._pieces[:last], present))
        return self.gaps[0] + kept + self.words[last] + self.gaps[-1]

    def levels(self) -> Levels:
        """The words grouped into sentences, and these into paragraphs; see `levels`."""
        return levels(self.words, self.gaps)

    def united(self, sizes: Sequence[int]) -> Words:
        """Paragraphs, sentences and words; a unit of several is called by its first words and how many they are."""
        stops = np.cumsum(sizes).tolist()
        spans = list(zip([0, *stops], stops, strict=False))
        words = ["".join(self._pieces[start : stop - 1]) + self.words[stop - 1] for start, stop in spans]
        gaps = [self.gaps[0], *(self.gaps[stop] for stop in stops)]
        labels = [self.labels[start] if stop - start == 1 else self._name(start, stop) for start, stop in spans]
        return Words(words, gaps, self.separator, labels)

    def _name(self, start: int, stop: int) -> str:
        """'The staff were… (34 words)'"""
        what = {" ": "words", "\n": "lines", "": "characters"}.get(self.separator, "parts")
        whole = " ".join("".join(self._pieces[start : min(stop, start + _NAMED)]).split())
        first = short(whole, _LONGEST_NAME).rstrip("…")
        cut = len(first) < len(whole) or stop - start > _NAMED
        return f"{first}{'…' * cut} ({stop - start} {what})"


def _spans(text: str, separator: str) -> list[tuple[int, int]]:
    """(start, stop) of each part."""
    pattern = {"": _CHARACTER, " ": _WORD, "\n": _LINE}.get(separator)
    if pattern is not None:
        spans = [found.span() for found in pattern.finditer(text) if not found[0].isspace()]
    else:
        edges = [0, *(edge for gap in re.finditer(re.escape(separator), text) for edge in gap.span()), len(text)]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        spans = [(start, stop) for start, stop in pairs if start < stop]
    if len(spans) <= MOST_WORDS:
        return spans
    together = np.array_split(np.arange(len(spans)), MOST_WORDS)
    return [(spans[group[0]][0], spans[group[-1]][1]) for group in together]


def levels(words: Sequence[str], gaps: Sequence[str]) -> Levels:
    """Words in sentences in paragraphs, for a text that is explained from the coarse to the fine.

    words: (n,); gaps: (n + 1,), what stands before, between and after them. A blank line ends a paragraph (any line
    break, where there are no blank lines), and a full stop a sentence. Sentences have at most LONGEST_SENTENCE words
    and paragraphs at most LONGEST_PARAGRAPH sentences; longer ones are cut into equal pieces.
    Returns lists of paragraphs, of their sentences, of the indices of their words: each index once, in order.
    """
    breaks = [gap.count("\n") for gap in gaps[1:]]
    enough = 2 if any(count > 1 for count in breaks[:-1]) else 1
    paragraphs: Levels = []
    sentences: list[list[int]] = []
    sentence: list[int] = []
    for index, word in enumerate(words):
        sentence.append(index)
        ends_paragraph = index == len(words) - 1 or breaks[index] >= enough
        if ends_paragraph or _ENDS_SENTENCE.search(word):
            sentences += _equal_pieces(sentence, LONGEST_SENTENCE)
            sentence = []
        if ends_paragraph:
            paragraphs += _equal_pieces(sentences, LONGEST_PARAGRAPH)
            sentences = []
    return paragraphs


def _equal_pieces(items: list[Any], longest: int) -> list[list[Any]]:
    """The list in the fewest pieces of at most that length."""
    count = -(-len(items) // longest)
    edges = [round(n * len(items) / count) for n in range(count + 1)]
    return [items[start:stop] for start, stop in zip(edges, edges[1:], strict=False)]
