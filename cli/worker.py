"""`quickdemo worker`: run the jobs of an app that other hosts serve."""

from __future__ import annotations

import os
from typing import Any

import typer

from quickdemo.cli.exit_codes import FAILED, NOT_FOUND, USAGE
from quickdemo.cli.main import Invocation

EXAMPLES = """\b
Examples:
  quickdemo worker app.py --store nats://broker:4222
  quickdemo worker app.py --store nats://broker:4222 --slots 2
  quickdemo worker app.py --store nats://broker:4222 --group gpu"""


def worker(
    context: typer.Context,
    app: str = typer.Argument(
        None, envvar="QUICKDEMO_APP", help="file.py, folder, module, or file.py:name", show_default=False
    ),
    store: str = typer.Option(
        None, "--store", envvar="QUICKDEMO_STORE", metavar="URL", help="nats://HOST:4222, where the jobs are."
    ),
    store_creds: str = typer.Option(
        None, "--store-creds", envvar="QUICKDEMO_STORE_CREDS", help="A file with the broker's user:password or token."
    ),
    slots: int = typer.Option(None, "--slots", metavar="N", min=1, help="Calls that run here at a time."),
    group: list[str] = typer.Option(
        None, "--group", metavar="NAME", help="Take only functions of this concurrency_id; again, or a,b, for more."
    ),
    metrics: str = typer.Option(
        None, "--metrics", metavar="PORT", help="Offer counts of jobs at http://127.0.0.1:PORT/metrics; or HOST:PORT."
    ),
    env_file: str = typer.Option(None, "--env-file", envvar="QUICKDEMO_ENV_FILE", help="A file of KEY=value lines."),
    timeout_graceful: float = typer.Option(
        30.0, "--timeout-graceful", metavar="S", min=0, help="Seconds that running calls get at the end (30)."
    ),
    timeout_silent: float = typer.Option(
        15.0,
        "--timeout-silent",
        metavar="S",
        min=0,
        help="Replace a process that does nothing for S seconds; 0: never.",
    ),
    json_lines: bool = typer.Option(False, "--json", help="Events as JSON lines on stdout, nothing else."),
    log_format: str = typer.Option("human", "--log-format", envvar="QUICKDEMO_LOG_FORMAT", help="human or json."),
) -> None:
    """Run jobs of APP that `quickdemo run APP --store URL` accepts on other hosts. Serves its counts, if asked.

    At SIGTERM it takes no more, finishes what runs, and gives back what does not end in time.
    """
    from quickdemo.cli.project import NoAppError, find, settings  # the rest loads when the command runs
    from quickdemo.cli.run import shared

    try:
        table = settings(os.getcwd())
        shown, target, name = find(app, table.get("app"), "worker")
    except NoAppError as error:
        typer.echo(f"quickdemo worker: {error}", err=True)
        raise typer.Exit(NOT_FOUND) from None
    if log_format not in ("human", "json"):
        typer.echo(f"quickdemo worker: --log-format is human or json, not {log_format!r}.", err=True)
        raise typer.Exit(USAGE)
    if env_file and not os.access(env_file, os.R_OK):
        typer.echo(f"quickdemo worker: --env-file {env_file} cannot be read.", err=True)
        raise typer.Exit(FAILED)
    asked = {"store": store or table.get("store"), "store_creds": store_creds or table.get("store_creds")}
    if asked["store"] is None:
        typer.echo("quickdemo worker: --store says where the jobs are, for example nats://broker:4222.", err=True)
        raise typer.Exit(USAGE)
    groups = tuple(name.strip() for given in group or () for name in given.split(","))
    if not all(groups):
        typer.echo("quickdemo worker: --group needs a name.", err=True)
        raise typer.Exit(USAGE)
    counts = _counts(metrics)
    store_options = shared({**asked, "slots": slots}, target, "worker", "worker")
    from quickdemo.cli.commands import version
    from quickdemo.cli.console import Console
    from quickdemo.cli.options import RunOptions
    from quickdemo.cli.supervisor import Supervisor

    invocation: Invocation = context.obj
    options = RunOptions(
        app=shown,
        target=target,
        name=name,
        argv=invocation.argv,
        mode="worker",
        env_file=env_file,
        graceful_s=timeout_graceful,
        silent_s=timeout_silent,
        json_lines=json_lines,
        log_format=log_format,
        groups=groups,
        **counts,
        **store_options,
    )
    console = Console(json_lines, log_format)
    raise typer.Exit(Supervisor(options, console, version(), invocation.prepared).run())


def _counts(asked: str | None) -> dict[str, Any]:
    """What RunOptions say of `--metrics`. Raises typer.Exit for what is no port."""
    if asked is None:
        return {}
    host, _, port = asked.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65_536):
        typer.echo(f"quickdemo worker: --metrics is a port, or HOST:PORT, not {asked!r}.", err=True)
        raise typer.Exit(USAGE)
    return {"metrics": True, "host": host.strip("[]") or "127.0.0.1", "port": int(port), "strict_port": True}
