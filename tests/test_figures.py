"""Figures: what counts as one, how it is drawn, and what is said about one that cannot be shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import altair
import bokeh.models
import bokeh.plotting
import matplotlib.figure
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime import drawing, figures
from quickdemo.runtime.components.plot import Plot
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles

ROOM = 0.1  # inches


@pytest.fixture(autouse=True)
def no_open_figures() -> Iterator[None]:
    """Each test begins and ends without figures in pyplot."""
    plt.close("all")
    yield
    plt.close("all")


@pytest.fixture
def files() -> LocalFiles:
    return LocalFiles()


def line(**options: Any) -> Any:
    figure, axes = plt.subplots(**options)
    axes.plot([1, 3, 2])
    axes.set(title="Growth", xlabel="day", ylabel="height in cm")
    return figure


def content(wire: Any, files: LocalFiles) -> bytes:
    return Path(files.get(wire["plot"]["h"]).path).read_bytes()


def size_of(wire: Any, files: LocalFiles) -> tuple[int, int]:
    with Image.open(files.get(wire["plot"]["h"]).path) as picture:
        return picture.size


# ---------------------------------------------------------------------- matplotlib


def test_a_figure_of_few_points_is_an_svg_that_says_what_it_shows(files: LocalFiles) -> None:
    wire = Plot().postprocess(line(), files)
    assert wire["type"] == "matplotlib" and wire["plot"]["type"] == "image/svg+xml"
    assert (wire["alt"], wire["width"]) == ("Growth, x: day, y: height in cm", 640)
    assert b"<svg" in content(wire, files)[:1000]


def test_a_figure_of_many_points_is_a_png_of_twice_its_size(files: LocalFiles) -> None:
    figure = matplotlib.figure.Figure(figsize=(4, 3))
    figure.subplots().scatter(*np.random.default_rng(1).random((2, 100_000)))
    wire = Plot().postprocess(figure, files)
    assert wire["plot"]["name"] == "plot.png" and wire["width"] == 400
    assert size_of(wire, files) == (800, 600)


@pytest.mark.parametrize(("format", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("webp", b"RIFF")])
def test_the_format_is_the_authors_choice(files: LocalFiles, format: str, start: bytes) -> None:
    assert content(Plot(format=format).postprocess(line(), files), files).startswith(start)


def test_an_unknown_format_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="format must be one of auto, svg, png, webp; it was 'gif'"):
        Plot(format="gif")


PARTS: dict[str, Callable[[], Any]] = {
    "axes": lambda: line().axes[0],
    "pyplot": lambda: (plt.plot([1, 2]), plt)[1],
    "lines": lambda: plt.plot([1, 2]),
    "histogram": lambda: plt.hist([1, 2, 2]),
    "grid of axes": lambda: plt.subplots(2, 2)[1],
    "figure and axes": lambda: plt.subplots(),
    "part of a figure": lambda: plt.figure().subfigures(1, 2)[0].subplots(),
    "table's plot": lambda: pd.DataFrame({"a": [1, 2]}).plot(),
    "table's histograms": lambda: pd.DataFrame({"a": [1, 2], "b": [3, 4]}).hist(),
}


@pytest.mark.parametrize("name", PARTS)
def test_what_belongs_to_a_figure_shows_the_figure(files: LocalFiles, name: str) -> None:
    assert Plot().postprocess(PARTS[name](), files)["plot"]["name"] == "plot.svg"
    assert plt.get_fignums() == []


def test_pyplot_holds_no_figure_for_long(files: LocalFiles) -> None:
    plot = Plot()
    for _ in range(30):  # from 20 on, matplotlib warns, and warnings fail
        plot.postprocess(line(), files)
    assert plt.get_fignums() == []
    with pytest.raises(ValueError):
        plot.postprocess(line(figsize=(1000, 1000)).axes[0].scatter(*np.ones((2, 9000))).figure, files)
    assert plt.get_fignums() == []


def test_a_figure_of_the_script_stays_in_pyplot_and_its_canvas_with_it(files: LocalFiles) -> None:
    own = line()
    canvas, plot = own.canvas, Plot()
    for _ in range(2):
        plot.postprocess(own, files)
    assert plt.gcf() is own and own.canvas is canvas
    own.axes[0].clear()
    assert plot.postprocess(own, files)["alt"] == ""


def test_a_figure_that_was_closed_is_drawn_again_by_who_kept_it(files: LocalFiles) -> None:
    plot, own = Plot(), line()
    first = plot.postprocess(own, files)
    own.axes[0].set_title("Later")
    assert first["alt"] != plot.postprocess(own, files)["alt"] == "Later, x: day, y: height in cm"


def test_labels_that_would_be_cut_off_are_in_the_picture(files: LocalFiles) -> None:
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.bar(["a very long name of a category" * 2, "b"], [1, 2])
    axes.tick_params(axis="x", rotation=90)
    wire = Plot(format="png").postprocess(figure, files)
    width, height = size_of(wire, files)
    assert height > 700 and abs(width - 800) < 200 * ROOM + 2
    far = line(figsize=(4, 3))
    far.axes[0].text(100, 100, "far away")
    far = Plot(format="png").postprocess(far, files)
    assert size_of(far, files) == (800, 600)


@pytest.mark.parametrize("format", ["svg", "png"])
def test_eight_threads_draw_what_one_would(format: str) -> None:
    def drawn(number: int) -> bytes:
        figure = matplotlib.figure.Figure(figsize=(3, 2))
        figure.subplots().plot(np.sin(np.arange(50) * number / 9))
        figure.suptitle(rf"Wave $\frac{{{number}}}{{9}}$")
        return drawing.draw(figure, format).data

    alone = [drawn(number) for number in range(12)]
    start = threading.Barrier(8)
    with ThreadPoolExecutor(8, initializer=start.wait) as pool:
        assert list(pool.map(drawn, range(12))) == alone


@pytest.mark.parametrize("before", ["", "import matplotlib, matplotlib.pyplot\n"])
def test_pyplot_opens_no_window_in_a_demo(python: Callable[[str], str], before: str) -> None:
    code = "import os; os.environ.pop('MPLBACKEND', None)\n" + before
    code += "import quickdemo as gr; gr.Plot(); import matplotlib; print(matplotlib.get_backend().lower())"
    assert python(code) == "agg"


# ---------------------------------------------------------------------- Plotly, Bokeh, Altair

TABLE = pd.DataFrame({"a": [1, 2], "b": [3.5, float("nan")]})


def chart() -> Any:
    return altair.Chart(TABLE).mark_point().encode(x="a", y="b")


def bokeh_line(**options: Any) -> Any:
    figure = bokeh.plotting.figure(**options)
    figure.line([1, 2], [3, 4])
    return figure


def test_plotly_in_all_its_forms_is_the_same_json(files: LocalFiles) -> None:
    figure = px.scatter(TABLE, x="a", y="b")
    forms = [figure, figure.to_dict(), json.loads(figure.to_json()), {"type": "plotly", "plot": figure.to_json()}]
    wires = [Plot().postprocess(form, files) for form in forms]
    assert {wire["type"] for wire in wires} == {"plotly"}
    held = [json.loads(content(wire, files)) for wire in wires]
    assert held[0]["data"][0]["type"] == "scatter" and all(one == held[0] for one in held)


def test_what_is_no_number_does_not_break_the_json(files: LocalFiles) -> None:
    figure = go.Figure([go.Scatter(x=[1, float("inf")], y=[float("nan"), 2]), go.Bar(y=np.array([np.nan, np.inf, 1]))])
    json.loads(content(Plot().postprocess(figure, files), files), parse_constant=pytest.fail)


def test_bokeh_comes_with_the_scripts_that_its_models_need(files: LocalFiles) -> None:
    table = bokeh.models.DataTable(source=bokeh.models.ColumnDataSource({"a": [1]}), columns=[])
    needed = {
        (): bokeh_line(title="Costs $5"),
        ("mathjax",): bokeh_line(title=r"$$x^2$$"),
        ("gl",): bokeh_line(output_backend="webgl"),
        ("widgets",): bokeh.models.Column(bokeh_line(), bokeh.models.Slider(start=0, end=1, value=0, step=0.1)),
        ("widgets", "tables"): table,
    }
    for parts, model in needed.items():
        wire = Plot().postprocess(model, files)
        assert tuple(wire.get("parts", ())) == parts and wire["type"] == "bokeh"
    item = json.loads(content(wire, files))
    assert Plot().postprocess(item, files)["parts"] == ["widgets", "tables"]


def test_altair_names_the_package_that_draws_it_when_it_is_missing(
    files: LocalFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="the package vl-convert-python, which is missing: pip install vl-convert-py"):
        Plot(label="P").postprocess(chart(), files)


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "number": (lambda: 5, "must return a figure of matplotlib, Plotly, Bokeh or Altair, not int: 5"),
    "list": (lambda: [], "not list"),
    "array": (lambda: np.zeros((2, 2)), "not ndarray"),
    "table": (lambda: TABLE, "not DataFrame"),
    "dict": (lambda: {"a": 1}, "not dict"),
    "empty pyplot": (lambda: plt, "the figure was given matplotlib.pyplot, but nothing has been drawn in it"),
    "wrong formula": (lambda: plt.title(r"$\frac{$"), r"could not be drawn by matplotlib: \\frac"),
    "huge": (lambda: plt.figure(figsize=(300, 300)), r"30000 x 30000 pixels large, and at most 24 million"),
    "trace": (lambda: go.Bar(y=[1]), r"must be a whole Plotly figure, not Bar; return plotly.graph_objects.Figure"),
    "bokeh's data": (lambda: bokeh.models.ColumnDataSource({}), "must be a Bokeh figure, layout or widget"),
    "unknown type": (lambda: {"type": "d3", "plot": {}}, "of an unknown type 'd3'; there are matplotlib, plotly"),
    "no text": (lambda: {"type": ["plotly"], "plot": "{}"}, "of an unknown type"),
    "list of plotly": (lambda: {"type": "plotly", "plot": "[1]"}, "no JSON of plotly: that has a list as 'data'"),
    "no json": (lambda: {"type": "plotly", "plot": '{"data": ['}, "is no JSON: "),
    "nan": (lambda: {"type": "plotly", "plot": '{"data": [NaN]}'}, "NaN has no form in JSON"),
    "nan in a dict": (lambda: {"data": [float("nan")], "layout": {}}, "cannot be written as JSON"),
    "object": (lambda: {"data": [object()], "layout": {}}, "object has no form in JSON"),
    "no bokeh": (lambda: {"type": "bokeh", "plot": {"a": 1}}, "that has a dict as 'doc'"),
    "no picture": (lambda: {"type": "matplotlib", "plot": __file__}, "is no picture but something else"),
    "no file": (lambda: {"type": "matplotlib", "plot": "/no/where.png"}, "is no path or data: URL of a picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_figure_is_told_in_a_sentence(files: LocalFiles, name: str) -> None:
    make, problem = BAD[name]
    with pytest.raises(ValueError, match=problem) as told:
        Plot(label="Thing", format="png").postprocess(make(), files)
    assert str(told.value).startswith("Thing: the f") and "\n" not in str(told.value)


def deep() -> Any:
    value: Any = {}
    for _ in range(100_000):
        value = {"data": [value], "layout": {}}
    return value


def test_depth_and_size_are_bounded(files: LocalFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        Plot().postprocess(deep(), files)
    with pytest.raises(ValueError, match="is no JSON: "):
        Plot().postprocess({"type": "plotly", "plot": '{"data":' + "[" * 100_000}, files)
    monkeypatch.setattr(figures, "MOST_BYTES", 2**20)
    with pytest.raises(ValueError, match="has 2 MB of data; at most 1 MB are sent to a page. Draw fewer points"):
        Plot().postprocess(px.line(y=[str(number) * 20 for number in range(20_000)]), files)


def test_a_chart_must_hold_its_data_and_be_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "PACKAGES", {**figures.PACKAGES, "altair": "altair"})  # vl-convert may be missing
    found = figures.figure_json(chart())
    assert found and found.library == "altair" and json.loads(found.text)["mark"] == {"type": "point"}
    for data, problem in [
        ("http://somewhere.example/a.json", r"takes its data from 'http://somewhere.example/a.json'"),
        (pd.DataFrame({"a": range(6000)}), "not valid for Altair: The number of rows"),
        (pd.DataFrame({"b": [1]}), 'not valid for Altair: Unable to determine data type for the field "a"'),
    ]:
        field = "a:Q" if isinstance(data, str) else "a"
        with pytest.raises(figures.FigureError, match=problem):
            figures.figure_json(altair.Chart(data).mark_point().encode(x=field))


# ---------------------------------------------------------------------- back, and the frames


def test_a_plot_as_an_input_gives_what_may_be_returned_again(files: LocalFiles, tmp_path: Path) -> None:
    plot = Plot(label="P")
    for figure in (line(), px.line(y=[1, 2])):
        wire = plot.postprocess(figure, files)
        given = plot.preprocess({"type": wire["type"], "plot": {"h": wire["plot"]["h"]}}, files)
        again = plot.postprocess(given, files)
        assert again["type"] == wire["type"] and content(again, files) == content(wire, files)
    text = {"h": files.put_bytes(b"words", "a.txt", "text/plain")["h"]}
    for library in ("matplotlib", "plotly"):
        with pytest.raises(InvalidValueError, match="P must be ") as refusal:
            plot.preprocess({"type": library, "plot": text}, files)
        assert refusal.value.field == "P"


def test_frames_and_scripts_are_there_only_with_a_plot(serve: Any) -> None:
    without = serve(gr.Interface(str, "text", "text")).client()
    assert without.get("/plots/plotly").status_code == 404
    assert "frame-src" not in without.get("/", headers={"accept": "text/html"}).headers["content-security-policy"]
    client = serve(gr.Interface(str, "text", "plot")).client()
    assert "frame-src 'self'" in client.get("/", headers={"accept": "text/html"}).headers["content-security-policy"]
    assert client.get("/plots/d3").status_code == 404
    frame = client.get("/plots/bokeh?parts=tables,other")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'nonce-")
    assert "allow-same-origin" not in policy and "frame-ancestors 'self'" in policy and "http" not in policy
    names = [part.split('"')[0] for part in frame.text.split('src="../static/plots/')[1:]]
    assert [name.rsplit("-", 1)[0] for name in names] == ["bokeh", "bokeh-tables", "frame"]
    for name in names:
        script = client.get(f"/static/plots/{name}")
        assert script.headers["content-type"].startswith("text/javascript") and len(script.content) > 1000
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "immutable" in script.headers["cache-control"] and "set-cookie" not in script.headers
        assert without.get(f"/static/plots/{name}").status_code == 404
    for name in ("bokeh-000000000000.js", "..%2f..%2fapp.py", "plotly.min.js", "bokeh"):
        assert client.get(f"/static/plots/{name}").status_code == 404


def test_a_script_is_the_one_of_the_authors_package(serve: Any) -> None:
    client = serve(gr.Interface(str, "text", "plot")).client()
    name = client.get("/plots/plotly").text.split('src="../static/plots/')[1].split('"')[0]
    package = Path(px.__file__).parent.parent / "package_data" / "plotly.min.js"
    assert client.get(f"/static/plots/{name}").content == package.read_bytes()
