"""Conversations: pairs and messages, texts and files, in the same form in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

import quickdemo as gr
from quickdemo.runtime.components.chatbot import Chatbot
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.flagging.media import FlagMedia
from quickdemo.runtime.local_files import LocalFiles


def sent_back(wire: Any) -> Any:
    """What the page sends of a conversation."""
    if isinstance(wire, dict):
        return {"h": wire["h"]} if "h" in wire else {key: sent_back(value) for key, value in wire.items()}
    return [sent_back(item) for item in wire] if isinstance(wire, list) else wire


@pytest.fixture
def picture(tmp_path: Path) -> str:
    Pillow.new("RGB", (3, 2), "red").save(tmp_path / "red.png")
    return str(tmp_path / "red.png")


def test_files_stand_in_pairs_and_in_messages(picture: str) -> None:
    files = LocalFiles()
    pairs = Chatbot().postprocess([((picture,), "nice"), ("more", (picture, "a red square"))], files)
    assert [pairs[0][0]["file"]["type"], pairs[0][0]["alt"], pairs[1][1]["alt"]] == ["image/png", None, "a red square"]
    back = Chatbot().preprocess(sent_back(pairs), files)
    assert Path(back[0][0][0]).read_bytes() == Path(picture).read_bytes() and back[1][1][1] == "a red square"
    said = [{"role": "user", "content": {"path": picture, "alt_text": "red"}}, gr.ChatMessage("nice")]
    messages = Chatbot().postprocess(said, files)
    assert messages[0]["content"]["file"]["name"] == "red.png" and messages[1]["role"] == "assistant"
    back = Chatbot().preprocess(sent_back(messages), files)
    assert back[0]["content"]["alt_text"] == "red" and back[1]["content"] == "nice"


def test_a_component_is_a_file_of_its_value() -> None:
    said = [{"role": "assistant", "content": gr.Image(np.zeros((2, 2, 3), np.uint8))}]
    wire = Chatbot().postprocess(said, LocalFiles())
    assert wire[0]["content"]["file"]["type"] == "image/png"
    with pytest.raises(ValueError, match="must hold one file"):
        Chatbot().postprocess([(gr.Textbox("x"), None)], LocalFiles())


def test_flags_keep_files_and_bring_them_back(picture: str, tmp_path: Path) -> None:
    files = LocalFiles()
    for said in ([((picture,), "nice")], [{"role": "user", "content": {"path": picture}}]):
        wire = Chatbot(label="Talk").postprocess(said, files)
        cell = Chatbot(label="Talk").flag_cell(wire, FlagMedia(str(tmp_path / "flags"), files))
        kept = Chatbot().from_flag_cell(cell, str(tmp_path / "flags"))
        again = Chatbot().example_wire(kept, files)
        side = again[0][0] if isinstance(again[0], list) else again[0]["content"]
        assert Path(files.get(side["file"]["h"]).path).read_bytes() == Path(picture).read_bytes()


def test_thoughts_have_a_title() -> None:
    said = [gr.ChatMessage("hm", metadata={"title": "Thinking"})]
    wire = Chatbot().postprocess(said, LocalFiles())
    assert wire[0]["title"] == "Thinking"
    assert Chatbot().preprocess(wire, LocalFiles())[0]["metadata"] == {"title": "Thinking"}


def test_each_form_becomes_the_other_when_it_is_asked_for() -> None:
    files = LocalFiles()
    assert Chatbot(type="messages").accept([("a", "b")], files) == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
    ]
    said = [{"role": "assistant", "content": "hello"}, {"role": "user", "content": "a"}]
    assert Chatbot(type="tuples").accept(said, files) == [[None, "hello"], ["a", None]]


@pytest.mark.parametrize("said", [[("missing.png",), 5], "text", [("a", "b", "c")], [(("missing.png",), None)]])
def test_what_is_no_conversation_is_told(said: Any) -> None:
    with pytest.raises(ValueError, match="Chatbot takes|there is no file"):
        Chatbot(label="Talk").postprocess(said, LocalFiles())


def test_a_visitor_cannot_name_a_path() -> None:
    for side in ({"file": {"path": "/etc/passwd"}}, {"file": {"h": "x"}}, {"path": "/etc/passwd"}):
        with pytest.raises(InvalidValueError):
            Chatbot(label="Talk").preprocess([[side, None]], LocalFiles())
