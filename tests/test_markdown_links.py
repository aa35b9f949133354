"""Bare addresses become links where GitHub's specification says so, and in time that grows with the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.components.chat_parts import _plain
from quickdemo.runtime.components.markup import render_author, render_safe
from tests.markup_reading import read

GOOGLE = "www.google.com/search?q="


def web(shown: str, href: str | None = None) -> str:
    rel = 'rel="noopener noreferrer" target="_blank"'
    return f'<a href="{href or f"http://{shown}"}" {rel}>{shown}</a>'


def http(shown: str) -> str:
    return web(shown, shown)


def mail(shown: str) -> str:
    address = shown.removeprefix("mailto:")
    return f'<a href="mailto:{address}" rel="noopener noreferrer">{shown}</a>'


#: examples 622 to 634 of https://github.github.com/gfm/ without ftp and xmpp, then those of the tests of its parser
GITHUB = [
    ("www.commonmark.org", web("www.commonmark.org")),
    (
        "Visit www.commonmark.org/help for more information.",
        f"Visit {web('www.commonmark.org/help')} for more information.",
    ),
    ("Visit www.commonmark.org.", f"Visit {web('www.commonmark.org')}."),
    ("Visit www.commonmark.org/a.b.", f"Visit {web('www.commonmark.org/a.b')}."),
    (f"{GOOGLE}Markup+(business)", web(f"{GOOGLE}Markup+(business)")),
    (f"{GOOGLE}Markup+(business)))", f"{web(f'{GOOGLE}Markup+(business)')}))"),
    (f"({GOOGLE}Markup+(business))", f"({web(f'{GOOGLE}Markup+(business)')})"),
    (f"({GOOGLE}Markup+(business)", f"({web(f'{GOOGLE}Markup+(business)')}"),
    (f"{GOOGLE}(business))+ok", web(f"{GOOGLE}(business))+ok")),
    (f"{GOOGLE}commonmark&hl=en", web(f"{GOOGLE}commonmark&amp;hl=en")),
    (f"{GOOGLE}commonmark&hl;", f"{web(f'{GOOGLE}commonmark')}&amp;hl;"),
    ("www.commonmark.org/he<lp", f"{web('www.commonmark.org/he')}&lt;lp"),
    ("http://commonmark.org", http("http://commonmark.org")),
    (f"(Visit https://{GOOGLE}Markup+(business))", f"(Visit {http(f'https://{GOOGLE}Markup+(business)')})"),
    ("foo@bar.baz", mail("foo@bar.baz")),
    (
        "hello@mail+xyz.example isn't valid, but hello+xyz@mail.example is.",
        f"hello@mail+xyz.example isn't valid, but {mail('hello+xyz@mail.example')} is.",
    ),
    ("a.b-c_d@a.b", mail("a.b-c_d@a.b")),
    ("a.b-c_d@a.b.", f"{mail('a.b-c_d@a.b')}."),
    ("a.b-c_d@a.b-", "a.b-c_d@a.b-"),
    ("a.b-c_d@a.b_", "a.b-c_d@a.b_"),
    ("mailto:foo@bar.baz", mail("mailto:foo@bar.baz")),
    ("mailto:a.b-c_d@a.b/", f"{mail('mailto:a.b-c_d@a.b')}/"),
    (": http://google.com https://google.com", f": {http('http://google.com')} {http('https://google.com')}"),
    ("http://google.com/å", web("http://google.com/å", "http://google.com/%C3%A5")),
    ("**Autolink and http://inlines**", f"<strong>Autolink and {http('http://inlines')}</strong>"),
    ("(not in parens http://google.com/ok.)", f"(not in parens {http('http://google.com/ok')}.)"),
    ("\"http://google.com\" 'http://google.com'",
     f"&quot;{http('http://google.com')}&quot; '{http('http://google.com')}'"),
    ("~~www.google.com~~ ~~http://google.com~~",
     f"<s>{web('www.google.com')}</s> <s>{http('http://google.com')}</s>"),
    ("(_A_@_.A", "(<em>A</em>@_.A"),
    ("@a.b.c@. x n@.  b", "@a.b.c@. x n@.  b"),
]  # fmt: skip

OURS = [
    ("[see https://x.com]", f"[see {http('https://x.com')}]"),
    ("https://x.com/[a]b and http://localhost:80/_a_*b*",
     f"{web('https://x.com/[a]b', 'https://x.com/%5Ba%5Db')} and {http('http://localhost:80/_a_*b')}*"),
    ("_https://x.com_", f"<em>{http('https://x.com')}</em>"),
    ("https://x.com/__init__.py", http("https://x.com/__init__.py")),
    ("见https://x.cn/a。下", f"见{http('https://x.cn/a')}。下"),
    ("http://a_b.c www._x.y xhttp://a 1http://a ftp://a.b javascript://a.b http:// www. xwww.a.b",
     "http://a_b.c www._x.y xhttp://a 1http://a ftp://a.b javascript://a.b http:// www. xwww.a.b"),
    ("http\\://a.b user\\_name@x.com a\\@b.com <b@c.de>", f"http://a.b user_name@x.com a@b.com {mail('b@c.de')}"),
    ("`www.a.b http://a.b a@b.cd`", "<code>www.a.b http://a.b a@b.cd</code>"),
    ("[www.a.b a@b.cd](https://x.y)", web("www.a.b a@b.cd", "https://x.y")),
    ("![www.a.b](/x)", '<img src="/x" alt="www.a.b">'),
    (f"{'a' * 65}@b.cd", f"{'a' * 65}@b.cd"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), GITHUB + OURS)
def test_bare_addresses(text: str, shown: str) -> None:
    assert render_safe(text) == f"<p>{shown}</p>\n"


def test_none_is_found_in_programs_formulas_and_links_of_the_author() -> None:
    assert "<a" not in render_safe("$http://a.b$\n\n```\nwww.a.b\n```\n\nx\n\n    a@b.cd\n\ny")
    shown = render_author('<a href="x">www.a.b a@b.cd</a> www.a.b a--b@c.de')
    assert shown == (
        '<p><a href="x">www.a.b a@b.cd</a> <a href="http://www.a.b">www.a.b</a> '
        '<a href="mailto:a--b@c.de">a--b@c.de</a></p>\n'
    )


def test_words_that_are_no_markdown_have_no_links() -> None:
    text = "http://a.b www.a.b a@b.cd mailto:a@b.cd"
    assert render_safe(_plain(text)) == f"<p>{text}</p>\n"


@pytest.mark.parametrize(
    "piece",
    [
        "http://a.b ", "http://", "www.a ", "www._", "www.a_b_", "http://a.b]", "http://a.b/)", "a@b.c ", "a@", "a@b",
        "http://a.b;", "&a;", "[http://a.b/", "http://a.b*", "a.b@", "\\_a@b.c", "a" * 999 + " ", "_a@b.c_",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "http://a.b/"])
def test_the_time_grows_with_the_text(piece: str, before: str) -> None:
    took = []
    for size in (2_000, 16_000):
        text = before + piece * (size // len(piece))
        rounds = []
        for _ in range(3):  # the quickest: others have waited for something else, such as a collection
            start = time.thread_time()
            assert len(render_safe(text)) < 20 * len(text) + 200
            rounds.append(time.thread_time() - start)
        took.append(min(rounds))
    assert took[1] < 40 * took[0] + 0.2  # eight times the text; what is quadratic takes 64 times as long


PIECES = [
    "http://", "https://", "www.", "a", "a.b", "_", "*", "~", "(", ")", "[", "]", "](x)", "`", "@", ".", ";", "&",
    "&amp;", " ", "\n", "\\", "<", '"', "$", "mailto:", "-", "é", "。", "|", "!", "[^1]", "<a>", "</a>",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_gives_what_the_page_keeps_and_no_link_in_a_link(text: str) -> None:
    page = read(render_safe(text))
    assert page.refused == [] and page.deepest <= 1
    render_author(text)
