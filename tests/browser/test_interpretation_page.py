"""Explanations on the page: colours, their table, sign, another class, parts left out, cancelling, saving, reloads."""

from __future__ import annotations

import json
import re
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import quickdemo as gr
from quickdemo.interpret.colours import DARK, LIGHT, colour, contrast
from tests.running import Project

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]
REVIEW = "The staff were very friendly, but the soup was cold and not good."
WEIGHTS = {"very": 0.15, "friendly,": 0.2, "cold": -0.22, "not": -0.1}


class Mood:
    """The sum of the weights of words; counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, review: str) -> dict[str, float]:
        self.calls += 1
        glad = 0.5 + sum(WEIGHTS.get(word, 0) for word in review.split())
        return {"glad": glad, "cross": 1 - glad}


def text_demo(function: Callable[[str], Any], **options: Any) -> gr.Interface:
    box = gr.Textbox(label="Review", lines=3, value=REVIEW)
    options = {"interpretation": "default", "flagging_options": ["odd"], **options}
    return gr.Interface(function, box, gr.Label(label="Mood"), **options)


def rent(
    rooms: float, floor: str, extras: list[str], photo: Any, sound: Any, sheet: list[list[Any]], film: str | None
) -> float:
    """More red, loud beginnings, and larger numbers raise it; more blue and loud ends lower it."""
    value = 500 + 60 * rooms + 18 * (floor == "top") + 45 * ("balcony" in extras) - 25 * ("noise" in extras)
    value += 30 * photo[..., 0].mean() / 255 - 60 * photo[..., 2].mean() / 255
    first, last = np.array_split(np.abs(sound[1].astype(float)) / 32768, 2)
    return float(value + 40 * first.mean() - 30 * last.mean() + sum(float(row[0]) for row in sheet))


def form_demo(folder: Path) -> gr.Interface:
    pixels = np.zeros((80, 120, 3), np.uint8)
    pixels[:, :60, 0] = pixels[:, 60:, 2] = 255
    Image.fromarray(pixels).save(folder / "halves.png")
    with wave.open(str(folder / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(np.arange(32000) / 3)).astype("<i2").tobytes())
    inputs = [
        gr.Number(label="Rooms", value=0),
        gr.Radio(["ground", "middle", "top"], value="ground", label="Floor"),
        gr.CheckboxGroup(["balcony", "kitchen", "noise"], label="Extras"),
        gr.Image(label="Photo").set_interpret_parameters(segments=6, fill="black", regions="grid"),
        gr.Audio(label="Sound"),
        gr.Dataframe(label="Sheet", headers=["age", "city"], type="array"),
        gr.Video(label="Film"),
    ]
    media = [str(folder / "halves.png"), str(folder / "tone.wav")]
    example = [3, "top", ["balcony", "noise"], *media, [[31, "Bonn"], [22, "Ulm"], [40, "Ulm"]], None]
    return gr.Interface(rent, inputs, gr.Number(label="Rent"), examples=[example], interpretation="default")


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
    name = rf"[a-z-]+-explained-\d{{4}}-\d\d-\d\d\.{kind.lower()}"
    assert re.fullmatch(name, download.value.suggested_filename), download.value.suggested_filename
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
    page: Page, serve: Serve, looks: Check, tmp_path: Path
) -> None:
    mood = Mood()
    page.goto(serve(text_demo(mood, flagging_dir=str(tmp_path / "flagged"))))
    assert page.evaluate("customElements.get('qd-explanation')") is None, "loaded when it is asked for"
    panel = interpret(page)
    calls = mood.calls
    assert calls <= 2 * 13 + 2
    expect(panel.locator(".at")).to_contain_text(f"{calls} calls")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Why “glad”?")
    explanation = json.loads(saved(page, panel, "JSON").read_text("utf-8"))
    check_colours(panel, explanation, LIGHT)
    page.emulate_media(color_scheme="dark")
    check_colours(panel, explanation, DARK)
    said = panel.get_by_role("status").first
    expect(panel.locator("[role=status].visually-hidden")).to_contain_text("friendly, raised glad by 0.20")
    expect(panel.locator("[role=status].visually-hidden")).to_contain_text("cold lowered glad by 0.22")
    expect(said).to_have_attribute("aria-live", "polite")
    panel.get_by_text("Show as a table").click()
    rows = panel.get_by_role("table").get_by_role("row")
    expect(rows.nth(2)).to_have_text(re.compile(r"friendly,\s*\+0.20"))
    expect(rows.nth(1)).to_have_text(re.compile(r"cold\s*−0.22"))
    looks(page)
    check_keys_and_leaving_out(page, panel)
    looks(page)

    calls = mood.calls
    panel.get_by_label("Class").select_option("cross")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Why “cross”?")
    expect(panel.get_by_role("button", name="very: −0.15")).to_have_attribute("data-sign", "down")
    assert mood.calls == calls, "another class is answered from what was kept"
    check_flag_and_changed_inputs(page, panel, tmp_path / "flagged")
    page.get_by_role("button", name="Clear").click()
    expect(panel).to_be_hidden()


def check_keys_and_leaving_out(page: Page, panel: Locator) -> None:
    """One stop in the tab order, arrows within; the value is told where the caret is; Enter leaves a part out."""
    words = panel.get_by_role("button", name=re.compile("^(The|staff|were|very|friendly,): "))
    words.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    very = panel.get_by_role("button", name="very: +0.15")
    expect(very).to_be_focused()
    expect(panel.locator(".tip")).to_have_text("very: +0.15")
    assert panel.locator(".words [tabindex='0']").count() == 1
    page.keyboard.press("Escape")
    expect(panel.locator(".tip")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(very).to_have_attribute("aria-pressed", "false")
    expect(panel.locator(".what-if")).to_contain_text("Without “very”: glad 0.38, was 0.53.")
    panel.get_by_role("button", name="cold: ").click()
    expect(panel.locator(".what-if")).to_contain_text("Without “very”, “cold”: glad 0.60, was 0.53.")
    panel.get_by_role("button", name="Put all back").press("Enter")
    expect(very).to_have_attribute("aria-pressed", "true")
    expect(very).to_be_focused()


def check_flag_and_changed_inputs(page: Page, panel: Locator, folder: Path) -> None:
    """A class of the answer asks why; a flag of what was explained names it; the panel says when the inputs change."""
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("button", name="glad: explain it").press("Enter")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Why “glad”?")
    expect(panel.get_by_label("Class")).to_have_value("glad")
    with page.expect_request("**/api/flag/predict") as flagged:
        page.get_by_role("button", name="Flag as odd").click()
    assert (flagged.value.post_data_json or {})["explanation"], "what it is known by"
    answer = flagged.value.response()
    assert answer and answer.ok
    [kept] = (folder / "explanations").glob("*.json")
    assert json.loads(kept.read_text("utf-8"))["target"]["class"] == "glad"
    expect(page.locator(".toast")).to_contain_text("Flagged")
    page.get_by_label("Review", exact=True).fill("Other words.")
    expect(panel.locator(".shown > .quiet").first).to_contain_text("The inputs have changed since.")
    page.get_by_label("Review", exact=True).fill(REVIEW)
    expect(panel.locator(".shown > .quiet").first).to_be_hidden()


def test_every_kind_of_input_and_what_has_no_parts(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    page.goto(serve(form_demo(tmp_path)))
    page.locator(".example").click()
    expect(page.get_by_label("Rooms")).to_have_value("3")
    panel = interpret(page)
    expect(panel.get_by_role("heading", level=2)).to_have_text(re.compile("^Why Rent is"))
    expect(panel.get_by_role("heading", level=3)).to_have_text(
        ["Rooms", "Floor", "Extras", "Photo", "Sound", "Sheet", "Film"]
    )
    expect(panel.get_by_text("Film is empty.")).to_be_visible()
    steps = panel.locator(".fall li")
    expect(steps.first).to_have_text(re.compile("Baseline *593"))
    expect(steps.nth(1)).to_have_text(re.compile(r"Rooms *\+180"))
    expect(panel.get_by_role("img", name=re.compile("^Rent over Rooms: .* at 3,"))).to_be_visible()
    expect(panel.locator(".alternatives").first).to_contain_text(re.compile(r"groundRent \d+middleRent \d+✓top"))
    expect(panel.get_by_role("button", name="noise: −25")).to_have_attribute("data-sign", "down")
    expect(panel.get_by_role("button", name="row 3, age: +9")).to_be_visible()
    expect(panel.locator(".windows .part")).to_have_count(8)
    looks(page)
    check_picture(page, panel)

    check_files(page, panel, tmp_path)
    looks(page)


def check_files(page: Page, panel: Locator, folder: Path) -> None:
    """All that was drawn is in the files, which need nothing else; leaves the page at the HTML file."""
    explanation = json.loads(saved(page, panel, "JSON").read_text("utf-8"))
    assert "key" not in explanation and explanation["final"] and len(explanation["inputs"]) == 7
    page.evaluate(
        """() => { const pen = CanvasRenderingContext2D.prototype, { fillText } = pen;
        window.written = [];
        pen.fillText = function (text, ...at) { written.push(text); fillText.call(this, text, ...at) } }"""
    )
    with Image.open(saved(page, panel, "PNG")) as png:
        colours = {rgb for _, rgb in png.convert("RGB").getcolors(10**6) or []}
        assert png.width == 1520 and {colour(1.0), colour(-1.0)} <= colours
    written = page.evaluate("written")
    labels = [label for one in explanation["inputs"] if one["kind"] not in (None, "picture") for label in one["labels"]]
    said = [page.title(), "Baseline", "raises it", "lowers it", "Film is empty.", "seed"]
    for text in [*labels, *said, panel.get_by_role("heading", level=2).text_content() or ""]:
        assert any(text in line for line in written), text

    many = {"index": 0, "label": "Rooms", "kind": "table", "parts": {"headers": [], "rows": [], "cells": []}}
    many |= {"labels": [f"part {n}" for n in range(63)], "scores": [1.0] * 40 + [-0.5] * 23, "errors": [3e-7] * 63}
    page.evaluate("object => { written = []; document.querySelector('qd-explanation').show(object) }", {
        **explanation, "inputs": [many], "note": "Known badly.", "base": None
    })  # fmt: skip
    check_that_the_table_fits(page, panel)
    saved(page, panel, "PNG")
    written = page.evaluate("written")
    assert "and 23 more, together −11.50" in written and "part 39" in written and "part 40" not in written
    assert "Known badly." in written and "Baseline" not in written
    page.evaluate("object => document.querySelector('qd-explanation').show(object)", explanation)
    expect(panel.locator(".framed-picture canvas")).not_to_have_attribute("width", "300")

    file = folder / "explanation.html"
    file.write_bytes(saved(page, panel, "HTML").read_bytes())
    html = file.read_text("utf-8")
    assert not re.search(r"<script|<link|javascript:|https?://(?!www\.w3\.org)", html)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Why Rent is"))
    assert page.locator("img").evaluate("img => img.naturalWidth") == 480
    expect(page.get_by_role("row", name=re.compile("Rooms 3"))).to_contain_text("+180")
    assert page.get_by_role("table").last.get_by_role("row").count() == 1 + sum(
        len(one["labels"]) for one in explanation["inputs"] if one["kind"]
    )
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]


def check_picture(page: Page, panel: Locator) -> None:
    """Regions have the colours of their signs, and stripes where they lower; a pointer or a key leaves one out."""
    picture = panel.locator(".framed-picture canvas")
    pixels = picture.evaluate(
        """canvas => { const at = (x) => [...canvas.getContext('2d').getImageData(x, 40, 1, 1).data];
          return Array.from({ length: 16 }, (_, n) => [at(40 + n), at(400 + n)]) }"""
    )
    for pair in pixels:  # a canvas keeps colours multiplied by their opacity, and so not to the last bit
        for pixel, score in zip(pair, (1.0, -1.0), strict=True):
            assert max(abs(one - other) for one, other in zip(pixel[:3], colour(score), strict=True)) <= 255 / pixel[3]
    assert len({pixel[3] for pixel, _ in pixels}) == 1, "no stripes"
    assert len({pixel[3] for _, pixel in pixels}) == 2, "stripes"
    regions = panel.locator(".regions .part")
    picture.click(position={"x": 12, "y": 12})
    expect(regions.first).to_have_attribute("aria-pressed", "false")
    expect(panel.locator(".what-if")).to_contain_text("Without “")
    regions.nth(1).focus()
    page.keyboard.press("Home")
    expect(regions.first).to_be_focused()
    expect(panel.locator(".tip")).to_contain_text("+")
    page.keyboard.press("Enter")
    expect(regions.first).to_have_attribute("aria-pressed", "true")


def test_cancelling_a_limit_errors_and_scores_of_a_function_of_ones_own(page: Page, serve: Serve, looks: Check) -> None:
    go_on = threading.Event()

    def slow(review: str) -> dict[str, float]:
        go_on.wait(30)
        return {"glad": 1.0}

    page.goto(serve(text_demo(slow, interpretation_budget=20)))
    button = page.get_by_role("button", name="Interpret")
    expect(button).to_have_accessible_description("Interpret makes at most 20 calls of the model.")
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
    go_on.set()

    check_an_error(page, serve, looks)
    check_a_number(page, serve)

    page.goto(
        serve(
            text_demo(
                Mood(), interpretation=lambda review: [("The staff", 0.4), (" ", None), ("cold", -0.2), ("soup", 0)]
            )
        )
    )
    button.press("Enter")
    expect(panel.locator(".words .apart")).to_have_text("soup")  # words without what separates them
    expect(panel.get_by_role("img", name="The staff: +0.40")).to_have_css("background-color", f"rgb{colour(1.0)}")
    expect(panel.locator(".at")).to_contain_text("by the author's own function")
    expect(panel.locator("[aria-pressed], .what-if:not([hidden]), .fall:not([hidden])")).to_have_count(0)
    looks(page)


def check_that_the_table_fits(page: Page, panel: Locator) -> None:
    """On a phone, with standard errors that are small; a number is never broken into two lines."""
    size = page.viewport_size
    assert size
    page.set_viewport_size({**size, "width": 360})
    panel.locator(".all-parts").evaluate("list => { list.open = true; list.update() }")
    expect(panel.get_by_role("row").last).to_have_text(re.compile("0.0000003$"))
    assert panel.locator(".all-parts .sheet").evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth")
    page.set_viewport_size(size)


def check_a_number(page: Page, serve: Serve) -> None:
    """One that is refused, the ends of its curve, and one that is as its baseline."""
    button = page.get_by_role("button", name="Interpret")
    panel = page.get_by_role("region", name="Explanation")
    number = gr.Number(label="Size", value=3, minimum=1)
    page.goto(serve(gr.Interface(lambda n: round(n) + n / 1e4, number, gr.Number(), interpretation="default")))
    size = page.get_by_role("spinbutton", name="Size")
    size.fill("0")
    button.press("Enter")
    expect(page.locator(".hint")).to_contain_text("at least 1")
    expect(size).to_be_focused()
    expect(panel).to_be_hidden()
    size.fill("2")
    interpret(page)
    expect(page.locator(".hint")).to_have_count(0)
    ends = panel.locator("svg text[text-anchor=end]")
    expect(ends).to_have_text(["2.000194", "2.000206", "Size →"])  # as 2.00 they could not be told apart
    size.fill("3")
    interpret(page)
    expect(panel.locator(".strongest")).to_have_text("No input differs from its baseline.")


def check_an_error(page: Page, serve: Serve, looks: Check) -> None:
    """What the function says of its inputs is told as long as its author wants."""
    button = page.get_by_role("button", name="Interpret")
    panel = page.get_by_role("region", name="Explanation")

    def refuses(review: str) -> dict[str, float]:
        raise gr.Error("That is too long.", duration=0.5 if review == "short" else None)

    page.goto(serve(text_demo(refuses)))
    button.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("That is too long.")
    looks(page)
    page.get_by_label("Review", exact=True).fill("short")
    button.press("Enter")
    expect(panel).to_be_hidden()


def test_interpret_shows_the_answer_too(page: Page, serve: Serve) -> None:
    """As Submit would, once: neither a second time for the same inputs, nor over an answer that was asked for later."""
    mood, gate = Mood(), threading.Event()
    gate.set()

    def fn(review: str) -> tuple[dict[str, float], str]:
        if "wait" in review:
            assert gate.wait(20)
        gr.Info("read it", duration=None)
        return mood(review), review.upper()

    options = {"interpretation": "default", "flagging_options": ["odd"]}
    box = gr.Textbox(label="Review", value=REVIEW)
    page.goto(serve(gr.Interface(fn, box, [gr.Label(label="Mood"), gr.Textbox(label="Loud")], **options)))
    panel = interpret(page)
    loud = page.get_by_label("Loud", exact=True)
    expect(loud).to_have_text(REVIEW.upper())
    expect(page.locator(".results .empty")).to_be_hidden()
    expect(page.locator(".results .time")).to_have_text(re.compile(r"^\d+\.\d\d s$"))
    expect(page.locator(".toast")).to_have_count(1)
    assert loud.bounding_box()["y"] < panel.bounding_box()["y"]  # type: ignore[index]
    with page.expect_request("**/api/flag/predict") as flagged:
        page.get_by_role("button", name="Flag as odd").click()
    sample = flagged.value.post_data_json or {}
    assert sample["inputs"] == [REVIEW] and sample["outputs"][1] == REVIEW.upper() and sample["explanation"]

    with page.expect_request("**/api/interpret") as again:
        interpret(page)
    assert (again.value.post_data_json or {})["answer"] is False, "it is there already"
    page.get_by_role("button", name="Clear").click()
    expect(loud).to_be_hidden()
    interpret(page)  # from what was kept
    expect(loud).to_have_text(REVIEW.upper())

    gate.clear()
    review = page.get_by_label("Review", exact=True)
    review.fill("wait, very good")
    page.get_by_role("button", name="Interpret").press("Enter")
    expect(panel).to_have_attribute("data-busy", "")
    review.fill("later")
    page.get_by_role("button", name="Submit").click()
    expect(loud).to_have_text("LATER")
    gate.set()
    expect(panel).not_to_have_attribute("data-busy", "")
    expect(panel.locator(".words")).to_have_text("wait, very good")
    expect(loud).to_have_text("LATER")


def test_a_third_explanation_says_what_it_waits_for_and_a_flag_that_its_explanation_is_gone(
    page: Page, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, mood = threading.Event(), Mood()

    def slow(review: str) -> dict[str, float]:
        go_on.wait(30)
        return mood(review)

    page.goto(serve(text_demo(slow, flagging_dir=str(tmp_path / "flagged"), interpretation_budget=30)))
    page.evaluate(
        """() => { window.asked = [1, 2].map(() => fetch("api/interpret", {
            method: "POST", headers: {"content-type": "application/json"}, body: '{"data": ["a"]}'})); }"""
    )
    page.get_by_role("button", name="Interpret").press("Enter")
    panel = page.get_by_role("region", name="Explanation")
    expect(panel.locator(".at")).to_contain_text("Waiting for 2 other explanations of yours")
    go_on.set()
    expect(panel.locator(".at")).to_contain_text("seed")

    monkeypatch.setattr("quickdemo.runtime.jobs.kept_games.KEPT_S", -1.0)
    page.get_by_role("button", name="Flag as odd").click()
    expect(page.locator(".toast.warning")).to_contain_text("Flagged without its explanation")


def test_words_that_an_own_function_scores_can_be_left_out(page: Page, serve: Serve) -> None:
    page.goto(serve(text_demo(Mood(), interpretation=lambda text: [(w, WEIGHTS.get(w, 0.0)) for w in text.split()])))
    page.get_by_role("button", name="Interpret").press("Enter")
    panel = page.get_by_role("region", name="Explanation")
    panel.get_by_role("button", name="cold: −0.22").press("Enter")
    expect(panel.locator(".what-if")).to_contain_text("Without “cold”: the answer 0.75, was 0.53.")


def test_scores_that_have_names_are_chosen_and_spoken_of_as_classes_are(page: Page, serve: Serve) -> None:
    def score(said: str) -> dict[str, int]:
        return {"length": len(said), "shouts": said.count("!")}

    named = gr.Interface(str.upper, gr.Textbox(label="Review"), "text", interpretation="default", score=score)
    page.goto(serve(named))
    page.get_by_label("Review").fill("so good!")
    panel = interpret(page)
    expect(panel.get_by_role("heading", level=2)).to_have_text("Why “length”?")

    panel.get_by_label("Class").select_option("shouts")

    expect(panel.get_by_role("heading", level=2)).to_have_text("Why “shouts”?")
    panel.locator(".part", has_text="good!").click()
    expect(panel.locator(".what-if")).to_contain_text("Without “good!”: shouts 0.00, was 1.00.")


def test_a_function_without_an_answer_to_nothing_is_explained_with_a_note(
    page: Page, serve: Serve, looks: Check
) -> None:
    def strict(review: str) -> dict[str, float]:
        return Mood()(review) if review else {}["no words"]

    page.goto(serve(text_demo(strict)))
    panel = interpret(page)
    expect(panel.locator(".remark")).to_contain_text("failed with every part left out: KeyError: 'no words'")
    expect(panel.locator(".at")).to_contain_text("each part left out once")
    expect(panel.get_by_role("button", name="cold: −0.22")).to_be_visible()
    expect(panel.locator(".fall, .of-input > .spread .score:not(:empty)")).to_be_hidden()
    looks(page)


APP = """
import quickdemo as gr

def mood(review):
    glad = 0.5 + 0.2 * ("very" in review) - 0.1 * ("cold" in review)
    return {"glad": glad, "cross": 1 - glad}

gr.Interface(mood, gr.Textbox(label="Review", value=%r), gr.Label(label="Mood"), title=%r,
             interpretation="default").launch()
"""


def test_an_explanation_stays_over_a_reload_which_it_says(page: Page, project: Project) -> None:
    project.write(APP % (REVIEW, "Before"))
    run = project.run("--reload")
    run.ready()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    panel = interpret(page)
    very = panel.get_by_role("button", name="very: +0.20")
    very.focus()
    project.write(APP % (REVIEW, "After"))
    expect(page.get_by_role("heading", level=1)).to_have_text("After")
    expect(very).to_be_focused()
    expect(very).to_have_css("background-color", f"rgb{colour(1.0)}")
    expect(panel.locator(".shown > .quiet").first).to_contain_text("The demo has changed since.")
    page.keyboard.press("Enter")  # the new process does not know the old answers
    expect(panel.locator(".what-if")).not_to_contain_text("Press a part")
    interpret(page)
    expect(panel.locator(".shown > .quiet").first).to_be_hidden()
    very.press("Enter")
    expect(panel.locator(".what-if")).to_contain_text("Without “very”: glad 0.40, was 0.60.")
