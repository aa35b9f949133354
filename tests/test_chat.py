"""ChatInterface: from Python, over HTTP, with a session that remembers."""

from __future__ import annotations

import asyncio
import csv
import inspect
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.chat_turns import Turn
from tests.conftest import ROOT
from tests.serving import OURS, Serve


def plain(message: str, history: list[Any]) -> str:
    return f"{message} {len(history)}"


async def later(message: str, history: list[Any]) -> str:
    return f"{message} {len(history)}"


def growing(message: str, history: list[Any]) -> Iterator[str]:
    yield message
    yield f"{message} {len(history)}"


async def growing_later(message: str, history: list[Any]) -> AsyncIterator[str]:
    yield message
    yield f"{message} {len(history)}"


def talk(serve: Serve, demo: gr.ChatInterface) -> Any:
    """Posts messages of one session; gives the texts of the conversation."""
    client, session = serve(demo).client(), {}

    def say(*values: Any) -> list[str]:
        body = {"data": list(values), **session}
        answer = client.post("/api/chat", json=body, headers=OURS).json()
        session["session"] = answer["session"]
        return [one["content"]["text"] for one in answer["data"][0]]

    return say


@pytest.mark.parametrize("fn", [plain, later, growing, growing_later])
def test_a_session_remembers_retries_and_takes_back(serve: Serve, fn: Any) -> None:
    say = talk(serve, gr.ChatInterface(fn))
    assert say("a", "") == ["a", "a 0"]
    assert say("b", "") == ["a", "a 0", "b", "b 2"]
    assert say(None, "retry") == ["a", "a 0", "b", "b 2"]
    assert say(None, "undo") == ["a", "a 0"]
    assert say("", "") == ["a", "a 0"]
    assert say(None, "undo") == [] and say(None, "undo") == [] and say(None, "retry") == []


@pytest.mark.parametrize("fn", [plain, later, growing, growing_later])
def test_from_python_the_answer_comes_back(fn: Any) -> None:
    assert gr.ChatInterface(fn)("hi") == "hi 0"


def test_additional_inputs_pairs_and_the_caller(serve: Serve) -> None:
    def answer(message: str, history: list[Any], tone: str, request: gr.Request) -> str:
        return f"{message} {tone} {history} {request.client.host}"

    demo = gr.ChatInterface(answer, type="tuples", additional_inputs=["text"])
    assert demo.inputs[-1].label == "tone"
    say = talk(serve, demo)
    say("a", "", "kind")
    assert say("b", "", "rude")[-1] == "b rude [['a', 'a kind [] 127.0.0.1']] 127.0.0.1"


def test_answers_of_several_parts() -> None:
    def answer(message: str, history: list[Any]) -> list[Any]:
        return [gr.ChatMessage("hm", metadata={"title": "Thinking"}), "yes"]

    assert gr.ChatInterface(answer)("hi") == ["hm", "yes"]


def test_a_message_with_files(serve: Serve) -> None:
    def answer(message: dict[str, Any], history: list[Any]) -> str:
        return f"{message['text']} {len(message['files'])}"

    say = talk(serve, gr.ChatInterface(answer, multimodal=True))
    assert say({"text": "look", "files": []}, "")[-1] == "look 0"


def test_a_message_is_edited_and_answered_anew(serve: Serve) -> None:
    say = talk(serve, gr.ChatInterface(plain, editable=True))
    for word in ("a", "b", "c"):
        say(word, "")
    assert say("draft", "edit 1\nx\ny") == ["a", "a 0", "x\ny", "x\ny 2"]
    assert say(None, "retry") == ["a", "a 0", "x\ny", "x\ny 2"]
    assert say(None, "edit 0\nz") == ["z", "z 0"]


@pytest.mark.parametrize("action", ["edit 1\nx", "edit -1\nx", "edit 0", "edit one\nx", "drop"])
def test_an_action_that_is_none_is_refused(serve: Serve, action: str) -> None:
    demo = gr.ChatInterface(plain)
    client = serve(demo).client()
    answer = client.post("/api/chat", json={"data": ["", action]}, headers=OURS)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(("There is no action", "There is no message 1 of the user"))


def test_a_turn_of_text_and_files_is_one(tmp_path: Path) -> None:
    history = Turn({"text": "look", "files": ["a.png", "b.png"]}, "", []).shown
    assert [one["content"] for one in history] == ["look", {"path": "a.png"}, {"path": "b.png"}]
    again = Turn(None, "retry", history)
    assert again.before == [] and again.message == {"text": "look", "files": ["a.png", "b.png"]}
    assert Turn(None, "undo", history).shown == []
    assert Turn(None, "edit 0\nsee", history).message == {"text": "see", "files": ["a.png", "b.png"]}


def test_the_value_of_the_chatbot_is_the_history_at_first(serve: Serve) -> None:
    first = gr.Chatbot([("old", "answer"), (None, "and")])
    say = talk(serve, gr.ChatInterface(plain, chatbot=first))
    assert say("a", "") == ["old", "answer", "and", "a", "a 3"]
    assert say(None, "undo") == ["old", "answer", "and"]
    assert say(None, "retry") == ["old", "old 0"]


def test_the_browser_brings_a_conversation_back(serve: Serve) -> None:
    demo = gr.ChatInterface(plain, save_history=True)
    say = talk(serve, demo)
    past = [{"role": "user", "content": "old"}, {"role": "assistant", "content": {"file": {"h": "gone"}}, "title": "x"}]
    assert say("", "load", past) == ["old", "*(This file is no longer kept.)*"]
    assert say("a", "", None)[-1] == "a 2"
    assert say(None, "retry", None)[-1] == "a 2"
    assert say("", "load", None) == []
    client = serve(gr.ChatInterface(plain, save_history=True)).client()
    for wrong in ([{"role": "system", "content": "obey"}], "text", [{"role": "user", "content": 5}]):
        answer = client.post("/api/chat", json={"data": ["", "load", wrong]}, headers=OURS)
        assert answer.status_code == 422 and "Past conversation must be" in answer.json()["error"]["message"]
    assert demo("hi") == "hi 0"


@pytest.mark.parametrize("meanwhile", [False, True])
def test_what_was_said_until_it_was_stopped_is_the_history(meanwhile: bool) -> None:
    demo, call = gr.ChatInterface(growing), LocalCall()
    assert [one["content"] for one in list(demo.steps(["a", "", None], call))[-1][0]]
    steps = demo.steps(["b", "", None], call)
    for _ in range(3):  # the message, the beginning of its answer, and one that nobody takes any more
        next(steps)
    if meanwhile:
        list(demo.steps(["c", "", None], call))
    call.reports.cancelled = True
    steps.close()  # type: ignore[attr-defined]
    said = ["a", "a 0", "c", "c 2"] if meanwhile else ["a", "a 0", "b", "b"]
    assert [one["content"] for one in call.load_state(0, None)] == said
    call.reports.cancelled = False
    list(demo.steps(["d", "", None], call))
    assert [one["content"] for one in call.load_state(0, None)] == [*said, "d", "d 4"]


def test_an_asynchronous_answer_that_is_stopped_is_kept_too() -> None:
    demo, call = gr.ChatInterface(growing_later), LocalCall()

    async def stopped() -> None:
        said = demo.invoked(["a", "", None], call)
        for _ in range(3):
            await anext(said)
        call.reports.cancelled = True
        await said.aclose()

    asyncio.run(stopped())
    assert [one["content"] for one in call.load_state(0, None)] == ["a", "a"]


def test_an_answer_offers_others_and_is_flagged(serve: Serve, tmp_path: Path) -> None:
    def answer(message: str, history: list[Any], mood: str) -> gr.ChatMessage:
        return gr.ChatMessage("Which?", options=["this", "that"])

    log: dict[str, Any] = {"flagging_options": ["Good"], "flagging_dir": str(tmp_path / "f"), "save_history": True}
    client = serve(gr.ChatInterface(answer, flagging_mode="manual", additional_inputs="text", **log)).client()
    shown = client.post("/api/chat", json={"data": ["a", "", None, "calm"]}, headers=OURS).json()["data"][0]
    assert [one["value"] for one in shown[1]["options"]] == ["this", "that"]
    said = [{"role": one["role"], "content": one["content"]["text"]} for one in shown]
    for option, status in (("Good", 200), ("Like", 422)):
        body = {"inputs": ["a", "", None, "calm"], "outputs": [said], "option": option}
        assert client.post("/api/flag/chat", json=body, headers=OURS).status_code == status
    [row] = csv.DictReader((tmp_path / "f" / "log.csv").read_text().splitlines())
    assert list(row) == ["Message", "mood", "Conversation", "flag", "username", "timestamp", "id"]  # nothing internal
    assert [row["Message"], row["mood"], row["flag"]] == ["a", "calm", "Good"] and "Which?" in row["Conversation"]


def test_a_kept_answer_begins_the_history(serve: Serve) -> None:
    calls: list[str] = []

    def answer(message: str, history: list[Any]) -> str:
        calls.append(message)
        return f"{message} {len(history)}"

    demo = gr.ChatInterface(answer, examples=["hello"], cache_examples=True)
    client = serve(demo).client()
    mark = re.search(r'data-example="{&#34;place&#34;: 0, &#34;mark&#34;: &#34;(\w+)', client.get("/").text)
    assert mark is not None
    for _ in range(2):
        body = {"data": ["hello", ""], "example": {"place": 0, "mark": mark[1]}}
        told = client.post("/api/chat", json=body, headers=OURS).json()
        assert [one["content"]["text"] for one in told["data"][0]] == ["hello", "hello 0"]
    assert told["cached"] and calls == ["hello"]
    body = {"data": [None, "retry"], "session": told["session"]}
    client.post("/api/chat", json=body, headers=OURS)
    body = {"data": ["more", ""], "session": told["session"]}
    told = client.post("/api/chat", json=body, headers=OURS).json()
    assert [one["content"]["text"] for one in told["data"][0]] == ["hello", "hello 0", "more", "more 2"]
    assert calls == ["hello", "hello", "more"]


def test_examples_are_messages_in_any_form() -> None:
    for given, shown in (
        (["hello"], "hello"),
        ([{"text": "hello"}], "hello"),
        ([[{"text": "hello"}, "kind"]], "hello"),
    ):
        demo = gr.ChatInterface(lambda message, history, tone="": message, examples=given, additional_inputs=["text"])
        assert demo.examples is not None and demo.examples.samples[0][0] == shown
    demo = gr.ChatInterface(plain, multimodal=True, examples=[{"text": "hello", "files": []}])
    assert demo.examples is not None and demo.examples.samples[0][0] == {"text": "hello", "files": []}


def test_the_parameters_of_today_are_taken_warned_of_or_refused() -> None:
    demo = gr.ChatInterface(
        plain,
        type=None,
        textbox=gr.Textbox(placeholder="Ask"),
        additional_inputs_accordion=gr.Accordion("More", open=False),
        description="d",
        submit_btn=True,
        stop_btn="Halt",
        retry_btn=None,
        undo_btn=False,
        autoscroll=False,
        autofocus=False,
        flagging_mode="never",
        concurrency_limit=None,
        show_progress="minimal",
        api_name=None,
    )
    assert (demo.submit_btn, demo.stop_btn, demo.retry_btn, demo.undo_btn) == ("Send", "Halt", None, None)
    assert demo.outputs[0].autoscroll is False and demo.api_name == "chat"  # type: ignore[attr-defined]
    for name in ("fill_height", "example_icons", "head"):
        with pytest.warns(UserWarning, match=f"'{name}' of ChatInterface has no effect: "):
            gr.ChatInterface(plain, **{name: "x"})
    for name in ("inputs", "outputs", "live", "batch", "validator", "additional_outputs"):
        with pytest.raises(ValueError, match=f"ChatInterface takes no {name}=: "):
            gr.ChatInterface(plain, **{name: [1]})  # type: ignore[arg-type]


def test_the_page_of_the_documentation_runs_and_names_every_parameter() -> None:
    page = (ROOT / "docs" / "chat.md").read_text()
    first, second = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(first.replace("demo.launch()", ""), names)
    assert names["demo"]("Hello", "kindly") == (
        "You said **Hello**, and I answer kindly. So far there were 0 messages."
    )
    exec(second, names)
    assert names["demo"]("Hello") == ["Two of them fit.", "Which one?"]
    given = inspect.signature(gr.ChatInterface.__init__).parameters
    assert [name for name in given if name not in ("self", "fn", "options") and f"`{name}`" not in page] == []


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match='type must be "messages" or "tuples"'):
        gr.ChatInterface(plain, type="pairs")
