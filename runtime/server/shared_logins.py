"""Logins that hold on every host: in the broker, under the digest of their token."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from quickdemo.runtime.server.logins import MAX_PER_USER, TOUCH_S, Login

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.cluster.tickets import Tickets


class SharedLogins:
    """What a login is; `tickets` keeps them, and hears when one ends elsewhere."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    async def find(self, digest: bytes) -> Login | None:
        """A login that counts; that it was used is written down now and then. Raises RefusedError (503)."""
        now = time.time()
        data = await self._tickets.get(digest.hex())
        if data is None or not (login := _read(data)).counts(now):
            return None
        if now - login.seen > TOUCH_S:
            await self._tickets.renew(digest.hex(), data, _written(Login(login.username, login.created, now)))
        return login

    async def start(self, digest: bytes, username: str) -> None:
        """Raises RefusedError (503)."""
        now = time.time()
        await self._tickets.put(digest.hex(), username, _written(Login(username, now, now)), MAX_PER_USER)

    async def end(self, digest: bytes) -> None:
        """On all hosts. Raises RefusedError (503): it holds still."""
        await self._tickets.end(digest.hex())


def _written(login: Login) -> bytes:
    return json.dumps([login.username, login.created, login.seen]).encode()


def _read(data: bytes) -> Login:
    return Login(*json.loads(data))
