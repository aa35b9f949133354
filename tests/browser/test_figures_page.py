"""Figures on real pages: pictures of matplotlib, and the frames of Plotly, Bokeh and Altair."""

from __future__ import annotations

import importlib.util
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import altair
import bokeh.plotting
import matplotlib.figure
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from bokeh.models import Button, Column, CustomJS, Div, Slider
from PIL import Image
from playwright.sync_api import Browser, Frame, Locator, Page, Route, expect

import quickdemo as gr
from tests.running import Project

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

COLOURS = {"matplotlib": (220, 20, 60), "plotly": (0, 128, 0), "bokeh": (128, 0, 128), "altair": (255, 140, 0)}


def of_matplotlib(**looks: Any) -> Any:
    figure = matplotlib.figure.Figure(figsize=(6, 4), **looks)
    figure.subplots().fill_between([0, 1], [1, 1], color="crimson")
    figure.axes[0].set(title="<b>Growth</b>", xlabel="day")
    return figure


def of_plotly(**layout: Any) -> Any:
    return go.Figure(go.Bar(x=["a", "b"], y=[3, 2], marker_color="green"), layout=layout)


def of_bokeh(**options: Any) -> Any:
    figure = bokeh.plotting.figure(height=300, title="Bars", **options)
    figure.vbar(x=[1, 2], top=[3, 2], width=0.8, color="purple")
    return figure


def of_altair() -> Any:
    table = pd.DataFrame({"a": ["x", "y"], "b": [3, 2]})
    return altair.Chart(table).mark_bar(color="darkorange").encode(x="a", y="b")


MAKERS = {"matplotlib": of_matplotlib, "plotly": of_plotly, "bokeh": of_bokeh}
if importlib.util.find_spec("vl_convert"):  # what draws Altair's charts
    MAKERS["altair"] = of_altair
EACH = pytest.mark.parametrize("library", MAKERS)


def shows(make: Callable[[], Any], **options: Any) -> gr.Interface:
    return gr.Interface(make, None, gr.Plot(label="Figure", **options), allow_flagging="never", title="Figures")


def generate(page: Page) -> Locator:
    """Run, and wait until the figure is drawn; gives the picture or frame."""
    page.get_by_role("button", name="Generate").click()
    return drawn(page)


def drawn(page: Page) -> Locator:
    shown = page.locator(".plot img:not(dialog img), .plot iframe[data-drawn]")
    expect(shown).to_be_visible()
    expect(page.locator(".plot .note")).to_be_hidden()
    return shown


def pixels(shown: Locator) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(shown.screenshot())).convert("RGB")).astype(int)


def share(shown: Locator, colour: tuple[int, int, int]) -> float:
    """How much of what is shown is of about that colour."""
    return float((np.abs(pixels(shown) - colour).max(axis=2) < 40).mean())


def frame_of(page: Page) -> Frame:
    return next(frame for frame in page.frames if "/plots/" in frame.url)


@EACH
def test_a_figure_is_drawn_downloaded_and_cleared(page: Page, serve: Serve, library: str) -> None:
    page.goto(serve(shows(MAKERS[library])))
    shown = generate(page)
    expect_colour(shown, library)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").press("Enter")
    kept = Path(download.value.path()).read_bytes()
    assert download.value.suggested_filename == ("plot.svg" if library == "matplotlib" else f"{library}.json")
    assert kept.startswith(b"<?xml" if library == "matplotlib" else b"{")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".plot :is(img, iframe)")).to_have_count(0)


def expect_colour(shown: Locator, library: str) -> None:
    assert share(shown, COLOURS[library]) > 0.1


@pytest.mark.parametrize("format", ["svg", "png", "webp"])
def test_a_picture_has_words_its_own_size_and_can_be_enlarged(page: Page, serve: Serve, format: str) -> None:
    page.goto(serve(shows(of_matplotlib, format=format)))
    shown = generate(page)
    expect(shown).to_have_attribute("alt", "<b>Growth</b>, x: day")
    assert shown.evaluate("(img) => img.width") == 600
    page.get_by_role("button", name="Enlarge Figure").press("Enter")
    expect(page.get_by_role("dialog").locator("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_very_many_points_are_drawn_by_webgl_where_that_is_told(page: Page, serve: Serve) -> None:
    line = np.arange(30_000) % 100
    traces = [go.Scatter(y=line, mode="markers"), go.Scatter(y=[1, 2], fill="tozeroy"), go.Scattergl(y=[1, 2])]
    figures = [go.Figure(traces[:1]), go.Figure(traces), go.Figure(go.Scatter(y=line[:9000]))]
    page.goto(serve(shows(lambda: figures.pop(0))))
    for note, types in [
        ("30,000 points, drawn with WebGL.", ["scattergl"]),
        ("30,002 points, some in traces that WebGL cannot draw", ["scattergl", "scatter", "scattergl"]),
        ("", ["scatter"]),
    ]:
        page.get_by_role("button", name="Generate").click()
        expect(page.locator(".plot .note")).to_have_text(re.compile(f"^{note}"))
        frame_of(page).wait_for_function(
            "types => String(document.getElementById('figure').data?.map(trace => trace.type)) === String(types)",
            arg=types,
        )


def test_another_theme_keeps_what_one_looks_at(page: Page, serve: Serve) -> None:
    page.goto(serve(shows(of_plotly)))
    shown = generate(page)
    box = shown.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 300, steps=5)
    page.mouse.up()
    frame = frame_of(page)
    frame.wait_for_function("document.getElementById('figure').layout.yaxis.autorange === false")
    zoomed = frame.evaluate("document.getElementById('figure').layout.yaxis.range")
    before = shown.get_attribute("data-drawn") or ""
    page.emulate_media(color_scheme="dark")
    expect(shown).not_to_have_attribute("data-drawn", before)
    assert frame.evaluate("document.getElementById('figure').layout.yaxis.range") == zoomed


@EACH
def test_a_figure_follows_the_page_into_the_dark_or_keeps_its_plate(
    open_page: Callable[..., Page], serve: Serve, library: str
) -> None:
    page = open_page(color_scheme="dark")
    page.goto(serve(shows(MAKERS[library])))
    shown = generate(page)
    corner = pixels(shown)[12, 12].mean()
    assert corner > 240 if library == "matplotlib" else corner < 60
    expect_colour(shown, library)
    if library != "matplotlib":
        before = shown.get_attribute("data-drawn") or ""
        page.emulate_media(color_scheme="light")
        expect(shown).not_to_have_attribute("data-drawn", before)
        assert pixels(shown)[12, 12].mean() > 240
        expect_colour(shown, library)


@pytest.mark.parametrize(
    "make", [lambda: of_plotly(paper_bgcolor="#fff8dc"), lambda: of_bokeh(border_fill_color="#fff8dc")]
)
def test_a_figure_that_chose_its_colours_keeps_them(
    open_page: Callable[..., Page], serve: Serve, make: Callable[[], Any]
) -> None:
    page = open_page(color_scheme="dark")
    page.goto(serve(shows(make)))
    assert share(generate(page), (0xFF, 0xF8, 0xDC)) > 0.2


def test_a_new_figure_is_drawn_in_the_same_frame(page: Page, serve: Serve) -> None:
    def grown(height: float) -> Any:
        return go.Figure(go.Bar(y=[height]), layout={"height": height, "title": "Grown"})

    demo = gr.Interface(grown, gr.Number(label="Height", value=300), gr.Plot(label="Figure"), allow_flagging="never")
    page.goto(serve(demo))
    page.get_by_role("button", name="Submit").click()
    shown = drawn(page)
    expect(shown).to_have_css("height", "300px")
    shown.evaluate("(frame) => { frame.marked = true }")
    page.get_by_label("Height").fill("520")
    page.keyboard.press("Enter")
    expect(shown).to_have_css("height", "520px")
    assert shown.evaluate("(frame) => frame.marked")


def test_the_library_may_change_from_run_to_run(page: Page, serve: Serve) -> None:
    def chosen(library: str) -> Any:
        return MAKERS[library]()

    demo = gr.Interface(chosen, gr.Radio(list(MAKERS), label="By"), gr.Plot(label="Figure"), allow_flagging="never")
    page.goto(serve(demo))
    for library in [*MAKERS, *MAKERS]:
        page.get_by_role("radio", name=library).check()
        page.get_by_role("button", name="Submit").click()
        expect(page.locator(".plot img:not(dialog img), .plot iframe")).to_have_count(1)
        where = ".plot img" if library == "matplotlib" else f".plot iframe[src*={library}][data-drawn]"
        expect(page.locator(where).first).to_be_visible()
        expect_colour(page.locator(where).first, library)


@EACH
def test_a_figure_fits_a_narrow_page_and_the_frame_is_reached_by_keyboard(
    open_page: Callable[..., Page], serve: Serve, library: str
) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    page.goto(serve(shows(MAKERS[library])))
    shown = generate(page)
    expect_colour(shown, library)
    if library == "matplotlib":
        return
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Tab")
    expect(shown).to_be_focused()
    expect(shown).to_have_attribute("title", "Figure: figure")
    inside = frame_of(page).locator("#figure")
    expect(inside).to_be_focused()
    expect(inside).to_have_attribute("aria-label", "Figure")
    assert inside.evaluate("(box) => box.scrollWidth <= innerWidth")


def test_widgets_of_bokeh_run_the_authors_scripts(page: Page, serve: Serve) -> None:
    slider = Slider(start=0, end=10, value=1, step=1, title="Width")
    said = Div(text="nothing")
    slider.js_on_change("value", CustomJS(args={"said": said}, code="said.text = `now ${this.value}`"))
    page.goto(serve(shows(lambda: Column(slider, said, of_bokeh()))))
    generate(page)
    frame_of(page).locator(".noUi-handle").press("ArrowRight")
    expect(frame_of(page).get_by_text("now 2")).to_be_visible()


@pytest.fixture
def watched(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page whose console is not held against it, and what reached another host, which would answer."""
    context = browser.new_context()
    reached: list[str] = []

    def answer(route: Route) -> None:
        reached.append(route.request.url)
        route.fulfill(status=200, content_type="text/html", body="here", headers={"Access-Control-Allow-Origin": "*"})

    context.route("http://somewhere.example/**", answer)
    yield context.new_page(), reached
    context.close()


HOSTILE = """
const tried = {};
const attempt = async (name, act) => {
  try { tried[name] = String(await act()) } catch { tried[name] = "refused" }
};
const loaded = (url) => new Promise((resolve, reject) => {
  Object.assign(new Image(), { src: url, onload: resolve, onerror: reject });
});
(async () => {
  await attempt("page", () => parent.document.title);
  await attempt("cookie", () => document.cookie);
  await attempt("storage", () => localStorage.length);
  await attempt("server", async () => (await fetch("../api/openapi.json")).status);
  await attempt("host", async () => (await fetch("http://somewhere.example/fetch")).status);
  await attempt("picture", () => loaded("http://somewhere.example/picture"));
  await attempt("top", () => { top.location = "http://somewhere.example/top"; return "gone" });
  await attempt("window", () => { if (!window.open("http://somewhere.example/window")) throw new Error() });
  parent.postMessage({ error: JSON.stringify(tried) + "<img src=x onerror=document.title='owned'>" }, "*");
})();
"""
LEAVE = "location = 'http://somewhere.example/self'"


def test_a_script_in_a_figure_reaches_neither_the_page_nor_any_host(
    watched: tuple[Page, list[str]], serve: Serve
) -> None:
    def hostile() -> Any:
        buttons = [Button(label=label) for label in ("Try", "Leave")]
        for button, code in zip(buttons, (HOSTILE, LEAVE), strict=True):
            button.js_on_click(CustomJS(code=code))
        return Column(*buttons, Div(text="<img src='data:,' onerror=\"parent.document.title = 'owned'\">"))

    page, reached = watched
    page.goto(serve(shows(hostile)))
    generate(page)
    frame_of(page).get_by_role("button", name="Try").click()
    note = page.locator(".plot .note")
    expect(note).to_contain_text("<img src=x")
    tried = json.loads((note.text_content() or "").partition("<")[0])
    names = ["page", "cookie", "storage", "server", "host", "picture", "top", "window"]
    assert tried == dict.fromkeys(names, "refused")
    with page.expect_console_message(lambda message: "frame-src" in message.text):
        frame_of(page).get_by_role("button", name="Leave").click()
    assert page.title() == "Figures" and not note.locator("img").count() and reached == []


def test_texts_in_a_figure_are_no_markup_of_the_page(page: Page, serve: Serve) -> None:
    act = "parent.document.title='owned'"
    text = f'<img src=x onerror="{act}"><a href="javascript:{act}">go</a>'
    page.goto(serve(shows(lambda: of_plotly(title=text, xaxis={"title": text}, height=400))))
    generate(page)
    frame = frame_of(page)
    assert not frame.locator("#figure img").count() and not frame.locator("[href^=javascript]").count()
    assert page.title() == "Figures"


def test_a_figure_that_asks_a_host_says_so(watched: tuple[Page, list[str]], serve: Serve) -> None:
    page, _ = watched
    page.goto(serve(shows(lambda: go.Figure(go.Choropleth(locations=["FRA"], z=[1])))))
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".plot .note")).to_have_text(
        "The figure asks cdn.plot.ly for a part of it. Only what is in the figure itself is drawn."
    )


WRONG = {
    "plotly": {"data": [5], "layout": {}},
    "bokeh": {"root_id": "a", "doc": {"roots": [{"type": "object", "name": "NoSuch", "id": "a"}]}},
    "altair": {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "mark": "nosuch", "encoding": {"x": 5}},
}


@pytest.mark.parametrize("library", [name for name in MAKERS if name in WRONG])
def test_what_the_library_cannot_draw_is_told_and_the_next_figure_is_drawn(
    page: Page, serve: Serve, library: str
) -> None:
    made = iter([WRONG[library], MAKERS[library]()])
    page.goto(serve(shows(lambda: next(made))))
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".plot .note")).to_contain_text("could not draw the figure: ")
    expect_colour(generate(page), library)


def test_a_frame_opened_by_itself_is_nobody(page: Page, serve: Serve) -> None:
    address = serve(shows(of_plotly))
    page.goto(address)
    page.goto(address + "plots/plotly")
    assert page.evaluate("origin") == "null"
    assert (
        page.evaluate("() => { try { return document.cookie } catch (error) { return error.name } }") == "SecurityError"
    )


def test_the_first_figure_is_there_before_anything_runs_and_a_flag_keeps_it(
    page: Page, serve: Serve, tmp_path: Path
) -> None:
    plot = gr.Plot(of_plotly(), label="Figure")
    demo = gr.Interface(lambda: of_plotly(height=200), None, plot, flagging_dir=str(tmp_path), title="Figures")
    page.goto(serve(demo))
    expect_colour(drawn(page), "plotly")
    generate(page)
    page.get_by_role("button", name="Flag").click()
    expect(page.get_by_text("Flagged", exact=False).first).to_be_visible()
    kept = list(tmp_path.glob("Figure/*.plotly"))
    assert len(kept) == 1 and b'"height":200' in kept[0].read_bytes()


def test_a_plot_as_an_input_sends_what_it_shows(page: Page, serve: Serve) -> None:
    def told(given: Any) -> str:
        return re.sub(r"\s", "", given["plot"])[:8] if given else "nothing"

    shown = gr.Plot(of_plotly(), label="Figure")
    page.goto(serve(gr.Interface(told, shown, gr.Textbox(label="Got"), allow_flagging="never")))
    drawn(page)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_have_text('{"data":')


def test_figures_that_come_one_after_the_other_are_drawn_without_a_gap(page: Page, serve: Serve) -> None:
    def growing() -> Iterator[Any]:
        for height in (200, 240, 280):
            yield of_plotly(height=height)

    page.goto(serve(shows(growing)))
    page.evaluate(
        """() => { window.gone = 0; new MutationObserver((changes) => {
             for (const change of changes) for (const node of change.removedNodes) gone += node.localName === "iframe";
           }).observe(document.querySelector(".plot .stage"), { childList: true }) }"""
    )
    expect_colour(generate(page), "plotly")
    expect(page.locator("iframe")).to_have_css("height", "280px")
    assert page.evaluate("gone") == 0
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    assert page.evaluate("gone") == 0


APP = """
import plotly.graph_objects as go
from matplotlib.figure import Figure
import quickdemo as gr

def drawn():
    figure = Figure()
    figure.subplots().set_title("Growth")
    return figure, go.Figure(go.Bar(y=[3, 2], marker_color="green"))

gr.Interface(drawn, None, [gr.Plot(label="Picture"OPTIONS), gr.Plot(label="Frame"OPTIONS)], title=TITLE).launch()
"""


def test_figures_survive_a_save(page: Page, project: Project) -> None:
    def saved(title: str, options: str = "") -> None:
        project.write(APP.replace("TITLE", repr(title)).replace("OPTIONS", options))
        if not project.runs:
            run = project.run("--reload")
            run.ready()
            with page.expect_response("**/api/events"):
                page.goto(f"http://127.0.0.1:{run.port}/")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)

    saved("one")
    page.get_by_role("button", name="Generate").click()
    picture, frame = page.get_by_role("img", name="Growth"), page.locator("iframe[data-drawn]")
    expect_colour(frame, "plotly")
    frame.evaluate("(frame) => { frame.marked = true }")
    saved("two")
    assert frame.evaluate("(frame) => frame.marked")
    saved("three", ", info='any'")
    expect(page.get_by_text("any")).to_have_count(2)
    expect(picture.first).to_be_visible()
    expect_colour(frame, "plotly")
    assert not frame.evaluate("(frame) => frame.marked")


def test_a_figure_is_drawn_behind_a_login(page: Page, serve: Serve) -> None:
    page.goto(serve(shows(of_plotly), auth=("ada", "correct horse")))
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    expect_colour(generate(page), "plotly")
    expect_colour(generate(page), "plotly")
