"""How a person meets each component: one description, which the contract of the page (test_contract_page.py) runs.

A component that is filled in has `keys`: what one presses from its first control on, by keyboard alone. One that only
shows something has `shows`: what a function returns to it. Both say how the result is read, and what the function is
told by then. A description is a tab of one demo, which is also served by a process of its own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

import quickdemo as gr
from quickdemo.runtime import sound
from quickdemo.runtime.components.base import Component
from tests.models3d import glb

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Locator, Page

Step = Callable[["Page"], None]
Read = Callable[["Locator"], None]

GIVEN, SHOWN, TOLD = "Given", "Shown", "Told"  # the labels of what is filled in, of what comes out, of what Python got
FILM = Path(__file__).parent.parent / "media" / "tiny.mp4"
TONE = (8000, (np.sin(np.arange(4000) * 0.2) * 9000).astype(np.int16))
PICTURE = np.full((30, 40, 3), 120, np.uint8)
SERIES = "day,rain\n" + "".join(f"2024-01-{day:02},{day % 4}\n" for day in range(1, 9))


@dataclass(frozen=True)
class Piece:
    """One component on the page.

    make: it, new: among the inputs and among the outputs, or with `shows` only among the outputs, beside a text field.
    read: expects on the element of the output that it shows what was returned.
    keys: presses, in order, that fill it in, beginning at its first control.
    told: what the function says that it got (see `tell`); told_first: the same when nobody filled anything in.
    shows: what is returned to it, or a function that makes that; without it, what was given comes out again.
    out: the output, where it is not a second one of `make`.
    """

    make: Callable[[], Component]
    read: Read
    keys: Sequence[Step] = ()
    told: str = "''"
    told_first: str = "None"
    shows: Any = None
    out: Callable[[], Component] | None = None


# ---------------------------------------------------------------------- what one does


def typed(text: str) -> Step:
    """Type over what is there."""

    def step(page: Page) -> None:
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text)

    return step


def wrote(text: str) -> Step:
    """Press one key after the other."""
    return lambda page: page.keyboard.type(text)


def pressed(*keys: str) -> Step:
    def step(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return step


def chose(name: str, data: bytes, kind: str, *more: tuple[str, bytes]) -> Step:
    """Open the dialog for files by keyboard, and choose there."""
    files = [(name, data), *more]

    def step(page: Page) -> None:
        payload: list[FilePayload] = [{"name": name, "mimeType": kind, "buffer": bytes_} for name, bytes_ in files]
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        chooser.value.set_files(payload)

    return step


def came_to(name: str) -> Step:
    """Wait until the focus has been moved to the button of that name."""

    def step(page: Page) -> None:
        from playwright.sync_api import expect

        expect(page.locator(":focus").and_(page.get_by_role("button", name=name))).to_be_visible()

    return step


# ---------------------------------------------------------------------- what one sees


def texts(selector: str, *expected: str) -> Read:
    """The elements of that selector have these texts."""

    def read(part: Locator) -> None:
        from playwright.sync_api import expect

        expect(part.locator(selector)).to_have_text(list(expected), use_inner_text=True)

    return read


def said(expected: str) -> Read:
    """The output's text, found by its label."""

    def read(part: Locator) -> None:
        from playwright.sync_api import expect

        expect(part.get_by_label(re.compile(f"^{SHOWN}"))).to_have_text(expected, use_inner_text=True)

    return read


def holds(selector: str, **properties: Any) -> Read:
    """There is one element of that selector, with these properties once it has loaded."""

    def read(part: Locator) -> None:
        from playwright.sync_api import expect

        expect(part.locator(selector)).to_be_visible()
        for name, value in properties.items():
            expect(part.locator(selector)).to_have_js_property(name, value)

    return read


def folded(part: Locator) -> None:
    """A tree whose first entry folds and unfolds by keyboard."""
    from playwright.sync_api import expect

    for hidden in (True, False):
        part.locator("summary").first.press("Enter")
        expect(part.get_by_text('"a": ')).to_be_visible(visible=not hidden)


def copied(part: Locator) -> None:
    """Lines that were coloured, and a button that copies them."""
    from playwright.sync_api import expect

    expect(part.locator("pre .line").first).to_have_text("if x:  # <b>", use_inner_text=True)
    expect(part.locator(".c-k")).to_have_text("if")
    part.get_by_role("button", name=re.compile("^Cop")).press("Enter")
    expect(part.get_by_role("button", name="Copied")).to_be_visible()


def classes(part: Locator) -> None:
    """The likeliest class large, and all of them as a list."""
    from playwright.sync_api import expect

    expect(part.locator(".top")).to_have_text("leaf")
    expect(part.get_by_role("listitem")).to_have_text(["leaf70 %", "stone30 %"])


def titled(part: Locator) -> None:
    """A heading and a table."""
    from playwright.sync_api import expect

    expect(part.get_by_role("heading", name="Title")).to_be_visible()
    expect(part.get_by_role("cell", name="1")).to_be_visible()


def talk(part: Locator) -> None:
    """Who said what, in a log; emphasis and code in it."""
    from playwright.sync_api import expect

    said = [re.compile(r"^You: hi\s*Copy$"), re.compile(r"^Bot: hello there\s")]
    expect(part.get_by_role("log").locator(".message")).to_have_text(said)
    expect(part.locator("strong")).to_have_text("hello")
    expect(part.locator("pre")).to_contain_text("x = 1")


def all_of(*reads: Read) -> Read:
    """One after the other."""

    def read(part: Locator) -> None:
        for one in reads:
            one(part)

    return read


def swatch(part: Locator) -> None:
    """A colour, and its name."""
    from playwright.sync_api import expect

    expect(part.locator("rect")).to_have_css("fill", "rgb(31, 111, 235)")
    said("#1f6feb")(part)


def named(role: Any, name: str, count: int = 1) -> Read:
    """There are so many of that role and name, as a screen reader hears them."""

    def read(part: Locator) -> None:
        from playwright.sync_api import expect

        expect(part.get_by_role(role, name=name)).to_have_count(count)

    return read


def drawn(selector: str) -> Read:
    """A canvas or frame that says that it has drawn."""

    def read(part: Locator) -> None:
        from playwright.sync_api import expect

        expect(part.locator(f"{selector}[data-drawn]")).to_be_visible()

    return read


# ---------------------------------------------------------------------- what the function is told


def tell(value: Any) -> str:
    """What Python got, in a few words: form and type of arrays, names of files, else its repr."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int):
        return f"{value[0]} Hz {tell(value[1])}"
    if isinstance(value, np.ndarray):
        return f"{value.shape} {value.dtype}"
    if isinstance(value, str) and value.startswith("/"):
        return Path(value).name
    if hasattr(value, "columns"):
        return f"{len(value)} rows of {', '.join(map(str, value.columns))}"
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return repr([Path(one).name for one in value])
    if isinstance(value, list) and value and isinstance(value[0], (tuple, np.ndarray)):
        return "; ".join(tell(one[0] if isinstance(one, tuple) else one) for one in value)
    if isinstance(value, tuple) and len(value) == 2:
        return "; ".join(map(tell, value))
    if isinstance(value, dict) and "layers" in value:
        layers = f"in {len(value['layers'])} layer{'' if len(value['layers']) == 1 else 's'}"
        return "nothing" if value["composite"] is None else f"{tell(value['composite'])} {layers}"
    if isinstance(value, dict) and "files" in value:
        return f"{value['text']} + {[Path(file).name for file in value['files']]}"
    return repr(value)


# ---------------------------------------------------------------------- values


def png(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


def areas() -> Any:
    mask = np.zeros((30, 40), bool)
    mask[:15, :20] = True
    return PICTURE, [(mask, "sky"), ((20, 15, 40, 30), "sea")]


def of_matplotlib() -> Any:
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(4, 3))
    drawing.subplots().set_title("Growth")
    return drawing


def of_plotly() -> Any:
    import plotly.graph_objects as go

    return go.Figure(go.Bar(x=["a", "b"], y=[3, 2]))


def of_altair() -> Any:
    import altair

    values = altair.Data(values=[{"a": "x", "b": 3}, {"a": "y", "b": 2}])
    return altair.Chart(values).mark_bar().encode(x="a:N", y="b:Q")


def of_bokeh() -> Any:
    import bokeh.plotting

    drawing = bokeh.plotting.figure(height=300, title="Bars")
    drawing.vbar(x=[1, 2], top=[3, 2], width=0.8)
    return drawing


def written(name: str, data: bytes) -> str:
    """A file beside this process's temporary ones; its path."""
    import tempfile

    path = Path(tempfile.mkdtemp(prefix="pieces-")) / name
    path.write_bytes(data)
    return str(path)


ABC = ["a", "b", "c"]
ROWS: dict[str, Any] = {"components": ["text", "number"], "headers": ["Word", "Count"], "samples": [["a", 1], ["b", 2]]}
PEOPLE = [["Ada", 36, True], ["Bob", 9, False]]
POINTS: dict[str, list[Any]] = {"x": [1, 2, 3], "y": [3, 1, 2], "kind": ["p", "q", "p"]}
CROWD: dict[str, list[Any]] = {
    "x": [f"name {n}" for n in range(300)], "y": list(range(300)), "kind": [f"group {n % 40}" for n in range(300)],
}  # fmt: skip
WIDE = {f"column {n}": ["some long text in a cell", "b"] * 20 for n in range(12)}
LONG = "long " * 60 + "line"
PROSE = "### Title\n\nOf $x^2$\n\n| n |\n|---|\n| 1 |\n\n" + "`code` " * 40


def given(kind: Any, *arguments: Any, **options: Any) -> Callable[[], Component]:
    return lambda: kind(*arguments, **{"label": GIVEN, **options})


def shown(kind: Any, *arguments: Any, **options: Any) -> Callable[[], Component]:
    return lambda: kind(*arguments, **{"label": SHOWN, **options})


def sight(kind: Any, read: Read, value: Any, **options: Any) -> Piece:
    """A piece that only shows `value`, or what that function makes."""
    return Piece(shown(kind, **options), read, shows=value, told_first="''")


#: The tab's name -> the piece. Every component of the registry is in it; a name may say more after its first word.
PIECES: dict[str, Piece] = {
    "Textbox": Piece(
        given(gr.Textbox, "start", lines=3), said("naïve ☃\n<b>line</b>"), [typed("naïve ☃\n<b>line</b>")],
        r"'naïve ☃\n<b>line</b>'", "'start'",
    ),
    "Number": Piece(given(gr.Number, 1), said("-0.25"), [typed("-2.5e-1")], "-0.25", "1.0"),
    "Number without fraction": Piece(given(gr.Number, 1, precision=0), said("-2500"), [typed("-2.5e3")], "-2500", "1"),
    "Slider": Piece(
        given(gr.Slider, 0, 10, 4, step=1), holds("meter", value=6), [pressed("ArrowRight", "ArrowRight")], "6", "4"
    ),
    "Slider typed beside": Piece(
        given(gr.Slider, 0, 10, 4, step=1), holds("meter", value=9), [pressed("Tab"), typed("9")], "9", "4"
    ),
    "Checkbox": Piece(given(gr.Checkbox, False), said("Yes"), [pressed("Space")], "True", "False"),
    "CheckboxGroup": Piece(
        given(gr.CheckboxGroup, ABC, value=["a"]), said("a, c, b"),
        [pressed("Tab", "Tab", "Space", "Shift+Tab", "Space")], "['a', 'c', 'b']", "['a']",
    ),
    "Radio": Piece(given(gr.Radio, ABC, value="b"), said("c"), [pressed("ArrowDown")], "'c'", "'b'"),
    "Radio as index": Piece(
        given(gr.Radio, ABC, value="b", type="index"), said("2"), [pressed("ArrowDown")], "2", "1",
        out=shown(gr.Number),
    ),
    "Dropdown": Piece(given(gr.Dropdown, ABC, value="a"), said("c"), [pressed("c")], "'c'", "'a'"),
    "Dropdown of pairs": Piece(
        given(gr.Dropdown, [("alpha", 1), ("beta", 2), ("c", 3)]), said("c"), [pressed("c")], "3"
    ),
    "Dropdown of several": Piece(
        given(gr.Dropdown, ABC, value=["b"], multiselect=True), said("a, b"),
        [pressed("Home", "Shift+ArrowDown")], "['a', 'b']", "['b']",
    ),
    "Dropdown of one's own": Piece(
        given(gr.Dropdown, ABC, allow_custom_value=True), said("zebra"), [typed("zebra")], "'zebra'"
    ),
    "ColorPicker": Piece(
        given(gr.ColorPicker, "#abc"), swatch, [pressed("Tab"), typed("#1F6FEB")], "'#1f6feb'", "'#aabbcc'"
    ),
    "ColorPicker picked from": Piece(
        given(gr.ColorPicker), swatch, [lambda page: page.locator(":focus").fill("#1f6feb")], "'#1f6feb'", "'#000000'"
    ),
    "DateTime": Piece(
        given(gr.DateTime, type="string"), said("2022-07-01 12:30:00"),
        [wrote("07012022"), pressed("ArrowRight"), wrote("123000PM")], "'2022-07-01 12:30:00'",
    ),
    "DateTime of a day": Piece(
        given(gr.DateTime, "1999-12-31", include_time=False, type="string"), said("2022-07-01"), [wrote("07012022")],
        "'2022-07-01'", "'1999-12-31'",
    ),
    "Code": Piece(
        given(gr.Code, "x = 0", "python"), copied, [typed(f"if x:  # <b>\n    y = 1  # {LONG}")],
        repr(f"if x:  # <b>\n    y = 1  # {LONG}"), "'x = 0'",
    ),
    "JSON": Piece(
        given(gr.JSON, {"old": True}), folded, [typed('{"a": [null]}')], "{'a': [None]}", "{'old': True}",
    ),
    "Image": Piece(
        given(gr.Image), holds(".picture .enlarge img", naturalWidth=40), [chose("red.png", png(), "image/png")],
        "(30, 40, 3) uint8",
    ),
    "ImageEditor": Piece(
        given(gr.ImageEditor), named("img", SHOWN), [chose("red.png", png(), "image/png")],
        "(30, 40, 4) uint8 in 1 layer", "nothing",
    ),
    "ImageSlider": Piece(
        given(gr.ImageSlider), holds(".pair input", value="50"),
        [
            chose("red.png", png(), "image/png"), came_to("Replace the first picture"), pressed("Tab", "Tab"),
            chose("blue.png", png("blue"), "image/png"), came_to("Replace the second picture"),
        ],
        "(30, 40, 3) uint8; (30, 40, 3) uint8",
    ),
    "Gallery": Piece(
        given(gr.Gallery), named("button", "Open picture", 2),
        [chose("red.png", png(), "image/png", ("blue.png", png("blue")))], "(30, 40, 3) uint8; (30, 40, 3) uint8",
    ),
    "Model3D": Piece(
        given(gr.Model3D), drawn("canvas"), [chose("fox.glb", glb(), "model/gltf-binary")], "fox.glb"
    ),
    "Audio": Piece(
        given(gr.Audio), holds("audio", duration=0.5), [chose("a.wav", sound.encode(*TONE), "audio/wav")],
        "8000 Hz (4000,) int16",
    ),
    "Video": Piece(
        given(gr.Video), holds("video", videoWidth=64), [chose("film.mp4", FILM.read_bytes(), "video/mp4")], "film.mp4"
    ),
    "File": Piece(
        given(gr.File, type="filepath"), texts("li a", "a.txt"), [chose("a.txt", b"one", "text/plain")], "a.txt"
    ),
    "File of several": Piece(
        given(gr.File, file_count="multiple", type="filepath"), texts("li a", "a.txt", "b.txt"),
        [chose("a.txt", b"one", "text/plain", ("b.txt", b"two"))], "['a.txt', 'b.txt']",
    ),
    "UploadButton": Piece(
        lambda: gr.UploadButton(GIVEN), texts("li a", "a.txt"), [chose("a.txt", b"one", "text/plain")], "a.txt",
        out=shown(gr.File),
    ),
    "MultimodalTextbox": Piece(
        given(gr.MultimodalTextbox), said("look"),
        [typed("look"), pressed("Tab"), chose("a.txt", b"one", "text/plain")], "look + ['a.txt']",
    ),
    "FileExplorer": Piece(
        given(gr.FileExplorer, "c*.md", root_dir=str(Path(__file__).parent.parent.parent / "docs")),
        said("compose.md"), [pressed("End")], "['compose.md']", "[]",
    ),
    "Dataset": Piece(
        given(gr.Dataset, **ROWS), holds("input:checked", value="on"), [pressed("Tab", "Space", "ArrowDown")],
        "['b', 2]",
    ),
    "Dataframe": Piece(
        given(gr.Dataframe, PEOPLE, headers=["Name", "Age", "In"], datatype=["str", "number", "bool"], type="array"),
        named("gridcell", "37"), [pressed("Control+Home", "ArrowRight"), wrote("37"), pressed("Enter")],
        "[['Ada', 37, True], ['Bob', 9, False]]", repr(PEOPLE),
    ),
    "Timeseries": Piece(
        given(gr.Timeseries, x="day"), drawn("canvas"), [chose("a.csv", SERIES.encode(), "text/csv")],
        "8 rows of day, rain",
    ),
    "Label": sight(gr.Label, classes, {"stone": 0.3, "leaf": 0.7}),
    "HTML": sight(
        gr.HTML, titled, "<h3>Title</h3><table><tr><td>1</td></tr></table><p><a href='#x'>there</a></p>"
    ),
    "Markdown": sight(gr.Markdown, titled, PROSE),
    "HighlightedText": sight(
        gr.HighlightedText,
        all_of(texts("mark", "Ada person", "Paris town"), texts(".said", "Ada person met in Paris town")),
        [("Ada", "person"), (" met in ", None), ("Paris", "town")], show_legend=True,
    ),
    "HighlightedText of scores": sight(
        gr.HighlightedText, all_of(texts("mark.up", "good (+0.90)"), texts("mark.down", "bad (−0.50)")),
        [("good", 0.9), (" ", 0), ("bad", -0.5)],
    ),
    "Chatbot": sight(gr.Chatbot, talk, [("hi", "**hello** there\n\n```python\nx = 1\n```")]),
    "AnnotatedImage": sight(gr.AnnotatedImage, named("img", "Shown: sky on 25%, sea on 25%"), areas),
    "BarPlot": sight(gr.BarPlot, drawn("canvas"), POINTS, x="kind", y="y", color="kind", caption="Of all."),
    "LinePlot": sight(gr.LinePlot, drawn("canvas"), POINTS, x="x", y="y"),
    "ScatterPlot": sight(gr.ScatterPlot, drawn("canvas"), CROWD, color="kind"),
    "Plot of matplotlib": sight(gr.Plot, named("img", "Growth"), of_matplotlib),
    "Plot of Plotly": sight(gr.Plot, drawn("iframe"), of_plotly),
    "Plot of Bokeh": sight(gr.Plot, drawn("iframe"), of_bokeh),
    "Plot of Altair": sight(gr.Plot, drawn("iframe"), of_altair),
    "Dataframe that is wide": sight(gr.Dataframe, named("columnheader", "column 11"), WIDE, show_row_numbers=True),
    "DownloadButton": sight(gr.DownloadButton, named("link", SHOWN), lambda: written("a.txt", b"one")),
    "ParamViewer": sight(
        gr.ParamViewer, named("rowheader", "size"),
        {"size": {"type": "int", "default": "1", "description": "How many of them there may be, at most."}},
    ),
}  # fmt: skip

#: those without a place on the page, whose value is kept elsewhere: the tab counts how often it ran
KEPT: dict[str, Callable[[], Component]] = {
    "State": lambda: gr.State(0),
    "BrowserState": lambda: gr.BrowserState(0, storage_key="runs"),
}


def interface_of(piece: Piece, info: str | None) -> gr.Interface:
    """The tab of a piece: what is given comes out again, and beside it what the function was told."""

    def back(value: Any) -> tuple[Any, str]:
        shown = value if piece.shows is None else piece.shows() if callable(piece.shows) else piece.shows
        return shown, tell(value)

    first = piece.make() if piece.shows is None else gr.Textbox(label=GIVEN)
    out = (piece.out or piece.make)()
    out.label, out.value = SHOWN, None
    first.info = out.info = info
    first.elem_classes = out.elem_classes = ["told"] if info else []
    return gr.Interface(back, first, [out, gr.Textbox(label=TOLD)], allow_flagging="never")


def counting(make: Callable[[], Component]) -> gr.Interface:
    kept = make()

    def count(runs: int) -> tuple[int, str]:
        return runs + 1, f"run {runs + 1}"

    return gr.Interface(count, kept, [make() if isinstance(kept, gr.State) else kept, gr.Textbox(label=TOLD)],
                        allow_flagging="never")  # fmt: skip


def demo(info: str | None = None) -> gr.TabbedInterface:
    """All pieces, each under its tab. `info`: a line beside each component, which changes all, as do names for CSS."""
    tabs = {name: interface_of(piece, info) for name, piece in PIECES.items()}
    tabs |= {name: counting(make) for name, make in KEPT.items()}
    return gr.TabbedInterface(list(tabs.values()), list(tabs), title="Every component")
