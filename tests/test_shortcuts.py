"""The shortcuts of mid-2022: each makes a component that can be served, and the kitchen sink shows them all."""

from __future__ import annotations

from pathlib import Path

import pytest

import quickdemo as gr
from tests.conftest import ROOT
from tests.serving import PAGE, Serve

# Gradio 3.0's, less those that could not be used there: button, carousel, statustracker
SHORTCUTS = (
    "audio chatbot checkbox checkboxgroup colorpicker dataframe dataset dropdown file files gallery highlight "
    "highlightedtext html image json label list markdown matrix mic microphone model3d number numpy pil playablevideo "
    "plot radio sketchpad slider text textarea textbox timeseries variable video webcam state"
).split()
TODAY = (
    "annotatedimage barplot browserstate code datetime downloadbutton fileexplorer imageeditor imagemask imageslider "
    "lineplot multimodaltextbox paint paramviewer scatterplot uploadbutton"
).split()


@pytest.mark.parametrize("shortcut", [*SHORTCUTS, *TODAY])
def test_each_is_an_input_and_an_output(
    serve: Serve, shortcut: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # FileExplorer lists the folder
    both = shortcut in ("state", "variable")  # what goes out comes in at the next call
    sides = [(["text", shortcut], ["text", shortcut])] if both else [(shortcut, "text"), ("text", shortcut)]
    for inputs, outputs in sides:
        demo = gr.Interface(lambda *given: given[0], inputs, outputs, allow_flagging="never")
        assert serve(demo).client().get("/", headers=PAGE).status_code == 200


def test_underscores_do_not_count() -> None:
    demo = gr.Interface(str, "check_box_group", "highlighted_text")
    assert [demo.inputs[0].kind, demo.outputs[0].kind] == ["checkboxgroup", "highlightedtext"]


def test_the_kitchen_sink_shows_them_all() -> None:
    text = (ROOT / "examples" / "kitchen_sink.py").read_text()
    shown = {one: f'"{one}"' for one in SHORTCUTS if one not in ("image", "audio", "variable", "state", "timeseries")}
    assert [one for one, quoted in shown.items() if quoted not in text] == []
    assert all(word in text for word in ("gr.Image(", "gr.Audio(", "gr.Variable(", "gr.Timeseries("))
