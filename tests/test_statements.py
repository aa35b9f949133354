"""Splitting a file into statements, comparing two versions of it, and compiling one statement at a time."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from quickdemo.runtime.reload.statements import Source, decode


def source(text: str, script: bool = True) -> Source:
    return Source("app.py", textwrap.dedent(text), script)


def run(text: str, script: bool = True) -> dict[str, Any]:
    """The names after running each statement on its own."""
    whole, names = source(text, script), {"__name__": "__main__" if script else "helper"}
    for index in range(len(whole)):
        exec(whole.compile(index), names)
    return names


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("a = 1\nb = 2\n", "a = 1\nb = 3\n", 1),
        ("a = 1\nb = 2\n", "# note\n\na  =  1  # why\nb = 2\n", 2),
        ("a = 1\n", "a = 1\nb = 2\n", 1),
        ("a = 1\nb = 2\n", "b = 2\na = 1\n", 0),
        ("def f(x):\n    return x\n", "def f(x):\n    # note\n    return x\n", 1),
        ("def f(x):\n    '''one'''\n", "def f(x):\n    '''two'''\n", 0),
        ("@d\ndef f(): pass\n", "def f(): pass\n", 0),
        ("a = 1.0\n", "a = 1\n", 0),
        ("from __future__ import annotations\na = 1\n", "a = 1\n", 0),
        ("if __name__ == '__main__':\n    a = 1\n    b = 2\n", "if __name__ == '__main__':\n    a = 1\n    b = 3\n", 1),
        ("if __name__ == '__main__':\n    a = 1\n", "if True:\n    a = 1\n", 0),
        ("if __name__ == '__main__':\n    a = 1\nelse:\n    b = 1\n", "if __name__ == '__main__':\n    a = 1\n", 0),
    ],
)
def test_the_past_is_the_statements_and_not_their_layout(before: str, after: str, same: int) -> None:
    assert source(before).same_prefix(source(after)) == same


def test_a_guarded_body_counts_as_top_level_only_in_a_script() -> None:
    text = "x = 1\nif __name__ == '__main__':\n    y = 2\n    z = 3\n"
    assert (len(source(text)), len(source(text, script=False))) == (3, 2)


def test_moved_lines_are_the_same_past_at_another_place() -> None:
    before, after = source("a = 1\nb = 2\n"), source("# note\na = 1\nb = 2\n")
    assert before.same_prefix(after) == 2
    assert not before.unmoved(after, 1)
    assert before.unmoved(source("a = 1\nc = 3\n"), 1)


def test_statements_run_one_by_one_as_the_file_does() -> None:
    names = run(
        '''
        """The docstring."""
        from __future__ import annotations
        "no docstring"
        number: undefined_name = 3
        @staticmethod
        def line(): raise ValueError
        class Point:
            x: also_undefined
        '''
    )
    assert names["__doc__"] == "The docstring."
    assert names["__annotations__"] == {"number": "undefined_name"}
    assert names["Point"].__annotations__ == {"x": "also_undefined"}
    with pytest.raises(ValueError) as caught:
        names["line"]()
    assert caught.traceback[-1].lineno + 1 == 7
    assert str(caught.traceback[-1].path).endswith("app.py")


def test_text_until_holds_decorators_and_several_statements_of_a_line() -> None:
    whole = source("a = 'ä'; b = 2\n@d\ndef f():\n    return 1  # end\nc = 3\n")
    assert [s.text for s in whole.statements] == ["a = 'ä'", "b = 2", "@d\ndef f():\n    return 1", "c = 3"]
    assert [s.line for s in whole.statements] == [1, 1, 2, 5]
    assert whole.text_until(1) == "a = 'ä'"
    assert whole.text_until(3).endswith("return 1")


@pytest.mark.parametrize("broken", ["return 1\n", "a = (\n", "a = 1\0\n", "nonlocal x\n", "def f(x, x): pass\n"])
def test_what_python_refuses_is_refused_before_anything_runs(broken: str) -> None:
    with pytest.raises(SyntaxError):
        source("print('never')\n" + broken)


def test_a_file_is_read_as_python_reads_it() -> None:
    assert decode("\ufeffa = 1\r\nb = 2\r".encode()) == "a = 1\nb = 2\n"
    assert decode("# -*- coding: latin-1 -*-\nä".encode("latin-1")) == "# -*- coding: latin-1 -*-\nä"
    with pytest.raises(SyntaxError):
        decode(b"\xff\xfe\xff")
    with pytest.raises(SyntaxError):
        decode(b"# coding: no-such-thing\n")
