"""`quickdemo run`: serve an app, and reload it when its files are saved."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer

from quickdemo.cli.exit_codes import FAILED, NOT_FOUND, USAGE
from quickdemo.cli.main import Invocation

EXAMPLES = """\b
Examples:
  quickdemo run                          the app.py, demo.py or main.py of this folder
  quickdemo run app.py:demo --reload     serve `demo`, and follow every save
  quickdemo run app.py -p 0 -- --big     any free port; --big is the app's argument"""


def run(
    context: typer.Context,
    app: str = typer.Argument(
        None, envvar="QUICKDEMO_APP", help="file.py, folder, module, or file.py:name", show_default=False
    ),
    reload: bool = typer.Option(None, "--reload", "-r", envvar="QUICKDEMO_RELOAD", help="Follow every save."),
    watch: list[str] = typer.Option([], "--watch", metavar="PATH|GLOB", help="Reload when these are saved, too."),
    ignore: list[str] = typer.Option([], "--ignore", metavar="GLOB", help="Never reload for these."),
    poll: int = typer.Option(
        None, "--poll", metavar="MS", min=10, help="Look for saves each MS milliseconds, where no events come."
    ),
    checkpoints: bool = typer.Option(
        None, "--checkpoints/--no-checkpoints", help="--no-checkpoints: run the whole script at each save."
    ),
    explain_reload: bool = typer.Option(
        False, "--explain-reload", help="Say what is watched and where each checkpoint stands."
    ),
    host: str = typer.Option(
        None, "--host", envvar=["QUICKDEMO_HOST", "QUICKDEMO_SERVER_NAME", "GRADIO_SERVER_NAME"], help="127.0.0.1"
    ),
    port: int = typer.Option(
        None,
        "--port",
        "-p",
        min=0,
        max=65535,
        envvar=["QUICKDEMO_PORT", "QUICKDEMO_SERVER_PORT", "GRADIO_SERVER_PORT"],
        help="7860, or the next free one; 0 for any free one.",
    ),
    strict_port: bool = typer.Option(None, "--strict-port", help="Fail (7) when the port is in use."),
    uds: str = typer.Option(None, "--uds", envvar="QUICKDEMO_UDS", help="Listen on a Unix socket instead."),
    open_page: bool = typer.Option(None, "--open", "-o", help="Open the page in the browser."),
    workers: int = typer.Option(
        None,
        "--workers",
        metavar="N",
        min=1,
        envvar="QUICKDEMO_WORKERS",
        help="Run calls of each function in N processes, which share what the script loaded.",
    ),
    auth_file: str = typer.Option(
        None, "--auth-file", envvar="QUICKDEMO_AUTH_FILE", help="A file of user:password lines."
    ),
    env_file: str = typer.Option(None, "--env-file", envvar="QUICKDEMO_ENV_FILE", help="A file of KEY=value lines."),
    allow_host: list[str] = typer.Option([], "--allow-host", help="A host name that browsers may use, repeatable."),
    timeout_graceful: float = typer.Option(
        None, "--timeout-graceful", metavar="S", min=0, help="Seconds that running calls get at the end (5)."
    ),
    timeout_silent: float = typer.Option(
        None,
        "--timeout-silent",
        metavar="S",
        min=0,
        envvar="QUICKDEMO_TIMEOUT_SILENT",
        help="Replace a process that does nothing for S seconds (15, 6 at least); 0: never.",
    ),
    store: str = typer.Option(
        None, "--store", envvar="QUICKDEMO_STORE", metavar="URL", help="nats://HOST:4222: share the queue with others."
    ),
    store_creds: str = typer.Option(
        None, "--store-creds", envvar="QUICKDEMO_STORE_CREDS", help="A file with the broker's user:password or token."
    ),
    slots: int = typer.Option(
        None, "--slots", metavar="N", min=0, help="With --store: calls that run here at a time; 0 for none."
    ),
    json_lines: bool = typer.Option(False, "--json", help="Events as JSON lines on stdout, nothing else."),
    log_format: str = typer.Option(None, "--log-format", envvar="QUICKDEMO_LOG_FORMAT", help="human or json."),
    metrics: bool = typer.Option(
        None, "--metrics/--no-metrics", envvar="QUICKDEMO_METRICS", help="Offer counts of jobs at /metrics."
    ),
    check: bool = typer.Option(False, "--check", help="Import the app, say what it is, and exit."),
    get: str = typer.Option(None, "--get", metavar="PATH", help="Answer one request on stdout, and exit."),
) -> None:
    """Serve APP. Flags win over QUICKDEMO_* variables, these over [tool.quickdemo] in pyproject.toml, these over
    what the script gives to launch()."""
    given = {
        "reload": reload,
        "watch": watch,
        "ignore": ignore,
        "poll": poll,
        "checkpoints": checkpoints,
        "explain_reload": explain_reload,
        "host": host,
        "port": port,
        "strict_port": strict_port,
        "uds": uds,
        "open": open_page,
        "workers": workers,
        "auth_file": auth_file,
        "env_file": env_file,
        "allow_host": allow_host,
        "timeout_graceful": timeout_graceful,
        "timeout_silent": timeout_silent,
        "log_format": log_format,
        "metrics": metrics,
        "store": store,
        "store_creds": store_creds,
        "slots": slots,
    }
    from quickdemo.cli.project import NoAppError, find, settings  # the rest loads when the command runs

    try:
        table = settings(os.getcwd())
        shown, target, name = find(app, table.get("app"))
    except NoAppError as error:
        typer.echo(f"quickdemo run: {error}", err=True)
        raise typer.Exit(NOT_FOUND) from None
    merged = {key: value if value not in (None, []) else table.get(key) for key, value in given.items()}
    _refuse_wrong(merged)
    mode = "check" if check else "get" if get is not None else "serve"
    raise typer.Exit(_serve(shown, target, name, context.obj, mode, get or "/", json_lines, merged))


def _serve(
    shown: str,
    target: str,
    name: str,
    invocation: Invocation,
    mode: str,
    path: str,
    json_lines: bool,
    m: dict[str, Any],
) -> int:
    from quickdemo.cli.commands import version
    from quickdemo.cli.console import Console

    console = Console(json_lines, m["log_format"] or "human")
    if mode == "serve":
        console.text(f"quickdemo  starting {shown}{':' + name if name else ''} ...")
    from quickdemo.cli.options import RunOptions
    from quickdemo.cli.supervisor import Supervisor

    options = RunOptions(
        app=shown,
        target=target,
        name=name,
        argv=invocation.argv,
        mode=mode,
        get_path=path,
        reload=bool(m["reload"]) and mode == "serve",
        watch=tuple(m["watch"] or ()),
        ignore=tuple(m["ignore"] or ()),
        poll_ms=m["poll"],
        checkpoints=m["checkpoints"] is not False,
        explain_reload=bool(m["explain_reload"]),
        host=m["host"],
        port=m["port"],
        strict_port=bool(m["strict_port"]),
        uds=m["uds"],
        open=bool(m["open"]),
        workers=m["workers"],
        auth_file=m["auth_file"],
        env_file=m["env_file"],
        allow_host=tuple(m["allow_host"] or ()),
        graceful_s=5.0 if m["timeout_graceful"] is None else m["timeout_graceful"],
        silent_s=15.0 if m["timeout_silent"] is None else m["timeout_silent"],
        json_lines=json_lines,
        log_format=m["log_format"] or "human",
        metrics=m["metrics"],
        **shared(m, target, mode),
    )
    return Supervisor(options, console, version(), invocation.prepared).run()


def shared(m: dict[str, Any], target: str, mode: str, command: str = "run") -> dict[str, Any]:
    """What RunOptions say of the broker; it is asked for the secret. Raises typer.Exit when it cannot be used."""
    if m["store"] is None or mode not in ("serve", "worker"):
        return {}
    from quickdemo.cli.store import name_of, secret_of

    name = name_of(m["store"], target)
    secret = secret_of(command, m["store"], m["store_creds"], name)
    own = {"store": m["store"], "store_creds": m["store_creds"], "slots": m["slots"]}
    return {**own, "store_name": name, "store_secret": secret}


def _refuse_wrong(merged: dict[str, Any]) -> None:
    """Say what is wrong before anything starts."""
    if merged["log_format"] not in (None, "human", "json"):
        typer.echo(f"quickdemo run: --log-format is human or json, not {merged['log_format']!r}.", err=True)
        raise typer.Exit(USAGE)
    workers = merged["workers"]
    if workers is not None and (not isinstance(workers, int) or isinstance(workers, bool) or workers < 1):
        typer.echo(f"quickdemo run: workers must be a whole number of at least 1, not {workers!r}.", err=True)
        raise typer.Exit(USAGE)
    if merged["reload"] and merged["store"]:
        typer.echo("quickdemo run: --reload and --store exclude each other: all hosts run one version.", err=True)
        raise typer.Exit(USAGE)
    if merged["slots"] is not None and not merged["store"]:
        typer.echo("quickdemo run: --slots goes with --store.", err=True)
        raise typer.Exit(USAGE)
    for option in ("auth_file", "env_file"):
        path = merged[option]
        if path and not os.access(path, os.R_OK):
            why = "cannot be read" if os.path.exists(path) else "does not exist"
            typer.echo(f"quickdemo run: --{option.replace('_', '-')} {path} {why}.", err=True)
            raise typer.Exit(FAILED)
    if sys.platform == "win32":
        typer.echo("quickdemo run needs Linux or macOS; use `python app.py` on Windows.", err=True)
        raise typer.Exit(FAILED)
