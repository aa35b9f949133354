"""Chatbot: a conversation."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.chat_messages import (
    File,
    Message,
    is_messages,
    messages_of,
    pairs_of,
    split_thoughts,
)
from quickdemo.runtime.components.chat_parts import StoredOnce
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.markup import Options, lefts_of, render_author, render_safe
from quickdemo.runtime.components.uploads import (
    HANDLE_SCHEMA,
    MEDIA_OUT_SCHEMA,
    incoming,
    kept_path,
    local_path,
    returned_path,
)
from quickdemo.runtime.errors import shown
from quickdemo.runtime.scratch import scratch_path

TYPES = (None, "tuples", "messages")
LAYOUTS = ("bubble", "panel")
EDITABLE = (None, "user", "all")
_ABOUT: dict[str, type | tuple[type, ...]] = {"title": str, "log": str, "status": str, "duration": (int, float)}
_TEXT: Schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


class Chatbot(Display):
    """Takes `[(user, bot), ...]`, either of which may be None, or `[{"role": ..., "content": ...}, ...]`.

    A side or a content is Markdown, or a file: (path,), (path, alt text), {"path", "alt_text"}, or a component such as
    gr.Image(picture), gr.Plot(figure) or gr.Code(text). A message may be a thought, which folds: `"metadata": {"title",
    "log", "status", "duration"}`; and `"options"` are answers to choose from.

    On the wire a text is {"text": as given, "html": rendered}, a file {"file": media, "alt"}; coming in, a bare text
    and {"file": {"h"}} will do. As an input the function gets what stands on the page, in that form.
    """

    kind = "chatbot"
    holds_components = True

    def __init__(
        self,
        value: Any = None,
        color_map: Sequence[str] | None = None,
        *,
        type: str | None = None,
        avatar_images: Sequence[str | os.PathLike[str] | None] | None = None,
        height: int | str | None = None,
        min_height: int | str | None = None,
        max_height: int | str | None = None,
        resizable: bool = False,
        layout: str = "bubble",
        placeholder: str | None = None,
        examples: Sequence[Mapping[str, Any]] | None = None,
        autoscroll: bool = True,
        editable: str | None = None,
        feedback_options: Sequence[str] | None = ("Like", "Dislike"),
        group_consecutive_messages: bool = True,
        latex_delimiters: Sequence[Mapping[str, Any]] | None = None,
        line_breaks: bool = True,
        reasoning_tags: Sequence[tuple[str, str]] | None = None,
        render_markdown: bool = True,
        rtl: bool = False,
        sanitize_html: bool = True,
        show_copy_all_button: bool = False,
        show_copy_button: bool = True,
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
        min_height, max_height: its bounds, where no height is given.
        resizable: the visitor can drag its lower edge.
        layout: "bubble", or "panel" for messages over the whole width.
        placeholder: Markdown, shown as long as there is no message.
        examples: shown there, too, as buttons that are sent: [{"text", "display_text", "files", "icon"}, ...], of which
            all but the text may be left out; icon and files are paths.
        autoscroll: who reads at the end stays there as it grows.
        editable: "user" lets the visitor edit the messages of the user, "all" every text.
        feedback_options: buttons at each answer; shown are those that the Interface has as flagging options. A click
            stores the conversation up to that answer as a flag.
        group_consecutive_messages: one avatar for messages that follow each other.
        latex_delimiters: [{"left": "$", "right": "$", "display": False}, ...] of formulas; None takes $, $$, \\( and
            \\[, an empty list none.
        line_breaks: a line break in a paragraph is one on the page.
        reasoning_tags: pairs such as ("<think>", "</think>"): what stands between them in an answer is a thought.
        render_markdown: False shows all text as it is.
        rtl: from right to left; otherwise each text's first letter decides.
        sanitize_html: accepted; what a function returns never runs in the page.
        show_copy_all_button: the whole conversation can be copied.
        show_copy_button: each message can be copied.
        """
        super().__init__(value, **common)
        for name, given, known in (
            ("type", type, TYPES),
            ("layout", layout, LAYOUTS),
            ("editable", editable, EDITABLE),
        ):
            if given not in known:
                offered = " or ".join(f'"{one}"' for one in known if one)
                raise ValueError(f"Chatbot: {name} must be {offered}; it was {given!r}.")
        self.type, self.layout, self.editable = type, layout, editable
        self.color_map = list(color_map or [])
        self.avatar_images = list(avatar_images or [])
        self.sizes = {"block-size": height, "min-block-size": min_height, "max-block-size": max_height}
        self.resizable, self.placeholder, self.rtl, self.autoscroll = resizable, placeholder, rtl, autoscroll
        self.examples = [_checked_example(one) for one in examples or ()]
        self.feedback_options = list(feedback_options or ())
        self.group_consecutive_messages = group_consecutive_messages
        self.show_copy_button, self.show_copy_all_button = show_copy_button, show_copy_all_button
        self.greets = bool(placeholder or self.examples)
        self.rendering = Options(lefts_of(latex_delimiters), line_breaks)
        self.render_markdown = render_markdown
        self.reasoning_tags = [(str(opening), str(closing)) for opening, closing in reasoning_tags or ()]
        self._avatars: list[str | None] = []
        self._offers: list[dict[str, Any]] = []
        self._stored = StoredOnce()
        del sanitize_html

    def style(self, *, color_map: Sequence[str] | None = None, **looks: Any) -> Chatbot:
        """The form of 2022: `Chatbot().style(color_map=("green", "pink"))`. Other looks belong in `css=`."""
        self.color_map = list(color_map or self.color_map)
        return self

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when an entry is neither a pair nor a message, or a file is not there."""
        messages = messages_of(value)
        if self.type == "messages" or (self.type is None and is_messages(value)):
            messages = split_thoughts(messages, self.reasoning_tags)
            return [wire for m in messages if m.content is not None for wire in self._shown(m, files)]
        return [[None if m is None else self._one(m.content, files) for m in pair] for pair in pairs_of(messages)]

    def _shown(self, message: Message, files: Files) -> list[Wire]:
        """One message on the wire for each part of its content; the options stand below the last."""
        sides = self._sides(message.content, files)
        shown: list[dict[str, Any]] = [{"role": message.role, "content": side, **message.about} for side in sides]
        if message.options and shown:
            shown[-1]["options"] = list(message.options)
        return shown

    def _one(self, content: str | File | None, files: Files) -> Wire:
        sides = self._sides(content, files)
        if len(sides) > 1:
            raise ValueError(
                f"{self.label or self.kind}: a pair holds one file on each side, not {len(sides)}; messages hold many."
            )
        return sides[0] if sides else None

    def _sides(self, content: str | File | None, files: Files) -> list[Wire]:
        if content is None:
            return []
        if isinstance(content, str):
            html = render_safe(content, self.rendering) if self.render_markdown else f"{escape(content)}"
            return [{"text": content, "html": html}]
        if isinstance(content.source, str):
            media = self._stored.path(returned_path(self, content.source), files)
            return [{"file": media, "alt": content.alt}]
        return self._stored.component(content.source, files, self.rendering)

    def initial(self, files: Files) -> Wire:
        """Also keeps what needs the server's files: avatars, icons and files of examples."""
        self._avatars = [None if path is None else self._kept(path, files)["url"] for path in self.avatar_images]
        self._offers = [self._offer(example, files) for example in self.examples]
        return self.postprocess(self.value, files)

    def _offer(self, example: dict[str, Any], files: Files) -> dict[str, Any]:
        """An example as the page has it."""
        icon = example.get("icon")
        given = [self._kept(path, files) for path in example.get("files") or ()]
        shown = str(example.get("display_text") or example["text"])
        return {
            "text": example["text"],
            "label": shown,
            "files": given,
            "icon": icon and self._kept(icon, files)["url"],
        }

    def _kept(self, given: Any, files: Files) -> Wire:
        path = given["path"] if isinstance(given, Mapping) else given
        return files.put_path(local_path(self, path))

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
        about = {name: message[name] for name, kind in _ABOUT.items() if isinstance(message.get(name), kind)}
        metadata = {"metadata": about} if "title" in about else {}
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
        return {
            "colors": self.color_map,
            "copy": self.show_copy_button,
            "copyAll": self.show_copy_all_button,
            "avatars": self._avatars,
            "examples": self._offers,
            "follow": self.autoscroll,
            "editable": self.editable,
            "feedback": self.feedback_options,
        }

    def view(self, id: str, wire: Wire) -> Markup:
        sizes = {name: f"{size}px" if isinstance(size, int) else size for name, size in self.sizes.items() if size}
        if "block-size" in sizes:
            sizes["max-block-size"] = "none"
        classes = ["talk", self.layout, *(["apart"] if not self.group_consecutive_messages else [])]
        talk = attributes(
            id=id,
            class_=" ".join([*classes, *(["resizable"] if self.resizable else [])]),
            dir="rtl" if self.rtl else None,
            aria_labelledby=f"{id}-name",
            style="; ".join(f"{name}: {size}" for name, size in sizes.items()) or None,
        )
        hello = Markup(render_author(self.placeholder, id)) if self.placeholder else "No messages yet."
        return Markup(
            '<div class="talkbox"><div{} role="log" aria-live="polite" tabindex="0"></div>'
            '<div class="hello"><div class="prose">{}</div></div></div>'
            '<button type="button" class="plain newest" hidden>Newest message ↓</button>'
        ).format(talk, hello)


def _checked_example(given: Any) -> dict[str, Any]:
    """An entry of `examples`. Raises ValueError."""
    if isinstance(given, str):
        return {"text": given}
    text = given.get("text", "") if isinstance(given, Mapping) else None
    if isinstance(text, str) and (text or given.get("files")):
        return {**given, "text": text}
    raise ValueError(
        f'Chatbot: an example is {{"text": ..., "display_text": ..., "files": [...]}}; one was {shown(given)}.'
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
