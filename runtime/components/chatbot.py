"""Chatbot: a conversation."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.chat_messages import File, Message, is_messages, messages_of, pairs_of
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.markup import render_safe
from quickdemo.runtime.components.uploads import (
    HANDLE_SCHEMA,
    MEDIA_OUT_SCHEMA,
    incoming,
    kept_path,
    local_path,
    returned_path,
)
from quickdemo.runtime.scratch import scratch_path

TYPES = (None, "tuples", "messages")
_TEXT: Schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


class Chatbot(Display):
    """Takes `[(user, bot), ...]`, either of which may be None, or `[{"role": ..., "content": ...}, ...]`.

    A side or a content is Markdown, or a file: (path,), (path, alt text), {"path", "alt_text"}, or a component such as
    gr.Image(picture). On the wire a text is {"text": as given, "html": rendered}, a file {"file": media, "alt"}; coming
    in, a bare text and {"file": {"h"}} will do. As an input the function gets what stands on the page, in that form.
    """

    kind = "chatbot"

    def __init__(
        self,
        value: Any = None,
        color_map: Sequence[str] | None = None,
        *,
        type: str | None = None,
        avatar_images: Sequence[str | os.PathLike[str] | None] | None = None,
        height: int | str | None = None,
        placeholder: str | None = None,
        show_copy_button: bool = True,
        render_markdown: bool = True,
        rtl: bool = False,
        **common: Any,
    ) -> None:
        """
        value: the conversation at first.
        color_map: CSS colours of (user, bot); None takes the page's own.
        type: the form that the function gets, "tuples" (pairs) or "messages"; None is that of what was shown, and
            pairs at first.
        avatar_images: paths of pictures beside the messages of (user, bot); either may be None.
        height: of the conversation, in pixels or as a CSS length; None is as high as it takes, up to two thirds of the
            window.
        placeholder: shown as long as there is no message.
        show_copy_button: each message can be copied.
        render_markdown: False shows all text as it is.
        rtl: from right to left; otherwise each text's first letter decides.
        """
        super().__init__(value, **common)
        if type not in TYPES:
            raise ValueError(f'Chatbot: type must be "tuples" or "messages"; it was {type!r}.')
        self.color_map = list(color_map or [])
        self.type = type
        self.avatar_images = list(avatar_images or [])
        self.height = f"{height}px" if isinstance(height, int) else height
        self.placeholder, self.rtl = placeholder, rtl
        self.show_copy_button, self.render_markdown = show_copy_button, render_markdown
        self._avatars: list[str | None] = []

    def style(self, *, color_map: Sequence[str] | None = None, **looks: Any) -> Chatbot:
        """The form of 2022: `Chatbot().style(color_map=("green", "pink"))`. Other looks belong in `css=`."""
        self.color_map = list(color_map or self.color_map)
        return self

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when an entry is neither a pair nor a message, or a file is not there."""
        messages = messages_of(value)
        if self.type == "messages" or (self.type is None and is_messages(value)):
            return [self._shown(m, files) for m in messages if m.content is not None]
        sides = [[None if m is None else self._side(m.content, files) for m in pair] for pair in pairs_of(messages)]
        return sides

    def _shown(self, message: Message, files: Files) -> Wire:
        title = {} if message.title is None else {"title": message.title}
        return {"role": message.role, "content": self._side(message.content, files), **title}

    def _side(self, content: str | File | None, files: Files) -> Wire:
        if content is None:
            return None
        if isinstance(content, str):
            return {"text": content, "html": render_safe(content) if self.render_markdown else f"{escape(content)}"}
        return {"file": self._stored(content, files), "alt": content.alt}

    def _stored(self, file: File, files: Files) -> Wire:
        if isinstance(file.source, str):
            return files.put_path(returned_path(self, file.source))
        wire = file.source.initial(files)
        if isinstance(wire, dict) and "h" in wire:
            return wire
        raise ValueError(
            f"{self.label or self.kind}: a {type(file.source).__name__} in a conversation must hold one file."
        )

    def initial(self, files: Files) -> Wire:
        """Also keeps the avatars, which need the server's files."""
        self._avatars = [
            None if path is None else files.put_path(local_path(self, path))["url"] for path in self.avatar_images
        ]
        return self.postprocess(self.value, files)

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> list[Any]:
        return self._given(wire, lambda media: self._received(media, files))

    def _given(self, wire: Wire, path_of: Callable[[Wire], str]) -> list[Any]:
        """Pairs or messages of a wire value; `path_of` gives the path of a file."""
        if wire is None:
            return []
        if not isinstance(wire, list):
            raise self.refuse("must be a list of [user, bot] pairs or of messages", wire)
        in_messages = bool(wire) and isinstance(wire[0], dict)
        read: Any = self._message if in_messages else self._pair
        entries: list[Any] = [read(one, path_of) for one in wire]
        if self.type is None or (self.type == "messages") == in_messages:
            return entries
        return _as_messages(entries) if self.type == "messages" else _as_pairs(entries)

    def _pair(self, pair: Wire, path_of: Callable[[Wire], str]) -> list[Any]:
        if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_side, pair)):
            raise self.refuse('must be a list of [user, bot] pairs of text, {"text": ...} or null; one is not', pair)
        return [_tuple_of(side, path_of) for side in pair]

    def _message(self, message: Wire, path_of: Callable[[Wire], str]) -> dict[str, Any]:
        right = isinstance(message, dict) and isinstance(message.get("role"), str)
        if not right or message.get("content") is None or not _is_side(message["content"]):
            raise self.refuse('must be a list of {"role": ..., "content": text or file} messages; one is not', message)
        content = _tuple_of(message["content"], path_of)
        if isinstance(content, tuple):
            content = {"path": content[0], "alt_text": content[1] if len(content) > 1 else None}
        title = message.get("title")
        metadata = {"metadata": {"title": title}} if isinstance(title, str) else {}
        return {"role": message["role"], "content": content, **metadata}

    def _received(self, media: Wire, files: Files) -> str:
        file = incoming(self, {"h": media.get("h")} if isinstance(media, dict) else media, files)
        path = scratch_path(file.name)
        file.copy_to(path)
        return path

    def accept(self, value: Any, files: Files) -> list[Any]:
        return self.preprocess(self.postprocess(value, files), files)

    @staticmethod
    def pairs_of_messages(messages: list[dict[str, Any]]) -> list[list[Any]]:
        """[user, bot] pairs of messages as a function has them."""
        return _as_pairs(messages)

    # ------------------------------------------------------------------ schema, flags, examples

    def schema(self) -> Schema:
        return self._schema(HANDLE_SCHEMA)

    def output_schema(self) -> Schema:
        return self._schema(MEDIA_OUT_SCHEMA)

    def _schema(self, media: Schema) -> Schema:
        file = {"type": "object", "properties": {"file": media}, "required": ["file"]}
        content: Schema = {"anyOf": [{"type": "string"}, _TEXT, file]}
        side = {"anyOf": [{"type": "null"}, *content["anyOf"]]}
        pair = {"type": "array", "prefixItems": [side, side], "minItems": 2, "maxItems": 2}
        parts = {"role": {"type": "string"}, "content": content}
        message = {"type": "object", "properties": parts, "required": list(parts)}
        lists = [{"type": "array", "items": pair}, {"type": "array", "items": message}]
        return {"anyOf": [{"type": "null"}, *lists]}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str:
        """JSON of the texts without their rendering, and of files as `label/N.ext`, in the form of the page."""

        def keep(one: Wire) -> str:
            stored = media.get(one["h"])
            return media.keep(self.label or self.kind, stored.path, os.path.splitext(stored.name)[1])

        entries = self._given(wire, keep)
        return json.dumps([_flagged(entry) for entry in entries], ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return [_unflagged(entry, folder) for entry in json.loads(cell)] if cell else []

    def example_html(self, wire: Wire) -> Markup:
        count = len(wire or [])
        return escape(f"{count} turn{'' if count == 1 else 's'}")

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {"colors": self.color_map, "copy": self.show_copy_button, "avatars": self._avatars}

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div{} role="log" aria-live="polite" tabindex="0"></div>'
            '<button type="button" class="plain newest" hidden>Newest message ↓</button>'
        ).format(
            attributes(
                id=id,
                class_="talk",
                dir="rtl" if self.rtl else None,
                aria_labelledby=f"{id}-name",
                data_empty=self.placeholder or "No messages yet.",
                style=f"block-size: {self.height}; max-block-size: none" if self.height else None,
            )
        )


def _is_side(side: Wire) -> bool:
    if side is None or isinstance(side, str):
        return True
    return isinstance(side, dict) and (isinstance(side.get("text"), str) or isinstance(side.get("file"), dict))


def _tuple_of(side: Wire, path_of: Callable[[Wire], str]) -> Any:
    """Text, None, or (path,) or (path, alt text) of a file."""
    if not isinstance(side, dict):
        return side
    if "file" not in side:
        return side["text"]
    return (path_of(side["file"]), side["alt"]) if isinstance(side.get("alt"), str) else (path_of(side["file"]),)


def _as_messages(pairs: list[Any]) -> list[dict[str, Any]]:
    found = []
    for pair in pairs:
        for role, side in zip(("user", "assistant"), pair, strict=True):
            content = {"path": side[0], "alt_text": (*side, None)[1]} if isinstance(side, tuple) else side
            found += [] if side is None else [{"role": role, "content": content}]
    return found


def _as_pairs(messages: list[dict[str, Any]]) -> list[list[Any]]:
    pairs = pairs_of(messages_of(messages))
    return [[None if one is None else _plain_side(one.content) for one in pair] for pair in pairs]


def _plain_side(content: str | File | None) -> Any:
    if not isinstance(content, File):
        return content
    return (content.source,) if content.alt is None else (content.source, content.alt)


def _flagged(entry: Any) -> Any:
    """An entry as JSON has it: a file of a pair becomes {"path", "alt_text"}."""
    if not isinstance(entry, list):
        return entry
    files = [{"path": side[0], "alt_text": (*side, None)[1]} if isinstance(side, tuple) else side for side in entry]
    return files


def _unflagged(entry: Any, folder: str) -> Any:
    """The same with the paths of kept files."""
    if isinstance(entry, dict) and "path" in entry:
        return {**entry, "path": kept_path(folder, entry["path"])}
    if isinstance(entry, dict) and isinstance(entry.get("content"), dict):
        return {**entry, "content": _unflagged(entry["content"], folder)}
    return [_unflagged(side, folder) for side in entry] if isinstance(entry, list) else entry
