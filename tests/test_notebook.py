"""examples/interpretation.ipynb: its cells run, without Jupyter and without network, and give what is stored in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.interpret.colours import LOWERS, RAISES, contrast

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "examples" / "interpretation.ipynb"
RUN = """
import json, socket, sys
from pathlib import Path
from tools.run_notebook import run

def refuse(*_):
    raise OSError("a notebook asks for no network")

socket.socket.connect = socket.getaddrinfo = refuse
print(json.dumps(run(Path(sys.argv[1]))))
"""


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def html_of(notebook: dict[str, Any]) -> list[str]:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return ["".join(one["data"]["text/html"]) for one in outputs if "text/html" in one.get("data", {})]


def gist_of(notebook: dict[str, Any]) -> list[Any]:
    """What the cells are, what kinds of outputs they have, and what each explanation explains: from where to where."""
    cells = [(cell["cell_type"], cell["source"]) for cell in notebook["cells"]]
    kinds = [[one["output_type"] for one in cell.get("outputs", [])] for cell in notebook["cells"]]
    return [cells, kinds, [html.split(" <small>")[0] for html in html_of(notebook)]]


def test_the_notebook_runs_and_gives_what_it_holds() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RUN, str(NOTEBOOK)], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    stored, made = json.loads(NOTEBOOK.read_text("utf-8")), json.loads(ran.stdout)

    assert gist_of(made) == gist_of(stored), "run tools/run_notebook.py examples/interpretation.ipynb"
    assert NOTEBOOK.stat().st_size < 200_000
    text, _, form, picture = html_of(stored)
    for html in (*html_of(stored), *html_of(made)):
        tags = Tags(html)
        assert not {"script", "style", "iframe", "link"} & {tag for tag, _ in tags.found}
        for name, value in (pair for _, attributes in tags.found for pair in attributes.items()):
            assert not name.startswith("on") and "http" not in value
        assert tags.of("div")[0]["aria-label"] and tags.of("table") and len(tags.of("tr")) <= 22
    assert "friendly</span>" in text and "dashed" in text and "street noise</th>" in form
    (image,) = Tags(picture).of("img")
    assert "Photo in the colours of its regions" in image["alt"] and "max-width:100%" in image["style"]


def test_colours_have_an_ink_of_their_own_and_the_rest_that_of_the_notebook() -> None:
    demo = gr.Interface(lambda text: 2.0 * ("a" in text) - ("b" in text), "text", "number", interpretation="default")
    styles = [attributes.get("style", "") for _, attributes in Tags(demo.explain("a b c " * 20)._repr_html_()).found]

    for style in styles:
        colours = [(int(r), int(g), int(b)) for r, g, b in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", style)]
        assert len(colours) in (0, 2) and (not colours or contrast(*colours) >= 4.5), style
    assert any("overflow:auto" in style and "max-height" in style for style in styles)


def test_words_of_an_own_function_stand_apart_and_those_of_one_unit_together() -> None:
    own = gr.Interface(len, "text", "number", interpretation=lambda text: [("Hello", 0.5), ("world", -0.5), (".", 0.1)])
    shown = re.sub(r"<span[^>]*>|</span>", "", own.explain("Hello world.")._repr_html_())
    assert ">Hello world.</div>" in shown

    long = "\n\n".join(f"This is part {n}. It has {'good ' * (n == 2)}words." for n in range(40))
    demo = gr.Interface(lambda text: float(text.count("good")), "text", "number", interpretation="default")
    shown = re.sub(r"<span[^>]*>|</span>", "", demo.explain(long)._repr_html_())
    assert long in shown


@pytest.mark.parametrize("shape", [(12, 20, 3), (600, 1000)])
def test_a_picture_is_drawn_under_its_colours_with_stripes_where_it_lowers(shape: tuple[int, ...]) -> None:
    from quickdemo.interpret.notebook import _under_colours

    picture = np.zeros(shape, np.uint8)
    picture[:, : shape[1] // 2] = 200
    half = gr.Image(image_mode="RGB" if len(shape) == 3 else "L").set_interpret_parameters(segments=2, regions="grid")
    demo = gr.Interface(lambda x: float(x[:, : shape[1] // 2].mean()), half, "number", interpretation="default")
    (image,) = Tags(demo.explain(picture)._repr_html_()).of("img")
    assert image["src"].startswith("data:image/jpeg;base64,") and "width:480px" in image["style"]

    regions = np.array([[0] * 16, [1] * 16, [255] * 16], np.uint8)
    drawn = _under_colours(np.full((3, 16, 3), 100, np.uint8), regions, np.array([1.0, -1.0]))
    assert len(np.unique(drawn[0], axis=0)) == 1 and len(np.unique(drawn[1], axis=0)) == 2
    assert (drawn[2] == 100).all() and (abs(drawn[0, 0] - (25 + 0.75 * np.array(RAISES))) <= 1).all()
    assert (abs(drawn[1].astype(float) - (25 + 0.75 * np.array(LOWERS))).max(axis=1) <= 1).any()
