"""Writes that wait are committed together; an error reaches those whom it concerns, and nobody else."""

import asyncio
import gc
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from quickdemo.runtime.jobs.group_commit import MOST_TOGETHER, GroupCommit, Upkeep
from quickdemo.runtime.jobs.journal_file import Door, JournalError, JournalFile, JournalFullError
from tests.conftest import ROOT
from tests.running import until


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts how often another thread wakes it."""

    woken = 0

    def call_soon_threadsafe(self, *args: Any, **options: Any) -> Any:
        self.woken += 1
        return super().call_soon_threadsafe(*args, **options)


def run(main: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop | None = None) -> Any:
    loop = loop or CountingLoop()
    try:
        return loop.run_until_complete(asyncio.wait_for(main, 20))
    finally:
        loop.close()


def opened(folder: Path, **options: Any) -> GroupCommit:
    file = JournalFile(str(folder), "normal")
    return GroupCommit(Door(file), file.fault, **options)


def add(number: int) -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO payloads VALUES (?, x'00')", (number,))
        return number

    return work


def stored(folder: Path) -> list[int]:
    door = Door(JournalFile(str(folder), "normal"))
    try:
        return [n for (n,) in door.run(lambda c: c.execute("SELECT number FROM payloads ORDER BY 1").fetchall())]
    finally:
        door.close()


def held(commits: GroupCommit) -> tuple[threading.Event, "asyncio.Future[Any]"]:
    """The thread waits inside a commit of its own until the event is set."""
    go, began = threading.Event(), threading.Event()
    future = commits.later(lambda _: began.set() or go.wait(20))
    assert began.wait(20)
    return go, future


def test_what_waits_is_committed_at_once_and_its_loop_is_woken_once(tmp_path: Path) -> None:
    commits = opened(tmp_path)
    statements: list[str] = []
    loop = CountingLoop()

    async def main() -> Any:
        await commits.later(lambda connection: connection.set_trace_callback(statements.append))
        go, first = held(commits)
        waiting = [commits.later(add(n)) for n in range(100)]
        woken = loop.woken
        statements.clear()
        go.set()
        await first
        results = await asyncio.gather(*waiting)
        return results, loop.woken - woken

    results, woken = run(main(), loop)
    commits.close()
    assert results == list(range(100))
    assert statements.count("COMMIT") == 2  # the one that was held, and all others
    assert woken == 2


def test_one_commit_is_of_bounded_length(tmp_path: Path) -> None:
    commits = opened(tmp_path)
    statements: list[str] = []

    async def main() -> None:
        await commits.later(lambda connection: connection.set_trace_callback(statements.append))
        go, _ = held(commits)
        waiting = [commits.later(add(n)) for n in range(MOST_TOGETHER * 2 + 1)]
        statements.clear()
        go.set()
        await asyncio.gather(*waiting)

    run(main())
    commits.close()
    assert statements.count("COMMIT") == 4


def test_a_write_that_fails_fails_alone(tmp_path: Path) -> None:
    commits = opened(tmp_path)

    async def main() -> Any:
        go, _ = held(commits)
        waiting = [commits.later(work) for work in (add(1), add(1), lambda _: 1 / 0, add(2))]
        go.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    first, again, divided, second = run(main())
    commits.close()
    assert (first, second) == (1, 2)
    assert isinstance(again, JournalError)
    assert isinstance(divided, ZeroDivisionError)
    assert stored(tmp_path) == [1, 2]


def test_a_full_disk_is_told_and_room_is_used_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    commits = opened(tmp_path)

    def blob(number: int, size: int) -> Callable[[sqlite3.Connection], Any]:
        return lambda c: c.execute("INSERT INTO payloads VALUES (?, zeroblob(?))", (number, size))

    async def main() -> Any:
        (pages,) = await commits.later(lambda c: c.execute("PRAGMA page_count").fetchone())
        await commits.later(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 4}").fetchone())
        go, _ = held(commits)
        waiting = [commits.later(blob(n, 100_000 if n < 3 else 10)) for n in range(4)]
        go.set()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        await commits.later(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
        await commits.later(blob(9, 100_000))
        return results

    results = run(main())
    commits.close()
    assert [type(r) for r in results[:3]] == [JournalFullError] * 3
    assert len({id(r) for r in results[:3]}) == 3  # one's own, with a traceback of one's own
    assert not isinstance(results[3], Exception)  # there was room for this one
    assert stored(tmp_path) == [3, 9]
    assert len([r for r in caplog.records if "cannot be written" in r.message]) == 1


def test_all_that_wait_learn_together_that_the_database_is_locked(tmp_path: Path) -> None:
    commits = opened(tmp_path)
    commits.now(lambda c: c.execute("PRAGMA busy_timeout = 200").fetchone())
    other = sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def main() -> Any:  # one after the other they would take a minute
        return await asyncio.gather(*[commits.later(add(n)) for n in range(300)], return_exceptions=True)

    results = run(main())
    other.execute("ROLLBACK")
    other.close()
    assert {type(result) for result in results} == {JournalError}
    assert run(later(commits, add(1000))) == 1000
    commits.close()
    assert stored(tmp_path) == [1000]


async def later(commits: GroupCommit, work: Callable[[sqlite3.Connection], Any]) -> Any:
    return await commits.later(work)


def test_futures_that_nobody_waits_for_disturb_nobody(tmp_path: Path) -> None:
    commits = opened(tmp_path)
    complaints: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        go, _ = held(commits)
        commits.later(add(1)).cancel()
        commits.later(lambda _: 1 / 0)
        last = commits.later(add(2))
        go.set()
        await last
        commits.close()
        gc.collect()

    run(main())
    assert complaints == []
    assert stored(tmp_path) == [1, 2]


def test_closing_writes_what_waits_and_what_comes_later_fails(tmp_path: Path) -> None:
    commits = opened(tmp_path)

    async def main() -> None:
        go, _ = held(commits)
        waiting = [commits.later(add(n)) for n in range(50)]
        go.set()
        commits.close()
        commits.close()
        with pytest.raises(JournalError, match="closed"):
            await commits.later(add(99))
        with pytest.raises(JournalError, match="closed"):
            commits.now(add(99))
        assert await asyncio.gather(*waiting) == list(range(50))

    run(main())
    assert stored(tmp_path) == list(range(50))


def test_a_loop_that_is_closed_takes_no_other_with_it(tmp_path: Path) -> None:
    commits = opened(tmp_path)

    async def leave() -> threading.Event:
        go, _ = held(commits)
        commits.later(add(1))
        return go

    go = run(leave())
    go.set()
    assert run(later(commits, add(2))) == 2
    commits.close()
    assert stored(tmp_path) == [1, 2]


def writers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "quickdemo-journal"}


def test_the_thread_begins_with_the_first_write_and_ends_with_its_owner(tmp_path: Path) -> None:
    others = writers()
    commits = opened(tmp_path)
    assert writers() == others
    commits.now(add(1))
    (thread,) = writers() - others
    del commits
    gc.collect()
    until(lambda: not thread.is_alive())
    assert stored(tmp_path) == [1]
    unused = opened(tmp_path)
    unused.close()
    assert writers() <= others


def test_writes_from_threads_are_in_order(tmp_path: Path) -> None:
    commits = opened(tmp_path)
    seen: list[int] = []
    commits.now(lambda _: seen.append(1))

    async def main() -> None:
        commits.later(lambda _: seen.append(2))
        commits.now(lambda _: seen.append(3))

    run(main())
    commits.close()
    assert seen == [1, 2, 3]


def test_the_upkeep_goes_on_without_writes_while_it_asks_for_it_and_then_sleeps(tmp_path: Path) -> None:
    calls: list[int] = []
    done = threading.Event()

    def tend(_: sqlite3.Connection) -> bool:
        calls.append(1)
        if len(calls) == 4:
            done.set()
        return len(calls) < 4

    commits = opened(tmp_path, upkeep=Upkeep(tend, every_s=0.001))
    commits.now(add(1))
    assert done.wait(20)
    before = sum(path.stat().st_mtime_ns for path in tmp_path.iterdir())
    assert len(calls) == 4
    assert sum(path.stat().st_mtime_ns for path in tmp_path.iterdir()) == before
    commits.close()
    assert len(calls) == 4


def test_the_upkeep_comes_after_many_writes_and_its_error_hurts_nobody(tmp_path: Path) -> None:
    calls: list[int] = []

    def tend(_: sqlite3.Connection) -> bool:
        calls.append(1)
        raise sqlite3.OperationalError("a fault of the upkeep")

    commits = opened(tmp_path, upkeep=Upkeep(tend, every_s=3600, every_writes=10))
    for number in range(21):
        commits.now(add(number))
    commits.close()
    assert len(calls) == 3  # after the first write, and after each ten
    assert stored(tmp_path) == list(range(21))


AT_EXIT = """
import asyncio, sys
from quickdemo.runtime.jobs.group_commit import GroupCommit
from quickdemo.runtime.jobs.journal_file import Door, JournalFile

async def main():
    global commits
    commits = GroupCommit(Door(JournalFile(sys.argv[1], "normal")))
    for number in range(200):
        commits.later(lambda c, n=number: c.execute("INSERT INTO payloads VALUES (?, x'00')", (n,)))

asyncio.run(main())
"""


def test_a_process_that_ends_writes_what_waits(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", AT_EXIT, str(tmp_path)], cwd=ROOT, check=True, timeout=60)
    assert stored(tmp_path) == list(range(200))
