"""A project of several files as lists of statements, and edits of it. Pure data, so that hypothesis can shrink it."""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.reload_random import grammar

APP = "app.py"
STARTS = (APP, "m1.py", "m2.py", "pkg/__init__.py", "pkg/x.py")
MODULES = (*STARTS[1:], "m3.py", "pkg/y.py", "m2/__init__.py", "colorsys.py")  # one shadows m2.py, one the library's
DATA = ("d1.txt", "d2.txt", "sub/d3.txt", "sub/d4.txt", "pkg/d5.txt")
CONTENTS = ("one", "two words", "", "three\nlines\nhere")
EDITS = 20  # of one project; more projects rather than more edits, for what was found is shrunk project by project
HEAD = len(grammar.PREAMBLE) + 1  # items of a file that are always there: header and preamble


@dataclass
class State:
    """files: the items of each module, one or more lines each. data: other files. guarded: app.py serves in a guard."""

    files: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    guarded: bool = False

    def texts(self, token: int) -> dict[str, str]:
        """What lies on the disk. token: what makes this version different from all others."""
        texts = {name: "".join(f"{item}\n" for item in items) for name, items in self.files.items()}
        serve = f"import eye, quickdemo as gr\ntoken = {token}\ngr.Interface(eye.look, 'text', 'text').launch()\n"
        texts[APP] += f"if __name__ == '__main__':\n{textwrap.indent(serve, '    ')}" if self.guarded else serve
        return {**texts, **self.data}


@dataclass(frozen=True)
class Edit:
    """One operation. file, where, to: taken modulo what there is. text: a statement. how: a variant."""

    kind: str
    file: int = 0
    where: int = 0
    to: int = 0
    text: str = ""
    how: int = 0


@dataclass(frozen=True)
class Save:
    """Some edits saved at once. undo: back to this many versions ago first. quiet: app.py is not touched by it."""

    edits: tuple[Edit, ...] = ()
    undo: int = 0
    quiet: bool = False


# ---------------------------------------------------------------- what hypothesis draws

_PLACE = st.integers(0, 30)
_FILE = st.integers(0, 7).map(lambda n: max(n - 3, 0))  # every other time app.py


def edits() -> st.SearchStrategy[Edit]:
    """One operation, the simplest kinds first."""
    common = st.one_of(
        st.builds(Edit, st.just("insert"), _FILE, _PLACE, text=grammar.statement()),
        st.builds(Edit, st.just("change"), _FILE, _PLACE, text=grammar.statement()),
        st.builds(Edit, st.just("delete"), _FILE, _PLACE),
        st.builds(Edit, st.sampled_from(("move", "duplicate")), _FILE, _PLACE, _PLACE),
        st.builds(Edit, st.just("note"), _FILE, _PLACE, how=st.integers(0, 3)),
        st.builds(Edit, st.just("layout"), _FILE, _PLACE, how=st.integers(1, 5)),
        st.builds(Edit, st.just("unnote"), _FILE),
    )
    rare = st.one_of(
        st.builds(Edit, st.just("break"), _FILE, _PLACE, text=grammar.failure()),
        st.builds(Edit, st.just("data"), _PLACE, how=st.integers(0, len(CONTENTS))),
        st.builds(Edit, st.just("header"), _FILE, how=st.integers(0, len(grammar.HEADERS) - 1)),
        st.builds(Edit, st.just("wrap"), st.just(0), _PLACE, how=st.integers(1, 3)),
        st.builds(Edit, st.just("guard")),
        st.builds(Edit, st.just("module"), _PLACE, text=grammar.statement()),
        st.builds(Edit, st.just("rename"), _PLACE, to=_PLACE),
    )
    return st.one_of(common, common, common, rare)


def saves() -> st.SearchStrategy[Save]:
    """What is saved at once."""
    return st.one_of(
        st.just(Save()),
        st.builds(lambda e: Save((e,)), edits()),
        st.builds(lambda e: Save((e,)), edits()),
        st.builds(lambda e: Save((e,), quiet=True), edits()),
        st.builds(lambda e: Save(tuple(e)), st.lists(edits(), min_size=2, max_size=3)),
        st.builds(lambda n: Save(undo=n), st.integers(1, 3)),
    )


def projects() -> st.SearchStrategy[State]:
    """What there is at first: something costly in the middle of two files, so that a save below it can be resumed."""

    def build(bodies: list[list[str]], headers: list[int], data: dict[str, str], guarded: bool) -> State:
        files = {}
        for name, body, header in zip(STARTS, bodies, headers, strict=True):
            if name in (APP, "m1.py"):
                body = [*body[: len(body) // 2], grammar.COSTLY, *body[len(body) // 2 :]]
            files[name] = [grammar.HEADERS[header], *grammar.PREAMBLE, *body]
        return State(files, data, guarded)

    body = st.lists(grammar.statement(), max_size=10)
    bodies = st.tuples(*(body for _ in STARTS)).map(list)
    headers = st.lists(st.integers(0, 4).map(lambda n: (3, 0, 1, 2, 4)[n]), min_size=len(STARTS), max_size=len(STARTS))
    data = st.dictionaries(st.sampled_from(DATA), st.sampled_from(CONTENTS), max_size=4)
    return st.builds(build, bodies, headers, data, st.booleans())


# ---------------------------------------------------------------- what an edit does


def apply(state: State, save: Save) -> State:
    """The project after these edits."""
    new = copy.deepcopy(state)
    for edit in save.edits:
        _KINDS[edit.kind](new, edit)
    return new


def _items(state: State, edit: Edit) -> list[str]:
    names = [APP, *sorted(n for n in state.files if n != APP)]
    return state.files[names[edit.file % len(names)]]


def _at(items: list[str], where: int, beyond: int = 0) -> int:
    """A place behind the head."""
    return HEAD + where % max(len(items) - HEAD + beyond, 1)


def _insert(state: State, edit: Edit) -> None:
    items = _items(state, edit)
    items.insert(_at(items, edit.where, 1), edit.text)


def _of_one(change: Callable[[list[str], int, Edit], None]) -> Callable[[State, Edit], None]:
    """An operation on a statement that is there."""

    def operation(state: State, edit: Edit) -> None:
        items = _items(state, edit)
        if len(items) > HEAD:
            change(items, _at(items, edit.where), edit)

    return operation


def _change(items: list[str], at: int, edit: Edit) -> None:
    items[at] = edit.text


def _delete(items: list[str], at: int, edit: Edit) -> None:
    del items[at]


def _move(items: list[str], at: int, edit: Edit) -> None:
    text = items.pop(at)
    items.insert(_at(items, edit.to, 1), text)


def _duplicate(items: list[str], at: int, edit: Edit) -> None:
    items.insert(_at(items, edit.to, 1), items[at])


def _layout(items: list[str], at: int, edit: Edit) -> None:
    items[at] = grammar.laid_out(items[at], edit.how)


def _wrap(items: list[str], at: int, edit: Edit) -> None:
    """Put statements into a main guard, or take them out."""
    head, _, rest = items[at].partition("\n")
    if head == "if __name__ == '__main__':" and "\nelse" not in rest:
        items[at : at + 1] = [textwrap.dedent(rest)]
    else:
        body = "\n".join(items[at : at + edit.how])
        items[at : at + edit.how] = ["if __name__ == '__main__':\n" + textwrap.indent(body + "\npass", "    ")]


def _note(state: State, edit: Edit) -> None:
    items = _items(state, edit)
    text = ("# a note", "", "\n\n", "# two\n# lines")[edit.how]
    items.insert(1 + edit.where % len(items), text)


def _unnote(state: State, edit: Edit) -> None:
    items = _items(state, edit)
    for n, item in enumerate(items[HEAD:], HEAD):
        if not item.strip() or item.startswith("#"):
            del items[n]
            return


def _header(state: State, edit: Edit) -> None:
    _items(state, edit)[0] = grammar.HEADERS[edit.how]


def _data(state: State, edit: Edit) -> None:
    name = DATA[edit.file % len(DATA)]
    if edit.how == len(CONTENTS):
        state.data.pop(name, None)
    else:
        state.data[name] = CONTENTS[edit.how]


def _guard(state: State, edit: Edit) -> None:
    state.guarded = not state.guarded


def _module(state: State, edit: Edit) -> None:
    """Make a module, or remove it."""
    name = MODULES[edit.file % len(MODULES)]
    if name in state.files:
        del state.files[name]
    else:
        state.files[name] = ["", *grammar.PREAMBLE, edit.text]


def _rename(state: State, edit: Edit) -> None:
    there = sorted(n for n in state.files if n != APP)
    new = MODULES[edit.to % len(MODULES)]
    if there and new not in state.files:
        state.files[new] = state.files.pop(there[edit.file % len(there)])


_KINDS: dict[str, Callable[[State, Edit], None]] = {
    "insert": _insert,
    "break": _insert,
    "change": _of_one(_change),
    "delete": _of_one(_delete),
    "move": _of_one(_move),
    "duplicate": _of_one(_duplicate),
    "layout": _of_one(_layout),
    "wrap": _of_one(_wrap),
    "note": _note,
    "unnote": _unnote,
    "header": _header,
    "data": _data,
    "guard": _guard,
    "module": _module,
    "rename": _rename,
}
