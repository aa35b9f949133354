"""Jobs of the journal, as a person or a program reads them."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from quickdemo.cli.console import clean
from quickdemo.cli.exit_codes import FAILED

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.journal import Record

_HEAD = ("ID", "FUNCTION", "STATE", "ACCEPTED", "WAITED", "RAN", "STARTS")
_LONGEST = 2000  # characters of inputs or an answer that are shown


class Say:
    """What is told, to a person or a program."""

    def __init__(self, command: str, as_json: bool) -> None:
        self._command, self._as_json = command, as_json

    def stop(self, code: int, name: str, message: str, hint: str = "") -> NoReturn:
        """End with an error."""
        if self._as_json:
            typer.echo(json.dumps({"error": {"code": f"jobs.{name}", "message": message, "hint": hint}}))
        else:
            typer.echo(f"quickdemo jobs {self._command}: {message} {hint}".rstrip(), err=True)
        raise typer.Exit(code)

    def done(self, told: Sequence[dict[str, Any]]) -> None:
        """What became of each job; exit code 1 where one could not be helped."""
        if self._as_json:
            facts = [{name: value for name, value in one.items() if name != "text"} for one in told]
            typer.echo(json.dumps({"jobs": facts}))
        else:
            for one in told:
                typer.echo(one["text"], err=not one["ok"])
        if not all(one["ok"] for one in told):
            raise typer.Exit(FAILED)


def facts_of(record: Record, *, whole: bool = False, left: bool = False) -> dict[str, Any]:
    """As `api/jobs` tells it; times are UTC, seconds since 1970. whole: with its inputs, and its answer or error.
    left: its process is gone."""
    names = ("id", "function", "state", "attempt", "accepted", "started", "ended")
    facts: dict[str, Any] = {name: getattr(record, name) for name in names}
    if record.cancel and not record.is_ended:
        facts["to_be_cancelled"] = True
    if left:
        facts["left"] = True
    if whole:
        facts["inputs"] = record.payload.get("data")
        if record.outcome is not None:
            answer = json.loads(record.outcome.body)
            facts.update({"error": answer.get("error")} if record.state != "done" else {"result": answer})
    return facts


def table(records: Sequence[Record], now: float, left: Collection[str] = ()) -> str:
    """One line for each. left: ids of those that ran in a process that is gone; the next run begins them again."""
    rows = [_HEAD, *(_row(record, now, record.id in left) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def summary(counts: dict[str, dict[str, int]], shown: int) -> str:
    """`3 of 12 jobs: 1 queued, 11 done`; "" for an empty journal."""
    total: Counter[str] = Counter()
    for of_function in counts.values():
        total.update(of_function)
    number = total.total()
    if not number:
        return ""
    states = ", ".join(f"{count} {state}" for state, count in total.items())
    return f"{f'{shown} of ' if shown else ''}{number} job{'' if number == 1 else 's'}: {states}"


def whole(record: Record, now: float, more: Mapping[str, Any] = MappingProxyType({})) -> str:
    """All that is known of one job. more: what a broker knows beside its record."""
    facts = facts_of(record, whole=True)
    lines = [
        ("id", record.id),
        ("function", clean(record.function)),
        ("state", record.state + (", to be cancelled" if "to_be_cancelled" in facts else "")),
        ("accepted", _moment(record.accepted)),
        ("started", _moment(record.started)),
        ("ended", _moment(record.ended)),
        ("waited", _waited(record, now)),
        ("ran", _ran(record, now)),
        ("starts", str(record.attempt)),
        *_more(more),
        ("inputs", _short(facts["inputs"])),
    ]
    if "error" in facts:
        lines.append(("error", _short(facts["error"])))
    if "result" in facts:
        lines.append(("answer", _short(facts["result"].get("data"))))
    return "\n".join(f"{name:<9} {text or '-'}" for name, text in lines)


def seconds(value: float) -> str:
    """`12 ms`, `3.4 s`, `2 min 5 s`, `3 h 20 min`."""
    value = max(0.0, value)
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _more(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = []
    if "position" in facts:
        lines.append(("place", f"about {facts['position']}"))
        nobody = "0: it waits until one is there that has its version"
        lines.append(("workers", str(facts["workers"] or nobody)))
    if "version" in facts:
        lines.append(("version", facts["version"]))
    return lines


def _row(record: Record, now: float, left: bool) -> tuple[str, ...]:
    ran = "" if left else _ran(record, now)
    times = (_moment(record.accepted), _waited(record, now) or "-", ran or "-")
    return record.id, clean(record.function), "left" if left else record.state, *times, str(record.attempt)


def _waited(record: Record, now: float) -> str:
    end = record.started or record.ended or now
    return seconds(end - record.accepted)


def _ran(record: Record, now: float) -> str:
    return "" if record.started is None else seconds((record.ended or now) - record.started)


def _moment(utc_s: float | None) -> str:
    return "" if utc_s is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(utc_s))


def _short(value: Any) -> str:
    text = clean(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters; --json has all)"
