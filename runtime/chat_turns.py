"""The turns of a conversation in a ChatInterface: a message and its answer, again, taken back, edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.components.chat_messages import File, messages_of
from quickdemo.runtime.components.chatbot import Chatbot
from quickdemo.runtime.errors import InvalidValueError, shown

History = list[dict[str, Any]]  # messages, oldest first; the first of each turn remembers as "asked" what fn was asked

#: what the hidden input says: nothing of a message; "edit N\nTEXT" puts TEXT in the place of the user's message N
ACTIONS = ("", "retry", "undo", "load", "edit N\\nTEXT")


class Turn:
    """One message and its answer. `before` is the history that fn gets, `shown` the conversation with this turn."""

    def __init__(self, message: Any, action: str, history: History, past: History | None = None) -> None:
        """past: the conversation that "load" puts in the place of this one. Raises InvalidValueError for the action."""
        history = list(history or [])
        asked: Any = message
        if action == "load":
            history, asked = list(past or []), None
        elif action in ("retry", "undo"):
            start = max(_starts(history), default=len(history))
            asked = history[start]["asked"] if action == "retry" and start < len(history) else None
            history = history[:start]
        elif action:
            history, asked = _edited(history, action)
        self.before = [{key: part for key, part in one.items() if key != "asked"} for one in history]
        self.message = asked
        self.asks = asked not in (None, "") and asked != {"text": "", "files": []}
        self._said = [*history, *said(asked)] if self.asks else history
        self.shown: History = self._said

    def answered(self, answer: Any) -> None:
        """The answer so far; it takes the place of an earlier one."""
        parts = answer if isinstance(answer, list) else [answer]
        self.shown = [*self._said, *(_message(part) for part in parts if part is not None)]


def said(message: Any) -> History:
    """What the visitor said, as messages; the first of them remembers what fn was asked."""
    text = message["text"] if isinstance(message, dict) else str(message)
    files = message["files"] if isinstance(message, dict) else []
    parts: list[Any] = [*([text] if text or not files else []), *({"path": path} for path in files)]
    found = [{"role": "user", "content": part} for part in parts]
    found[0]["asked"] = message
    return found


def history_of(value: Any, multimodal: bool) -> History:
    """A conversation that was not held here, such as the value of a Chatbot, as a history that can be gone on with.

    Raises ValueError for what is no conversation.
    """
    found: History = []
    for message in messages_of(value):
        if message.content is None:
            continue
        entry = {"role": message.role, "content": _content(message.content)}
        found.append({**entry, "metadata": message.about} if message.about else entry)
    for start, one in enumerate(found):
        if one["role"] == "user" and (start == 0 or found[start - 1]["role"] != "user"):
            one["asked"] = _asked(found[start:], multimodal)
    return found


def outline(history: History) -> list[tuple[str, str]]:
    """Who said which text: what tells two histories apart, whatever else they hold."""
    return [(one["role"], one["content"] if isinstance(one["content"], str) else "") for one in history or []]


class Past(Chatbot):
    """The conversation that the page brings back from the browser's storage: the visitor's own word for it.

    Files that are no longer kept become a note.
    """

    def __init__(self) -> None:
        super().__init__(label="Past conversation", visible=False, type="messages")

    def preprocess(self, wire: Wire, files: Files) -> list[Any]:
        found = super().preprocess(wire, files)
        for message in found:
            if message["role"] not in ("user", "assistant"):
                raise self.refuse("must be of messages of user and assistant", message["role"])
        return found

    def _message(self, message: Wire, path_of: Callable[[Wire], str]) -> dict[str, Any]:
        try:
            return super()._message(message, path_of)
        except InvalidValueError:
            if not isinstance(message, dict) or not isinstance(message.get("content"), dict):
                raise
            return super()._message({**message, "content": "*(This file is no longer kept.)*"}, path_of)


def _starts(history: History) -> list[int]:
    """Where each turn begins."""
    return [place for place, one in enumerate(history) if "asked" in one]


def _edited(history: History, action: str) -> tuple[History, Any]:
    """(the history before the edited turn, what fn is asked now). Raises InvalidValueError."""
    head, newline, text = action.partition("\n")
    number = head.removeprefix("edit ")
    users = [place for place, one in enumerate(history) if one["role"] == "user"]
    if not (head.startswith("edit ") and newline and number.isascii() and number.isdigit()):
        raise InvalidValueError(f"There is no action {shown(action)}.", f"There is {', '.join(map(repr, ACTIONS))}.")
    if int(number) >= len(users):
        raise InvalidValueError(
            f"There is no message {int(number)} of the user; there are {len(users)}.",
            "The conversation may have ended.",
        )
    start = max(place for place in _starts(history) if place <= users[int(number)])
    asked = history[start]["asked"]
    return history[:start], {**asked, "text": text} if isinstance(asked, dict) else text


def _content(content: str | File) -> Any:
    if isinstance(content, str):
        return content
    return {"path": content.source, "alt_text": content.alt} if isinstance(content.source, str) else content.source


def _asked(messages: Sequence[dict[str, Any]], multimodal: bool) -> Any:
    """What the messages of the user at the beginning ask."""
    count = next((n for n, one in enumerate(messages) if one["role"] != "user"), len(messages))
    parts = [one["content"] for one in messages[:count]]
    text = "\n".join(part for part in parts if isinstance(part, str))
    return {"text": text, "files": [part["path"] for part in parts if isinstance(part, dict)]} if multimodal else text


def _message(part: Any) -> dict[str, Any]:
    if isinstance(part, dict) and "content" in part:
        return {"role": "assistant", **part}
    if hasattr(part, "content") and hasattr(part, "role"):  # gr.ChatMessage
        made = {"role": part.role, "content": part.content, "metadata": part.metadata or {}}
        return {**made, "options": part.options} if getattr(part, "options", None) else made
    return {"role": "assistant", "content": part}
