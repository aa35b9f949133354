"""Words and figures that mean harm: nothing of them runs, loads, or reaches the page around them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr
from tests.browser.harm import COUNT_HARM, FOUND, HARM

pytestmark = pytest.mark.browser
Serve = Callable[..., str]

WITHOUT_SANITIZER = "delete Element.prototype.setHTML;"


def generate(page: Page) -> None:
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


@pytest.mark.parametrize("script", [COUNT_HARM, COUNT_HARM + WITHOUT_SANITIZER], ids=["setHTML", "by hand"])
def test_no_markup_of_a_function_runs_even_without_the_pages_policy(
    open_page: Callable[..., Page], serve: Serve, script: str
) -> None:
    page = open_page(bypass_csp=True)
    page.add_init_script(script)
    text = "\n\n".join(HARM)
    outputs = [
        gr.HTML(label="Web"),
        gr.Markdown(label="Marks"),
        gr.Chatbot(label="Talk"),
        gr.Dataframe(label="Sheet", headers=["a", "b"], datatype=["html", "markdown"]),
    ]
    values = [text, text, [[text, text]], [[one, one] for one in HARM]]
    page.goto(serve(gr.Interface(lambda: values, None, outputs, allow_flagging="never")))
    generate(page)
    expect(page.get_by_role("group", name="Web")).to_contain_text("words")
    for box in page.locator(".prose, .message, td, .talk").all():
        assert box.evaluate(FOUND) == []
    assert page.evaluate("window.harmed") == 0
    assert page.evaluate("document.body instanceof HTMLBodyElement")
    page.evaluate("scrollTo(0, 0)")
    on_top = "document.elementFromPoint(innerWidth / 2, 4).closest('.prose, .message, td') === null"
    assert page.evaluate(on_top)


def test_words_of_every_component_stay_words(open_page: Callable[..., Page], serve: Serve) -> None:
    page = open_page(bypass_csp=True)
    page.add_init_script(COUNT_HARM)
    words = "'\"></script></textarea><img src=/nowhere onerror=harm()><b id=planted>"
    picture = np.zeros((8, 8, 3), np.uint8)
    shown: list[tuple[Any, Any]] = [
        (gr.Label(label=words), {words: 0.7, "b": 0.3}),
        (gr.HighlightedText(label=words), [(words, words), (words, 0.5)]),
        (gr.Gallery(label=words), [(picture, words)]),
        (gr.AnnotatedImage(label=words), (picture, [((0, 0, 4, 4), words)])),
        (gr.JSON(label=words), {words: [words]}),
        (gr.Code(label=words, language="html"), words),
        (gr.Textbox(label=words, info=words), words),
        (gr.Dataframe(label=words, headers=[words, "b"]), [[words, words]]),
        (gr.Chatbot(label=words), [[words, f"```{words}\n{words}\n```\n[{words}](<{words}>)"]]),
        (gr.BarPlot(label=words, x=words, y="n", color=words), {words: [words, "b"], "n": [1, 2]}),
        (gr.ParamViewer(label=words), {words: {"type": words, "description": words, "default": words}}),
    ]
    choices = [words, "b"]
    asked = [gr.Radio(choices, label=words), gr.CheckboxGroup(choices, label=words), gr.Dropdown(choices, label=words)]
    demo = gr.Interface(
        lambda *asked: [value for _, value in shown],
        asked,
        [component for component, _ in shown],
        title=words.replace("<", "&lt;"),
        examples=[[words, [words], words]],
        allow_flagging="never",
    )
    page.goto(serve(demo))
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    assert page.locator("#planted, img[src$=nowhere]").count() == 0
    assert page.evaluate("window.harmed") == 0


def test_what_a_figures_frame_says_is_looked_at_before_it_is_believed(page: Page, serve: Serve) -> None:
    figure = go.Figure(go.Bar(y=[1, 2]))
    page.goto(serve(gr.Interface(lambda: figure, None, gr.Plot(label="Bars"), allow_flagging="never")))
    generate(page)
    expect(page.locator("iframe[data-drawn]")).to_have_count(1)
    (frame,) = page.frames[1:]
    for said in (
        "null",
        "'ready'",
        "7",
        "{height: Infinity}",
        "{error: {toString: null}}",
        "{error: '<b id=planted>x</b>'}",
    ):
        frame.evaluate(f"parent.postMessage({said}, '*')")
    expect(page.get_by_text("<b id=planted>x</b>")).to_be_visible()
    assert page.locator("#planted").count() == 0
    with pytest.raises(Exception, match="cross-origin|SecurityError"):
        frame.evaluate("parent.document.title")
