r"""The cells of a flag log: Python value to CSV text and exactly back.

The log is standard CSV (RFC 4180, UTF-8, CRLF). Three conventions, all undone by reading, keep it safe and exact:

- Quoting carries the type: text is always quoted; numbers, True, False and the empty cell (None) never are.
- A spreadsheet must not run a visitor's text (OWASP ASVS 5.0, 1.2.10). Text that starts like a formula, and text that
  reads as a JSON list or object, gets one leading apostrophe; so does such text that starts with apostrophes already.
  Lists and objects are stored as their JSON text, without it. Plain numbers such as -5 stay as they are.
- NUL and lone surrogates, which CSV readers and UTF-8 refuse, become `\u0000` and `\ud800`; backslashes in front of
  something that looks like that are doubled.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

_FORMULA = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SPECIAL = r"u(?:0000|d[89a-f][0-9a-f]{2})"
_TO_ESCAPE = re.compile(r"(\\*)(?:([\0\ud800-\udfff])|(?<=\\)(?=" + _SPECIAL + "))")
_ESCAPED = re.compile(r"(\\+)(" + _SPECIAL + ")")


class Field(NamedTuple):
    """One field as it stands in a file, its quotes removed."""

    text: str
    quoted: bool


class JSONText(str):
    """The JSON text of a list or object, as opposed to text that a visitor wrote."""


def encode_row(values: Iterable[Any]) -> bytes:
    """One line of the log, CRLF included."""
    line = ",".join(encode_cell(value) for value in values)
    return ((line or '""') + "\r\n").encode()


def encode_cell(value: Any) -> str:
    """The field of a value, quotes included. Values of other types are stored as their `str`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real) and math.isfinite(value):
        return repr(float(value))
    return '"' + _guarded(value).replace('"', '""') + '"'


def _guarded(value: Any) -> str:
    if isinstance(value, (list, tuple, dict)):
        value = JSONText(json.dumps(value, ensure_ascii=False))
    text = _escape(str(value))
    core = text.lstrip("'")
    if _is_formula(core) or (not isinstance(value, JSONText) and _as_json(_unescape(core)) is not None):
        return "'" + text
    return text


def decode_text(text: str) -> str:
    """What `encode_cell` was given, as text: apostrophe and escapes undone."""
    core = text.lstrip("'")
    if core != text and (_is_formula(core) or _as_json(_unescape(core)) is not None):
        text = text[1:]
    return _unescape(text)


def decode_cell(field: Field) -> Any:
    """The value that `encode_cell` was given: str, int, float, bool, None, list or dict."""
    if not field.quoted:
        return plain_value(field.text)
    text = decode_text(field.text)
    if field.text[:1] in ("[", "{"):
        value = _as_json(text)
        return text if value is None else value
    return text


def plain_value(text: str) -> Any:
    """The value of an unquoted field: a number, True, False, None when empty, else the text."""
    if _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("+-").isdigit() and len(text) < 4000 else float(text)
    return {"": None, "True": True, "False": False}.get(text, text)


def distinct(labels: Sequence[str], reserved: Sequence[str]) -> list[str]:
    """Column names: each label once, a second "output" becomes "output 2", as does one named like a reserved column."""
    taken = set(reserved)
    names = []
    for label in labels:
        name, number = label, 1
        while name in taken:
            number += 1
            name = f"{label} {number}"
        taken.add(name)
        names.append(name)
    return names


def _is_formula(text: str) -> bool:
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None


def _as_json(text: str) -> Any:
    """The list or object that the text is in JSON; None for anything else."""
    if text[:1] not in ("[", "{") or text[-1:] not in ("]", "}"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _escape(text: str) -> str:
    return _TO_ESCAPE.sub(_escape_one, text) if "\0" in text or "\\u" in text or not _is_utf8(text) else text


def _is_utf8(text: str) -> bool:
    """Whether it has no surrogates. Ten times as fast as to search for them, which counts for texts of megabytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _escape_one(match: re.Match[str]) -> str:
    slashes, char = match.groups()
    return slashes * 2 + (f"\\u{ord(char):04x}" if char else "")


def _unescape(text: str) -> str:
    return _ESCAPED.sub(_unescape_one, text) if "\\u" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    slashes, code = match.groups()
    kept = slashes[: len(slashes) // 2]
    return kept + (chr(int(code[1:], 16)) if len(slashes) % 2 else code)
