"""`quickdemo flag-export`: flagged samples as CSV or JSON lines."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, NoReturn

import typer

from quickdemo.cli import exit_codes
from quickdemo.cli.flag_rows import Damaged, Wanted, all_columns, encoded, matching, moment
from quickdemo.cli.flag_source import log_paths
from quickdemo.cli.new_file import NewFile
from quickdemo.runtime.errors import FlagError
from quickdemo.runtime.flagging.reading import FlagFile, Row, open_log

BROKEN_PIPE = 141  # as the shell reports programs that SIGPIPE ended
EXAMPLES = """\b
Examples:
  quickdemo flag-export app.py -o flags.csv
  quickdemo flag-export --since 7d --option incorrect --format jsonl
  quickdemo flag-export old/flagged/log.csv -o new.csv --with-files copy"""


def flag_export(
    source: Annotated[str, typer.Argument(help="App folder, script, flag folder or log, old Gradio logs too.")] = ".",
    output: Annotated[str, typer.Option("-o", "--output", help="File to write; - is standard output.")] = "",
    format: Annotated[str, typer.Option(help="csv or jsonl; else as the ending of the file says.")] = "",
    since: Annotated[str, typer.Option(help="From then on: 2026-11-20, 2026-11-20T08:00Z (UTC), 7d, 12h.")] = "",
    until: Annotated[str, typer.Option(help="Before then, the same forms; a day is included whole.")] = "",
    option: Annotated[list[str] | None, typer.Option(help="Only this flagging option; may be repeated.")] = None,
    user: Annotated[list[str] | None, typer.Option(help="Only this user; may be repeated.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most that many rows.")] = None,
    with_files: Annotated[str, typer.Option(help="Media: none (paths as they are), copy or base64.")] = "none",
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Exit 0 when nothing matches.")] = False,
    json_summary: Annotated[bool, typer.Option("--json", help="What was done, as one JSON object.")] = False,
) -> None:
    """Export flagged samples as CSV or JSON lines, whose values are as they were flagged.

    Without -o in a terminal, the newest samples are shown as a table.
    """
    started = time.perf_counter()
    _check(output, format, with_files)
    try:
        first, last = moment(since), moment(until, end=True)
    except ValueError as error:
        _stop(exit_codes.USAGE, str(error), "Write 2026-11-20, 2026-11-20T08:00Z, 7d or 12h.")
    logs = _logs(source, output)
    damaged = Damaged("" if output in ("", "-") else os.path.splitext(output)[0] + ".rejected.jsonl")
    rows = matching(logs, Wanted(first, last, frozenset(option or ()), frozenset(user or ()), limit), damaged)
    export = Export(logs, output, format or ("jsonl" if output.endswith((".jsonl", ".ndjson")) else "csv"), with_files)
    try:
        if not output and not format and not json_summary and sys.stdout.isatty():
            export.preview(rows)
        else:
            export.write(rows, allow_empty)
        damaged.commit()
    except BrokenPipeError:
        _nobody_reads()
    except OSError as error:
        _stop(exit_codes.FAILED, f"{error.filename or output or 'the output'}: {error.strerror}.", "Nothing was kept.")
    finally:
        damaged.discard()
    export.report(damaged, time.perf_counter() - started, json_summary)
    if damaged.count:
        raise typer.Exit(exit_codes.DAMAGED)
    if not export.rows and not allow_empty:
        why = f" {damaged.undated} rows have no time." if damaged.undated else ""
        _stop(
            exit_codes.NOT_FOUND, f"No flagged sample in {source} matches.{why}", "Widen --since, --option or --user."
        )


class Export:
    """One run: where the rows go, and what became of them."""

    def __init__(self, logs: list[FlagFile], output: str, format: str, with_files: str) -> None:
        from quickdemo.cli.flag_media import Media  # loads more than the help needs

        self.logs = logs
        self.output = output if output != "-" else ""
        self.format = format
        self.media = Media(with_files, output)
        self.rows = 0
        self.shown = False

    def preview(self, rows: Iterator[Row]) -> None:
        """A table of the newest rows."""
        from quickdemo.cli.flag_preview import preview

        table, self.rows = preview(rows, all_columns(self.logs))
        self.shown = True
        if self.rows:
            typer.echo(table)

    def write(self, rows: Iterator[Row], allow_empty: bool) -> None:
        """All rows, as they are read. No file is made when there are none, unless that is wanted. Raises OSError."""
        first = next(rows, None)
        if first is None and not allow_empty:
            return
        every = rows if first is None else chain([first], rows)
        self._send(encoded(self._counted(every), all_columns(self.logs), self.format))

    def report(self, damaged: Damaged, seconds: float, as_json: bool) -> None:
        """The summary: for people on stderr; as JSON on stdout, unless the rows went there."""
        if as_json:
            facts: dict[str, Any] = {"rows": self.rows, "damaged": damaged.count, "output": self.output or None}
            facts["logs"] = [log.path for log in self.logs]
            facts |= {"rejected": damaged.path or None if damaged.count else None, "format": self.format}
            facts |= {"files": self.media.files, "bytes": self.media.bytes, "missing_files": self.media.missing}
            typer.echo(json.dumps({**facts, "seconds": round(seconds, 3)}), err=not self.output)
            return
        place = self.output or "standard output"
        origin = self.logs[0].path if len(self.logs) == 1 else f"{len(self.logs)} logs"
        text = f"wrote {_count(self.rows, 'row')}{self._files()} from {origin} to {place} in {seconds:.1f} s"
        if self.shown:
            text = f"{_count(self.rows, 'row')} in {origin}; to write them: -o flags.csv, or --format jsonl"
        if self.rows or damaged.count:
            typer.echo(text + damaged.summary(), err=True)

    def _files(self) -> str:
        text = f", {_count(self.media.files, 'file')} ({self.media.bytes / 1e6:.1f} MB)" if self.media.files else ""
        return text + (f", {_count(self.media.missing, 'file')} not found" if self.media.missing else "")

    def _counted(self, rows: Iterator[Row]) -> Iterator[dict[str, Any]]:
        for row in rows:
            self.rows += 1
            yield self.media.cells(row)

    def _send(self, lines: Iterator[bytes]) -> None:
        if not self.output:
            sys.stdout.buffer.writelines(lines)
            sys.stdout.buffer.flush()
            return
        file = NewFile(self.output)
        try:
            for line in lines:
                file.write(line)
            file.commit()
        finally:
            file.discard()


def _check(output: str, format: str, with_files: str) -> None:
    """End with a sentence when the options make no sense."""
    if format not in ("", "csv", "jsonl"):
        _stop(exit_codes.USAGE, f"--format must be csv or jsonl; it was {format!r}.")
    if with_files not in ("none", "copy", "base64"):
        _stop(exit_codes.USAGE, f"--with-files must be none, copy or base64; it was {with_files!r}.")
    if with_files == "copy" and output in ("", "-"):
        _stop(exit_codes.USAGE, "--with-files copy needs a file to put the copies beside.", "Add -o flags.csv.")
    if os.path.isdir(output):
        _stop(exit_codes.USAGE, f"{output} is a folder.", f"Name the file: -o {os.path.join(output, 'flags.csv')}")
    folder = os.path.dirname(output)
    if folder and not os.path.isdir(folder):
        _stop(exit_codes.USAGE, f"There is no folder {folder!r} to write into.", "Create it first.")


def _logs(source: str, output: str) -> list[FlagFile]:
    """The logs of `source`; ends with a sentence when there are none."""
    try:
        paths = log_paths(source)
        if not paths:
            _stop(exit_codes.NOT_FOUND, f"There are no flags in {source!r}.", "Name the folder that holds log.csv.")
        if os.path.exists(output) and any(os.path.samefile(output, path) for path in paths):
            _stop(exit_codes.USAGE, f"{output} is the flag log itself.", "Give another file to -o.")
        return [open_log(path) for path in paths]
    except FileNotFoundError:
        _stop(exit_codes.NOT_FOUND, f"There is no {source!r}.", "Name an app, its folder, or a flag log.")
    except OSError as error:
        _stop(exit_codes.FAILED, f"{error.filename or source} cannot be read: {error.strerror}.")
    except SyntaxError as error:
        _stop(exit_codes.FAILED, f"{source} line {error.lineno} is no Python: {error.msg}.", "Name its flag folder.")
    except FlagError as error:
        _stop(exit_codes.DAMAGED, error.message, error.hint)


def _nobody_reads() -> NoReturn:
    """The program behind our pipe has ended, as `head` does: end quietly too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered must not fail at exit
    raise typer.Exit(BROKEN_PIPE)


def _count(number: int, what: str) -> str:
    """`1 row`, `1 204 rows`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}".replace(",", " ")


def _stop(code: int, message: str, hint: str = "") -> NoReturn:
    typer.echo(f"quickdemo flag-export: {message} {hint}".rstrip(), err=True)
    raise typer.Exit(code)
