"""What a Space says in HTML is read for its meaning."""

from __future__ import annotations

import pytest

from quickdemo.hub.html_text import without_tags, words_of
from quickdemo.hub.spaces.facts import safe_description


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Plain *text* with 1 < 2 and a > b", "Plain *text* with 1 < 2 and a > b"),
        ("<p style='text-align: center'>A demo of <b>cats</b>.</p><p>Two</p>", "A demo of **cats**.\n\nTwo"),
        ("<center><h2>Hello</h2></center>", "## Hello"),
        (
            'See <a href="https://arxiv.org/abs/1" target="_blank">the paper</a>',
            "See [the paper](https://arxiv.org/abs/1)",
        ),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href="https://x.org/) [y](z">here</a>', "[here](https://x.org/%29%20[y](z)"),
        ("one<br>two", "one  \ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<script>alert(1)</script><style>p {}</style>left", "left"),
        ('<img src="https://x.org/p.png" alt="a cat" onerror="alert(1)">', "a cat"),
        ("&lt;tag&gt; &amp; <i>x</i>", "<tag> & *x*"),
        ("<b>open", "**open"),
        ("</p></a>", ""),
    ],
)
def test_tags_become_markdown(text: str, markdown: str) -> None:
    assert without_tags(text) == markdown


def test_nothing_of_it_runs_or_loads() -> None:
    html = safe_description(
        "<p>Hi <img src=x onerror=alert(1)> &lt;script&gt;alert(1)&lt;/script&gt; <a href='https://x.org'>x</a></p>"
    )
    assert "<script" not in html and "<img" not in html and 'href="https://x.org"' in html


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 < 2 &amp; List<int> of <class 'str'>", "1 < 2 &amp; List<int> of <class 'str'>"),
        ("No <b>cats</b> here &amp; there", "No cats here & there"),
        (
            "Quota exceeded. <a style='white-space: nowrap' href='https://x.org/join'>Make an account</a> for more.",
            "Quota exceeded. Make an account (https://x.org/join) for more.",
        ),
        ("<a href='javascript:alert(1)'>click</a>", "click"),
        ("<p>one</p>two<br/>three", "one two three"),
        ("<b>&lt;script&gt;</b>", "<script>"),
    ],
)
def test_a_short_text_loses_its_tags(text: str, words: str) -> None:
    assert words_of(text) == words
