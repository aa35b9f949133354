"""Every component on real pages: filled in by label and keyboard, run, read, cleared; hostile texts stay texts."""

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


# ---------------------------------------------------------------------- inputs


def type_text(page: Page) -> None:
    page.get_by_label("Given").fill("naïve ☃\nsecond line")


def type_number(page: Page) -> None:
    page.get_by_label("Given").fill("-2.5e3")


def slide(page: Page) -> None:
    page.get_by_role("slider", name="Given").press("ArrowRight")
    page.get_by_role("slider", name="Given").press("ArrowRight")


def type_beside_slider(page: Page) -> None:
    page.get_by_label("Given, as a number").fill("9")


def tick(page: Page) -> None:
    page.get_by_label("Given").press("Space")


def tick_two(page: Page) -> None:
    group = page.get_by_role("group", name="Given")
    group.get_by_label("c").press("Space")
    group.get_by_label("b").press("Space")


def choose_radio(page: Page) -> None:
    page.get_by_role("group", name="Given").get_by_label("b").press("ArrowDown")


def choose_option(page: Page) -> None:
    page.get_by_label("Given").press("c")


def choose_several(page: Page) -> None:
    page.get_by_label("Given").select_option(["a", "c"])


def type_own_choice(page: Page) -> None:
    page.get_by_label("Given").fill("zebra")


def pick_colour(page: Page) -> None:
    page.get_by_label("Given", exact=True).fill("#1f6feb")
    expect(page.get_by_label("Given, as text")).to_have_value("#1f6feb")


def type_colour(page: Page) -> None:
    page.get_by_label("Given, as text").fill("#1F6FEB")
    expect(page.get_by_label("Given", exact=True)).to_have_value("#1f6feb")


def type_moment(page: Page) -> None:
    page.get_by_label("Given").fill("2022-07-01T12:30")


def type_day(page: Page) -> None:
    page.get_by_label("Given").fill("2022-07-01")


def type_code(page: Page) -> None:
    page.get_by_label("Given").fill("if x:\n    y = 1")


def type_json(page: Page) -> None:
    page.get_by_label("Given").fill('{"a": [1, null]}')


ABC = ["a", "b", "c"]
INPUTS = [
    (gr.Textbox("start", lines=3, label="Given"), type_text, r"'naïve ☃\nsecond line'", "'start'"),
    (gr.Number(1, label="Given"), type_number, "-2500.0", "1.0"),
    (gr.Number(1, precision=0, label="Given"), type_number, "-2500", "1"),
    (gr.Slider(0, 10, 4, step=1, label="Given"), slide, "6", "4"),
    (gr.Slider(0, 10, 4, step=1, label="Given"), type_beside_slider, "9", "4"),
    (gr.Checkbox(True, label="Given"), tick, "False", "True"),
    (gr.CheckboxGroup(ABC, value=["a"], label="Given"), tick_two, "['a', 'c', 'b']", "['a']"),
    (gr.Radio(ABC, value="b", label="Given"), choose_radio, "'c'", "'b'"),
    (gr.Radio(ABC, value="b", type="index", label="Given"), choose_radio, "2", "1"),
    (gr.Dropdown(ABC, value="a", label="Given"), choose_option, "'c'", "'a'"),
    (gr.Dropdown([("alpha", 1), ("beta", 2), ("c", 3)], label="Given"), choose_option, "3", "None"),
    (gr.Dropdown(ABC, value=["b"], multiselect=True, label="Given"), choose_several, "['a', 'c']", "['b']"),
    (gr.Dropdown(ABC, allow_custom_value=True, label="Given"), type_own_choice, "'zebra'", "None"),
    (gr.ColorPicker("#abc", label="Given"), pick_colour, "'#1f6feb'", "'#aabbcc'"),
    (gr.ColorPicker(label="Given"), type_colour, "'#1f6feb'", "'#000000'"),
    (gr.DateTime(label="Given", type="string"), type_moment, "'2022-07-01 12:30:00'", "None"),
    (
        gr.DateTime("1999-12-31", label="Given", include_time=False, type="string"),
        type_day,
        "'2022-07-01'",
        "'1999-12-31'",
    ),
    (gr.Code("x = 0", "python", label="Given"), type_code, r"'if x:\n    y = 1'", "'x = 0'"),
    (gr.JSON({"old": True}, label="Given"), type_json, "{'a': [1, None]}", "{'old': True}"),
]
KINDS = [f"{component.kind}-{step.__name__}-{seen}" for component, step, seen, _ in INPUTS]


@pytest.mark.parametrize(("component", "fill", "seen", "default"), INPUTS, ids=KINDS)
def test_an_input_is_found_by_its_label_filled_in_run_and_cleared(
    page: Page, serve: Serve, component: Any, fill: Callable[[Page], None], seen: str, default: str
) -> None:
    page.goto(serve(interface(repr, component, gr.Textbox(label="Got"))))
    for expected in (seen, seen, default):
        if expected == default:
            page.get_by_role("button", name="Clear").click()
            expect(page.get_by_label("Got")).to_be_hidden()
        elif not page.get_by_label("Got").is_visible():
            fill(page)
        submit(page)
        expect(page.get_by_label("Got")).to_have_text(expected)


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


# ---------------------------------------------------------------------- outputs


def shows_text(part: Locator) -> None:
    expect(part.get_by_label("Shown")).to_have_text("one\n<b>two</b>", use_inner_text=True)


def shows_number(part: Locator) -> None:
    expect(part.get_by_label("Shown")).to_have_text("2.5")


def shows_classes(part: Locator) -> None:
    expect(part.locator(".top")).to_have_text("leaf")
    expect(part.get_by_role("listitem")).to_have_text(["leaf70 %", "stone30 %"])


def shows_tree(part: Locator) -> None:
    expect(part.get_by_text('"deep"')).to_be_visible()
    part.locator("summary").first.press("Enter")
    expect(part.get_by_text('"deep"')).to_be_hidden()


def shows_markup(part: Locator) -> None:
    expect(part.get_by_role("heading", name="Title")).to_be_visible()
    expect(part.get_by_role("cell", name="1")).to_be_visible()


def shows_marks(part: Locator) -> None:
    expect(part.locator("mark")).to_have_text(["Ada person", "Paris town"])
    expect(part.locator(".said")).to_contain_text("met in")


def shows_scores(part: Locator) -> None:
    expect(part.locator("mark.up")).to_have_text(re.compile(r"good.*\+0\.90"))
    expect(part.locator("mark.down")).to_have_text(re.compile(r"bad.*−0\.50"))


def shows_talk(part: Locator) -> None:
    said = [re.compile(r"^You: hi\s*Copy$"), re.compile(r"^Bot: hello there\s*Copy$")]
    expect(part.get_by_role("log").locator(".message")).to_have_text(said)
    expect(part.locator("strong")).to_have_text("hello")


def shows_yes(part: Locator) -> None:
    expect(part.get_by_label("Shown")).to_have_text("Yes")


def shows_choice(part: Locator) -> None:
    expect(part.get_by_label("Shown")).to_have_text("b")


def shows_choices(part: Locator) -> None:
    expect(part.get_by_label("Shown")).to_have_text("c, a")


def shows_colour(part: Locator) -> None:
    expect(part.get_by_label("Shown")).to_have_text("#1f6feb")
    expect(part.locator("rect")).to_have_css("fill", "rgb(31, 111, 235)")


def shows_moment(part: Locator) -> None:
    expect(part.get_by_label("Shown")).to_have_text("2022-07-01 12:30:00")


def shows_code(part: Locator) -> None:
    expect(part.locator("pre .line")).to_have_text(["# <b>", "def f(): pass"], use_inner_text=True)
    expect(part.locator(".c-k").first).to_have_text("def")
    part.get_by_role("button", name="Copy").press("Enter")
    expect(part.get_by_role("button", name="Copied")).to_be_visible()


def shows_meter(part: Locator) -> None:
    expect(part.locator("meter")).to_have_js_property("value", 7)


TABLE = "<h3>Title</h3><table><tr><td>1</td></tr></table>"
OUTPUTS: list[tuple[Any, Any, Callable[[Locator], None]]] = [
    (gr.Textbox(label="Shown"), "one\n<b>two</b>", shows_text),
    (gr.Number(label="Shown"), 2.5, shows_number),
    (gr.Label(label="Shown"), {"stone": 0.3, "leaf": 0.7}, shows_classes),
    (gr.JSON(label="Shown"), {"a": {"b": ["deep", None]}}, shows_tree),
    (gr.HTML(label="Shown"), TABLE, shows_markup),
    (gr.Markdown(label="Shown"), "### Title\n\n| n |\n|---|\n| 1 |", shows_markup),
    (gr.HighlightedText(label="Shown"), [("Ada", "person"), (" met in ", None), ("Paris", "town")], shows_marks),
    (gr.HighlightedText(label="Shown"), [("good", 0.9), (" ", 0), ("bad", -0.5)], shows_scores),
    (gr.Chatbot(label="Shown"), [("hi", "**hello** there")], shows_talk),
    (gr.Checkbox(label="Shown"), True, shows_yes),
    (gr.Radio(ABC, label="Shown"), "b", shows_choice),
    (gr.Dropdown(ABC, label="Shown"), "b", shows_choice),
    (gr.CheckboxGroup(ABC, label="Shown"), ["c", "a"], shows_choices),
    (gr.Code(label="Shown", language="python"), "# <b>\ndef f(): pass", shows_code),
    (gr.ColorPicker(label="Shown"), (31, 111, 235), shows_colour),
    (gr.DateTime(label="Shown"), "2022-07-01T12:30", shows_moment),
    (gr.Slider(0, 10, label="Shown"), 7, shows_meter),
]


@pytest.mark.parametrize(
    ("component", "value", "check"), OUTPUTS, ids=[f"{one.kind}-{check.__name__}" for one, _, check in OUTPUTS]
)
def test_an_output_shows_what_the_function_returned(
    page: Page, serve: Serve, component: Any, value: Any, check: Callable[[Locator], None]
) -> None:
    page.goto(serve(interface(lambda text: value, gr.Textbox(label="Given"), component)))
    submit(page)
    check(output(page))
    page.get_by_role("button", name="Clear").click()
    if check is shows_meter:  # a slider always stands somewhere
        expect(output(page).locator("meter")).to_have_js_property("value", 0)
    else:
        expect(output(page)).to_be_hidden()
    submit(page)
    if check is not shows_tree:
        check(output(page))


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


def all_kinds() -> gr.Interface:
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
    outputs += [one for one, _, check in OUTPUTS if check not in (shows_text, shows_number)]
    for number, one in enumerate(outputs[4:]):
        one.label = f"Shown {number}"
    values = [value for _, value, check in OUTPUTS if check not in (shows_text, shows_number)]

    def run(text: str, number: float, *rest: Any) -> list[Any]:
        import numpy as np

        picture = np.full((40, 60, 3), 120, np.uint8)
        return [text, number, picture, rest[-1] + 1, *values]

    return interface(run, inputs, outputs, title="All kinds")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_to_object_to_on_a_page_that_has_them_all(
    open_page: Callable[..., Page], serve: Serve, axe: Check, theme: str, width: int
) -> None:
    page = open_page(color_scheme=theme, viewport={"width": width, "height": 900})
    page.goto(serve(all_kinds()))
    axe(page)
    submit(page)
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    expect(page.get_by_role("button", name="Enlarge Result picture")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


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
