"""Footnotes in Markdown, as GitHub writes them: `[^name]` in the text, `[^name]: what the note says` at a line's begin.

A note goes on in the lines of its paragraph and in what is indented by four spaces. The notes are listed at the end in
the order of their first references; one that nothing refers to is left out. A reference without a note stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from quickdemo.runtime.components.markup_places import place

#: ways back from one note; more references than that lead to it, and none back to them
MOST_BACK = 20

# At most as long as the label of a link; `[` and `]` end it, so that `[^[^[^` is read once.
_LABEL = r"\[\^([^\[\]\s]{1,999})\]"
_REFERENCE = re.compile(_LABEL)
_DEFINITION = re.compile(_LABEL + r":[ \t]*")


@dataclass
class _Note:
    """What a note says, and how often it has been referred to; its number is 0 until then."""

    tokens: list[Token]
    number: int = 0
    references: int = 0


def with_notes(parser: MarkdownIt) -> MarkdownIt:
    """The parser, which now knows footnotes."""
    ends = ["paragraph", "reference", "blockquote", "list"]  # what the line of a note puts an end to
    parser.block.ruler.before("reference", "note", _definition, {"alt": ends})
    parser.inline.ruler.after("link", "note", _reference)  # `[^1](where)` is a link
    parser.core.ruler.after("inline", "notes", _listed)
    parser.add_render_rule("note_reference", _render_reference)
    parser.add_render_rule("note_back", _render_back)
    return parser


def _definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A note; it stays among the tokens until `_listed` takes it out."""
    first = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("[^", first) or state.is_code_block(start):
        return False
    found = _DEFINITION.match(state.src, first, state.eMarks[start])
    if not found:
        return False
    if silent:
        return True
    label = normalizeReference(found[1])
    state.env.setdefault("notes", set()).add(label)
    state.push("note_open", "li", 1).meta = {"label": label}
    _read_inside(state, start, end, found.end())
    state.push("note_close", "li", -1)
    return True


def _read_inside(state: StateBlock, start: int, end: int, first: int) -> None:
    """Read what the note holds: its first line from `first` on, and what is indented by four more."""
    lines = (state.bMarks, state.tShift, state.sCount)
    kept, parent = [marks[start] for marks in lines], state.parentType
    state.blkIndent += 4
    state.parentType = "note"
    for marks, value in zip(lines, (first, 0, state.blkIndent), strict=True):
        marks[start] = value
    state.md.block.tokenize(state, start, end)
    state.line = max(state.line, start + 1)
    state.blkIndent -= 4
    state.parentType = parent
    for marks, value in zip(lines, kept, strict=True):
        marks[start] = value


def _reference(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("[^", state.pos) or state.linkLevel > 0:
        return False
    found = _REFERENCE.match(state.src, state.pos, state.posMax)
    label = normalizeReference(found[1]) if found else ""
    if not found or label not in state.env.get("notes", ()):
        return False
    if not silent:
        state.push("note_reference", "sup", 0).meta = {"label": label}
    state.pos = found.end()
    return True


def _listed(state: StateCore) -> None:
    """The notes are taken out of where they were written, and those that are referred to stand at the end."""
    if "notes" not in state.env:
        return
    state.tokens, notes = _apart(state.tokens)
    order: list[_Note] = []
    _count(state.tokens, notes, order)
    for note in order:  # which grows, when a note refers to another
        _count(note.tokens, notes, order)
    if not order:
        return
    section, items = Token("notes_open", "section", 1, block=True), Token("notes_open", "ol", 1, block=True)
    section.attrSet("class", "footnotes")
    state.tokens += [section, items]
    for note in order:
        opening = Token("note_open", "li", 1, block=True)
        opening.attrSet("id", _place(state.env, note.number))
        state.tokens += [opening, *_with_ways_back(note), Token("note_close", "li", -1, block=True)]
    state.tokens += [Token("notes_close", name, -1, block=True) for name in ("ol", "section")]


def _apart(tokens: Sequence[Token]) -> tuple[list[Token], dict[str, _Note]]:
    """The text without its notes, and the notes, the first one of each label."""
    notes: dict[str, _Note] = {}
    inside: list[tuple[str, list[Token]]] = [("", [])]  # a note may be written in another
    for token in tokens:
        if token.type == "note_open":
            inside.append((token.meta["label"], []))
        elif token.type == "note_close":
            label, held = inside.pop()
            notes.setdefault(label, _Note(held))
        else:
            inside[-1][1].append(token)
    return inside[0][1], notes


def _count(tokens: Sequence[Token], notes: dict[str, _Note], order: list[_Note]) -> None:
    """Numbers the references, and puts the notes that are new into the order."""
    for reference in _references(tokens):
        note = notes[reference.meta["label"]]
        if not note.number:
            order.append(note)
            note.number = len(order)
        note.references += 1
        reference.meta = {"note": note.number, "reference": note.references}


def _references(tokens: Sequence[Token]) -> Iterator[Token]:
    """Those that are shown: what describes a picture has none."""
    for token in tokens:
        for child in token.children or ():
            if child.type == "note_reference":
                yield child


def _with_ways_back(note: _Note) -> list[Token]:
    """What the note says; at its end links lead back to where it is referred to."""
    back = Token("note_back", "", 0)
    back.meta = {"note": note.number, "references": min(note.references, MOST_BACK)}
    *_, before, last = [None, None, *note.tokens]
    if before is not None and last is not None and last.type == "paragraph_close" and not last.hidden:
        space = Token("text", "", 0)
        space.content = " "
        before.children = [*(before.children or []), space, back]
        return note.tokens
    line = Token("inline", "", 0, children=[back], block=True)
    opened, closed = Token("paragraph_open", "p", 1, block=True), Token("paragraph_close", "p", -1, block=True)
    return [*note.tokens, opened, line, closed]


def _place(env: Any, note: int, reference: int = 0) -> str:
    """The id of a note, or of a reference to it. Its point keeps it apart from the headings'."""
    return place(env, f"note.{note}.{reference}" if reference else f"note.{note}")


def _render_reference(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    note, reference = tokens[index].meta["note"], tokens[index].meta["reference"]
    id = f' id="{_place(env, note, reference)}"' if reference <= MOST_BACK else ""
    return f'<sup><a href="#{_place(env, note)}"{id} aria-label="Note {note}">{note}</a></sup>'


def _render_back(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    note, references = tokens[index].meta["note"], tokens[index].meta["references"]
    return " ".join(_way_back(env, note, reference) for reference in range(1, references + 1))


def _way_back(env: Any, note: int, reference: int) -> str:
    name, mark = (f"{note}", "") if reference == 1 else (f"{note}-{reference}", f"<sup>{reference}</sup>")
    return f'<a href="#{_place(env, note, reference)}" aria-label="Back to reference {name}">↩{mark}</a>'
