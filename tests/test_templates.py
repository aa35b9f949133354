"""Components with changed defaults and under other names, as scripts of 2022 and of today call them."""

import pytest

import quickdemo as gr
from quickdemo.runtime.components import templates
from quickdemo.runtime.components.registry import TEMPLATES, from_shortcut

#: what `gr` of Gradio 3.0.26 and of 6.31 offers as components with other defaults or spellings
NAMES = (
    "Text TextArea Webcam Sketchpad Pil ImageMask Paint Files Mic Microphone PlayableVideo Highlight Numpy Matrix List "
    "Annotatedimage Checkboxgroup DataFrame Highlightedtext Json TimeSeries"
).split()


@pytest.mark.parametrize("name", NAMES)
def test_each_is_offered_and_made(name):
    cls = getattr(gr, name)
    component = cls(label="Thing")
    assert component.label == "Thing" and isinstance(component, gr.components.Component)
    assert cls is getattr(gr, name)


@pytest.mark.parametrize("name", templates.CHANGED)
def test_each_is_what_its_shortcut_is(name):
    one, other = getattr(gr, name)(), from_shortcut(name.lower())
    assert type(one).__mro__[1] is type(other) and one.options() == other.options()


def test_every_shortcut_with_changed_defaults_has_a_class():
    assert set(templates.CHANGED.values()) == set(TEMPLATES) - {"variable"}


def test_changed_defaults_give_way():
    assert gr.TextArea().lines == 7 and gr.TextArea(lines=2).lines == 2
    assert gr.TextArea("given").value == "given"
    assert gr.Sketchpad(shape=(8, 8)).shape == (8, 8)
    assert gr.ImageMask(brush=gr.Brush(colors=["teal"])).brush.inks == ["#008080"]
    assert gr.List([[1]], ["a"]).headers == ["a"]


def test_a_function_as_the_first_argument_is_a_loader_here_too():
    assert gr.TextArea(lambda: "now").loader() == "now"


def test_what_does_not_exist_is_told():
    with pytest.raises(AttributeError, match="'Texts'"):
        templates.Texts  # noqa: B018
    with pytest.warns(UserWarning, match="TextArea has no parameter colour"):
        gr.TextArea(colour="red")
