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


def test_components_stand_in_messages_as_files_and_as_text(picture: str) -> None:
    parts = [
        gr.Image(np.zeros((2, 2, 3), np.uint8), label="black"),
        gr.Gallery([(picture, "red"), picture]),
        gr.File([picture]),
        gr.Code("a = `b`\n```\n", language="python"),
        gr.JSON({"a": 1}),
        gr.Label({"cat": 0.75, "d*g": 0.25}),
        gr.Dataframe([["x_y", 1.5]] * 101, headers=["a", "b|c"]),
        gr.HTML("<b>bold</b>"),
        gr.Markdown("*word*"),
        gr.Textbox("2 * 3"),
        gr.Image(),
    ]
    wire = Chatbot().postprocess([{"role": "assistant", "content": parts}], LocalFiles())
    sides = [one["content"] for one in wire]
    assert [side["alt"] for side in sides[:4]] == ["black", "red", None, None]
    assert {side["file"]["type"] for side in sides[:4]} == {"image/png"}
    assert [side["text"] for side in sides[4:7]] == [
        "````python\na = `b`\n```\n````",
        '```json\n{\n  "a": 1\n}\n```',
        "**cat**\n\n- cat: 75%\n- d\\*g: 25%",
    ]
    table = sides[7]["text"].split("\n")
    assert table[:3] == ["| a | b\\|c |", "| --- | --- |", "| x\\_y | 1\\.5 |"] and table[-1] == "1 more rows"
    assert "<td>x_y</td>" in sides[7]["html"]
    assert sides[8]["html"] == "<b>bold</b>" and sides[9]["html"] == "<p><em>word</em></p>\n"
    assert sides[10:] == [{"text": "2 \\* 3", "html": "<p>2 * 3</p>\n"}]


def test_a_figure_stands_in_a_message_as_a_picture() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.add_subplot().plot([1, 2])
    wire = Chatbot().postprocess([gr.ChatMessage(gr.Plot(figure))], LocalFiles())
    assert wire[0]["content"]["file"]["type"] == "image/png"


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (gr.Plot({"type": "plotly", "plot": {"data": []}}), "figures of matplotlib; this one is of plotly"),
        (gr.State(1), "A State cannot stand in a conversation"),
        (gr.Gallery([np.zeros((2, 2, 3), np.uint8)] * 2), "one file on each side, not 2"),
    ],
)
def test_a_component_that_cannot_be_shown_is_told(part: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Chatbot().postprocess([(part, None)], LocalFiles())


def test_a_conversation_that_grows_stores_its_files_once(picture: str) -> None:
    files, bot = LocalFiles(), Chatbot()
    said = [gr.ChatMessage((picture,), "user"), gr.ChatMessage(gr.Image(np.zeros((2, 2, 3), np.uint8)))]
    first = bot.postprocess(said, files)
    again = bot.postprocess([*said, gr.ChatMessage("so")], files)
    assert again[:2] == first
    assert bot.postprocess(said, LocalFiles()) != first  # another visitor's files are not this one's
    Pillow.new("RGB", (30, 20), "blue").save(picture)
    assert bot.postprocess(said, files)[0] != first[0]


def test_the_form_of_gradio_6_is_read(picture: str) -> None:
    content = [{"type": "text", "text": "see"}, {"type": "file", "file": {"path": picture}}]
    wire = Chatbot().postprocess([{"role": "user", "content": content}], LocalFiles())
    assert [list(one["content"]) for one in wire] == [["text", "html"], ["file", "alt"]]


def test_flags_keep_files_and_bring_them_back(picture: str, tmp_path: Path) -> None:
    files = LocalFiles()
    for said in ([((picture,), "nice")], [{"role": "user", "content": {"path": picture}}]):
        wire = Chatbot(label="Talk").postprocess(said, files)
        cell = Chatbot(label="Talk").flag_cell(wire, FlagMedia(str(tmp_path / "flags"), files))
        kept = Chatbot().from_flag_cell(cell, str(tmp_path / "flags"))
        again = Chatbot().example_wire(kept, files)
        side = again[0][0] if isinstance(again[0], list) else again[0]["content"]
        assert Path(files.get(side["file"]["h"]).path).read_bytes() == Path(picture).read_bytes()


def test_thoughts_have_a_title_and_more() -> None:
    about = {"title": "Thinking", "log": "2 steps", "status": "done", "duration": 1.5}
    wire = Chatbot().postprocess([gr.ChatMessage("hm", metadata={**about, "id": 3})], LocalFiles())
    assert {name: wire[0][name] for name in about} == about
    assert Chatbot().preprocess(wire, LocalFiles())[0]["metadata"] == about
    assert Chatbot().postprocess(wire, LocalFiles()) == wire  # also as it stands on the wire
    for wrong in ({"status": "soon"}, {"duration": "long"}, {"duration": -1}, {"duration": True}):
        with pytest.raises(ValueError, match=f"Chatbot: the {next(iter(wrong))} of a thought is"):
            Chatbot().postprocess([gr.ChatMessage("hm", metadata={"title": "x", **wrong})], LocalFiles())


def test_what_a_model_thinks_aloud_is_a_thought() -> None:
    def read(text: str) -> list[Any]:
        bot = Chatbot(type="messages", reasoning_tags=[("<think>", "</think>"), ("<r>", "</r>")])
        wire = bot.postprocess([{"role": "assistant", "content": text}, ("a <r>b</r>", None)], LocalFiles())
        assert wire[-1]["content"]["text"] == "a <r>b</r>"  # the user may write what she likes
        return [(one["content"]["text"], one.get("status")) for one in wire[:-1]]

    assert read("<think>hm") == [("hm", "pending")]
    assert read("<think>hm</think>yes <r>no</r>!") == [("hm", "done"), ("yes ", None), ("no", "done"), ("!", None)]
    assert read("") == [("", None)] and read("yes</think>") == [("yes</think>", None)]


def test_options_stand_below_the_last_part() -> None:
    said = gr.ChatMessage(["a", "b"], options=["yes", {"value": "n", "label": "no"}])
    wire = Chatbot().postprocess([said], LocalFiles())
    assert "options" not in wire[0]
    assert wire[1]["options"] == [{"value": "yes", "label": "yes"}, {"value": "n", "label": "no"}]
    with pytest.raises(ValueError, match="an option is a text, or"):
        Chatbot().postprocess([gr.ChatMessage("a", options=[1])], LocalFiles())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"layout": "cloud"}, 'layout must be "bubble" or "panel"; it was \'cloud\''),
        ({"editable": True}, 'editable must be "user" or "all"; it was True'),
        ({"type": "pairs"}, 'type must be "tuples" or "messages"; it was \'pairs\''),
        ({"examples": [{"icon": "x.png"}]}, 'an example is {"text"'),
    ],
)
def test_what_a_chatbot_does_not_know_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Chatbot(**options)


def test_examples_and_avatars_are_served(picture: str) -> None:
    bot = Chatbot(avatar_images=(None, picture), examples=["hi", {"text": "see", "files": [picture], "icon": picture}])
    bot.initial(LocalFiles())
    options = bot.options()
    assert [one["label"] for one in options["examples"]] == ["hi", "see"] and options["examples"][0]["files"] == []
    assert options["examples"][1]["files"][0]["name"] == "red.png" and options["examples"][1]["icon"]


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


def test_json_in_a_conversation_is_its_text_on_the_page_too() -> None:
    files = LocalFiles()
    files.brief = True  # as for the page, which has JSON as text
    wire = Chatbot(type="messages").postprocess([{"role": "assistant", "content": gr.JSON({"big": 2**60})}], files)
    assert wire[0]["content"]["text"] == '```json\n{\n  "big": 1152921504606846976\n}\n```'
