"""What a conversation is made of: messages with a role, of text or of a file; read from pairs and from dicts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.errors import shown


@dataclass(frozen=True)
class Message:
    """One message. role: "user", or anything else for the other side. content: text, a File, or None for none.

    about: of a thought, which folds: its "title", and "log" (text), "status" ("pending" or "done"), "duration" in
        seconds.
    options: answers that are offered below it: [{"value", "label"}, ...].
    """

    role: str
    content: str | File | None
    about: dict[str, Any] = field(default_factory=dict)
    options: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class File:
    """A file in a conversation: the path of it, or the value of a component that makes one."""

    source: str | Component
    alt: str | None = None


@dataclass
class ChatMessage:
    """A message in the form of today: `gr.ChatMessage(role="assistant", content="...", metadata={"title": "..."})`.

    metadata: "title" makes it a thought, which folds; beside it "log", "status" and "duration".
    options: answers to be offered: texts, or {"value", "label"}.
    """

    content: Any
    role: str = "assistant"
    metadata: Mapping[str, Any] | None = None
    options: Any = None


def is_messages(value: Any) -> bool:
    """Whether the value is in the form of messages; an empty one is in neither form."""
    first = value[0] if isinstance(value, (list, tuple)) and value else None
    return isinstance(first, ChatMessage) or (isinstance(first, Mapping) and "role" in first)


def messages_of(value: Any) -> list[Message]:
    """The messages of (user, bot) pairs, or of dicts and ChatMessages. Raises ValueError naming what is neither."""
    entries = value.tolist() if hasattr(value, "tolist") else value
    if entries is None:
        return []
    if not isinstance(entries, (list, tuple)):
        raise ValueError(f"Chatbot takes a list of (user, bot) pairs; it was {shown(value)}.")
    found: list[Message] = []
    for entry in entries:
        if isinstance(entry, ChatMessage):
            entry = vars(entry)
        if isinstance(entry, Mapping) and {"role", "content"} <= set(entry):
            found += _of_dict(entry)
        elif isinstance(entry, (list, tuple)) and len(entry) == 2:
            found += [Message(role, _content(side)) for role, side in zip(("user", "assistant"), entry, strict=True)]
        else:
            raise ValueError(
                f'Chatbot takes (user, bot) pairs or {{"role", "content"}} messages; one entry was {shown(entry)}.'
            )
    return found


def _of_dict(entry: Mapping[str, Any]) -> list[Message]:
    """One message, or several for a list of contents; the options stand below the last."""
    content = entry["content"]
    parts = content if isinstance(content, list) else [content]
    about = _about(entry.get("metadata") or entry)
    found = [Message(str(entry["role"]), _content(part), about) for part in parts]
    options = tuple(map(_option, entry.get("options") or ()))
    return [*found[:-1], *(replace(last, options=options) for last in found[-1:])]


def _about(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a thought, of what a message calls metadata. Raises ValueError."""
    if given.get("title") is None:
        return {}
    status, seconds = given.get("status"), given.get("duration")
    if status not in (None, "pending", "done"):
        raise ValueError(f'Chatbot: the status of a thought is "pending" or "done"; it was {shown(status)}.')
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds >= 0):
        raise ValueError(f"Chatbot: the duration of a thought is a number of seconds; it was {shown(seconds)}.")
    log = given.get("log")
    about = {"title": str(given["title"]), "log": None if log is None else str(log), "status": status}
    return {name: value for name, value in {**about, "duration": seconds}.items() if value is not None}


def _option(given: Any) -> dict[str, str]:
    """An answer that is offered. Raises ValueError."""
    if isinstance(given, str):
        return {"value": given, "label": given}
    if isinstance(given, Mapping) and isinstance(given.get("value"), str):
        return {"value": given["value"], "label": str(given.get("label") or given["value"])}
    raise ValueError(f'Chatbot: an option is a text, or {{"value": ..., "label": ...}}; one was {shown(given)}.')


def split_thoughts(messages: Sequence[Message], tags: Sequence[tuple[str, str]]) -> list[Message]:
    """Messages whose texts between such tags, as models write what they think, are thoughts of their own."""
    found: list[Message] = []
    for message in messages:
        if message.role == "user" or not isinstance(message.content, str) or message.about:
            found.append(message)
        else:
            found += _thoughts_of(message, tags)
    return found


def _thoughts_of(message: Message, tags: Sequence[tuple[str, str]]) -> list[Message]:
    text, parts = str(message.content), []
    while True:
        starts = [(text.find(opening), opening, closing) for opening, closing in tags if opening in text]
        if not starts:
            break
        at, opening, closing = min(starts)
        thought, ended, rest = text[at + len(opening) :].partition(closing)
        about = {"title": "Reasoning", "status": "done" if ended else "pending"}
        parts += [replace(message, content=text[:at], options=()), replace(message, content=thought, about=about)]
        text = rest
    parts = [part for part in [*parts, replace(message, content=text)] if str(part.content).strip() or part.options]
    return parts or [message]


def _content(side: Any) -> str | File | None:
    if isinstance(side, Component):
        return File(side)
    if isinstance(side, tuple) and side and isinstance(side[0], (str, os.PathLike)):
        return File(os.fspath(side[0]), str(side[1]) if len(side) > 1 and side[1] is not None else None)
    if isinstance(side, Mapping) and side.get("type") == "file" and isinstance(side.get("file"), Mapping):
        side = side["file"]  # the form of Gradio 6
    if isinstance(side, Mapping) and isinstance(side.get("component"), Component):
        return File(side["component"])
    if isinstance(side, Mapping) and isinstance(side.get("path"), (str, os.PathLike)):
        alt = side.get("alt_text")
        return File(os.fspath(side["path"]), None if alt is None else str(alt))
    if isinstance(side, Mapping) and isinstance(side.get("text"), str):  # a side as it stands on the wire
        return str(side["text"])
    side = plain(side)
    return None if side is None else str(side)


def pairs_of(messages: Sequence[Message]) -> list[list[Message | None]]:
    """(user, bot) pairs: a message of the user opens one; any other answers the open one, or stands alone."""
    pairs: list[list[Message | None]] = []
    for message in messages:
        if message.role == "user":
            pairs.append([message, None])
        elif pairs and pairs[-1][1] is None:
            pairs[-1][1] = message
        else:
            pairs.append([None, message])
    return pairs
