"""Footnotes: what GitHub makes of them, in ids that the page keeps, in time and size that grow with the text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.components.markup import render_author, render_safe
from quickdemo.runtime.components.markup_notes import MOST_BACK
from tests.markup_reading import read

#: the example in the tests of GitHub's own parser
GITHUB = """This is some text![^1]. Other text.[^footnote].

Here's a thing[^other-note].

And another thing[^codeblock-note].

This doesn't have a referent[^nope].


[^other-note]:       no code block here (spaces are stripped away)

[^codeblock-note]:
        this is now a code block (8 spaces indentation)

[^1]: Some *bolded* footnote definition.

Hi!

[^footnote]:
    > Blockquotes can be in a footnote.

        as well as code blocks

    or, naturally, simple paragraphs.

[^unused]: This is unused.
"""


def back(note: int, *others: int) -> str:
    ways = [f'<a href="#h-note.{note}.1" aria-label="Back to reference {note}">↩</a>']
    for n in others:
        ways.append(f'<a href="#h-note.{note}.{n}" aria-label="Back to reference {note}-{n}">↩<sup>{n}</sup></a>')
    return " ".join(ways)


def reference(note: int, n: int = 1) -> str:
    return f'<sup><a href="#h-note.{note}" id="h-note.{note}.{n}" aria-label="Note {note}">{note}</a></sup>'


@pytest.mark.parametrize("render", [render_safe, render_author])
def test_the_example_of_githubs_parser(render: object) -> None:
    text, notes = render(GITHUB.replace("'", "")).split('<section class="footnotes">\n')  # type: ignore[operator]
    assert text == (
        f"<p>This is some text!{reference(1)}. Other text.{reference(2)}.</p>\n"
        f"<p>Heres a thing{reference(3)}.</p>\n<p>And another thing{reference(4)}.</p>\n"
        "<p>This doesnt have a referent[^nope].</p>\n<p>Hi!</p>\n"
    )
    assert notes == (
        f'<ol>\n<li id="h-note.1">\n<p>Some <em>bolded</em> footnote definition. {back(1)}</p>\n</li>\n'
        '<li id="h-note.2">\n<blockquote>\n<p>Blockquotes can be in a footnote.</p>\n</blockquote>\n'
        "<pre><code>as well as code blocks\n</code></pre>\n"
        f"<p>or, naturally, simple paragraphs. {back(2)}</p>\n</li>\n"
        f'<li id="h-note.3">\n<p>no code block here (spaces are stripped away) {back(3)}</p>\n</li>\n'
        '<li id="h-note.4">\n<pre><code>this is now a code block (8 spaces indentation)\n</code></pre>\n'
        f"<p>{back(4)}</p>\n</li>\n</ol>\n</section>\n"
    )


def test_a_note_leads_back_to_each_of_its_references() -> None:
    shown = render_safe("One[^A-Note].\n\nTwo[^a-note], three.[^A-NOTE]\n\n[^a-note]: Three ways back.")
    assert [reference(1, n) in shown for n in (1, 2, 3)] == [True] * 3
    assert f"<p>Three ways back. {back(1, 2, 3)}</p>" in shown
    many = render_safe("x[^a]" * 100 + "\n\n[^a]: b")
    assert many.count("↩") == MOST_BACK and many.count('href="#h-note.1"') == 100


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`[^1]` ``` [^1] ``` \\[^1]\n\n[^1]: a", "<p><code>[^1]</code> <code>[^1]</code> [^1]</p>\n"),
        ("a\n\n    [^1]: code\n\nb", "<p>a</p>\n<pre><code>[^1]: code\n</code></pre>\n<p>b</p>\n"),
        ("[^1](/to) [^a b] [^] ![^1](/i)\n\n[^1]: a",
         '<p><a href="/to" rel="noopener noreferrer">^1</a> [^a b] [^] <img src="/i" alt="^1"></p>\n'),
        ("![at[^1]](/i)\n\n[^1]: a", '<p><img src="/i" alt="at"></p>\n'),
        ("[^1]: nobody asks[^2]\n\n[^2]: nor here", ""),
        ("$x[^1]$\n\n[^1]: a", None),
    ],
)  # fmt: skip
def test_what_is_no_reference(text: str, shown: str | None) -> None:
    html = render_safe(text)
    assert "footnotes" not in html and (shown is None or html == shown)


def test_notes_of_notes_follow_and_the_first_of_a_name_counts() -> None:
    shown = render_safe("a[^x]\n[^x]: one[^z]\ngoes on\n[^x]: other\n\n> - [^z]: in a list[^x]\n>\n>       more\n\nend")
    assert "<p>end</p>" in shown and "other" not in shown
    assert f"<p>one{reference(2)}\ngoes on {back(1, 2)}</p>" in shown
    assert f'<li id="h-note.2">\n<p>in a list{reference(1, 2)}</p>\n<p>more {back(2)}</p>\n</li>' in shown


def test_a_reference_stands_in_tables_lists_and_headings_and_never_within_a_link() -> None:
    shown = render_safe("# h[^a]\n\n- i[^a]\n\n| t[^a] |\n|---|\n| c[^a] |\n\n[l [^a] m](/x)\n\n[^a]: n")
    assert all(reference(1, n) in shown for n in range(1, 6)) and "/x)" in shown
    assert "<a href=x>l [^a]</a>" in render_author("<a href=x>l [^a]</a>\n\n[^a]: n")


HOSTILE = [
    "[^1]", "[^1]: a\n", "[^1]: ", "[^", "[^a\n", "[^1]\n[^1]: b\n", "> [^1]: b\n", "- [^1]: b\n", "[^1]: b\n\n    ",
    "[^1]: [^1] ", "![^1](", "| [^1] |\n", "[[^1]", "    [^1]: a\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_many_notes_take_no_more_than_many_letters(piece: str) -> None:
    text = "[^1]\n\n[^1]: x\n\n" + piece * (20_000 // len(piece))
    assert len(render_safe(text)) < 20 * len(text)


def test_thousands_of_different_notes_are_numbered() -> None:
    names = range(2000)
    text = "".join(f"[^{n}]" for n in names) + "\n\n" + "\n".join(f"[^{n}]: x[^{n}]" for n in names)
    shown = render_safe(text)
    assert 'id="h-note.2000.2"' in shown and len(shown) < 40 * len(text)


PIECES = [
    "[^1]", "[^2]", "[^1]: ", "[^2]:", "\n", "\n\n", "    ", "> ", "- ", "a", "*", "`", "[", "](x)", "![", "# ", "|",
    "|-|", "$x$", "<b>", "```\n", "\\", "www.a.bc", "http://a.b", "a@b.cd",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_gives_what_the_page_keeps_and_each_place_once(text: str) -> None:
    page = read(render_safe(text))
    assert page.refused == []
    assert len(page.ids) == len(set(page.ids)) and all(id.startswith("h-") for id in page.ids)
    led = [href[1:] for href in page.links if href.startswith("#h-")]
    assert set(led) <= set(page.ids)
    render_author(text)


def test_what_the_page_keeps_is_read_right() -> None:
    page = read('<p onclick="x"><script>y</script><a href="javascript:x" id="h-a">z</a></p>')
    assert page.refused == ["p onclick", "script", "a href"] and page.ids == ["h-a"]
    assert re.match(r"^<p>a</p>$", render_safe("a").strip())
