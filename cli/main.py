"""Where the command `quickdemo` begins: before the command line is read, the child of `run` is on its way."""

from __future__ import annotations

import sys

from quickdemo.cli.prepared import Prepared, prepare


class Invocation:
    """What the commands get besides their own options. argv: what followed `--`, for the app."""

    def __init__(self, argv: tuple[str, ...], prepared: Prepared | None) -> None:
        self.argv, self.prepared = argv, prepared


def main() -> None:
    """Run the command line; what follows `--` is the app's."""
    arguments, argv = sys.argv[1:], []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, argv = arguments[:at], arguments[at + 1 :]
    serves = arguments[:1] == ["run"] and not {"-h", "--help"} & set(arguments) and sys.platform != "win32"
    invocation = Invocation(tuple(argv), prepare() if serves else None)
    from quickdemo.cli.commands import app  # typer takes a tenth of a second, in which the child imports the server

    app(args=arguments, obj=invocation)
