"""What components say of the parts of their values, and what may be set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime.local_files import LocalFiles

FILES = LocalFiles()


def parts_of(component: Any, value: Any) -> Any:
    """The parts of what the function gets of `value`."""
    return component.parts(component.accept(value, FILES), FILES)


def masked(parts: Any, *present: int) -> Any:
    """With these parts only."""
    mask = np.zeros(len(parts.labels), dtype=bool)
    mask[list(present)] = True
    return parts.masked(mask)


def test_a_textbox_has_words() -> None:
    box = gr.Textbox().set_interpret_parameters(",", replacement="?")

    assert parts_of(gr.Textbox(), "so very good").labels == ["so", "very", "good"]
    assert masked(parts_of(box, "a b,c"), 1) == "?,c"
    assert gr.Textbox().parts(None, FILES) is None


def test_other_texts_have_words_or_lines() -> None:
    both = gr.MultimodalTextbox()

    assert masked(parts_of(both, {"text": "a b", "files": []}), 1) == {"text": "b", "files": []}
    assert both.parts(None, FILES) is None and gr.Code().parts(None, FILES) is None
    assert masked(parts_of(gr.Code(), "x = 1\n\ny = 2\n"), 1) == "y = 2\n"
    assert parts_of(gr.Code().set_interpret_parameters(" "), "x = 1").labels == ["x", "=", "1"]


@pytest.mark.parametrize("component", [gr.Video(), gr.File(), gr.State(), gr.JSON()])
def test_what_has_no_parts_says_so(component: Any) -> None:
    assert component.parts(None, FILES) is None
    with pytest.raises(ValueError, match="has no parts .* it was given 16. Please remove the call"):
        component.set_interpret_parameters(16)
