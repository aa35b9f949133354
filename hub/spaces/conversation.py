"""A conversation: what was said, as [{"role", "content"}] here, and as each version of Gradio wants it there."""

from __future__ import annotations

from typing import Any

from quickdemo.hub.spaces.app import App, Part

MOST_MESSAGES = 1000
_ROLES = ("user", "assistant")


def messages_of(value: Any) -> list[dict[str, str]]:
    """The texts of what a Space's conversation shows. Raises KeyError, TypeError or ValueError for what is none."""
    found = []
    for role, content in _said(value):
        found.append({"role": role if role in _ROLES else "assistant", "content": _text(content)})
    return found


def messages_to(part: Part, value: Any, app: App) -> Any:
    """A conversation as the Space takes it: pairs before Gradio 6, unless the Space says that it has messages.

    value: messages or pairs, JSON. What is neither is left to the Space to refuse.
    """
    try:
        said = _said(value)
    except (KeyError, TypeError, ValueError):
        return value
    if app.version >= (6, 0):  # a text in a list of parts, which it tells apart by their type
        return [
            {"role": role, "content": [{"type": "text", "text": content}] if isinstance(content, str) else content}
            for role, content in said
        ]
    if part.props.get("type") == "messages":
        return [{"role": role, "content": content} for role, content in said]
    pairs: list[list[Any]] = []
    for role, content in said:
        if role == "user":
            pairs.append([content, None])
        elif pairs and pairs[-1][1] is None:
            pairs[-1][1] = content
        else:
            pairs.append([None, content])
    return pairs


def _said(value: Any) -> list[tuple[Any, Any]]:
    """(role, content) of each message: of messages, and of pairs of a user's and the answer."""
    found: list[tuple[Any, Any]] = []
    for one in value[:MOST_MESSAGES]:
        if isinstance(one, dict):
            found.append((one["role"], one.get("content")))
        else:
            found += [(role, said) for role, said in zip(_ROLES, one, strict=True) if said is not None]
    return found


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(_text(one) for one in content[:MOST_MESSAGES])
    if isinstance(content, dict) and isinstance(content.get("text"), str):
        return str(content["text"])
    return content if isinstance(content, str) else "(a file)"
