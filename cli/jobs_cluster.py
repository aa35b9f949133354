"""The jobs of an app on several hosts: those in their broker, whichever of them accepted or runs them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from quickdemo.cli import exit_codes
from quickdemo.cli.jobs_desk import Counts, Desk, Told
from quickdemo.cli.jobs_text import Say
from quickdemo.cli.project import NoAppError, find
from quickdemo.cli.store import NEEDED, PATIENCE_S, name_of, named
from quickdemo.runtime.errors import AppError, QuickdemoError, RefusedError

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.cluster.visit import Visit
    from quickdemo.runtime.jobs.record import Record

T = TypeVar("T")


def name_in(store: str, app: str, configured: Any) -> str:
    """The name of an app in its broker, as its hosts have it: their script need not be here where it is named.

    Raises NoAppError.
    """
    if name := named(store):
        return name
    path = app.rpartition(":")[0] if ":" in app and not os.path.exists(app) else app
    if not os.path.isdir(path):
        return name_of(store, path)
    try:
        _, target, _ = find(None if app == "." else app, configured)
    except NoAppError as error:
        why = str(error).partition(". ")[0]
        raise NoAppError(f"{why}. Name the app: --app app.py, or --store nats://HOST:4222/NAME.") from None
    return name_of(store, target)


class ClusterDesk(Desk):
    """name: that the hosts of one app share."""

    def __init__(self, store: str, creds: str | None, name: str, say: Say) -> None:
        super().__init__(say)
        self._store, self._creds, self._name = store, creds, name
        self._loop: asyncio.AbstractEventLoop
        self._visit: Visit

    def __enter__(self) -> ClusterDesk:
        try:
            from quickdemo.runtime.jobs.cluster.address import address_of
            from quickdemo.runtime.jobs.cluster.visit import Visit  # nats-py, only when a command runs
        except ModuleNotFoundError as error:
            if error.name != "nats":
                raise
            self._say.stop(exit_codes.FAILED, "nats", NEEDED)
        try:
            address_of(self._store)
        except AppError as error:
            self._say.stop(exit_codes.USAGE, "usage", error.message, error.hint)
        self._loop = asyncio.new_event_loop()
        try:
            self._visit = self._ask(self._opened(Visit))
        except BaseException:
            self._close()
            raise
        return self

    async def _opened(self, visit: type[Visit]) -> Visit:
        opened = visit(self._store, self._name, creds=self._creds, patience_s=PATIENCE_S)
        await opened.__aenter__()
        return opened

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            self._loop.run_until_complete(self._visit.__aexit__())
        finally:
            self._close()

    def _close(self) -> None:
        from quickdemo.runtime.jobs.cluster.broker import end

        self._loop.run_until_complete(end(asyncio.all_tasks(self._loop)))
        self._loop.close()

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        """The broker's answer; ends with a sentence where there is none."""
        from quickdemo.runtime.jobs.cluster.broker import ApiError, BrokerAwayError, BrokerRefusesError, NoStreamError
        from quickdemo.runtime.jobs.cluster.visit import UnknownAppError

        try:
            return self._loop.run_until_complete(question)
        except BrokerRefusesError as error:
            self._stop(exit_codes.AUTH, "refused", error)
        except UnknownAppError as error:
            self._stop(exit_codes.NOT_FOUND, "no_app", error)
        except (BrokerAwayError, RefusedError) as error:
            self._stop(exit_codes.NETWORK, "unreachable", error)
        except AppError as error:
            self._stop(exit_codes.FAILED, "broker", error)
        except (ApiError, NoStreamError) as error:
            self._say.stop(exit_codes.FAILED, "broker", f"The broker says: {error}.")

    def _stop(self, code: int, name: str, error: QuickdemoError) -> NoReturn:
        self._say.stop(code, name, error.message, error.hint)

    # ------------------------------------------------------------------ jobs

    def listed(self, states: Collection[str], function: str, most: int) -> tuple[list[Record], Counts]:
        return self._ask(self._visit.listed(states, function, most))

    def ids(self, start: str) -> list[str]:
        return self._ask(self._visit.ids(start))

    def find(self, id: str) -> Record | None:
        return self._ask(self._visit.record(id))

    def more(self, record: Record) -> dict[str, Any]:
        """Its place, which is a guess, who is there to run it, and the version of its function."""
        return {**self._ask(self._visit.place(record)), "version": record.app}

    def _cancel(self, record: Record) -> Told:
        from quickdemo.runtime.jobs.engine import JobGoneError

        async def state() -> str:
            try:
                if await self._visit.cancel(record.id, "It was cancelled by whoever runs this demo."):
                    return "cancelled"
            except JobGoneError:
                pass
            now = await self._visit.record(record.id)
            return "gone" if now is None else now.state

        now = self._ask(state())
        return {"id": record.id, "ok": now == "cancelled", "state": now, "text": f"{record.id} is {now}"}

    def _retry(self, record: Record) -> Told:
        from quickdemo.runtime.jobs.cluster.broker import NoStreamError
        from quickdemo.runtime.jobs.cluster.visit import InputsGoneError
        from quickdemo.runtime.jobs.engine import JobGoneError

        async def again() -> tuple[str, str]:
            """(the new id, "") or ("", why there is none)."""
            try:
                return await self._visit.again(record.id), ""
            except (InputsGoneError, JobGoneError):
                return "", "its inputs are kept no longer"
            except NoStreamError:
                return "", "no host has served its version"
            except RefusedError as error:
                if error.code != "queue_full":
                    raise
                return "", "its queue is full"

        told = {"id": record.id, "ok": False, "state": record.state}
        new_id, why = self._ask(again())
        if why:
            return {**told, "text": f"{record.id} cannot be run again: {why}"}
        there = self._ask(self._visit.workers(record))
        then = "a worker takes it up" if there else "it waits until a worker is there that has its version"
        text = f"{record.id} is run again as {new_id}; {then}"
        return {**told, "ok": True, "new_id": new_id, "state": "queued", "text": text}
