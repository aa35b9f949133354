"""The contract of every component on the page, run over the descriptions in pieces.py.

By keyboard alone it is filled in, run, read and cleared, and filled in again; focus reaches each of its controls, can
be seen there and leaves again; axe objects to nothing in light and dark on a phone and a desktop, empty or filled in;
nothing scrolls sideways; the console stays silent; a save of the script keeps what was filled in and what was answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Locator, Page, expect

from quickdemo.runtime.components.registry import CLASSES
from tests.browser.conftest import LIMIT_MS, LOOKS, watch
from tests.browser.pieces import KEPT, PIECES, TOLD, Piece
from tests.running import Project

pytestmark = pytest.mark.browser

APP = "from tests.browser.pieces import demo\n\ndemo(info={info!r}).launch()\n"

#: what can be reached with Tab in an element; of radio buttons of one name one is enough
CONTROLS = """(field) => {
  const all = "a[href], button, input, select, textarea, summary, audio, video, iframe, [tabindex]";
  const can = (one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility();
  const names = new Set();
  const first = (one) => one.type !== "radio" || (!names.has(one.name) && Boolean(names.add(one.name)));
  return [...field.querySelectorAll(all)].filter(can).filter(first);
}"""
#: where the focus is: its control's place among those of the field, and whether one sees that it is there
FOCUSED = """([field, seen]) => {
  const active = document.activeElement;
  const own = seen.findIndex((one) => one === active || (one.type === "radio" && one.name === active.name));
  const parts = [active, active.nextElementSibling, active.closest("label, .drop"), active.parentElement];
  const inner = active.matches("audio, video, iframe, [type=date], [type=datetime-local]"); // shown by what is inside
  const outlined = (one) => one && getComputedStyle(one).outlineStyle !== "none";
  const visible = inner || parts.some(outlined);
  return { own, inside: field.contains(active), visible, html: active.outerHTML.slice(0, 150) };
}"""


class Tab:
    """The tab of one piece."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name = page, name
        self.button = page.get_by_role("tab", name=name, exact=True)
        self.panel = page.locator(f"#{self.button.get_attribute('aria-controls')}")
        self.button.click()

    @property
    def inputs(self) -> Locator:
        return self.panel.locator("[data-role=input]")

    @property
    def output(self) -> Locator:
        return self.panel.locator("[data-role=output]").first

    @property
    def told(self) -> Locator:
        return self.panel.get_by_label(TOLD)

    def fill(self, piece: Piece) -> None:
        """From the tab on, by keys."""
        self.button.focus()
        self.page.keyboard.press("Tab")
        assert self.inputs.evaluate("(field) => field.contains(document.activeElement)"), "Tab leads to the first input"
        for step in piece.keys:
            step(self.page)

    def run(self) -> None:
        self.page.keyboard.press("Control+Enter")

    def expect(self, told: str, piece: Piece) -> None:
        """The function was told this, and the output shows what it returned."""
        expect(self.told).to_have_text(told)
        piece.read(self.output)


class Stage:
    """The demo of all pieces, served from a script that can be saved anew, in one open page."""

    def __init__(self, browser: Browser, project: Project) -> None:
        self.project = project
        project.write(APP.format(info=None))
        run = project.run("--reload")
        run.ready()
        context = browser.new_context(
            viewport={"width": 1280, "height": 900},
            reduced_motion="reduce",
            locale="en-US",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(LIMIT_MS)
        self.page, self.faults = context.new_page(), list[str]()
        watch(self.page, self.faults)
        self.page.on("filechooser", lambda chooser: None)  # Chromium shows no dialog of its own, between tests neither
        with self.page.expect_response("**/api/events"):
            self.page.goto(f"http://127.0.0.1:{run.port}/")
        self.page.evaluate(AXE_SCRIPT)

    def save(self) -> None:
        """Save a script that draws every component differently; wait until the page shows it."""
        self.project.write(APP.format(info="as it was"))
        expect(self.page.locator(".toast")).to_contain_text("Reloaded")

    def quiet(self) -> None:
        """Fails when the page did since the last time what no page may do."""
        found, self.faults[:] = list(self.faults), []
        assert not found, found


@pytest.fixture(scope="module")
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    project = Project(tmp_path_factory.mktemp("pieces"))
    stage = Stage(browser, project)
    yield stage
    stage.page.context.close()
    for run in project.runs:
        run.kill()


def look(tab: Tab, state: str, looks: Sequence[tuple[Any, int]] = LOOKS) -> None:
    """In each colour scheme and width: nothing for axe, nothing sideways."""
    for theme, width in looks:
        tab.page.emulate_media(color_scheme=theme)
        tab.page.set_viewport_size({"width": width, "height": 900})
        found = tab.panel.evaluate(
            "async (panel) => (await axe.run(panel, { resultTypes: ['violations'] })).violations"
        )
        told = [f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]
        assert not told, f"{tab.name}, {state}, {theme}, {width} px: {told}"
        wide = tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{tab.name}, {state}, {width} px: {wide} px too wide"
    tab.page.emulate_media(color_scheme="light")
    tab.page.set_viewport_size({"width": 1280, "height": 900})


def walk(tab: Tab, field: Locator) -> None:
    """Tab leads to every control of the field, is seen there, and leads out again."""
    controls = field.evaluate_handle(CONTROLS)
    count = controls.evaluate("(all) => all.length")
    reached: set[int] = set()
    tab.button.focus()
    left = False
    for _ in range(60):
        tab.page.keyboard.press("Tab")
        here = tab.page.evaluate(FOCUSED, [field.element_handle(), controls])
        if here["own"] >= 0:
            assert here["visible"], f"{tab.name}: nothing shows that the focus is on {here['html']}"
            reached.add(here["own"])
        elif reached and not here["inside"]:
            left = True
            break
    rest = "(all, reached) => all.filter((_, n) => !reached.includes(n)).map((one) => one.outerHTML)"
    missed = controls.evaluate(rest, sorted(reached))
    assert not missed, f"{tab.name}: Tab never reached {missed}"
    assert left or not count, f"{tab.name}: Tab does not lead out again"


def test_every_component_is_described() -> None:
    described = {name.partition(" ")[0] for name in [*PIECES, *KEPT]}
    assert described == set(CLASSES), "describe it in tests/browser/pieces.py"


@pytest.mark.parametrize("name", PIECES)
def test_it_keeps_the_contract(stage: Stage, name: str) -> None:
    tab, piece = Tab(stage.page, name), PIECES[name]
    look(tab, "empty", LOOKS[::2])
    tab.fill(piece)
    tab.run()
    expect(tab.told).to_have_text(piece.told)
    assert tab.inputs.evaluate("(field) => field.contains(document.activeElement)"), "the focus is not lost"
    tab.expect(piece.told, piece)
    look(tab, "filled in and answered")
    for field in (tab.inputs, tab.output):
        walk(tab, field)
    tab.panel.get_by_role("button", name="Clear", exact=True).press("Enter")
    expect(tab.told).to_have_text("")
    expect(tab.output).to_be_hidden()
    tab.run()
    expect(tab.told).to_have_text(piece.told_first)
    tab.fill(piece)
    tab.run()
    tab.expect(piece.told, piece)
    stage.quiet()


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_elsewhere_counts_on(stage: Stage, name: str) -> None:
    tab = Tab(stage.page, name)
    submit = tab.panel.get_by_role("button", name="Submit")
    for runs in (1, 2):
        submit.press("Enter")
        expect(tab.told).to_have_text(f"run {runs}")
    look(tab, "answered", LOOKS[::2])
    tab.panel.get_by_role("button", name="Clear").press("Enter")
    for runs in (1, 2):
        submit.press("Enter")
        expect(tab.told).to_have_text(f"run {runs}")
    stage.quiet()


@pytest.fixture(scope="module")
def saved(stage: Stage) -> dict[str, Exception]:
    """All pieces are filled in and answered, then the script is saved. Gives what hindered a piece before that."""
    hindered: dict[str, Exception] = {}
    for name, piece in PIECES.items():
        tab = Tab(stage.page, name)
        if tab.told.text_content() == piece.told:
            continue
        try:
            tab.fill(piece)
            tab.run()
            tab.expect(piece.told, piece)
        except Exception as error:
            hindered[name] = error
    stage.quiet()
    stage.save()
    return hindered


@pytest.mark.parametrize("name", PIECES)
def test_a_save_keeps_the_value_and_the_answer(stage: Stage, saved: dict[str, Exception], name: str) -> None:
    if name in saved:
        raise saved[name]
    tab, piece = Tab(stage.page, name), PIECES[name]
    expect(tab.inputs.get_by_text("as it was")).to_be_visible()
    tab.expect(piece.told, piece)
    tab.panel.get_by_role("button", name="Submit").press("Enter")
    expect(tab.panel.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    tab.expect(piece.told, piece)
    stage.quiet()
