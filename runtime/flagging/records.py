"""CSV bytes to records, so that damage in one line stays the damage of that line.

`csv.reader` lets a quote that is never closed swallow every row after it, and stops at fields over 128 KiB. Here a
record that does not follow RFC 4180 costs its first line only, and says why.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from quickdemo.runtime.flagging.cells import Field

MAX_RECORD_BYTES = 64 << 20  # no flag is larger; a lost quote must not pull a whole log into memory


def _pattern(quote: str) -> re.Pattern[str]:
    return re.compile(f"(?:{quote}([^{quote}]*(?:{quote}{quote}[^{quote}]*)*){quote}|([^{quote},\r\n]*))(,|\\Z)")


_FIELDS = {quote: _pattern(quote) for quote in "\"'"}


@dataclass(frozen=True)
class Record:
    """`line` counts from 1, `start` is a byte offset. `problem` is empty when the record is whole."""

    line: int
    start: int
    raw: bytes
    fields: list[Field]
    problem: str = ""
    unfinished: bool = False  #: the file ended before the record did

    @property
    def texts(self) -> list[str]:
        return [field.text for field in self.fields]


def records(
    file: BinaryIO, *, quote: str = '"', width: int | None = None, start: int = 0, end: int = sys.maxsize
) -> Iterator[Record]:
    """The records of `file` that begin at byte `start` or later and before `end`, blank lines left out.

    quote: the character around text, `"` or `'`.
    width: how many fields a record must have; None takes any number.
    """
    file.seek(start)
    pending: deque[bytes] = deque()
    line, offset = 1, start
    while offset < end and (taken := _take(file, pending, quote.encode())):
        record = _judge(taken, quote, width, line, offset)
        if not record.fields and len(taken) > 1:  # only the first line is given up: the others may be whole records
            pending.extendleft(reversed(taken[1:]))
            del taken[1:]
        if record.raw.strip(b"\r\n"):
            yield record
        line += len(taken)
        offset += sum(map(len, taken))


def split(text: str, quote: str = '"') -> list[Field] | None:
    """The fields of one record without its line end; None when it does not follow RFC 4180."""
    fields, at = [], 0
    while match := _FIELDS[quote].match(text, at):
        quoted, plain, end = match.groups()
        fields.append(Field(plain, False) if quoted is None else Field(quoted.replace(quote * 2, quote), True))
        at = match.end()
        if not end:
            return fields
    return None


def _take(file: BinaryIO, pending: deque[bytes], quote: bytes) -> list[bytes]:
    """The lines up to where all quotes are closed, or up to the end of the file."""
    taken: list[bytes] = []
    quotes = size = 0
    while line := pending.popleft() if pending else file.readline(MAX_RECORD_BYTES):
        taken.append(line)
        quotes += line.count(quote)
        size += len(line)
        if (quotes % 2 == 0 and line.endswith(b"\n")) or size > MAX_RECORD_BYTES:
            break
    return taken


def _judge(taken: list[bytes], quote: str, width: int | None, line: int, offset: int) -> Record:
    raw = b"".join(taken)
    unfinished = not raw.endswith(b"\n") or (raw.count(quote.encode()) % 2 == 1 and len(raw) <= MAX_RECORD_BYTES)

    def damaged(problem: str) -> Record:
        return Record(line, offset, taken[0], [], problem, unfinished)

    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return damaged(f"not UTF-8: {error.reason} at byte {error.start} of the row")
    body = text.removesuffix("\n").removesuffix("\r")
    fields = split(body, quote)
    if fields is None:
        unclosed = raw.count(quote.encode()) % 2
        return damaged("a quote is opened and never closed" if unclosed else "a quote stands where none may be")
    if "\0" in text:
        return damaged("holds NUL bytes, as a file does after a power failure")
    if width is not None and len(fields) != width:
        return Record(line, offset, raw, fields, f"{len(fields)} fields instead of {width}", unfinished)
    return Record(line, offset, raw, fields, "", unfinished)
