"""`quickdemo flag-export`: flagged samples as CSV or JSON lines."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

import typer

from quickdemo.runtime.errors import FlagError
from quickdemo.runtime.flagging.cells import encode_row
from quickdemo.runtime.flagging.reading import EXTRA_COLUMNS, Damage, FlagFile, Row, find_logs, open_log

USAGE, NOTHING, DAMAGED = 2, 3, 4
_AGO = re.compile(r"(\d{1,6})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_EPILOG = """Examples: quickdemo flag-export flagged -o flags.csv |
quickdemo flag-export --since 7d --option incorrect --format jsonl |
quickdemo flag-export old/flagged/log.csv -o new.csv.
Exit codes: 0 ok, 2 usage, 3 nothing found or matched, 4 damaged rows met (the good ones are exported)."""


def flag_export(
    source: Annotated[str, typer.Argument(help="App folder, script, flag folder or log, old Gradio logs too.")] = ".",
    output: Annotated[str, typer.Option("-o", "--output", help="File to write; - is standard output.")] = "-",
    format: Annotated[str, typer.Option(help="csv or jsonl.")] = "csv",
    since: Annotated[str, typer.Option(help="From then on: 2026-11-20, 2026-11-20T08:00Z (UTC), 7d, 12h.")] = "",
    until: Annotated[str, typer.Option(help="Before then: the same forms.")] = "",
    option: Annotated[list[str] | None, typer.Option(help="Only this flagging option; may be repeated.")] = None,
    user: Annotated[list[str] | None, typer.Option(help="Only this user; may be repeated.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most that many rows.")] = None,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Exit 0 when nothing matches.")] = False,
) -> None:
    """Export flagged samples as CSV or JSON lines. Values in JSON lines are as they were flagged."""
    started = time.perf_counter()
    if format not in ("csv", "jsonl"):
        _stop(USAGE, f"--format must be csv or jsonl; it was {format!r}.")
    first, last = _moment("--since", since), _moment("--until", until)
    logs = _logs(source, output)
    damage: list[Damage] = []
    rows = []
    for row in _all_rows(logs, damage):
        if _matches(row, first, last, option, user):
            rows.append(row)
            if limit is not None and len(rows) == limit:
                break
    columns = _columns(logs)
    if rows or allow_empty:
        _write(output, _encoded(rows, columns, format))
    _report(output, rows, damage, time.perf_counter() - started)
    if damage:
        raise typer.Exit(DAMAGED)
    if not rows and not allow_empty:
        _stop(NOTHING, f"No flagged sample in {source} matches.", "Widen --since, --option or --user.")


flag_export.epilog = _EPILOG  # type: ignore[attr-defined]  # for the command's registration


def _all_rows(logs: list[FlagFile], damage: list[Damage]) -> Iterator[Row]:
    for log in logs:
        for item in log.rows():
            if isinstance(item, Damage):
                damage.append(item)
            else:
                yield item


def _matches(
    row: Row, first: datetime | None, last: datetime | None, options: list[str] | None, users: list[str] | None
) -> bool:
    if first or last:
        when = row.time
        if when is None or (first and when < first) or (last and when >= last):
            return False
    return (not options or row.texts.get("flag") in options) and (not users or row.texts.get("username") in users)


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    if ago := _AGO.fullmatch(text):
        return datetime.now(timezone.utc) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        _stop(USAGE, f"{name} {text!r} is no time.", "Write 2026-11-20, 2026-11-20T08:00Z, 7d or 12h.")
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _logs(source: str, output: str) -> list[FlagFile]:
    try:
        paths = _paths(source)
        if any(output != "-" and os.path.exists(output) and os.path.samefile(output, path) for path in paths):
            _stop(USAGE, f"{output} is the flag log itself.", "Give another file to -o.")
        return [open_log(path) for path in paths]
    except (OSError, FlagError) as error:
        _stop(NOTHING, f"{source} cannot be read: {error}")


def _paths(source: str) -> list[str]:
    if source.endswith(".py"):
        source = os.path.dirname(source) or "."
    if os.path.isfile(source):
        return [source]
    for folder in (source, os.path.join(source, "flagged"), os.path.join(source, ".gradio", "flagged")):
        if os.path.isdir(folder) and (paths := find_logs(folder)):
            return paths
    _stop(NOTHING, f"There are no flags in {source!r}.", "Name the folder that holds log.csv.")


def _columns(logs: list[FlagFile]) -> list[str]:
    names = dict.fromkeys(name for log in logs for name in log.columns)
    extras = {name for log in logs for name in log.extras}
    return [*names, *(name for name in EXTRA_COLUMNS if name in extras)]


def _encoded(rows: list[Row], columns: list[str], format: str) -> Iterator[bytes]:
    if format == "csv":
        yield encode_row(columns)
    for row in rows:
        values: list[Any] = [row.values.get(name) for name in columns]
        if format == "csv":
            yield encode_row(values)
        else:
            line = json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False)
            yield line.encode("utf-8", "replace") + b"\n"


def _write(output: str, lines: Iterator[bytes]) -> None:
    if output == "-":
        for line in lines:
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        return
    try:
        fd, partial = tempfile.mkstemp(dir=os.path.dirname(output) or ".", prefix=".flag-export-")
        try:
            with os.fdopen(fd, "wb") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, output)
        except BaseException:
            os.unlink(partial)
            raise
    except OSError as error:
        _stop(1, f"{output} could not be written: {error.strerror}.", "Nothing was half-written.")


def _report(output: str, rows: list[Row], damage: list[Damage], seconds: float) -> None:
    place = "standard output" if output == "-" else output
    text = f"wrote {len(rows):,} rows to {place} in {seconds:.1f} s".replace(",", " ")
    if damage:
        kept = ""
        if output != "-":
            kept = os.path.splitext(output)[0] + ".rejected.jsonl"
            _write(kept, (json.dumps(vars(item)).encode() + b"\n" for item in damage))
        lines = ", ".join(f"{os.path.basename(item.path)}:{item.line}" for item in damage[:5])
        text += f"; {len(damage)} damaged rows ({lines})" + (f" kept in {kept}" if kept else "")
    typer.echo(text, err=True)


def _stop(code: int, message: str, hint: str = "") -> Any:
    typer.echo(f"quickdemo flag-export: {message} {hint}".rstrip(), err=True)
    raise typer.Exit(code)
