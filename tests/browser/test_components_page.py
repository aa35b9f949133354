"""Components together on real pages: what is wrong is told, states and conversations grow, hostile texts stay texts.

What holds for each of them alone is in test_contract_page.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]


def interface(fn: Any, inputs: Any, outputs: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, **{"allow_flagging": "never", **options})


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def output(page: Page, number: int = 0) -> Locator:
    return page.locator(f"#predict-o{number}-field")


@pytest.mark.parametrize(
    ("component", "typed", "told"),
    [
        (gr.JSON(label="Given"), "{oops", "Given must be JSON"),
        (gr.Number(label="Given", maximum=3), "4", "Given must be at most 3"),
        (gr.Textbox(label="Given", type="email", max_length=30), None, ""),
    ],
    ids=["json", "number", "email"],
)
def test_a_wrong_value_is_told_without_an_uncaught_error(
    page: Page, serve: Serve, component: Any, typed: str | None, told: str
) -> None:
    page.goto(serve(interface(repr, component, gr.Textbox(label="Got"))))
    page.get_by_label("Given").fill(typed or "x@y")
    submit(page)
    if typed is None:
        expect(page.get_by_label("Got")).to_have_text("'x@y'")
        return
    expect(page.get_by_text(told)).to_be_visible()
    page.get_by_label("Given").fill("3")
    expect(page.locator("#predict-i0-field .hint")).to_have_count(0)
    submit(page)
    expect(page.get_by_label("Got")).to_have_text(re.compile("^3"))
    expect(page.get_by_text(told)).to_be_hidden()


# ---------------------------------------------------------------------- results that build on others


def test_state_counts_for_one_visitor_and_starts_anew_with_clear(
    page: Page, open_page: Callable[..., Page], serve: Serve
) -> None:
    def count(step: float, before: list[float]) -> tuple[float, list[float]]:
        return sum([*before, step]), [*before, step]

    url = serve(interface(count, [gr.Number(2, label="Step"), gr.State([])], [gr.Number(label="Sum"), gr.State()]))
    other = open_page()
    page.goto(url)
    other.goto(url)
    for expected in ("2", "4", "6"):
        submit(page)
        expect(page.get_by_label("Sum")).to_have_text(re.compile(rf"^{expected}(\.0)?$"))
    submit(other)
    expect(other.get_by_label("Sum")).to_have_text(re.compile(r"^2(\.0)?$"))
    page.get_by_role("button", name="Clear").click()
    submit(page)
    expect(page.get_by_label("Sum")).to_have_text(re.compile(r"^2(\.0)?$"))


def test_a_conversation_grows_without_drawing_old_messages_again(page: Page, serve: Serve) -> None:
    def talk(text: str, before: list[Any]) -> tuple[list[Any], list[Any]]:
        said = [*before, (text, text.upper())]
        return said, said

    page.goto(serve(interface(talk, [gr.Textbox(label="Say"), gr.State([])], [gr.Chatbot(label="Talk"), gr.State()])))
    page.get_by_label("Say").fill("one")
    submit(page)
    messages = page.get_by_role("log").locator(".message")
    expect(messages).to_have_count(2)
    page.evaluate("document.querySelector('.message').dataset.old = 'kept'")
    page.get_by_label("Say").fill("two")
    submit(page)
    expect(messages).to_have_count(4)
    expect(messages.first).to_have_attribute("data-old", "kept")
    expect(messages.last).to_contain_text("TWO")


# ---------------------------------------------------------------------- all of them


def many_kinds() -> gr.Interface:
    inputs = [
        gr.Textbox("some words", label="Text", info="A few are enough."),
        gr.Number(3, label="Number"),
        gr.Slider(0, 10, 4, label="Size"),
        gr.Checkbox(True, label="Loud"),
        gr.CheckboxGroup(["left", "right"], value=["left"], label="Parts"),
        gr.Radio(["good", "bad"], value="good", label="Kind"),
        gr.Dropdown(["red", "green"], value="red", label="Colour"),
        gr.Image(label="Picture", sources=["upload", "webcam", "canvas"]),
        gr.Image(label="Sketch", source="canvas", shape=(28, 28)),
        gr.File(label="Tables", file_count="multiple", file_types=[".csv"]),
        gr.State(0),
    ]
    outputs = [gr.Textbox(label="Said"), gr.Number(label="Count"), gr.Image(label="Result picture"), gr.State()]

    def run(text: str, number: float, *rest: Any) -> list[Any]:
        import numpy as np

        picture = np.full((40, 60, 3), 120, np.uint8)
        return [text, number, picture, rest[-1] + 1]

    return interface(run, inputs, outputs, title="Many kinds")


def test_nothing_to_object_to_on_a_page_of_many(page: Page, serve: Serve, looks: Check) -> None:
    page.goto(serve(many_kinds()))
    looks(page)
    submit(page)
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    expect(page.get_by_role("button", name="Enlarge Result picture")).to_be_visible()
    looks(page)


# ---------------------------------------------------------------------- hostile texts

ATTACKS = [
    "<script>hacked = 1</script>",
    "<img src=x onerror='hacked = 1'>",
    "<svg onload='hacked = 1'><animate onbegin='hacked = 1' attributeName=x dur=1s>",
    "<a href='javascript:hacked = 1'>press</a> [press](javascript:hacked=1) <javascript:hacked=1>",
    "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>",
    "<details open ontoggle='hacked = 1'>x</details><input autofocus onfocus='hacked = 1'>",
    "</textarea></script></output><script>hacked = 1</script>",
    "\"><img src=x onerror=hacked=1> ' autofocus onfocus=hacked=1 x='",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=hacked=1&gt;'>",
    "<form action='javascript:hacked=1'><button>press</button></form>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=javascript:hacked=1'>",
]
MIRRORS: dict[str, tuple[Any, Callable[[str], Any]]] = {
    "markdown": (gr.Markdown(label="Shown"), lambda text: text),
    "html": (gr.HTML(label="Shown"), lambda text: text),
    "chatbot": (gr.Chatbot(label="Shown"), lambda text: [(text, text)]),
    "highlight": (gr.HighlightedText(label="Shown", show_legend=True), lambda text: [(text, text), (text, 0.5)]),
    "json": (gr.JSON(label="Shown"), lambda text: {text: [text, {text: text}]}),
    "label": (gr.Label(label="Shown"), lambda text: {text: 0.9, text + "2": 0.1}),
    "text": (gr.Textbox(label="Shown"), lambda text: text),
}


@pytest.fixture(params=["sanitizer of the browser", "sanitizer of the page"])
def unguarded(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page whose policy against inline scripts is switched off: only the cleaning itself stands in the way."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    if request.param == "sanitizer of the page":
        page.add_init_script("delete Element.prototype.setHTML")
    yield page
    context.close()


@pytest.mark.parametrize("kind", MIRRORS)
def test_a_visitors_text_never_runs_in_any_output(unguarded: Page, serve: Serve, kind: str) -> None:
    component, mirror = MIRRORS[kind]
    page = unguarded
    page.goto(serve(interface(mirror, gr.Textbox(label="Given", lines=2), component)))
    for attack in ATTACKS:
        page.get_by_label("Given").fill(attack)
        submit(page)
        expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
        for link in output(page).locator("a, button:not(.plain)").all():
            link.dispatch_event("click")
        assert page.evaluate("window.hacked") is None, attack
        assert output(page).locator("script, iframe, form, base, meta, style, [onerror], [onload]").count() == 0, attack


def test_a_visitors_text_never_runs_in_an_error(page: Page, serve: Serve) -> None:
    def fail(text: str) -> str:
        raise gr.Error(f"Not {text}")

    page.goto(serve(interface(fail, gr.Textbox(label="Given", lines=2), gr.Textbox(label="Got"))))
    for attack in ATTACKS:
        page.get_by_label("Given").fill(attack)
        submit(page)
        expect(page.get_by_role("alert")).to_contain_text(attack)
        assert page.evaluate("window.hacked") is None, attack


def test_a_name_that_is_markup_stays_a_name(page: Page, serve: Serve) -> None:
    choices = [ATTACKS[1], ATTACKS[7]]
    inputs = [
        gr.Textbox(label=ATTACKS[1], info=ATTACKS[7], placeholder=ATTACKS[7], value=ATTACKS[6]),
        gr.Radio(choices, label="Kind", value=choices[1]),
        gr.Dropdown(choices, label=ATTACKS[7]),
    ]
    page.goto(serve(interface(lambda *all: all[1], inputs, gr.Textbox(label=ATTACKS[7]))))
    expect(page.locator("textarea")).to_have_value(ATTACKS[6])
    submit(page)
    expect(page.get_by_label(ATTACKS[7]).last).to_have_text(choices[1])
    assert page.evaluate("window.hacked") is None


def test_what_is_half_typed_is_told_where_it_is(page: Page, serve: Serve) -> None:
    """The browser gives the page no value at all of it."""
    inputs = [gr.Number(label="Size"), gr.DateTime(label="Day", include_time=False, type="string")]
    page.goto(serve(gr.Interface(lambda size, day: f"{size} on {day}", inputs, gr.Textbox(label="Said"))))
    size, day = page.get_by_label("Size"), page.get_by_label("Day")
    for field, typed, told, rest in [
        (day, "0701", "This is no complete date. Fill in the rest of it, or clear it.", "2022"),
        (size, "1e", "This is not a number.", "2"),
    ]:
        field.focus()
        page.keyboard.type(typed)
        field.press("Control+Enter")
        expect(page.get_by_text(told)).to_be_visible()
        expect(field).to_be_focused()
        page.keyboard.type(rest)
    size.press("Control+Enter")
    expect(page.get_by_label("Said")).to_have_text("100.0 on 2022-07-01")
