"""ChatInterface: from Python, over HTTP, with a session that remembers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import quickdemo as gr
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


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match='type must be "messages" or "tuples"'):
        gr.ChatInterface(plain, type="pairs")
