"""What a conversation is made of: messages with a role, of text or of a file; read from pairs and from dicts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.errors import shown


@dataclass(frozen=True)
class Message:
    """One message. role: "user", or anything else for the other side. content: text, a File, or None for none.

    title: of what folds under it, such as a thought.
    """

    role: str
    content: str | File | None
    title: str | None = None


@dataclass(frozen=True)
class File:
    """A file in a conversation: the path of it, or the value of a component that makes one."""

    source: str | Component
    alt: str | None = None


@dataclass
class ChatMessage:
    """A message in the form of today: `gr.ChatMessage(role="assistant", content="...", metadata={"title": "..."})`."""

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
            entry = {"role": entry.role, "content": entry.content, "metadata": entry.metadata}
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
    """One message, or several for a list of contents."""
    title = (entry.get("metadata") or {}).get("title")
    content = entry["content"]
    parts = content if isinstance(content, list) and not isinstance(content, str) else [content]
    return [Message(str(entry["role"]), _content(part), None if title is None else str(title)) for part in parts]


def _content(side: Any) -> str | File | None:
    if isinstance(side, Component):
        return File(side)
    if isinstance(side, tuple) and side and isinstance(side[0], (str, os.PathLike)):
        return File(os.fspath(side[0]), str(side[1]) if len(side) > 1 and side[1] is not None else None)
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
