"""Inputs as they are typed in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.typed_values import Whole, WrongArgumentError, typed


def taken(inputs: Any, *values: str) -> list[Any]:
    return typed(gr.Interface(lambda *given: "", inputs, "text"), list(values))


@pytest.mark.parametrize("text", ["E = mc2", "a=b", "=", "x=", "key=value=more"])
def test_an_equals_sign_in_the_only_text_is_part_of_it(text: str) -> None:
    assert taken(gr.Textbox(label="Question"), text) == [text]
    assert taken(gr.Textbox(label="Question"), f"question={text}") == [text]


def test_what_stands_in_a_file_is_the_whole_value(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    for text in ("question=a", f"@{tmp_path / 'secret.txt'}"):
        assert taken(gr.Textbox(label="Question"), Whole(text)) == [text]


@pytest.mark.parametrize("inputs", [[gr.Textbox(label="A"), gr.Textbox(label="B")], gr.Image(label="A"), []])
def test_a_name_that_is_none_is_said_to_be_none(inputs: Any) -> None:
    with pytest.raises(WrongArgumentError, match="There is no input 'E '"):
        taken(inputs, "E = mc2")


def test_a_file_of_the_same_name_changes_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small").touch()
    (tmp_path / "7").touch()
    monkeypatch.chdir(tmp_path)
    texts: tuple[Any, ...] = (gr.Radio(["small", "large"]), gr.Dropdown(["small"]), gr.MultimodalTextbox())

    assert [taken(one, "small") for one in texts] == [["small"]] * 3
    assert taken(gr.Number(), "7") == [7]
    assert taken(gr.Image(), "small") == [str(tmp_path / "small")]
    assert taken(gr.Audio(label="Sound"), "sound=small") == [str(tmp_path / "small")]


def test_several_choices_are_typed_with_commas_or_as_json() -> None:
    for one in (gr.CheckboxGroup(["a", "b"], label="Some"), gr.Dropdown(["a", "b"], multiselect=True, label="Some")):
        assert [taken(one, text) for text in ("some=a", "a,b", 'some=["b"]')] == [[["a"]], [["a", "b"]], [["b"]]]
