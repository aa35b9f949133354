"""The command `quickdemo`: each subcommand is a module that is imported when it is used."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

from quickdemo.cli.exit_codes import TABLE

COMMANDS = {
    "run": ("run", "run"),
    "worker": ("worker", "worker"),
    "examples": ("examples", "examples"),
    "explain": ("explain", "explain"),
    "load": ("load", "load"),
    "flag-export": ("flag_export", "flag_export"),
    "jobs": ("jobs", "jobs"),
}
SETTINGS = {"help_option_names": ["-h", "--help"]}

EXAMPLES = """\b
Examples:
  quickdemo run app.py
  quickdemo run app.py --reload
  quickdemo worker app.py --store nats://broker:4222
  quickdemo examples app.py --warm
  quickdemo explain app.py text="a very good film"
  quickdemo load spaces/owner/name
  quickdemo flag-export flagged -o flags.csv
  quickdemo jobs ls --state failed"""


class Commands(TyperGroup):
    """Subcommands by name."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name]
        loaded = importlib.import_module(f"quickdemo.cli.{module}")
        if isinstance(several := getattr(loaded, function), typer.Typer):
            group = typer.main.get_group(several)
            group.name = cmd_name
            return group
        single = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        epilog = f"{getattr(loaded, 'EXAMPLES', '')}\n\n{TABLE}"
        single.command(cmd_name, epilog=epilog, context_settings=SETTINGS)(getattr(loaded, function))
        return typer.main.get_command(single)


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings=SETTINGS,
    epilog=f"{EXAMPLES}\n\n{TABLE}",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"quickdemo {version()}")
        raise typer.Exit()


@app.callback()
def quickdemo(
    show_version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Turn a Python function into a web demo."""


def version() -> str:
    """The installed version."""
    from importlib.metadata import PackageNotFoundError  # 10 ms that only some calls need
    from importlib.metadata import version as installed

    try:
        return installed("quickdemo")
    except PackageNotFoundError:
        return "0.1.0"
