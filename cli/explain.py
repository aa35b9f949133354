"""`quickdemo explain`: what raised the score of an answer, and what lowered it, as a chart or as JSON."""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from quickdemo.cli.exit_codes import FAILED, INTERRUPTED, NOT_FOUND, USAGE
from quickdemo.cli.main import Invocation

EXAMPLES = """\b
Examples:
  quickdemo explain app.py text="a very good film"
  quickdemo explain app.py image=cat.jpg --target cat --method shap --budget 200
  quickdemo explain app.py age=40 sex=female --json"""

_CODES = {"usage": USAGE, "nothing": NOT_FOUND, "failed": FAILED}
_LONGEST = 28  # characters of a label


def explain(
    context: typer.Context,
    app: Annotated[
        str, typer.Argument(envvar="QUICKDEMO_APP", help="file.py, folder, module, or file.py:name", show_default=False)
    ],
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Inputs by label or parameter; others keep their first value."),
    ] = None,
    method: Annotated[str, typer.Option(help="default, shap, exact, or shap:kernel and the like.")] = "",
    budget: Annotated[str, typer.Option(help="Calls of the function at most: 200, or 10n for 10 a part.")] = "",
    target: Annotated[str, typer.Option(help="The class that is explained, or the place of an output.")] = "",
    endpoint: Annotated[str, typer.Option(help="Of an app with tabs: predict, predict_1, ...")] = "",
    most: Annotated[int, typer.Option("--top", min=1, help="Parts of each input that the chart shows.")] = 20,
    env_file: Annotated[str, typer.Option(envvar="QUICKDEMO_ENV_FILE", help="A file of KEY=value lines.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="The whole explanation as one JSON object on stdout.")
    ] = False,
) -> None:
    """Explain the answer of APP to these inputs: the score that each part of them adds.

    Runs the script as `quickdemo run` does, without serving it. Media are paths, lists are JSON, @FILE is the text of
    a file.
    """
    from quickdemo.cli.project import NoAppError, find, settings  # the rest loads when the command runs
    from quickdemo.cli.script_child import run_child

    try:
        found = find(app, settings(os.getcwd()).get("app"), "explain")
    except NoAppError as error:
        _stop(NOT_FOUND, str(error))
    invocation: Invocation = context.obj
    report = Report(found[0], as_json=as_json, most=most)
    task: dict[str, Any] = {"values": values or [], "endpoint": endpoint, "method": method or None}
    task |= {"budget": budget, "target": target}
    try:
        run_child("explain", found, invocation.argv, env_file or None, task, report)
    except KeyboardInterrupt:
        report.end_bar()
        _stop(INTERRUPTED, "stopped.")
    raise typer.Exit(report.finish())


class Report:
    """What the child tells: the chart or the JSON on stdout, all else on stderr."""

    def __init__(self, app: str, *, as_json: bool, most: int) -> None:
        self.app, self._json, self._most = app, as_json, most
        self.ended = False
        self.explanation: dict[str, Any] | None = None
        self.refused: dict[str, Any] = {}
        self.fault: dict[str, Any] | None = None
        self._shows = typer.get_text_stream("stderr").isatty()
        self._began = False

    def take(self, type: str, facts: dict[str, Any]) -> None:
        """One message of the child."""
        if type == "failed":
            self.fault = facts["report"]
        elif type == "progress" and self._shows:
            self._began = True
            filled = round(30 * facts["done"] / max(facts["total"], 1))
            bar = f"{'█' * filled}{'░' * (30 - filled)}"
            typer.echo(f"\r{bar}  {facts['done']} of {facts['total']} calls ", err=True, nl=False)
        elif type == "explained":
            self.explanation, self.ended = facts["explanation"], True
        elif type == "refused":
            self.refused, self.ended = facts, True

    def end_bar(self) -> None:
        """A line that was begun ends."""
        if self._began:
            typer.echo("", err=True)

    def finish(self) -> int:
        """Say what there is; the exit code."""
        from quickdemo.cli.console import Console, clean  # labels and errors may hold anything

        self.end_bar()
        if self.refused:
            said = f"{self.refused['message']} {self.refused['hint']}".strip()
            typer.echo(f"quickdemo explain: {clean(said)}", err=True)
            return _CODES[self.refused["code"]]
        if self.explanation is None:
            if self.fault is None:
                typer.echo(f"quickdemo explain: {self.app} ended before it had said all.", err=True)
            else:
                Console(False).fault(self.fault, serving=False, reload=False)
            return FAILED
        text = json.dumps(self.explanation, ensure_ascii=False) if self._json else chart(self.explanation, self._most)
        typer.echo(text)
        return 0


def chart(explanation: dict[str, Any], most: int, width: int | None = None) -> str:
    """The explanation as lines of text: a bar for each part, to the right for what raised the score, to the left for
    what lowered it. most: parts of each input, the strongest in absolute value; width: characters of a line."""
    from quickdemo.cli.console import clean

    width = width or min(shutil.get_terminal_size().columns, 100)
    scores = [abs(score) for one in explanation["inputs"] for score in one.get("scores", [])]
    written, scale = _writer(max(scores, default=0.0)), max(scores, default=0.0) or 1.0
    half = max((width - _LONGEST - len(written(scale)) - 5) // 2, 4)
    lines = [_head(explanation)]
    if explanation.get("note"):
        lines += ["", *textwrap.wrap(f"Note: {clean(explanation['note'])}", width)]
    for one in explanation["inputs"]:
        if one["kind"] is None:
            lines += ["", clean(one["why"] or "")]  # names the input
            continue
        total = "" if explanation["estimator"] == "leave one out" else f"  {one['total']:+.4g}"
        lines += ["", f"{clean(one['label'])}{total}"]
        pairs = list(zip(one["labels"], one["scores"], strict=True))
        strongest = sorted(range(len(pairs)), key=lambda place: -abs(pairs[place][1]))[:most]
        lines += [
            _row(clean(pairs[place][0]), written(pairs[place][1]), pairs[place][1] / scale, half)
            for place in sorted(strongest)
        ]
        if len(pairs) > most:
            lines.append(f"  and {len(pairs) - most} weaker parts; --top {len(pairs)} shows them")
    return "\n".join(lines)


def _head(explanation: dict[str, Any]) -> str:
    from quickdemo.cli.console import clean

    target = explanation["target"]
    what = "custom scores" if target is None else clean(target["class"] or target["label"])
    between = "" if explanation["base"] is None else f"  {explanation['base']:.4g} -> {explanation['full']:.4g}"
    calls = f"{explanation['calls']} call{'s' * (explanation['calls'] != 1)}, " if explanation["calls"] else ""
    return f"{what}{between}   ({explanation['estimator']}, {calls}{explanation['seconds']:.2g} s)"


def _writer(strongest: float) -> Callable[[float], str]:
    """Writes scores in one column: with digits that the strongest needs."""
    from quickdemo.interpret.decimals import decimals

    digits = decimals(strongest)
    longest = max(len(f"{strongest:+.{digits}f}"), 9)
    return lambda score: f"{score:>+{longest}.{digits}f}"


def _row(label: str, written: str, share: float, half: int) -> str:
    """share: of the strongest score, -1 to 1."""
    length = round(half * abs(share))
    left = ("▒" * length).rjust(half) if share < 0 else " " * half
    right = "█" * length if share > 0 else ""
    name = label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
    return f"  {name:<{_LONGEST}} {written} {left}│{right}".rstrip()


def _stop(code: int, message: str) -> NoReturn:
    typer.echo(f"quickdemo explain: {message}", err=True)
    raise typer.Exit(code)
