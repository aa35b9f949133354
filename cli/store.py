"""`--store`: the broker that several hosts share, tried before anything starts."""

from __future__ import annotations

import asyncio
import os
from typing import NoReturn
from urllib.parse import urlsplit

import typer

from quickdemo.cli.exit_codes import AUTH, FAILED, NETWORK, USAGE
from quickdemo.runtime.errors import AppError

PATIENCE_S = 5.0
NEEDED = "--store needs nats-py: pip install 'quickdemo[cluster]'."


def secret_of(command: str, url: str, creds: str | None, name: str) -> str:
    """The secret that all hosts of this app share, as hex. Raises typer.Exit after one sentence."""
    try:
        from quickdemo.runtime.jobs.cluster.address import address_of
        from quickdemo.runtime.jobs.cluster.broker import BrokerAwayError, BrokerRefusesError
        from quickdemo.runtime.jobs.cluster.engine import Clustered
        from quickdemo.runtime.jobs.cluster.tuning import Tuning
    except ModuleNotFoundError as error:
        if error.name != "nats":
            raise
        _stop(command, NEEDED, FAILED)
    try:
        address_of(url)
    except AppError as error:
        _stop(command, str(error), USAGE)

    async def asked() -> bytes:
        async with Clustered(url, name, creds=creds, tuning=Tuning(patience_s=PATIENCE_S)) as engine:
            return await engine.secret()

    try:
        return asyncio.run(asked()).hex()
    except AppError as error:
        codes = {BrokerAwayError: NETWORK, BrokerRefusesError: AUTH}
        _stop(command, str(error), codes.get(type(error), FAILED))


def name_of(url: str, target: str) -> str:
    """The name that the hosts of one app share: the path of the address, else the script's."""
    return named(url) or os.path.splitext(os.path.basename(os.path.abspath(target)))[0]


def named(url: str) -> str:
    """The name in the path of the address, "" where it has none."""
    return urlsplit(url.split(",")[0]).path.strip("/")


def _stop(command: str, why: str, code: int) -> NoReturn:
    typer.echo(f"quickdemo {command}: {why}", err=True)
    raise typer.Exit(code)
