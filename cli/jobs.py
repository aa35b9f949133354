"""`quickdemo jobs`: look at an app's jobs, in its journal or in the broker of its hosts, and change them."""

from __future__ import annotations

import json
import os
import time
from typing import Annotated

import typer

from quickdemo.cli import exit_codes
from quickdemo.cli.commands import SETTINGS
from quickdemo.cli.exit_codes import TABLE
from quickdemo.cli.jobs_desk import Desk
from quickdemo.cli.jobs_text import Say, facts_of, summary, table, whole
from quickdemo.cli.project import NoAppError, settings

EXAMPLES = """\b
Examples:
  quickdemo jobs ls --state failed --limit 5
  quickdemo jobs show 5Gk2
  quickdemo jobs cancel 5Gk2 --app demos/app.py
  quickdemo jobs retry $(quickdemo jobs ls --state failed --quiet)
  quickdemo jobs ls --store nats://broker:4222/app"""

_STATES = ("queued", "running", "done", "failed", "cancelled")

jobs = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=SETTINGS,
    help="List, show, cancel and retry an app's jobs, whether the app runs or not, or those of all its hosts.",
    epilog=f"{EXAMPLES}\n\n{TABLE}",
)
App = Annotated[str, typer.Option("--app", envvar="QUICKDEMO_APP", help="The app's folder or script; this folder.")]
Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="QUICKDEMO_STORE",
        metavar="URL",
        help="nats://HOST:4222, where the jobs of several hosts are.",
    ),
]
Creds = Annotated[
    str | None,
    typer.Option(
        "--store-creds", envvar="QUICKDEMO_STORE_CREDS", help="A file with the broker's user:password or token."
    ),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or how they begin.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]


@jobs.command(epilog=f"{EXAMPLES}\n\n{TABLE}", context_settings=SETTINGS)
def ls(
    app: App = ".",
    state: Annotated[list[str] | None, typer.Option(help=f"Only {', '.join(_STATES)}; may be repeated.")] = None,
    function: Annotated[str, typer.Option(help="Only this function, by its name in the API.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most that many.")] = 20,
    store: Store = None,
    store_creds: Creds = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only their ids.")] = False,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first. Times are those of this machine."""
    say = Say("ls", as_json)
    if wrong := [one for one in state or () if one not in _STATES]:
        say.stop(exit_codes.USAGE, "usage", f"--state is one of {', '.join(_STATES)}, not {wrong[0]!r}.")
    with _desk(app, store, store_creds, say) as desk:
        found, counts = desk.listed(state or (), function, limit)
        left = {one.id for one in found if desk.has_left(one)}
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
    store: Store = None,
    store_creds: Creds = None,
    as_json: AsJson = False,
) -> None:
    """Show one job with its inputs, and its answer or error."""
    say = Say("show", as_json)
    with _desk(app, store, store_creds, say) as desk:
        (record,) = desk.records([id] if id else context.obj.argv[:1])
        more = desk.more(record)
    typer.echo(json.dumps({**facts_of(record, whole=True), **more}) if as_json else whole(record, time.time(), more))


@jobs.command(epilog=f"{EXAMPLES}\n\n{TABLE}", context_settings=SETTINGS)
def cancel(
    context: typer.Context,
    ids: Ids,
    app: App = ".",
    store: Store = None,
    store_creds: Creds = None,
    as_json: AsJson = False,
) -> None:
    """Cancel jobs that wait or run. The app that runs one is asked to end it; one that nobody has is ended here."""
    say = Say("cancel", as_json)
    with _desk(app, store, store_creds, say) as desk:
        told = [desk.cancel(record) for record in desk.records([*ids, *context.obj.argv])]
    say.done(told)


@jobs.command(epilog=f"{EXAMPLES}\n\n{TABLE}", context_settings=SETTINGS)
def retry(
    context: typer.Context,
    ids: Ids,
    app: App = ".",
    store: Store = None,
    store_creds: Creds = None,
    as_json: AsJson = False,
) -> None:
    """Run failed and cancelled jobs again, as new jobs of the same visitors: what was told of the old ones stays true.

    The app takes them up within a second, or at its next start; in a broker, a worker of their version.
    """
    say = Say("retry", as_json)
    with _desk(app, store, store_creds, say) as desk:
        told = [desk.retry(record) for record in desk.records([*ids, *context.obj.argv])]
    say.done(told)


def _desk(app: str, store: str | None, creds: str | None, say: Say) -> Desk:
    """Where the jobs of an app are: with a broker, as `quickdemo run` finds it, else in its folder."""
    try:
        table = settings(os.getcwd())
        store, creds = store or table.get("store"), creds or table.get("store_creds")
        if not store:
            from quickdemo.cli.jobs_journal import JournalDesk

            return JournalDesk(app, say)
        from quickdemo.cli.jobs_cluster import ClusterDesk, name_in

        return ClusterDesk(store, creds, name_in(store, app, table.get("app")), say)
    except NoAppError as error:
        say.stop(exit_codes.NOT_FOUND, "no_app", str(error))
