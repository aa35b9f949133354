"""Code: colours change nothing of the text, and what cannot be shown is said in a sentence."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quickdemo as gr
from quickdemo.runtime.components import coloured
from quickdemo.runtime.components.coloured import MOST_COLOURED, lexer_of
from quickdemo.runtime.components.markup import render_safe
from quickdemo.runtime.errors import InvalidValueError

FILES: Any = None  # it holds no media
PIECES = st.sampled_from(
    ["def f(x):\n", "    return '<b>' # a & b\n", '"""', "\t", "\n", "\r\n", "{", "é\u2028", "</span>", "1e5"]
)


@given(st.lists(PIECES | st.text(max_size=8)).map("".join), st.sampled_from([None, "python", "json", "html", "sql"]))
def test_the_coloured_lines_are_the_text(text: str, language: str | None) -> None:
    text = text.replace("\ufeff", "")  # Pygments drops the mark of a file's beginning
    wire = gr.Code(language=language).postprocess(text, FILES)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    bare = html.unescape(re.sub(r"<[^>]*>", "", wire["html"]))
    assert bare.split("\n") == lines
    assert wire["html"].count('<span class="line">') == len(lines)
    assert wire["text"] == text


def test_a_file_is_shown_by_its_path_in_a_tuple(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("ä = 1", encoding="utf-8")
    assert gr.Code(language="python").postprocess((str(file),), FILES)["text"] == "ä = 1"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="a.py is no UTF-8 text"):
        gr.Code().postprocess((str(file),), FILES)
    with pytest.raises(InvalidValueError, match="missing.py is not there"):
        gr.Code().postprocess((str(tmp_path / "missing.py"),), FILES)
    with pytest.raises(ValueError, match=r"a file given as \(path,\)"):
        gr.Code().postprocess(("a", "b"), FILES)


def test_an_unknown_language_is_refused_with_what_may_be_meant() -> None:
    with pytest.raises(ValueError, match="Pygments knows no language 'pyhton'. Did you mean 'python'"):
        gr.Code(language="pyhton")


def test_ten_megabytes_of_text_are_shown_without_colours() -> None:
    text = "x = 1\n" * (MOST_COLOURED // 6 + 1)
    assert "c-n" not in gr.Code(language="python").postprocess(text, FILES)["html"]
    assert "c-n" in gr.Code(language="python").postprocess(text[:600], FILES)["html"]


def test_what_is_not_coloured_in_time_is_shown_without(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "if a < 1:\n    pass\n" * 50
    monkeypatch.setattr(coloured, "LIMIT_S", 0.0)
    lines = coloured.coloured_lines(text, lexer_of("python"))
    assert html.unescape(re.sub(r"<[^>]*>", "", "\n".join(lines))) == text
    assert "".join(lines).count("<span") == 1


def test_names_of_languages_that_a_visitor_invents_are_not_kept_for_ever() -> None:
    for number in range(2000):
        lexer_of(f"language {number}")
    assert lexer_of.cache_info().currsize <= 256


@pytest.mark.parametrize("text", [" " * 190_000 + "x", "a(" * 1001], ids=["blanks", "a line"])
@pytest.mark.parametrize("language", ["systemd", "html+ng2", "devicetree"])
def test_what_can_keep_one_expression_of_a_lexer_busy_is_not_coloured(language: str, text: str) -> None:
    assert coloured.coloured_lines(text, lexer_of(language)) == [text]  # no deadline ends an expression


def test_what_may_be_fenced_is_known_and_ends() -> None:
    lexers = {type(lexer_of(language)): lexer_of(language) for language in coloured.FENCED}
    assert type(None) not in lexers and len(lexers) > 40
    for lexer in lexers.values():
        began = time.thread_time()
        for piece in ("(", " a", '"', "${"):
            coloured.coloured_lines((piece * 999)[:1999] + "\n" + (piece + "\n") * 200, lexer)
        assert time.thread_time() - began < 2, lexer


def test_a_fence_names_no_rare_language() -> None:
    assert 'class="c-' in render_safe("```Python\nif x: pass\n```")
    assert 'class="c-' not in render_safe("```devicetree\n/dts-v1/;\n```")
    assert 'class="c-' not in render_safe("```python\n" + "if x: pass\n" * 5000 + "```")
