"""Formulas, programs, tables and tasks in Markdown; nothing in any of them can run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from quickdemo.runtime.components import markup
from quickdemo.runtime.components.markdown import Markdown
from quickdemo.runtime.components.markup import MOST_RENDERED, Options, render_author, render_safe
from quickdemo.runtime.components.markup_math import OutOfTimeError, math_html, with_math

FORMULA = re.compile(r"<math[^>]*>.*</math>")
ALLOWED = {"math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "msup", "msub", "mfrac", "code", "msqrt", "mstyle"}


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("Euler: $e^{i\\pi}$.", "inline"),
        ("Euler: \\(e^{i\\pi}\\).", "inline"),
        ("Before\n\n$$\ne^{i\\pi}\n$$\n\nafter", "block"),
        ("\\[ e^{i\\pi} \\]", "block"),
        ("A line with $$e^{i\\pi}$$ in it", "block"),
        ("- in a list $e^{i\\pi}$", "inline"),
        ("| a |\n|---|\n| $e^{i\\pi}$ |", "inline"),
    ],
)
@pytest.mark.parametrize("render", [render_safe, render_author])
def test_formulas_become_mathml(render: object, text: str, display: str) -> None:
    shown = render(text)  # type: ignore[operator]
    assert f'display="{display}"' in shown and "<msup><mi>e</mi>" in shown and "$" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6.",
        "from $5 to$6 or $ 7 $",
        "`$x$`",
        "```\n$x$\n```",
        "one $ alone",
        "escaped \\$x\\$",
        "$$",
        "\\(",
    ],
)
def test_prices_and_code_are_no_formulas(text: str) -> None:
    assert "<math" not in render_safe(text)


def test_delimiters_can_be_chosen() -> None:
    dollars = [{"left": "$$", "right": "$$", "display": True}]
    shown = Markdown(latex_delimiters=dollars).postprocess("$x$ and $$y$$", None)  # type: ignore[arg-type]
    assert shown is not None and "$x$" in shown and "<mi>y</mi>" in shown
    assert "<math" not in render_safe("$$y$$", Options(lefts=()))


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//x)}{x}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"<img src=x onerror=alert(1)>",
        r"\color{red;x:url(//y)}{x}",
        r"\class{a}{x}",
        r"\frac{a",
        r"\end{x}",
        "x" * 4000,
    ],
)
def test_nothing_in_a_formula_runs_or_loads(tex: str) -> None:
    shown = str(math_html(tex, displayed=False))
    names = {name for name in re.findall(r"<([a-z]+)", shown)}
    assert names <= ALLOWED, names
    assert not re.search(r"(href|style|class|on\w+)=", re.sub(r">[^<]*<", "><", shown))


@given(st.text(st.sampled_from("\\{}$^_&<>'\"ab1 \nfractextbeginedoo"), max_size=60))
def test_any_text_between_delimiters_is_shown_somehow(tex: str) -> None:
    names = set(re.findall(r"<([a-z]+)", str(math_html(tex, displayed=True))))
    assert not names & {"script", "img", "svg", "style", "iframe"}
    render_safe(f"before ${tex}$ after")


def test_programs_are_coloured_and_unknown_languages_are_not() -> None:
    shown = render_safe("```python\nif x: pass\n```\n\n```nosuch\n<b>\n```\n\n```\nplain\n```")
    assert '<span class="c-k">if</span>' in shown and "&lt;b&gt;" in shown and "plain" in shown


def test_tables_scroll_tasks_have_boxes_and_headings_can_be_linked_to() -> None:
    assert '<div class="sheet"><table>' in render_safe("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert "☐ open" in render_safe("- [ ] open\n- [x] done") and "☑ done" in render_safe("- [x] done")
    assert 'id="h-one-two"' in render_safe("# One two", Options(anchors=True))
    several = render_safe("# A\n\n# A\n\n# A 2\n\n# a", Options(anchors=True))
    assert re.findall(r'id="(\S+)"', several) == ["h-a", "h-a-2", "h-a-2-2", "h-a-3"]
    assert re.findall(r'href="#(\S+)"', several) == ["h-a", "h-a-2", "h-a-2-2", "h-a-3"]
    assert "<br" in render_safe("a\nb", Options(breaks=True)) and "<br" not in render_safe("a\nb")


@pytest.mark.parametrize("piece", ["word $x ", "$$ x ", "\\( x ", "[a](", "**b", "<b> & "])
def test_ten_megabytes_of_text_are_shown_and_half_a_megabyte_is_rendered(piece: str) -> None:
    assert len(render_safe(piece * (10_000_000 // len(piece)))) > 9_000_000
    assert len(render_safe((piece * 100 + "\n\n") * (MOST_RENDERED // (100 * len(piece) + 2)))) > 400_000


@pytest.mark.parametrize("piece", ["[", "![", "[[a](", "$a$", "| $a$ |\n"])
def test_a_text_that_takes_too_long_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    monkeypatch.setattr(markup, "LIMIT_S", 0.2)
    text = piece * (MOST_RENDERED // len(piece))
    assert render_safe(text) == f"<pre><code>{text}</code></pre>"
    assert "<p>" in render_safe("short")
    with pytest.raises(OutOfTimeError):  # also between formulas that are read, and not yet converted
        with_math(MarkdownIt()).render("$a$", {"until": 0.0})


def test_older_messages_of_a_conversation_are_not_rendered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [f"{n} " + "*word* " * count for n, count in enumerate([10, *[1000] * 20, *[9000] * 3])]
    first = [render_safe(text) for text in said]
    monkeypatch.setattr(MarkdownIt, "render", lambda *_: pytest.fail("rendered again"))
    assert [render_safe(text) for text in said] == first


@given(st.lists(st.sampled_from(["A", "a", "A 2", "A 2 2", "B", "!"]), max_size=12))
def test_each_heading_of_a_text_has_an_id_of_its_own(names: list[str]) -> None:
    ids = re.findall(r'id="(h-[^"]+)"', render_safe("\n\n".join(f"# {name}" for name in names), Options(anchors=True)))
    assert len(ids) == len(set(ids)) == len(names)


def test_as_many_headings_of_one_name_as_fit_are_numbered_in_time() -> None:
    html = render_safe("# a\n" * 20_000, Options(anchors=True))
    assert 'id="h-a-20000"' in html


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[see](#one-two)\n\n# One two\n\n# Other", "h-one-two"),
        ("[see](#whats-new-in-20)\n\n## What's new in 2.0?", "h-what-s-new-in-2-0"),  # GitHub's name of it
        ("[see][it]\n\n[it]: #\u00fcber-uns\n\n# Über uns", "h-über-uns"),
        ("[see](#a)\n\n# A\n\n# A", "h-a"),
    ],
)
@pytest.mark.parametrize("anchors", [False, True])
def test_a_link_leads_to_the_heading_of_its_text(text: str, place: str, anchors: bool) -> None:
    shown = render_safe(text, Options(anchors=anchors))
    assert re.search(rf'<a href="#{place}" rel="[^"]*">see</a>', shown) and f' id="{place}"' in shown
    assert anchors or shown.count(' id="') == 1
    assert f'id="h-mine:{place[2:]}"' in render_author(text, "mine") and f'"#h-mine:{place[2:]}"' in render_author(
        text, "mine"
    )


def test_a_link_to_no_heading_stays_as_it_is() -> None:
    shown = render_safe("# One\n\n[a](#two) [b](#) [c](#!) [d](/x#one)\n\n# !")
    assert re.findall('href="([^"]*)"', shown) == ["#two", "#", "#!", "/x#one"] and " id=" not in shown
