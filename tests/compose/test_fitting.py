"""Which output fits which input, and what comes of its value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.registry import get_component
from quickdemo.runtime.compose.fitting import misfit, passed
from quickdemo.runtime.local_files import LocalFiles


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("text", "text"),
        ("number", "text"),
        ("text", "number"),
        ("label", "text"),
        ("label", "json"),
        ("highlightedtext", "text"),
        ("markdown", "text"),
        ("html", "text"),
        ("image", "image"),
        ("image", "file"),
        ("file", "audio"),
        ("json", "text"),
        ("dataframe", "dataframe"),
        ("dataframe", "timeseries"),
        ("number", "slider"),
        ("checkbox", "checkbox"),
        (gr.Radio(["a", "b"]), "text"),
        ("text", gr.Radio(["a", "b"])),
        (gr.Code(language="python"), "text"),
    ],
)
def test_what_fits(source: Any, target: Any) -> None:
    assert misfit(get_component(source), get_component(target)) == ""


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("text", "image", "'textbox' gives a textbox, and 'image' takes an image"),
        ("image", "audio", "'image' gives an image, and 'audio' takes an audio"),
        ("image", "text", ""),
        ("text", "dataframe", ""),
        ("label", "image", ""),
        ("label", "checkbox", ""),
        ("gallery", "image", ""),
        (gr.Image(label="Photo"), gr.Number(label="Age"), "'Photo' gives an image, and 'Age' takes a number"),
    ],
)
def test_what_does_not_fit_is_named(source: Any, target: Any, said: str) -> None:
    found = misfit(get_component(source), get_component(target))
    assert found and said in found


@pytest.mark.parametrize(
    ("value", "source", "target", "got"),
    [
        ("a", gr.Textbox(), gr.Textbox(), "a"),
        (4.0, gr.Number(), gr.Textbox(), "4.0"),
        ("4.5", gr.Textbox(), gr.Number(), 4.5),
        ({"cat": 0.9, "dog": 0.1}, gr.Label(), gr.Textbox(), "cat"),
        ({"a": [1]}, gr.JSON(), gr.JSON(), {"a": [1]}),
        ({"h": 5, "url": "u", "title": "t"}, gr.JSON(), gr.JSON(), {"h": 5, "url": "u", "title": "t"}),
        ("**x** & y", gr.Markdown(), gr.Textbox(), "**x** & y"),
        ([("Ada", "name"), (" came", None)], gr.HighlightedText(), gr.Textbox(), "Ada came"),
        (None, gr.Image(), gr.Image(), None),
        ("x = 1", gr.Code(language="python"), gr.Textbox(), "x = 1"),
    ],
)
def test_values_are_what_the_next_function_expects(value: Any, source: Component, target: Component, got: Any) -> None:
    assert passed(value, source, target, LocalFiles()) == got


def test_a_picture_is_passed_on_without_a_loss() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    files = LocalFiles()
    given = passed(noise, gr.Image(), gr.Image(type="pil"), files)
    assert isinstance(given, Image.Image) and np.array_equal(np.asarray(given), noise)
    again = passed(given, gr.Image(), gr.Image(type="numpy"), files)
    assert np.array_equal(again, noise)
    path = passed(noise, gr.Image(), gr.File(type="filepath"), files)
    assert np.array_equal(np.asarray(Image.open(path)), noise)


def test_sound_is_passed_on() -> None:
    samples = (np.sin(np.arange(8000) / 10) * 8000).astype(np.int16)
    rate, given = passed((8000, samples), gr.Audio(), gr.Audio(type="numpy"), LocalFiles())
    assert rate == 8000 and np.array_equal(given, samples)


def test_text_that_is_no_number_is_told() -> None:
    with pytest.raises(ValueError, match="'Age' takes a number; the stage before gave 'many'"):
        passed("many", gr.Textbox(), gr.Number(label="Age"), LocalFiles())
