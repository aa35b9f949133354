"""Files of `KEY=value` lines."""

from __future__ import annotations

import re

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


class EnvFileError(Exception):
    """A file that cannot be read, or a line that cannot be understood; the text names the file and the line."""


def read_env_file(path: str) -> dict[str, str]:
    """The variables of a file: quotes, `export`, comments and blank lines are understood.

    Raises EnvFileError.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise EnvFileError(f"{path}:{number} is not of the form KEY=value.")
        found[match[1]] = _value(match[2], f"{path}:{number}")
    return found


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.readlines()
    except UnicodeDecodeError as error:
        raise EnvFileError(f"{path} is no UTF-8 text (byte {error.start}): save it as UTF-8.") from None
    except OSError as error:
        raise EnvFileError(f"{path} cannot be read: {error.strerror}. Name a file of KEY=value lines.") from None


def _value(text: str, place: str) -> str:
    if text[:1] not in ("'", '"'):
        return re.sub(r"(^|\s+)#.*$", "", text)
    quote = text[0]
    body = r"((?:[^\"\\]|\\.)*)" if quote == '"' else r"([^']*)"
    match = re.fullmatch(rf"{quote}{body}{quote}\s*(?:#.*)?", text)
    if match is None:
        raise EnvFileError(f"{place}: the quote {quote} is never closed.")
    if quote == "'":
        return match[1]
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), match[1])
