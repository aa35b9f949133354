"""The page in a browser: what a visitor does with it, and what they see."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

import quickdemo as gr
from tests.running import until

pytestmark = pytest.mark.browser
Serve = Callable[..., str]


def greet(name: str, times: float) -> str:
    """A greeting, several times."""
    if times > 5:
        raise gr.Error("That is too loud; greet at most 5 times.")
    return " ".join([f"Hello, {name}!"] * int(times))


def greeter(**options: Any) -> gr.Interface:
    inputs = [gr.Textbox(label="Name", value="Ada"), gr.Slider(1, 10, value=2, step=1, label="Times")]
    return gr.Interface(greet, inputs, gr.Textbox(label="Greeting"), **{"allow_flagging": "never", **options})


def result(page: Page) -> Any:
    return page.get_by_role("region", name="Result")


def said(page: Page) -> Any:
    """What a reader of the screen hears about the call."""
    return page.locator(".said-status")


def test_a_visitor_fills_in_submits_and_reads_the_answer(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter(title="Greeter")))
    expect(page.get_by_role("heading", level=1)).to_have_text("Greeter")
    page.get_by_label("Name").fill("Grace")
    before = result(page).bounding_box()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Grace! Hello, Grace!")
    expect(said(page)).to_have_text(re.compile(r"^Result ready, \d+\.\d\d s$"))
    expect(page.locator(".time")).to_have_text(re.compile(r"^\d+\.\d\d s$"))
    after = result(page).bounding_box()
    assert before and after and (before["x"], before["y"]) == (after["x"], after["y"])


@pytest.mark.parametrize("key", ["Control+Enter", "Enter"])
def test_enter_submits_from_a_single_line_and_ctrl_enter_from_anywhere(page: Page, serve: Serve, key: str) -> None:
    page.goto(serve(greeter()))
    page.get_by_label("Name").fill("Grace")
    page.get_by_label("Name").press(key)
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Grace! Hello, Grace!")


def test_enter_makes_a_new_line_in_a_text_of_several_lines(page: Page, serve: Serve) -> None:
    page.goto(
        serve(gr.Interface(lambda text: text.upper(), gr.Textbox(lines=3, label="Text"), gr.Textbox(label="Loud")))
    )
    page.get_by_label("Text").type("a")
    page.get_by_label("Text").press("Enter")
    page.get_by_label("Text").type("b")
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_label("Loud")).to_have_text("A\nB", use_inner_text=True)


def test_nothing_jumps_when_a_second_answer_replaces_the_first(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter()))
    page.get_by_role("button", name="Submit").click()
    expect(said(page)).to_have_text(re.compile("^Result ready"))
    boxes = "[...document.querySelectorAll('.field, h2, .actions')].map((e) => e.getBoundingClientRect().top)"
    before = page.evaluate(boxes)
    page.get_by_label("Name").fill("Eve")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Eve! Hello, Eve!")
    assert page.evaluate(boxes) == before


def test_an_error_of_the_function_is_told_at_once_and_the_old_answer_stays(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter()))
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Ada! Hello, Ada!")
    page.get_by_label("Times, as a number").fill("9")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("That is too loud; greet at most 5 times.")
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Ada! Hello, Ada!")
    page.get_by_label("Times, as a number").fill("1")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Ada!")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_wrong_value_is_marked_on_its_field_which_gets_the_focus(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter()))
    page.get_by_label("Times, as a number").fill("99")
    page.get_by_role("button", name="Submit").click()
    field = page.locator("#predict-i1-field")
    expect(field.locator(".hint")).to_contain_text("10")
    expect(field.locator("[aria-invalid=true]").first).to_be_focused()
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_label("Times, as a number").fill("2")
    expect(field.locator(".hint")).to_have_count(0)


def test_clear_brings_back_what_the_author_gave(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter()))
    page.get_by_label("Name").fill("Grace")
    page.get_by_label("Times, as a number").fill("4")
    page.get_by_role("button", name="Submit").click()
    expect(said(page)).to_have_text(re.compile("^Result ready"))
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label("Name")).to_have_value("Ada")
    expect(page.get_by_label("Times, as a number")).to_have_value("2")
    expect(page.get_by_text("Submit to see the answer here.")).to_be_visible()
    expect(page.get_by_label("Greeting")).to_be_hidden()
    expect(page.locator(".time")).to_have_text("")


def test_a_generator_shows_each_step_and_stop_ends_it(page: Page, serve: Serve) -> None:
    steps, closed = threading.Semaphore(1), threading.Event()

    def count(start: float) -> Iterator[str]:
        try:
            for number in range(int(start), 1000):
                assert steps.acquire(timeout=10)
                yield f"at {number}"
        finally:
            closed.set()

    page.goto(serve(gr.Interface(count, gr.Number(value=1, label="Start"), gr.Textbox(label="Progress"))))
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_disabled()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Progress")).to_have_text("at 1")
    steps.release()
    expect(page.get_by_label("Progress")).to_have_text("at 2")
    stop.click()
    expect(said(page)).to_have_text(re.compile("^Stopped"))
    until(lambda: steps.release() or closed.wait(0.1))  # it ends at the next step after the server has heard of it
    expect(page.get_by_label("Progress")).to_have_text("at 2")
    expect(stop).to_be_disabled()
    expect(page.get_by_role("button", name="Submit")).to_be_focused()


def test_a_live_page_follows_quick_typing_and_never_loses_the_last_change(page: Page, serve: Serve) -> None:
    calls, gate = [], threading.Event()

    def slow(text: str) -> str:
        calls.append(text)
        if len(calls) == 1:
            gate.wait(10)
        return text[::-1]

    page.goto(serve(gr.Interface(slow, gr.Textbox(label="Text"), gr.Textbox(label="Reversed"), live=True)))
    expect(page.get_by_role("button", name="Submit")).to_have_count(0)
    page.get_by_label("Text").press_sequentially("typing quickly")
    gate.set()
    expect(page.get_by_label("Reversed")).to_have_text("ylkciuq gnipyt")
    assert calls[-1] == "typing quickly" and len(calls) < len("typing quickly")
    expect(page.get_by_label("Text")).to_be_focused()


def test_examples_in_a_table_fill_the_inputs_and_have_pages(page: Page, serve: Serve) -> None:
    rows = [[f"Person {n}", n] for n in range(1, 6)]
    page.goto(serve(greeter(examples=rows, examples_per_page=2)))
    expect(page.locator(".examples tbody tr")).to_have_count(2)
    page.locator(".examples tbody tr").nth(1).locator("td").nth(1).click()
    expect(page.get_by_label("Name")).to_have_value("Person 2")
    expect(page.get_by_label("Times, as a number")).to_have_value("2")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("2 of 3")).to_be_visible()
    expect(page.get_by_role("link", name="Next")).to_be_focused()
    page.get_by_role("button", name="Person 3").press("Enter")
    expect(page.get_by_label("Name")).to_have_value("Person 3")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".examples tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="Previous")).to_be_focused()


def test_examples_that_are_pictures_make_a_gallery(page: Page, serve: Serve, tmp_path: Path) -> None:
    for name, colour in (("red", "#f00"), ("blue", "#00f")):
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"{name}.png")
    pictures = [str(tmp_path / f"{name}.png") for name in ("red", "blue")]
    page.goto(serve(gr.Interface(lambda p: str(p.shape), gr.Image(label="Photo"), gr.Textbox(label="Shape"), pictures)))
    page.get_by_role("button", name="Example 2").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Shape")).to_have_text("(30, 40, 3)")


def test_an_example_runs_at_once_when_its_results_are_cached(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter(examples=[["Grace", 1]], cache_examples=True)))
    page.get_by_role("button", name="Grace").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Grace!")


def test_a_shared_link_holds_the_inputs(open_page: Callable[..., Page], serve: Serve) -> None:
    url = serve(greeter())
    page = open_page()
    page.goto(url)
    page.get_by_label("Name").fill("Zoë & Ω")
    page.get_by_label("Times, as a number").fill("3")
    page.get_by_role("button", name="Share").click()
    expect(page.locator(".toast")).to_contain_text("Link copied")
    other = open_page()
    other.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(other.get_by_label("Name")).to_have_value("Zoë & Ω")
    expect(other.get_by_label("Times, as a number")).to_have_value("3")


def test_a_link_by_query_fills_the_inputs_and_a_bad_value_is_told(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter()) + "?Name=Grace&Times=500")
    expect(page.get_by_label("Name")).to_have_value("Grace")
    expect(page.get_by_label("Times, as a number")).to_have_value("2")
    expect(page.locator(".hint")).to_contain_text("500 is not possible here")


def test_a_flag_is_stored_with_its_reason_and_confirmed(
    page: Page, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page.goto(serve(greeter(allow_flagging="manual", flagging_options=["rude", ("too long", "long")])))
    expect(page.get_by_role("button", name="rude")).to_be_hidden()
    page.get_by_role("button", name="Submit").click()
    page.get_by_label("Name").fill("changed afterwards")
    page.get_by_role("button", name="too long").click()
    expect(page.locator(".toast")).to_have_text("Flagged · 1 sample so far")
    log = (tmp_path / "flagged" / "log.csv").read_text()
    assert "Ada" in log and "long" in log and "changed" not in log


def converters() -> gr.TabbedInterface:
    double = gr.Interface(lambda x: 2 * x, gr.Number(label="x"), gr.Number(label="twice"), title="Doubling")
    return gr.TabbedInterface([double, greeter()], ["Double", "Greet"], title="Two demos")


def test_tabs_by_pointer_and_by_keyboard(page: Page, serve: Serve) -> None:
    page.goto(serve(converters()))
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    page.get_by_label("x", exact=True).fill("21")
    page.get_by_label("x", exact=True).press("Enter")
    expect(page.get_by_label("twice")).to_have_text("42")
    page.get_by_role("tab", name="Greet").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Ada! Hello, Ada!")
    page.get_by_role("tab", name="Greet").press("ArrowRight")
    expect(page.get_by_role("tab", name="Double")).to_be_focused()
    expect(page.get_by_label("twice")).to_have_text("42")
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Greet", selected=True)).to_be_focused()


def test_a_shared_link_opens_the_tab_it_was_made_in(open_page: Callable[..., Page], serve: Serve) -> None:
    url = serve(converters())
    page = open_page()
    page.goto(url)
    page.get_by_role("tab", name="Greet").click()
    page.get_by_label("Name").fill("Grace")
    page.get_by_role("button", name="Share").click()
    expect(page.locator(".toast")).to_contain_text("Link copied")
    other = open_page()
    other.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(other.get_by_label("Name")).to_have_value("Grace")
    expect(other.get_by_label("Name")).to_be_visible()


@pytest.mark.parametrize(("query", "dark"), [("?__theme=dark", True), ("?__dark-theme=true", True), ("", False)])
def test_the_address_may_choose_the_theme(page: Page, serve: Serve, query: str, dark: bool) -> None:
    page.goto(serve(greeter()) + query)
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor.match(/[\\d.]+/)[0] > 0.5")
    assert light is not dark


def test_a_dark_page_prints_its_answer_on_light_paper_without_buttons(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter(allow_flagging="manual")) + "?__theme=dark")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("button", name="Flag")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_label("Greeting")).to_be_visible()
    expect(page.locator("html")).to_have_css("background-color", re.compile(r"^oklch\(0\.9"))


def test_a_demo_without_inputs_generates(page: Page, serve: Serve) -> None:
    page.goto(serve(gr.Interface(lambda: "a fresh answer", None, gr.Textbox(label="Fresh"))))
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_label("Fresh")).to_have_text("a fresh answer")


def test_a_demo_without_outputs_says_that_it_is_done(page: Page, serve: Serve) -> None:
    seen = []
    page.goto(serve(gr.Interface(seen.append, gr.Textbox(label="Note"), None)))
    page.get_by_label("Note").fill("remember")
    page.get_by_role("button", name="Submit").click()
    expect(result(page).get_by_text("Done.", exact=True)).to_be_visible()
    assert seen == ["remember"]


def test_a_unified_demo_changes_its_input_in_place(page: Page, serve: Serve) -> None:
    both = gr.Textbox(label="Text", value="ab")
    page.goto(serve(gr.Interface(lambda text: text + "c", both, both)))
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Text")).to_have_value("abc")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Text")).to_have_value("abcc")


def counter() -> gr.Interface:
    def count(text: str, calls: int | None) -> tuple[str, int]:
        calls = (calls or 0) + 1
        return f"{text} {calls}", calls

    return gr.Interface(count, [gr.Textbox(label="Text", value="call"), "state"], [gr.Textbox(label="Calls"), "state"])


def test_state_lasts_for_one_page_and_ends_with_clear(open_page: Callable[..., Page], serve: Serve) -> None:
    url = serve(counter())
    page, other = open_page(), open_page()
    for one in (page, other):
        one.goto(url)
    for number in (1, 2, 3):
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_label("Calls")).to_have_text(f"call {number}")
    other.get_by_role("button", name="Submit").click()
    expect(other.get_by_label("Calls")).to_have_text("call 1")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Calls")).to_have_text("call 1")


def test_a_closed_demo_asks_who_it_is_and_lets_go_again(page: Page, serve: Serve) -> None:
    url = serve(greeter(title="Private"), auth=("ada", "engine"), auth_message="For **members** only.")
    page.goto(url)
    assert page.url == url + "login"
    expect(page.get_by_text("For members only.")).to_be_visible()
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("User name")).to_have_value("ada")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("engine")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Private")
    assert page.url == url
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Ada! Hello, Ada!")
    page.get_by_role("button", name="ada · Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(url)
    assert page.url == url + "login"


def test_the_whole_demo_works_by_keyboard_alone(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter(examples=[["Grace", 1]])))

    def tab_to(locator: Any) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if locator.evaluate("(element) => element === document.activeElement"):
                assert locator.evaluate("(element) => getComputedStyle(element).outlineStyle") != "none"
                return
        raise AssertionError(f"{locator} cannot be reached")

    tab_to(page.get_by_label("Name"))
    page.keyboard.press("Control+A")
    page.keyboard.type("Eve")
    tab_to(page.get_by_role("slider"))
    page.keyboard.press("ArrowRight")
    tab_to(page.get_by_role("button", name="Submit"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Eve! Hello, Eve! Hello, Eve!")
    tab_to(page.get_by_role("button", name="Grace"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_have_value("Grace")


def test_submit_before_the_script_has_come_is_not_lost(page: Page, serve: Serve) -> None:
    waiting: list[Route] = []
    page.route("**/static/*.js", lambda route: waiting.append(route))
    page.goto(serve(greeter()), wait_until="commit")
    page.get_by_label("Name").fill("Grace")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_be_hidden()
    waiting[0].continue_()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Grace! Hello, Grace!")


def test_on_a_phone_the_answer_comes_into_view_and_submit_is_always_in_reach(
    open_page: Callable[..., Page], serve: Serve
) -> None:
    page = open_page(viewport={"width": 360, "height": 500}, has_touch=True, is_mobile=True)
    fields = [gr.Textbox(label=f"Field {n}", value="a") for n in range(8)]
    page.goto(serve(gr.Interface(lambda *texts: "".join(texts), fields, gr.Textbox(label="Joined"))))
    submit = page.get_by_role("button", name="Submit")
    expect(submit).to_be_in_viewport(ratio=1)
    submit.tap()
    expect(page.get_by_label("Joined")).to_have_text("aaaaaaaa")
    expect(page.get_by_label("Joined")).to_be_in_viewport()


def test_a_server_that_is_gone_is_told_and_the_inputs_stay(page: Page, serve: Serve) -> None:
    page.goto(serve(greeter()))
    page.get_by_label("Name").fill("Grace")
    page.route("**/api/predict", lambda route: route.abort())
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    expect(page.get_by_label("Name")).to_have_value("Grace")


def test_the_page_can_be_read_without_script(open_page: Callable[..., Page], serve: Serve) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(serve(greeter(description="Says **hello**.")))
    expect(page.get_by_label("Name")).to_have_value("Ada")
