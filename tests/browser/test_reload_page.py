"""`quickdemo run --reload` under an open page: a save changes the page, and nothing that was typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.running import Project, Run

pytestmark = pytest.mark.browser

HEAD = "import pathlib, time\nimport quickdemo as gr\n\n"
GREETER = """
def greet(name, times, mood):
    return " ".join([f"{VERB}, {name}!"] * int(times)) + f" {mood}"

gr.Interface(
    greet,
    [
        gr.Textbox(label="Name", lines=2, value="Ada"),
        gr.Slider(1, 10, value=2, step=1, label="Times"),
        gr.Radio(["glad", "calm", "sad"], value="calm", label="Mood"),
    ],
    gr.Textbox(label="Greeting"),
    title="Greeter",
    article="\\n\\n".join(["A long text below."] * 60),
    allow_flagging="never",
).launch()
"""
COUNTER = """
def count(text, calls):
    calls = (calls or 0) + 1
    return f"{WORD} {calls}", calls

gr.Interface(count, ["text", "state"], ["text", "state"], title="Counter", allow_flagging="never").launch()
"""


def greeter(verb: str = "Hello", source: str = GREETER) -> str:
    return f"{HEAD}VERB = {verb!r}\n{source}"


@pytest.fixture
def serving(project: Project, page: Page) -> Callable[[str], Run]:
    """Runs a script with --reload and opens its page."""

    def serving(text: str) -> Run:
        project.write(text)
        run = project.run("--reload")
        run.ready()
        with page.expect_response("**/api/events"):
            page.goto(f"http://127.0.0.1:{run.port}/")
        return run

    return serving


def reloaded(page: Page) -> None:
    """Wait for the note that a reload leaves."""
    expect(page.locator(".toast")).to_contain_text("Reloaded")


def test_inputs_caret_focus_scroll_and_result_survive_a_save(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    serving(greeter())
    name = page.get_by_label("Name")
    name.fill("Grace Hopper")
    page.get_by_role("radio", name="glad").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Grace Hopper! Hello, Grace Hopper! glad")
    name.fill("Grace Brewster")
    name.evaluate("(element) => element.setSelectionRange(2, 5)")
    page.evaluate("scrollTo(0, 90)")
    page.evaluate("window.stays = true")
    project.write(greeter("Salve", GREETER.replace('title="Greeter"', 'title="Saluter"')))
    reloaded(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Saluter")
    expect(name).to_have_value("Grace Brewster")
    expect(name).to_be_focused()
    assert name.evaluate("(element) => [element.selectionStart, element.selectionEnd]") == [2, 5]
    expect(page.get_by_role("radio", name="glad")).to_be_checked()
    expect(page.get_by_label("Times, as a number")).to_have_value("2")
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Grace Hopper! Hello, Grace Hopper! glad")
    assert page.evaluate("[scrollY, window.stays]") == [90, True]
    expect(page.locator(".toast")).to_have_text(re.compile(r"^Reloaded in \d+ ms · kept 2 inputs and the result$"))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Greeting")).to_have_text("Salve, Grace Brewster! Salve, Grace Brewster! glad")


def test_what_nobody_touched_follows_the_new_default(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    serving(greeter())
    page.get_by_label("Name").fill("Grace")
    project.write(greeter(source=GREETER.replace("value=2", "value=5")))
    reloaded(page)
    expect(page.get_by_label("Name")).to_have_value("Grace")
    expect(page.get_by_label("Times, as a number")).to_have_value("5")


def test_a_value_that_is_no_longer_possible_is_reset_and_told(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    serving(greeter())
    page.get_by_role("radio", name="glad").check()
    page.get_by_label("Times, as a number").fill("9")
    source = GREETER.replace('["glad", "calm", "sad"]', '["calm", "sad", "silly"]').replace("1, 10", "1, 5")
    project.write(greeter(source=source))
    reloaded(page)
    expect(page.get_by_role("radio", name="calm")).to_be_checked()
    expect(page.locator("#predict-i2-field .hint")).to_have_text("“glad” is not possible here; this was reset.")
    expect(page.get_by_label("Times, as a number")).to_have_value("2")
    expect(page.locator("#predict-i1-field .hint")).to_have_text("9 is not possible here; this was reset.")


def test_a_new_input_appears_and_a_removed_one_goes(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    serving(greeter())
    page.get_by_label("Name").fill("Grace")
    page.get_by_role("radio", name="sad").check()
    source = GREETER.replace('        gr.Slider(1, 10, value=2, step=1, label="Times"),\n', "").replace(
        'gr.Radio(["glad"', 'gr.Checkbox(label="Loud", value=True), gr.Radio(["glad"'
    )
    source = source.replace("times, mood):", "loud, mood):\n    times = 1").replace("article=", "description=")
    project.write(greeter(source=source))
    reloaded(page)
    expect(page.get_by_role("slider")).to_have_count(0)
    expect(page.get_by_label("Loud")).to_be_checked()
    expect(page.get_by_label("Name")).to_have_value("Grace")
    expect(page.get_by_role("radio", name="sad")).to_be_checked()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Grace! sad")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label("Loud")).to_be_checked()


def test_state_of_the_session_survives_a_save(page: Page, project: Project, serving: Callable[[str], Run]) -> None:
    serving(f"{HEAD}WORD = 'call'\n{COUNTER}")
    submit = page.get_by_role("button", name="Submit")
    submit.click()
    expect(page.locator("output")).to_have_text("call 1")
    submit.click()
    expect(page.locator("output")).to_have_text("call 2")
    project.write(f"{HEAD}WORD = 'round'\n{COUNTER}")
    reloaded(page)
    expect(page.locator("output")).to_have_text("call 2")
    submit.click()
    expect(page.locator("output")).to_have_text("round 3")


def test_a_saved_style_sheet_changes_the_look_and_nothing_else(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    project.write("h1 { color: rgb(1, 2, 3) }", "look.css")
    serving(greeter(source=GREETER.replace('title="Greeter"', 'title="Greeter", css="look.css"')))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_css("color", "rgb(1, 2, 3)")
    page.get_by_label("Name").fill("Grace")
    page.evaluate("document.querySelector('h1').dataset.same = '1'")
    project.write("h1 { color: rgb(4, 5, 6) }", "look.css")
    expect(heading).to_have_css("color", "rgb(4, 5, 6)")
    expect(heading).to_have_attribute("data-same", "1")
    expect(page.get_by_label("Name")).to_have_value("Grace")


def test_a_fault_is_shown_over_the_page_until_it_is_mended(
    page: Page, project: Project, serving: Callable[[str], Run], axe: Callable[[Page], None]
) -> None:
    serving(greeter())
    page.get_by_label("Name").fill("Grace")
    project.write(greeter() + "\nif :\n")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("SyntaxError")
    expect(dialog.locator(".where").first).to_contain_text(f"app.py:{greeter().count(chr(10)) + 2}")
    expect(dialog.locator(".here")).to_have_text("if :")
    axe(page)
    expect(dialog).to_be_focused()
    project.write(greeter("Hi"))
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Name")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Grace")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hi, Grace! Hi, Grace! calm")


def test_the_old_page_still_works_under_a_fault(page: Page, project: Project, serving: Callable[[str], Run]) -> None:
    serving(greeter())
    project.write(greeter().replace("gr.Interface(", "gr.Interface(undefined_name, "))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("undefined_name")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Ada! Hello, Ada! calm")


def test_the_chosen_tab_and_what_each_holds_survive_a_save(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    tabs = """
demos = [gr.Interface(lambda t: t, gr.Textbox(label=f"In {n}"), gr.Textbox(label=f"Out {n}")) for n in range(3)]
gr.TabbedInterface(demos, ["A", "B", "C"], title=WORD).launch()
"""
    serving(f"{HEAD}WORD = 'old'\n{tabs}")
    page.get_by_label("In 0").fill("first")
    page.get_by_role("tab", name="B").click()
    page.get_by_label("In 1").fill("second")
    page.get_by_label("In 1").press("Enter")
    expect(page.get_by_label("Out 1")).to_have_text("second")
    project.write(f"{HEAD}WORD = 'new'\n{tabs}")
    reloaded(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("new")
    expect(page.get_by_role("tab", name="B", selected=True)).to_be_visible()
    expect(page.get_by_label("Out 1")).to_have_text("second")
    expect(page.get_by_label("In 1")).to_be_focused()
    page.get_by_role("tab", name="A").click()
    expect(page.get_by_label("In 0")).to_have_value("first")


def test_a_page_that_comes_during_a_fault_sees_it_too(
    page: Page, project: Project, serving: Callable[[str], Run], open_page: Callable[..., Page]
) -> None:
    run = serving(greeter())
    project.write("1 / 0\n" + greeter())
    expect(page.get_by_role("dialog")).to_contain_text("ZeroDivisionError")
    other = open_page()
    other.goto(f"http://127.0.0.1:{run.port}/")
    expect(other.get_by_role("dialog")).to_contain_text("ZeroDivisionError")
    project.write(greeter())
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(other.get_by_role("dialog")).to_have_count(0)


def test_a_call_that_runs_while_the_page_reloads_still_answers(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    waiting = GREETER.replace(
        "    return",
        "    while VERB == 'Slow' and not pathlib.Path('go').exists(): time.sleep(.01)\n    return",
    )
    serving(greeter("Slow", waiting))
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "running")
    project.write(greeter("Fast", waiting))
    reloaded(page)
    project.write("", "go")
    expect(page.get_by_label("Greeting")).to_have_text("Slow, Ada! Slow, Ada! calm")


def test_an_error_of_the_function_goes_with_the_save_that_may_have_mended_it(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    faulty = GREETER.replace("    return", "    if name == 'Bob': raise gr.Error('No Bob.')\n    return")
    serving(greeter(source=faulty))
    submit = page.get_by_role("button", name="Submit")
    submit.click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Ada! Hello, Ada! calm")
    page.get_by_label("Name").fill("Bob")
    submit.click()
    expect(page.get_by_role("alert")).to_contain_text("No Bob.")
    project.write(greeter())
    reloaded(page)
    expect(page.locator(".fault[role=alert]")).to_be_hidden()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Ada! Hello, Ada! calm")
    submit.click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello, Bob! Hello, Bob! calm")


def test_a_page_in_the_background_catches_up_when_it_is_looked_at(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    run = serving(greeter())
    page.get_by_label("Name").fill("Grace")
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    for verb in ("Hi", "Salve"):
        project.write(greeter(verb, GREETER.replace("Greeter", verb)))
        run.wait_for("reload_ok")
    expect(page.get_by_role("heading", level=1)).to_have_text("Greeter")
    page.evaluate(hide, False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Salve")
    expect(page.get_by_label("Name")).to_have_value("Grace")


def test_a_conversation_that_goes_on_after_a_save_is_kept_as_one(
    page: Page, project: Project, serving: Callable[[str], Run]
) -> None:
    chat = "gr.ChatInterface(lambda message, history: f'{VERB} {message} {len(history)}', save_history=True%s).launch()"
    serving(greeter("Hi", chat % ""))
    box, said = page.get_by_role("textbox", name="Message"), page.get_by_role("log").locator(".message .prose")
    box.fill("a")
    box.press("Enter")
    expect(said).to_have_text(["a", "Hi a 0"])
    box.fill("half a word")
    project.write(greeter("Oh", chat % ", chatbot=gr.Chatbot(height=300)"))
    reloaded(page)
    expect(box).to_have_value("half a word")
    expect(said).to_have_text(["a", "Hi a 0"])
    kept = page.locator("qd-past [data-past=open]")
    expect(kept).to_have_attribute("aria-current", "true")
    box.fill("b")
    box.press("Enter")
    expect(said).to_have_text(["a", "Hi a 0", "b", "Oh b 2"])
    expect(kept).to_have_text(["a"])
