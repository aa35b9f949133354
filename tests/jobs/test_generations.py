"""Two processes over one journal, as a reload makes them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import cast

from quickdemo.runtime.jobs.embedded import Embedded
from quickdemo.runtime.jobs.engine import Slots
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import Job, Outcome, new_id
from quickdemo.runtime.jobs.journal import Journal, Record
from quickdemo.runtime.jobs.keeper import Keeper
from quickdemo.runtime.jobs.scheduler import Limits
from quickdemo.runtime.jobs.work import Work


class Called:
    """A call whose inputs are one text."""

    def payload(self) -> dict[str, object]:
        return {"data": ["a"]}


def test_the_next_process_knows_the_keys_of_what_runs_in_this_one(tmp_path: Path) -> None:
    """The job is not in the journal before: it runs for too short a time."""

    async def test() -> None:
        async with (
            Embedded({"f": Limits()}, Keeper(str(tmp_path))) as old,
            Embedded({"f": Limits()}, Keeper(str(tmp_path))) as new,
        ):
            entry, _ = old.accept(
                Job(new_id(), "f", "ann", {}, "once", accepted=time.time()), cast(Work, Called()), EventLog()
            )
            [[lease]] = await old.claim({"f": Slots(1)}, 5.0)
            assert await new.known("ann", "once") is None
            await old.retire()
            known = await new.known("ann", "once")
            assert known is not None and known.job.id == entry.job.id
            answered = asyncio.ensure_future(new.result(known))
            await old.finish(lease, Outcome("done", b'{"data":[1]}'))
            assert (await answered).body == b'{"data":[1]}'

    asyncio.run(test())


def test_a_process_that_is_replaced_begins_none_of_those_with_which_processes_have_ended(tmp_path: Path) -> None:
    """They run one after the other; its end would be the third that the next of them sees."""
    journal = Journal(str(tmp_path))
    for id in ("first", "second"):
        journal.add(Record(id, "f", "ann", {}, attempt=2, accepted=time.time(), state="running", holder="dead"))
    journal.close()

    async def begun(engine: Embedded) -> tuple[str, int]:
        [[lease]] = await engine.claim({"f": Slots(2)}, 5.0)
        await engine.retire()
        await engine.finish(lease, Outcome("done", b"{}"))
        return lease.job.id, lease.attempt

    async def test() -> None:
        async with Embedded({"f": Limits()}, Keeper(str(tmp_path))) as old:
            assert await begun(old) == ("first", 3)
            assert await old.claim({"f": Slots(2)}, 1.0) == []
        async with Embedded({"f": Limits()}, Keeper(str(tmp_path))) as new:
            assert await begun(new) == ("second", 3)

    asyncio.run(test())
