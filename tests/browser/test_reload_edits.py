"""Six kinds of edit while somebody works on the page: what is still there stays as it is, to the caret and the ink.

Before each save the form is half filled (text with the caret in its middle, slider, radio, checkbox, dropdown), a file
is uploaded, a sketch is drawn, an answer is shown and the page is scrolled. After each the same questions are asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.running import Project

pytestmark = pytest.mark.browser

HEAD = """
import quickdemo as gr

def describe(**given):
    picture, notes = given.pop("sketch"), given.pop("notes")
    ink = 0 if picture is None else int((picture < 128).all(axis=2).sum())
    text = open(notes.name).read() if notes else "nothing"
    return " ".join(f"{name}={value}" for name, value in given.items()) + f" notes={text}", ink
"""
INPUTS = {
    "name": 'gr.Textbox(label="Name", lines=3, value="Ada")',
    "times": 'gr.Slider(1, 10, value=2, step=1, label="Times")',
    "mood": 'gr.Radio(["glad", "calm", "sad"], value="calm", label="Mood")',
    "loud": 'gr.Checkbox(label="Loud")',
    "city": 'gr.Dropdown(["Oslo", "Rome", "Paris"], value="Oslo", label="City")',
    "notes": 'gr.File(label="Notes")',
    "sketch": 'gr.Image(label="Sketch", source="canvas", shape=(80, 60))',
}
OUTPUTS = {"text": 'gr.Textbox(label="Summary")', "ink": 'gr.Number(label="Ink")'}
FILLED = {"name": "Grace Hopper", "times": 7, "mood": "glad", "loud": True, "city": "Rome"}
CARET = [2, 5]


def script(inputs: dict[str, str] = INPUTS, outputs: dict[str, str] = OUTPUTS) -> str:
    """A demo with these components whose function names what it was given; outputs may be left out and reordered."""
    names = ", ".join(inputs)
    given = ", ".join(f"{name}={name}" for name in inputs)
    return f"""{HEAD}
def shown({names}):
    text, ink = describe({given})
    return {", ".join({"text": "text", "ink": "ink", "length": "len(text)"}[name] for name in outputs)}

gr.Interface(
    shown,
    [{", ".join(inputs.values())}],
    [{", ".join(outputs.values())}],
    article="\\n\\n".join(["A long text below."] * 40),
).launch()
"""


def without(parts: dict[str, str], *names: str) -> dict[str, str]:
    return {name: part for name, part in parts.items() if name not in names}


@dataclass(frozen=True)
class Edit:
    """A saved script and what the page holds afterwards."""

    inputs: dict[str, str]
    outputs: dict[str, str] = field(default_factory=lambda: OUTPUTS)
    labels: dict[str, str] = field(default_factory=dict)  #: of renamed inputs
    given: dict[str, Any] = field(default_factory=dict)  #: values that are not those of FILLED
    kept: int = 7  #: inputs of the visitor that the page says it kept
    told: str = ""  #: what else the page says

    @property
    def values(self) -> dict[str, Any]:
        """What the function gets afterwards, in its order, but for the file and the sketch."""
        return {name: {**FILLED, **self.given}[name] for name in without(self.inputs, "notes", "sketch")}

    @property
    def answer(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self.values.items()) + " notes=a few words"


RENAMED = {
    **INPUTS,
    "name": 'gr.Textbox(label="Full name", lines=3, value="Ada", key="name")',
    "city": 'gr.Dropdown(["Oslo", "Rome", "Paris"], value="Oslo", label="Town")',
    "sketch": 'gr.Image(label="Drawing", source="canvas", shape=(80, 60), key="sketch")',
}
KEYED = {
    **INPUTS,
    "name": 'gr.Textbox(label="Name", lines=3, value="Ada", key="name")',
    "sketch": 'gr.Image(label="Sketch", source="canvas", shape=(80, 60), key="sketch")',
}
ADDED = {
    "polite": 'gr.Checkbox(label="Polite", value=True)',
    **INPUTS,
    "age": 'gr.Number(36, precision=0, label="Age")',
}
CHANGED = {
    **INPUTS,
    "times": 'gr.Number(3, precision=0, label="Times")',
    "mood": 'gr.Radio(["calm", "sad", "silly"], value="calm", label="Mood")',
    "name": 'gr.Textbox(label="Name", lines=5, value="Ada", info="as on the passport")',
}
EDITS = {
    "add": Edit(ADDED, {"length": 'gr.Number(label="Length")', **OUTPUTS}, given={"polite": True, "age": 36}),
    "remove": Edit(without(INPUTS, "times", "loud"), without(OUTPUTS, "ink"), kept=5),
    "rename": Edit(
        RENAMED, labels={"name": "Full name", "city": "Town", "sketch": "Drawing"}, given={"city": "Oslo"}, kept=6
    ),
    "reorder": Edit(dict(reversed(INPUTS.items())), dict(reversed(OUTPUTS.items()))),
    "change type": Edit(CHANGED, given={"times": 3, "mood": "calm"}, kept=5, told=", reset Mood"),
}


@dataclass
class Open:
    """The page of a running demo, half filled."""

    page: Page
    project: Project
    strokes: str = ""
    ink: int = 0
    top: float = 0.0

    def field(self, label: str) -> Locator:
        return self.page.locator(f"[data-role=input][data-label='{label}']")

    @property
    def focused(self) -> Locator:
        return self.page.locator("textarea").first

    def canvas(self, label: str = "Sketch") -> Locator:
        return self.field(label).locator("canvas")

    def drawing(self, label: str = "Sketch") -> str:
        return str(self.canvas(label).evaluate("(canvas) => canvas.toDataURL()"))

    def fill(self, notes: Path) -> None:
        page = self.page
        page.get_by_label("Name").fill(FILLED["name"])
        page.get_by_label("Times, as a number").fill(str(FILLED["times"]))
        page.get_by_role("radio", name="glad").check()
        page.get_by_label("Loud").check()
        page.get_by_label("City").select_option("Rome")
        page.locator("[data-label=Notes] input[type=file]").set_input_files(notes)
        expect(self.field("Notes")).not_to_contain_text("uploading")
        for across in (0.3, 0.7):
            self.draw(across)
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_label("Summary")).to_have_text(Edit(INPUTS).answer)
        self.ink = self.counted()
        self.draw(0.5)  # not yet sent: it lives in the page only
        self.strokes = self.drawing()
        self.focused.focus()
        self.focused.evaluate("(element, caret) => element.setSelectionRange(...caret)", CARET)
        page.evaluate("() => { scrollTo(0, 70); window.stays = true; }")
        self.top = self.place()

    def draw(self, across: float) -> None:
        canvas = self.canvas()
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] * across, box["y"] + box["height"] * 0.2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x, y + box["height"] * 0.6, steps=4)
        self.page.mouse.up()

    def place(self) -> float:
        """How far below the window's upper edge the focused field is."""
        return float(self.page.evaluate("document.activeElement.getBoundingClientRect().top"))

    def counted(self) -> int:
        """The dark pixels that the function found in the sketch."""
        return int(self.page.get_by_label("Ink").inner_text())

    def save(self, edit: Edit) -> None:
        self.project.write(script(edit.inputs, edit.outputs))
        note = f"kept {edit.kept} inputs and the result{edit.told}"
        expect(self.page.locator(".toast")).to_contain_text(note)

    def check(self, edit: Edit) -> None:
        """Everything that the visitor had is there, if its component is, and nothing else."""
        page = self.page
        labels = [edit.labels.get(name, name.capitalize()) for name in edit.inputs]
        found = page.locator("[data-role=input]").evaluate_all("(parts) => parts.map((part) => part.dataset.label)")
        assert found == labels
        wires = page.locator("[data-role=input]").evaluate_all("(parts) => parts.map((part) => part.value)")
        assert {n: w for n, w in zip(edit.inputs, wires, strict=True) if n not in ("notes", "sketch")} == edit.values
        expect(self.focused).to_be_focused()
        caret = self.focused.evaluate("(element) => [element.selectionStart, element.selectionEnd]")
        assert caret == CARET
        assert self.place() == pytest.approx(self.top, abs=1)
        assert page.evaluate("window.stays") is True
        expect(self.field("Notes").get_by_role("listitem")).to_contain_text("notes.txt")
        expect(self.field("Notes").get_by_role("listitem")).to_contain_text("11 bytes")
        assert self.drawing(edit.labels.get("sketch", "Sketch")) == self.strokes
        expect(page.get_by_label("Summary")).to_have_text(Edit(INPUTS).answer)  # the answer that was shown

    def check_answer(self, edit: Edit) -> None:
        """The new function gets what is on the page, the stroke drawn before the save included."""
        self.page.keyboard.press("Control+Enter")
        expect(self.page.get_by_label("Summary")).to_have_text(edit.answer)
        if "ink" in edit.outputs:
            expect(self.page.get_by_label("Ink")).not_to_have_text(str(self.ink))
            assert self.counted() > self.ink > 0
        assert not self.page.evaluate("document.querySelector('.fault[role=alert]').checkVisibility()")


@pytest.fixture
def half_filled(project: Project, page: Page, tmp_path: Path, serving: Callable[[str], None]) -> Callable[[str], Open]:
    """Starts a script, opens its page and fills it."""

    def half_filled(text: str) -> Open:
        notes = tmp_path / "elsewhere" / "notes.txt"
        notes.parent.mkdir()
        notes.write_text("a few words")
        serving(text)
        opened = Open(page, project)
        opened.fill(notes)
        return opened

    return half_filled


@pytest.fixture
def serving(project: Project, page: Page) -> Callable[[str], None]:
    """Runs a script with --reload and opens its page."""

    def serving(text: str) -> None:
        project.write(text)
        run = project.run("--reload")
        run.ready()
        with page.expect_response("**/api/events"):
            page.goto(f"http://127.0.0.1:{run.port}/")

    return serving


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_keeps_what_is_still_there(name: str, half_filled: Callable[[str], Open]) -> None:
    edit = EDITS[name]
    opened = half_filled(script(KEYED if name == "rename" else INPUTS))
    opened.save(edit)
    opened.check(edit)
    opened.check_answer(edit)


def test_a_broken_save_and_its_mending_keep_everything(half_filled: Callable[[str], Open]) -> None:
    opened = half_filled(script())
    page = opened.page
    opened.project.write(script().replace("gr.Interface(", "gr.Interface(["))
    expect(page.get_by_role("dialog")).to_contain_text("SyntaxError")
    opened.project.write("undefined_name\n" + script(EDITS["add"].inputs, EDITS["add"].outputs))
    expect(page.get_by_role("dialog")).to_contain_text("undefined_name")
    opened.project.write(script())  # as it was: nothing is served anew
    expect(page.get_by_role("dialog")).to_have_count(0)
    opened.check(Edit(INPUTS))
    opened.project.write("1 / 0\n" + script())
    expect(page.get_by_role("dialog")).to_contain_text("ZeroDivisionError")
    opened.save(EDITS["add"])  # mended and changed at once
    expect(page.get_by_role("dialog")).to_have_count(0)
    opened.check(EDITS["add"])
    opened.check_answer(EDITS["add"])


def test_elements_that_stay_are_the_same_ones_with_their_history(half_filled: Callable[[str], Open]) -> None:
    opened = half_filled(script())
    page = opened.page
    page.keyboard.type("!!")
    opened.focused.evaluate("(field) => field.addEventListener('blur', () => { window.left = true; })")
    page.evaluate("document.querySelectorAll('[data-role], form').forEach((part) => { part.mine = true; })")
    opened.project.write(script(EDITS["reorder"].inputs, EDITS["reorder"].outputs))
    expect(page.locator(".toast")).to_contain_text("Reloaded")
    assert page.locator("[data-role], form").evaluate_all("(parts) => parts.every((part) => part.mine)")
    expect(opened.focused).to_be_focused()
    assert not page.evaluate("window.left")
    expect(opened.focused).to_have_value("Gr!! Hopper")
    page.keyboard.press("Control+z")
    expect(opened.focused).to_have_value("Grace Hopper")
    opened.field("Sketch").get_by_role("button", name="Undo").click()
    assert opened.drawing() != opened.strokes
    ids = page.locator("[id]").evaluate_all("(all) => all.map((one) => one.id)")
    assert len(ids) == len(set(ids))
    page.locator("label", has_text="Loud").click()
    expect(page.get_by_label("Loud")).not_to_be_checked()
    page.get_by_role("radio", name="sad").check()
    expect(page.get_by_role("radio", name="glad")).not_to_be_checked()


@pytest.mark.parametrize("name", ["add", "reorder", "rename"])
def test_browsers_that_cannot_move_elements_lose_nothing_either(
    name: str, page: Page, half_filled: Callable[[str], Open]
) -> None:
    page.add_init_script("delete Element.prototype.moveBefore")
    edit = EDITS[name]
    opened = half_filled(script(KEYED if name == "rename" else INPUTS))
    opened.save(edit)
    opened.check(edit)
    opened.check_answer(edit)


def test_a_value_that_is_no_longer_possible_is_marked(half_filled: Callable[[str], Open]) -> None:
    opened = half_filled(script())
    opened.save(EDITS["change type"])
    mood = opened.field("Mood")
    expect(mood.locator(".hint")).to_have_text("“glad” is not possible here; this was reset.")
    expect(mood.get_by_role("group")).to_have_accessible_description("“glad” is not possible here; this was reset.")
    mood.get_by_role("radio", name="silly").check()
    expect(mood.locator(".hint")).to_have_count(0)


def test_an_answer_that_comes_after_outputs_changed_places_finds_its_own(
    page: Page, project: Project, serving: Callable[[str], None]
) -> None:
    text = """
import pathlib, time
import quickdemo as gr
def both(name):
    while name == "slow" and not pathlib.Path("go").exists(): time.sleep(.01)
    return {answer}
gr.Interface(both, gr.Textbox(label="Name"), {outputs}, allow_flagging="manual").launch()
"""
    outputs = [f'gr.Textbox(label="{label}")' for label in ("Upper", "Lower")]
    serving(text.format(answer="name.upper(), name.lower()", outputs=f"[{', '.join(outputs)}]"))
    page.get_by_label("Name").fill("slow")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "running")
    turned = f"[{outputs[1]}, gr.Number(label='Length'), {outputs[0]}]"
    project.write(text.format(answer="name.lower(), len(name), name.upper()", outputs=turned))
    expect(page.locator(".toast")).to_contain_text("Reloaded")
    (project.folder / "go").write_text("")
    expect(page.get_by_label("Upper")).to_have_text("SLOW")
    expect(page.get_by_label("Lower")).to_have_text("slow")
    expect(page.get_by_label("Length")).to_have_text("")
    expect(page.get_by_role("button", name="Flag")).to_have_count(0)  # an answer of other outputs is no sample
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Length")).to_have_text("4")
    expect(page.get_by_role("button", name="Flag")).to_be_visible()


def test_an_upload_under_way_and_half_typed_json_survive(
    page: Page, project: Project, serving: Callable[[str], None], tmp_path: Path
) -> None:
    text = """
import quickdemo as gr
def sizes(file, data):
    return f"{len(open(file.name).read())} {data}"
gr.Interface(sizes, [gr.File(label="File"INFO), gr.JSON(label="Data"INFO)], gr.Textbox(label="Said")).launch()
"""
    serving(text.replace("INFO", ""))
    held: list[Route] = []
    page.route("**/api/files", lambda route: held.append(route))
    page.locator("[data-label=File] input[type=file]").set_input_files(
        {"name": "slow.txt", "mimeType": "text/plain", "buffer": b"12345"}
    )
    page.get_by_label("Data").fill('{"half": ')
    expect(page.locator("[data-label=File]")).to_contain_text("uploading")
    project.write(text.replace("INFO", ", info='changed'"))
    expect(page.locator(".toast")).to_contain_text("Reloaded")
    expect(page.get_by_label("Data")).to_have_value('{"half": ')
    held[0].continue_()
    expect(page.locator("[data-label=File] li")).to_contain_text("slow.txt5 bytes")
    page.get_by_label("Data").fill('{"half": 1}')
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Said")).to_have_text("5 {'half': 1}")


def test_values_follow_their_tab(page: Page, project: Project, serving: Callable[[str], None]) -> None:
    text = """
import quickdemo as gr
names = NAMES
demos = {n: gr.Interface(lambda t: t, gr.Textbox(label="In"), gr.Textbox(label="Out")) for n in ["A", "B", "C"]}
gr.TabbedInterface([demos[n] for n in names], names).launch()
"""
    serving(text.replace("NAMES", '["A", "B", "C"]'))
    for name in "ABC":
        page.get_by_role("tab", name=name).click()
        page.get_by_role("textbox", name="In").fill(f"of {name}")
    page.get_by_role("tab", name="B").click()
    project.write(text.replace("NAMES", '["C", "B"]'))
    expect(page.get_by_role("tab")).to_have_text(["C", "B"])
    expect(page.get_by_role("tab", name="B", selected=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="In")).to_have_value("of B")
    page.get_by_role("textbox", name="In").press("Enter")
    expect(page.get_by_role("tabpanel", name="B").get_by_label("Out")).to_have_text("of B")
    page.get_by_role("tab", name="C").click()
    expect(page.get_by_role("textbox", name="In")).to_have_value("of C")


POOL = {  # component, what the page starts with, what somebody gives
    "text": ('gr.Textbox(label="text", value="a")', "a", "my text"),
    "lines": ('gr.Textbox(label="lines", lines=3)', "", "two\nlines"),
    "number": ('gr.Number(label="number")', None, 2.5),
    "slider": ('gr.Slider(0, 10, value=1, label="slider")', 1, 7),
    "radio": ('gr.Radio(["x", "y", "z"], label="radio")', None, "y"),
    "box": ('gr.Checkbox(label="box")', False, True),
    "boxes": ('gr.CheckboxGroup(["x", "y", "z"], label="boxes")', [], ["z", "x"]),
    "choice": ('gr.Dropdown(["x", "y", "z"], label="choice")', None, "z"),
    "several": ('gr.Dropdown(["x", "y", "z"], multiselect=True, label="several")', [], ["x", "z"]),
    "json": ('gr.JSON(label="json")', None, {"application/json": '{"a": [1, 2]}'}),
    "same": ('gr.Textbox(label="same")', "", "kept"),
    "drawn": ('gr.Image(label="drawn", source="canvas")', None, None),
}


def test_components_come_and_go_and_move_at_random(
    page: Page, project: Project, serving: Callable[[str], None]
) -> None:
    """Twenty saves at random: what stayed from one to the next keeps its value, what came back starts anew."""
    page.add_init_script(
        "window.streams = 0; window.EventSource = class extends EventSource {"
        " constructor(address) { super(address); window.streams += 1; } }"
    )
    chance = random.Random(7)
    names = list(POOL)
    serving(script({name: POOL[name][0] for name in names}))
    expected = {name: POOL[name][1] for name in names}
    page.evaluate("window.stays = true")
    for number in range(20):
        for name in names:
            if expected[name] == POOL[name][1] and chance.random() < 0.5:
                expected[name] = POOL[name][2]
                page.evaluate(
                    "([name, wire]) => { const part = document.querySelector(`[data-label=${name}]`);"
                    " part.value = wire; part.changed(); }",
                    [name, expected[name]],
                )
        names = chance.sample(list(POOL), chance.randint(1, len(POOL)))
        expected = {name: expected.get(name, POOL[name][1]) for name in names}
        title = f"Save {number}"
        source = script({name: POOL[name][0] for name in names}).replace("article=", f"title={title!r}, article=")
        project.write(source)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        found = page.locator("[data-role=input]").evaluate_all(
            "(parts) => parts.map((part) => [part.dataset.label, part.value])"
        )
        assert found == [[name, expected[name]] for name in names]
        ids = page.locator("[id]").evaluate_all("(all) => all.map((one) => one.id)")
        assert len(ids) == len(set(ids))
    assert page.evaluate("window.stays") is True
    assert page.evaluate("window.streams") == 1  # however often a save brought other modules


def test_what_a_link_gave_is_filled_in_once(page: Page, project: Project, serving: Callable[[str], None]) -> None:
    serving(script())
    page.goto(f"{page.url}#Name=Ada+Lovelace&Times=9")
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Ada Lovelace")
    page.get_by_label("Name").fill("Grace")
    page.get_by_label("Times, as a number").fill("3")
    project.write(script({**INPUTS, "age": 'gr.CheckboxGroup(["old"], label="Age")'}))  # a module that is new here
    expect(page.get_by_role("group", name="Age")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("kept 2 inputs")
    expect(page.get_by_label("Name")).to_have_value("Grace")
    expect(page.get_by_label("Times, as a number")).to_have_value("3")


def test_one_demo_may_become_several_and_one_again(
    page: Page, project: Project, serving: Callable[[str], None]
) -> None:
    text = """
import quickdemo as gr
demo = gr.Interface(lambda t: t.upper(), gr.Textbox(label="In"), gr.Textbox(label="Out"), title="One")
more = gr.Interface(lambda t: t, gr.Textbox(label="Else"), gr.Textbox(label="Same"))
"""
    serving(f"{text}demo.launch()\n")
    page.get_by_role("textbox", name="In").press_sequentially("kept")
    page.get_by_role("textbox", name="In").press("Enter")
    expect(page.get_by_label("Out")).to_have_text("KEPT")
    for end, tabs in (("gr.TabbedInterface([demo, more], ['A', 'B']).launch()\n", 2), ("demo.launch()\n", 0)):
        project.write(text + end)
        expect(page.get_by_role("tab")).to_have_count(tabs)
        expect(page.get_by_role("textbox", name="In")).to_have_value("kept")
        expect(page.get_by_role("textbox", name="In")).to_be_focused()
        expect(page.get_by_label("Out").first).to_have_text("KEPT")
    expect(page.locator("qd-interface")).to_have_count(1)
