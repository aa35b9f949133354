"""Textbox: one or several lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, Schema, Wire, attributes
from quickdemo.runtime.errors import shown

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.text import TextParts

MAX_LINES = 20  # that a field grows to, unless its author says otherwise


class Textbox(Component):
    """Text in, text out. The function gets `str` (None when the field was cleared); anything returned is `str(y)`."""

    kind = "textbox"
    is_plain = True

    def __init__(
        self,
        value: str | None = "",
        *,
        lines: int = 1,
        max_lines: int | None = None,
        placeholder: str | None = None,
        max_length: int | None = None,
        type: str = "text",
        submit_btn: str | bool | None = False,
        stop_btn: str | bool | None = False,
        autofocus: bool = False,
        autoscroll: bool = True,
        text_align: str | None = None,
        rtl: bool = False,
        show_copy_button: bool = False,
        buttons: Sequence[str] | None = None,
        **common: Any,
    ) -> None:
        """
        value: the text at first.
        lines: height in lines; 1 is a single-line field.
        max_lines: how far the field grows with its text, 20 when None; an output grows without end when None.
        placeholder: shown while the field is empty.
        max_length: longest accepted text, in characters; a call takes 16 MB at most.
        type: "text", "password" or "email".
        submit_btn: a button beside the field that runs, with that text; True is "Submit".
        stop_btn: a button beside the field that ends a run, there while it takes long; True is "Stop".
        autofocus: the field has the focus when the page opens.
        autoscroll: who reads at the end of a text that scrolls stays there as it grows.
        text_align: "left" or "right"; None is where the text begins. Only of type="text".
        rtl: from right to left. Only of type="text".
        show_copy_button: a button copies the text.
        buttons: ["copy"] is another way to say show_copy_button=True.

        Raises ValueError for a type, an alignment or a button that there is not.
        """
        _check_one_of("type", type, ("text", "password", "email"))
        _check_one_of("text_align", text_align, ("left", "right", None))
        for button in buttons or ():
            _check_one_of("buttons", button, ("copy",))
        super().__init__(value, **common)
        self.lines = lines
        self.max_lines = None if max_lines is None else max(lines, max_lines)
        self.placeholder = placeholder
        self.max_length = max_length
        self.type = type
        self.submit_btn = _button_text("submit_btn", submit_btn, "Submit")
        self.stop_btn = _button_text("stop_btn", stop_btn, "Stop")
        self.autofocus, self.autoscroll = autofocus, autoscroll
        self.text_align, self.rtl = (text_align, rtl) if type == "text" else (None, False)
        self.show_copy_button = show_copy_button or bool(buttons)

    def preprocess(self, wire: Wire, files: Files) -> str | None:
        if wire is None:
            return None
        # A number is taken as its text, as scripts of 2022 send it; a limit on the length asks for text itself.
        if isinstance(wire, bool) or not isinstance(wire, (str, int, float) if self.max_length is None else str):
            raise self.refuse("must be text", wire)
        text = str(wire)
        if self.max_length is not None and len(text) > self.max_length:
            raise self.refuse(f"must be at most {self.max_length} characters long, not {len(text)}", text)
        return text

    def postprocess(self, value: Any, files: Files) -> str | None:
        return None if value is None else str(value)

    def accept(self, value: Any, files: Files) -> str | None:
        return self.preprocess(None if value is None else str(value), files)

    def parts(self, value: str | None, files: Files) -> TextParts | None:
        """Its words."""
        from quickdemo.interpret.parts.text import TextParts  # numpy is imported when it is needed

        return None if value is None else TextParts(value, **self.interpreted)

    def set_interpret_parameters(self, separator: str = " ", replacement: str | None = None) -> Self:
        r"""
        separator: what stands between the parts of the text. " " is any white space, "\n" makes parts of lines, and ""
            of characters, for languages that are written without spaces.
        replacement: what stands in place of a word that is left out; None removes it.
        """
        self.interpreted = {"separator": separator, "replacement": replacement}
        return self

    def schema(self) -> Schema:
        if self.max_length is None:
            return {"type": ["string", "number", "null"]}
        return {"type": ["string", "null"], "maxLength": self.max_length}

    def output_schema(self) -> Schema:
        return {"type": ["string", "null"]}

    def options(self) -> dict[str, Any]:
        return {**({"copy": True} if self.show_copy_button else {}), **({} if self.autoscroll else {"follow": False})}

    def control(self, id: str, wire: Wire) -> Markup:
        field = self._field(id, wire)
        buttons = Markup("").join(
            Markup("<button{}>{}</button>").format(attributes(type="button", data_do=deed, **marks), text)
            for deed, text, marks in (
                ("submit", self.submit_btn, {}),
                ("stop", self.stop_btn, {"hidden": True, "disabled": True}),
            )
            if text
        )
        return Markup('<div class="beside">{}{}</div>').format(field, buttons) if buttons else field

    def _field(self, id: str, wire: Wire) -> Markup:
        common = attributes(
            id=id,
            name=id,
            placeholder=self.placeholder,
            maxlength=self.max_length,
            aria_describedby=f"{id}-info" if self.info else None,
            autofocus=self.autofocus,
        )
        if self.type != "text" or (self.lines == 1 and self.max_lines == 1):
            return Markup("<input{}{}{}>").format(common, self._looks(), attributes(type=self.type, value=wire or ""))
        lines = f"--lines: {self.lines}; --max-lines: {self.max_lines or max(self.lines, MAX_LINES)}"
        # The first line break inside a textarea is dropped by HTML parsers, so one is always given.
        return Markup("<textarea{}{}{}>\n{}</textarea>").format(
            common, attributes(rows=self.lines), self._looks(lines), wire or ""
        )

    def _looks(self, lines: str | None = None) -> Markup:
        """Where the text stands, and how many lines of it are seen."""
        align = f"text-align: {self.text_align}" if self.text_align else None
        return attributes(dir="rtl" if self.rtl else None, style="; ".join(filter(None, (lines, align))) or None)

    def view(self, id: str, wire: Wire) -> Markup:
        bounded = self.max_lines is not None
        marks = attributes(id=id, class_="text bounded" if bounded else "text", aria_labelledby=f"{id}-name")
        looks = self._looks(f"--max-lines: {self.max_lines}" if bounded else None)
        scrolls = attributes(tabindex="0" if bounded else None)
        return Markup("<output{}{}{}>{}</output>").format(marks, looks, scrolls, wire or "")


def _check_one_of(name: str, given: Any, offered: tuple[str | None, ...]) -> None:
    """Raises ValueError, naming what is offered."""
    if given not in offered:
        words = " or ".join(repr(one) for one in offered)
        raise ValueError(f"Textbox: {name} is {words}; it was {shown(given)}.")


def _button_text(name: str, given: Any, usual: str) -> str | None:
    """The text of a button; None when there is to be none."""
    if given is None or isinstance(given, (bool, str)):
        return usual if given is True else given or None
    raise ValueError(f"Textbox: {name} is True, False or the button's text; it was {shown(given)}.")
