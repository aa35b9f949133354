"""Explanations on the page: colours, their table, sign, another class, parts left out, cancelling, saving, reloads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

import quickdemo as gr
from quickdemo.interpret.colours import DARK, LIGHT, colour, contrast
from tests.browser.explained import REVIEW, stand_in
from tests.running import Project

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]


def mood(review: str) -> dict[str, float]:
    return {"glad": 0.67, "cross": 0.33}


def text_demo() -> gr.Interface:
    box = gr.Textbox(label="Review", lines=3, value=REVIEW)
    return gr.Interface(mood, box, gr.Label(label="Mood"), interpretation="default", flagging_options=["odd"])


def form_demo() -> gr.Interface:
    inputs = [
        gr.Number(label="Rooms", value=3),
        gr.Radio(["ground", "middle", "top"], value="top", label="Floor"),
        gr.CheckboxGroup(["balcony", "kitchen", "noise"], value=["balcony", "noise"], label="Extras"),
        gr.Image(label="Photo"),
        gr.Audio(label="Sound"),
        gr.Dataframe(label="Sheet"),
        gr.Video(label="Film"),
    ]
    return gr.Interface(lambda *values: 756, inputs, gr.Number(label="Rent"), interpretation="default")


def interpret(page: Page) -> Locator:
    """Press Interpret and wait for the final colours; returns the panel."""
    page.get_by_role("button", name="Interpret").press("Enter")
    panel = page.get_by_role("region", name="Explanation")
    expect(panel.locator(".at")).to_contain_text("seed")
    expect(panel).not_to_have_attribute("data-busy", "")
    return panel


def saved(page: Page, panel: Locator, kind: str) -> Path:
    """The file that a press of PNG, JSON or HTML gives."""
    with page.expect_download() as download:
        panel.get_by_role("button", name=kind, exact=True).click()
    assert download.value.suggested_filename == f"explanation.{kind.lower()}"
    return download.value.path()


def rgb(text: str) -> tuple[int, int, int]:
    red, green, blue = (int(part) for part in re.findall(r"\d+", text)[:3])
    return red, green, blue


def check_colours(panel: Locator, explanation: dict[str, Any], ground: tuple[int, int, int]) -> None:
    """Each part has exactly the colour of its score, can be read on it, and tells the sign without colour as well."""
    script = """part => { const s = getComputedStyle(part);
      return [part.dataset.part, s.backgroundColor, s.color, s.borderBlockEndStyle, s.borderBlockEndColor] }"""
    [one] = explanation["inputs"]
    scale = max(map(abs, one["scores"]))
    drawn = panel.locator(".words .part").evaluate_all(f"parts => parts.map({script})")
    assert len(drawn) == len(one["scores"])
    for part, background, ink, line, line_colour in drawn:
        score = one["scores"][int(part)]
        assert rgb(background) == colour(score / scale, ground)
        assert contrast(rgb(ink), rgb(background)) >= 4.5
        assert line == ("dashed" if score < 0 else "solid")
        assert (line_colour == "rgba(0, 0, 0, 0)") == (score == 0)


def test_the_words_of_a_text_in_colours_and_in_a_table_another_class_and_parts_left_out(
    page: Page, serve: Serve, looks: Check
) -> None:
    asked = stand_in(page)
    page.goto(serve(text_demo()))
    assert page.evaluate("customElements.get('qd-explanation')") is None, "loaded when it is asked for"
    panel = interpret(page)
    assert asked == [{"data": [REVIEW], "endpoint": "predict", "target": None}]
    expect(panel.get_by_role("heading", level=2)).to_have_text("Why “glad”?")
    explanation = json.loads(saved(page, panel, "JSON").read_text("utf-8"))
    check_colours(panel, explanation, LIGHT)
    page.emulate_media(color_scheme="dark")
    check_colours(panel, explanation, DARK)
    said = panel.get_by_role("status").first
    expect(panel.locator("[role=status].visually-hidden")).to_contain_text("friendly, raised glad by 0.31")
    expect(panel.locator("[role=status].visually-hidden")).to_contain_text("cold lowered glad by 0.22")
    expect(said).to_have_attribute("aria-live", "polite")
    panel.get_by_text("Show as a table").click()
    rows = panel.get_by_role("table").get_by_role("row")
    expect(rows.nth(1)).to_have_text(re.compile(r"friendly,\s*\+0.31\s*± 0.01"))
    expect(rows.nth(3)).to_have_text(re.compile(r"cold\s*−0.22\s*± 0.01"))
    looks(page)
    check_keys_and_leaving_out(page, panel, asked)
    looks(page)

    # another class is asked for with the inputs as they were
    panel.get_by_label("Class").select_option("cross")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Why “cross”?")
    explain = [body for body in asked if "data" in body]
    assert explain[-1] == {"data": [REVIEW], "endpoint": "predict", "target": {"output": 0, "class": "cross"}}
    expect(panel.get_by_role("button", name="very: −0.24")).to_have_attribute("data-sign", "down")
    check_flag_and_changed_inputs(page, panel)
    page.get_by_role("button", name="Clear").click()
    expect(panel).to_be_hidden()


def check_keys_and_leaving_out(page: Page, panel: Locator, asked: list[Any]) -> None:
    """One stop in the tab order, arrows within; the value is told where the caret is; Enter leaves a part out."""
    words = panel.get_by_role("button", name=re.compile("^(The|staff|were|very|friendly,): "))
    words.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    very = panel.get_by_role("button", name="very: +0.24 ± 0.01")
    expect(very).to_be_focused()
    expect(panel.locator(".tip")).to_have_text("very: +0.24 ± 0.01")
    assert panel.locator(".words [tabindex='0']").count() == 1
    page.keyboard.press("Escape")
    expect(panel.locator(".tip")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(very).to_have_attribute("aria-pressed", "false")
    expect(panel.locator(".what-if")).to_contain_text("Without “very”: glad 0.41, was 0.67.")
    assert asked[-1]["key"] == "k1"
    assert asked[-1]["present"] == [n for n in range(13) if n != 3]
    panel.get_by_role("button", name="cold: ").click()
    expect(panel.locator(".what-if")).to_contain_text("Without “very”, “cold”: glad 0.41")
    panel.get_by_role("button", name="Put all back").press("Enter")
    expect(very).to_have_attribute("aria-pressed", "true")
    expect(very).to_be_focused()


def check_flag_and_changed_inputs(page: Page, panel: Locator) -> None:
    """A class of the answer asks why; a flag of what was explained names it; the panel says when the inputs change."""
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("button", name="glad: explain it").press("Enter")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Why “glad”?")
    expect(panel.get_by_label("Class")).to_have_value("glad")
    with page.expect_request("**/api/flag/predict") as flagged:
        page.get_by_role("button", name="Flag as odd").click()
    assert (flagged.value.post_data_json or {})["explanation"] == "k1"
    expect(page.locator(".toast")).to_contain_text("Flagged")
    page.get_by_label("Review", exact=True).fill("Other words.")
    expect(panel.locator(".shown > .quiet").first).to_contain_text("The inputs have changed since.")
    page.get_by_label("Review", exact=True).fill(REVIEW)
    expect(panel.locator(".shown > .quiet").first).to_be_hidden()


def test_every_kind_of_input_and_what_has_no_parts(page: Page, serve: Serve, looks: Check) -> None:
    asked = stand_in(page)
    page.goto(serve(form_demo()))
    panel = interpret(page)
    expect(panel.get_by_role("heading", level=2)).to_have_text(re.compile("^Why Rent is"))
    expect(panel.get_by_role("heading", level=3)).to_have_text(
        ["Rooms", "Floor", "Extras", "Photo", "Sound", "Sheet", "Film"]
    )
    expect(panel.get_by_text("A video has no parts.")).to_be_visible()
    steps = panel.locator(".fall li")
    expect(steps.first).to_have_text(re.compile("Baseline *500"))
    expect(steps.nth(1)).to_have_text(re.compile(r"Rooms *\+180"))
    expect(panel.get_by_role("img", name=re.compile("^Rent over Rooms: 576 at 0"))).to_be_visible()
    expect(panel.locator(".alternatives").first).to_contain_text("Rent 698")
    looks(page)
    # a region of a picture: by the pointer, and by keys; lowering ones are striped
    picture = panel.locator(".framed-picture canvas")
    pixels = picture.evaluate(
        """canvas => { const at = (x) => [...canvas.getContext('2d').getImageData(x, 40, 1, 1).data];
          return Array.from({ length: 16 }, (_, n) => [at(170 + n), at(360 + n)]) }"""
    )
    for pair in pixels:  # a canvas keeps colours multiplied by their opacity, and so not to the last bit
        for pixel, score in zip(pair, (1.0, -1.0), strict=True):
            assert max(abs(one - other) for one, other in zip(pixel[:3], colour(score), strict=True)) <= 3
    assert len({pixel[3] for pixel, _ in pixels}) == 1, "no stripes"
    assert len({pixel[3] for _, pixel in pixels}) == 2, "stripes"
    box = picture.bounding_box()
    assert box
    picture.click(position={"x": box["width"] / 2, "y": box["height"] / 4})
    region = panel.get_by_role("button", name="region 2: +30")
    expect(region).to_have_attribute("aria-pressed", "false")
    assert 5 not in asked[-1]["present"], "the second region, after a number and three choices"
    panel.get_by_role("button", name="region 1: 0").focus()
    page.keyboard.press("End")
    expect(panel.locator(".tip")).to_have_text("region 6: −5")
    # all that was drawn is in the files, which need nothing else
    png = Image.open(saved(page, panel, "PNG"))
    assert png.width == 1520 and {colour(1.0), colour(-1.0)} <= {rgb for _, rgb in png.convert("RGB").getcolors(10**6)}
    file = saved(page, panel, "HTML").rename(Path(str(saved(page, panel, "HTML"))).with_suffix(".html"))
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Why Rent is"))
    assert page.locator("img").evaluate("img => img.naturalWidth") == 480
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("row", name=re.compile("Rooms 3"))).to_contain_text("+180")
    looks(page)


def test_cancelling_and_errors(page: Page, serve: Serve, looks: Check) -> None:
    held: list[Route] = []
    page.route("**/api/interpret", lambda route: held.append(route))
    page.goto(serve(text_demo()))
    button = page.get_by_role("button", name="Interpret")
    button.press("Enter")
    panel = page.get_by_role("region", name="Explanation")
    cancel = panel.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible()
    expect(button).to_have_attribute("aria-disabled", "true")
    looks(page)
    cancel.press("Enter")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-disabled", "false")
    error = {"error": {"code": "x", "message": "The function failed.", "hint": "See the terminal."}}
    page.unroute("**/api/interpret")
    page.route("**/api/interpret", lambda route: route.fulfill(status=500, json=error))
    button.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("The function failed.See the terminal.")
    looks(page)


APP = """
import quickdemo as gr

def mood(review):
    return {"glad": 0.67, "cross": 0.33}

gr.Interface(mood, gr.Textbox(label="Review", value=%r), gr.Label(label="Mood"), title=%r,
             interpretation="default").launch()
"""


def test_an_explanation_stays_over_a_reload_which_it_says(page: Page, project: Project) -> None:
    project.write(APP % (REVIEW, "Before"))
    run = project.run("--reload")
    run.ready()
    stand_in(page)
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    panel = interpret(page)
    very = panel.get_by_role("button", name="very: ")
    very.focus()
    project.write(APP % (REVIEW, "After"))
    expect(page.get_by_role("heading", level=1)).to_have_text("After")
    expect(very).to_be_focused()
    expect(very).to_have_css("background-color", f"rgb{colour(0.24 / 0.31)}")
    expect(panel.locator(".shown > .quiet").first).to_contain_text("The demo has changed since.")
    interpret(page)
    expect(panel.locator(".shown > .quiet").first).to_be_hidden()
