"""`quickdemo examples`: which examples have a kept answer; compute those that are missing, or drop them."""

from __future__ import annotations

import json
import os
import time
from typing import Any, NoReturn

import typer

from quickdemo.cli.exit_codes import FAILED, INTERRUPTED, NOT_FOUND
from quickdemo.cli.main import Invocation

EXAMPLES = """\b
Examples:
  quickdemo examples                     which examples of app.py have a kept answer
  quickdemo examples app.py --warm       compute those that are missing or outdated
  quickdemo examples app.py --clear      drop the answers that are kept"""


def examples(
    context: typer.Context,
    app: str = typer.Argument(
        None, envvar="QUICKDEMO_APP", help="file.py, folder, module, or file.py:name", show_default=False
    ),
    list_only: bool = typer.Option(False, "--list", help="Only list them, which is also the default."),
    warm: bool = typer.Option(False, "--warm", help="Compute the answers that are missing or outdated."),
    clear: bool = typer.Option(False, "--clear", help="Drop the kept answers; with --warm, before computing."),
    env_file: str = typer.Option(None, "--env-file", envvar="QUICKDEMO_ENV_FILE", help="A file of KEY=value lines."),
    json_summary: bool = typer.Option(False, "--json", help="One JSON object on stdout, nothing else."),
) -> None:
    """List the examples of APP with the state of their kept answers: cached, stale or missing.

    Runs the script as `quickdemo run` does, without serving it. Answers are kept where cache_examples=True.
    """
    from quickdemo.cli.project import NoAppError, find, settings  # the rest loads when the command runs
    from quickdemo.cli.script_child import run_child

    if list_only and (warm or clear):
        raise typer.BadParameter("--list goes with neither --warm nor --clear.")
    try:
        app_shown, target, name = find(app, settings(os.getcwd()).get("app"), "examples")
    except NoAppError as error:
        _stop(NOT_FOUND, str(error))
    invocation: Invocation = context.obj
    report = Report(app_shown, as_json=json_summary, bar=warm)
    task = {"clear": clear, "warm": warm}
    try:
        run_child("examples", (app_shown, target, name), invocation.argv, env_file, task, report)
    except KeyboardInterrupt:
        report.end_bar()
        _stop(INTERRUPTED, "stopped; what was computed is kept.")
    raise typer.Exit(report.finish(cleared=clear))


class Report:
    """What the child tells, for people (the list on stdout, all else on stderr) or as one JSON object."""

    def __init__(self, app: str, *, as_json: bool, bar: bool) -> None:
        self.app, self._json, self._wants_bar = app, as_json, bar
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.failed: list[str] = []
        self.ended = False
        self.fault: dict[str, Any] | None = None
        self._done, self._began = 0, 0.0

    def take(self, type: str, facts: dict[str, Any]) -> None:
        """One message of the child."""
        if type == "failed":
            self.fault = facts["report"]
        elif type == "endpoint":
            self.endpoints[facts["name"]] = {"keeps": facts["keeps"], "removed": facts["removed"], "examples": []}
        elif type == "example":
            row = {"place": facts["place"], "shown": facts["shown"], "state": facts["state"]}
            self.endpoints[facts["endpoint"]]["examples"].append(row)
            self._began = time.monotonic()
        elif type == "computed":
            self._computed(facts)
        elif type == "end":
            self.ended = True

    def _computed(self, facts: dict[str, Any]) -> None:
        rows = self.endpoints[facts["endpoint"]]["examples"]
        row = next(row for row in rows if row["place"] == facts["place"])
        row.update(seconds=facts["seconds"], error=facts["error"])
        self._done += 1
        if facts["error"]:
            self.failed.append(f"example {facts['place']} of {facts['endpoint']} ({row['shown']}): {facts['error']}")
        else:
            row["state"] = "cached"
        self._bar(facts, row)

    def _bar(self, facts: dict[str, Any], row: dict[str, Any]) -> None:
        """How far it is: a bar in a terminal, else a line for each example."""
        if self._json:
            return
        rows = [one for endpoint in self.endpoints.values() for one in endpoint["examples"]]
        left = sum(one["state"] != "cached" and "error" not in one for one in rows)
        if not typer.get_text_stream("stderr").isatty():
            outcome = "failed" if facts["error"] else "kept"
            typer.echo(f"{facts['endpoint']} {facts['place']}  {outcome} in {facts['seconds']:.2f} s", err=True)
            return
        rate = self._done / max(time.monotonic() - self._began, 1e-6)
        width, total = 30, self._done + left
        filled = round(width * self._done / total)
        eta = f"{left / rate:.0f} s left" if left else "done"
        speed = f"{rate:.1f}/s" if rate >= 1 else f"{1 / rate:.1f} s each"
        line = f"\r{'█' * filled}{'░' * (width - filled)}  {self._done} of {total}  {speed}  {eta}"
        typer.echo(f"{line:<79}", err=True, nl=not left)

    def end_bar(self) -> None:
        """A line that was begun ends."""
        if self._done and not self._json and typer.get_text_stream("stderr").isatty():
            typer.echo("", err=True)

    def finish(self, *, cleared: bool) -> int:
        """Say what there is; the exit code."""
        if self.fault is not None or not self.ended:
            return self._broken()
        if self._json:
            failed = {"failed": self.failed} if self.failed else {}
            typer.echo(json.dumps({"app": self.app, "endpoints": self.endpoints, **failed}, ensure_ascii=False))
        else:
            for name, endpoint in self.endpoints.items():
                self._list(name, endpoint, cleared)
        for line in self.failed:
            typer.echo(f"quickdemo examples: {line}", err=True)
        if self.failed:
            return FAILED
        if not any(endpoint["keeps"] for endpoint in self.endpoints.values()):
            why = "keeps answers of examples. Add cache_examples=True." if self.endpoints else "has examples."
            _stop(NOT_FOUND, f"No Interface of {self.app} {why}")
        return 0

    def _list(self, name: str, endpoint: dict[str, Any], cleared: bool) -> None:
        from quickdemo.cli.console import clean  # examples may hold anything

        if cleared and endpoint["keeps"]:
            typer.echo(f"{name}: {endpoint['removed']} removed", err=True)
        if not endpoint["keeps"]:
            typer.echo(f"{name}  keeps no answers (cache_examples is off)")
            return
        rows = endpoint["examples"]
        typer.echo(f"{name}  {sum(row['state'] == 'cached' for row in rows)} of {len(rows)} kept")
        for row in rows:
            typer.echo(f"  {row['place']:>3}  {row['state']:<7}  {clean(row['shown'])[:100]}")

    def _broken(self) -> int:
        from quickdemo.cli.console import Console

        if self.fault is None:
            typer.echo(f"quickdemo examples: {self.app} ended before it had said all.", err=True)
        else:
            Console(False).fault(self.fault, serving=False, reload=False)
        return FAILED


def _stop(code: int, message: str) -> NoReturn:
    typer.echo(f"quickdemo examples: {message}", err=True)
    raise typer.Exit(code)
