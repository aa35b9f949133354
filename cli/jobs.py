"""`quickdemo jobs`: look into the journal of an app's jobs, and change it, whether the app runs or not."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from quickdemo.cli import exit_codes
from quickdemo.cli.commands import SETTINGS
from quickdemo.cli.exit_codes import TABLE
from quickdemo.cli.jobs_text import facts_of, summary, table, whole

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.journal import Journal, Record

EXAMPLES = """\b
Examples:
  quickdemo jobs ls --state failed --limit 5
  quickdemo jobs show 5Gk2
  quickdemo jobs cancel 5Gk2 --app demos/app.py
  quickdemo jobs retry $(quickdemo jobs ls --state failed --quiet)"""

_ENDS_S = 3.0  # how long a running app may take to end a job
_STATES = ("queued", "running", "done", "failed", "cancelled")

jobs = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=SETTINGS,
    help="List, show, cancel and retry an app's jobs, whether the app runs or not.",
    epilog=f"{EXAMPLES}\n\n{TABLE}",
)
App = Annotated[str, typer.Option("--app", envvar="QUICKDEMO_APP", help="The app's folder or script; this folder.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or how they begin.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]


@jobs.command(epilog=f"{EXAMPLES}\n\n{TABLE}", context_settings=SETTINGS)
def ls(
    app: App = ".",
    state: Annotated[list[str] | None, typer.Option(help=f"Only {', '.join(_STATES)}; may be repeated.")] = None,
    function: Annotated[str, typer.Option(help="Only this function, by its name in the API.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most that many.")] = 20,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only their ids.")] = False,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first. Times are those of this machine."""
    say = _Say("ls", as_json)
    if wrong := [one for one in state or () if one not in _STATES]:
        say.stop(exit_codes.USAGE, "usage", f"--state is one of {', '.join(_STATES)}, not {wrong[0]!r}.")
    with _Visit(app, say) as visit:
        found, counts = visit.journal.listed(state or (), function, limit), visit.journal.counts()
        left = {one.id for one in found if visit.has_left(one)}
    if as_json:
        typer.echo(json.dumps({"jobs": [facts_of(one, left=one.id in left) for one in found], "counts": counts}))
    elif quiet:
        typer.echo("".join(f"{one.id}\n" for one in found), nl=False)
    elif found:
        typer.echo(table(found, time.time(), left))
        typer.echo(summary(counts, len(found)), err=True)
    if not found:
        if not as_json:
            typer.echo(f"quickdemo jobs ls: no job matches. {summary(counts, 0)}".rstrip(), err=True)
        raise typer.Exit(exit_codes.NOT_FOUND)


@jobs.command(epilog=f"{EXAMPLES}\n\n{TABLE}", context_settings=SETTINGS)
def show(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="Its id, or how that begins.", show_default=False)] = "",
    app: App = ".",
    as_json: AsJson = False,
) -> None:
    """Show one job with its inputs, and its answer or error."""
    say = _Say("show", as_json)
    with _Visit(app, say) as visit:
        (record,) = visit.records([id] if id else context.obj.argv[:1])
    typer.echo(json.dumps(facts_of(record, whole=True)) if as_json else whole(record, time.time()))


@jobs.command(epilog=f"{EXAMPLES}\n\n{TABLE}", context_settings=SETTINGS)
def cancel(context: typer.Context, ids: Ids, app: App = ".", as_json: AsJson = False) -> None:
    """Cancel jobs that wait or run. The app that runs one is asked to end it; one that nobody has is ended here."""
    say = _Say("cancel", as_json)
    with _Visit(app, say) as visit:
        told = [_cancelled(visit, record) for record in visit.records([*ids, *context.obj.argv])]
    say.done(told)


@jobs.command(epilog=f"{EXAMPLES}\n\n{TABLE}", context_settings=SETTINGS)
def retry(context: typer.Context, ids: Ids, app: App = ".", as_json: AsJson = False) -> None:
    """Run failed and cancelled jobs again, as new jobs of the same visitors: what was told of the old ones stays true.

    The app takes them up within a second, or at its next start.
    """
    say = _Say("retry", as_json)
    with _Visit(app, say) as visit:
        told = [_retried(visit, record) for record in visit.records([*ids, *context.obj.argv])]
    say.done(told)


# ------------------------------------------------------------------ what is done


def _cancelled(visit: _Visit, record: Record) -> dict[str, Any]:
    from quickdemo.runtime.jobs.outcomes import cancelled

    told = {"id": record.id, "ok": True, "state": record.state, "text": f"{record.id} is {record.state} already"}
    if record.is_ended:
        return {**told, "ok": record.state == "cancelled"}
    outcome = cancelled("It was cancelled by whoever runs this demo.")
    if visit.journal.cancel_free(record.id, visit.alive, outcome):
        return {**told, "state": "cancelled", "text": f"{record.id} is cancelled"}
    visit.journal.ask_cancel(record.id)
    until = time.monotonic() + _ENDS_S
    now: Record | None = record
    while now is not None and not now.is_ended and time.monotonic() < until:
        time.sleep(0.05)
        now = visit.journal.find(record.id)
    if now is None or not now.is_ended:
        return {**told, "text": f"{record.id} is to be cancelled, and has not ended yet"}
    return {**told, "ok": now.state == "cancelled", "state": now.state, "text": f"{record.id} is {now.state}"}


def _retried(visit: _Visit, record: Record) -> dict[str, Any]:
    """A new job: what its visitor was told of the old one stays true, and each has events and a key of its own."""
    from quickdemo.runtime.jobs.job import Job, new_id
    from quickdemo.runtime.jobs.record import Record as NewRecord

    if record.state not in ("failed", "cancelled"):
        text = f"{record.id} is {record.state}; only failed and cancelled jobs can be retried"
        return {"id": record.id, "ok": False, "state": record.state, "text": text}
    old = record.job
    new = Job(
        new_id(),
        old.function,
        old.owner,
        old.payload,
        app=old.app,
        accepted=time.time(),
        low=old.low,
        retry=old.retry,
    )
    visit.journal.add(NewRecord.of(new))
    then = "the app takes it up" if visit.app_runs else "the app's next run takes it up"
    text = f"{record.id} is run again as {new.id}; {then}"
    return {"id": record.id, "ok": True, "new_id": new.id, "state": "queued", "text": text}


class _Say:
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
            raise typer.Exit(exit_codes.FAILED)


class _Visit:
    """The journal of an app, open for a moment."""

    def __init__(self, app: str, say: _Say) -> None:
        self._say = say
        self._folder = os.path.join(self._home(app), ".quickdemo")
        path = app.rpartition(":")[0] if ":" in app and not os.path.exists(app) else app
        self._app = "" if os.path.isdir(path) else os.path.basename(path)
        self.journal: Journal

    def __enter__(self) -> _Visit:
        path = os.path.join(self._folder, "jobs.db")
        if not os.path.exists(path):
            hint = "Name the app: --app path/to/app.py"
            self._say.stop(exit_codes.NOT_FOUND, "no_journal", f"There is no journal of jobs, {path}.", hint)
        from quickdemo.runtime.jobs.journal import Journal, JournalError  # sqlite3, only when a command runs

        try:
            self.journal = Journal(self._folder, starting=False, app=self._app)
        except JournalError as error:
            self._say.stop(exit_codes.FAILED, "journal", str(error))
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self.journal.close()
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            self._say.stop(exit_codes.FAILED, "journal", str(error))

    def records(self, ids: Sequence[str]) -> list[Record]:
        """Those jobs; ends with a sentence where one is not to be found, or several begin so."""
        if not ids:
            self._say.stop(exit_codes.USAGE, "usage", "Which job?", "quickdemo jobs ls lists them.")
        found = []
        for start in dict.fromkeys(ids):
            known = self.journal.ids(start) if start else []
            record = self.journal.find(start if start in known or len(known) != 1 else known[0])
            if record is None and len(known) > 1:
                self._say.stop(exit_codes.USAGE, "ambiguous", f"Several ids begin with {start}: {', '.join(known)}.")
            if record is None:
                hint = "An hour after its end a job is forgotten."
                self._say.stop(exit_codes.NOT_FOUND, "unknown", f"There is no job {start!r}.", hint)
            found.append(record)
        return found

    def has_left(self, record: Record) -> bool:
        """Whether it ran in a process that is gone: the next run begins it again, or says why not."""
        return record.state == "running" and bool(record.holder) and not self.alive(record.holder)

    def alive(self, holder: str) -> bool:
        """Whether that process lives."""
        from quickdemo.runtime.jobs.holders import is_alive

        return is_alive(self._folder, holder)

    @property
    def app_runs(self) -> bool:
        """Whether a process that takes jobs lives."""
        try:
            return any(self.alive(name) for name in os.listdir(os.path.join(self._folder, "holders")))
        except OSError:
            return False

    def _home(self, app: str) -> str:
        """The folder of an app that is named as for `quickdemo run`."""
        path = app.rpartition(":")[0] if ":" in app and not os.path.exists(app) else app
        if os.path.isdir(path):
            return path
        if os.path.exists(path) or not path.endswith(".py"):
            return os.path.dirname(path) or "."
        self._say.stop(exit_codes.NOT_FOUND, "no_app", f"{path} does not exist.")
