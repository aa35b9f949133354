"""elem_id and elem_classes: names for the author's style sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

import quickdemo as gr
from quickdemo.runtime.components.registry import CLASSES, component_class
from quickdemo.runtime.local_files import LocalFiles

STATEFUL = {"State", "BrowserState"}


@pytest.mark.parametrize("name", sorted(set(CLASSES) - STATEFUL))
def test_every_component_takes_what_all_take(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # FileExplorer lists the folder
    options = {"elem_id": "mine", "elem_classes": "wide red", "scale": 2, "min_width": 100, "container": False}
    component = component_class(name)(**options, visible=False, show_label=False, interactive=False)
    component.label = "Thing"
    markup = component.html("predict-o0", "output", component.initial(LocalFiles()))

    assert '<div id="mine" class="field wide red">' in markup
    assert markup.split(">")[0].endswith(" hidden")


@pytest.mark.parametrize("name", ["two words", "", "line\n", "\ud800", 3, "zero\u200bwidth"])
def test_what_no_page_can_have_as_a_name_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match="an id is one word of visible characters"):
        gr.Textbox(elem_id=name)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a class is one word of visible characters"):
        gr.Textbox(elem_classes=[name])  # type: ignore[list-item]


def test_a_strange_name_is_no_markup() -> None:
    markup = gr.Textbox(elem_id='"><b>', elem_classes=['"><i>'], label="x").html("predict-i0", "input", "")

    assert "<b>" not in markup and "<i>" not in markup


def test_an_id_is_given_once_on_a_page() -> None:
    def demo() -> gr.Interface:
        return gr.Interface(str, gr.Textbox(elem_id="one"), gr.Textbox(elem_id="two"))

    with pytest.warns(UserWarning, match="elem_id='one' names two components") as told:
        one = gr.Interface(str, gr.Textbox(elem_id="one"), gr.Textbox(elem_id="one"))
    assert told[0].filename == __file__
    assert [part.elem_id for part in (*one.inputs, *one.outputs)] == ["one", None]
    tabs = [demo(), demo()]
    with pytest.warns(UserWarning, match="names two components"):
        gr.TabbedInterface(tabs)
    assert [part.elem_id for tab in tabs for part in (*tab.inputs, *tab.outputs)] == ["one", "two", None, None]


@pytest.mark.parametrize("name", ["page", "predict-submit", "predict_1-i0", "tab-0"])
def test_an_id_of_the_page_is_not_the_authors(name: str) -> None:
    with pytest.warns(UserWarning, match="is of the page itself"):
        demo = gr.Interface(str, gr.Textbox(elem_id=name), "text")
    assert demo.inputs[0].elem_id is None
