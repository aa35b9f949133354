"""What was put is found again: by other processes, after a crash, beside others that write, on a disk that is full."""

import asyncio
import json
import logging
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickdemo.runtime.jobs.job import Job, Outcome, new_id
from quickdemo.runtime.jobs.journal import Journal, JournalError, JournalFullError, Record, journal_or_none
from quickdemo.runtime.jobs.journal_file import JournalFile
from quickdemo.runtime.jobs.network_folders import is_network, kind_at, linux_mounts, mac_mounts
from quickdemo.runtime.jobs.record import CHANGEABLE, STATES
from tests.conftest import ROOT

HOUR = 3600.0


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(str(tmp_path))
    yield journal
    journal.close()


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 50))


def put(journal: Journal, *records: Record) -> None:
    async def main() -> None:
        await asyncio.gather(*[journal.put(record) for record in records])

    run(main())


def change(journal: Journal, id: str, **fields: Any) -> None:
    async def main() -> None:
        await journal.change(id, **fields)

    run(main())


def record(id: str = "", **fields: Any) -> Record:
    values = {"function": "predict", "owner": "anna", "payload": {"data": [1]}, "accepted": time.time(), **fields}
    return Record(id or new_id(), **values)


def ended(seconds_ago: float, **fields: Any) -> Record:
    now = time.time()
    outcome = Outcome("done", b'{"data": [2]}')
    return record(state="done", ended=now - seconds_ago, accepted=now - seconds_ago, outcome=outcome, **fields)


def nobody(_: str) -> bool:
    return False


# ------------------------------------------------------------------ one process


def test_the_files_are_the_owners_alone(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "state"))
    put(journal, record())
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "state").iterdir()} == {0o600}
    journal.close()
    os.chmod(tmp_path / "state" / "jobs.db", 0o644)
    Journal(str(tmp_path / "state")).close()
    assert stat.S_IMODE((tmp_path / "state" / "jobs.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(("durability", "synchronous"), [("normal", 1), ("full", 2)])
def test_durability_says_whether_a_commit_waits_for_the_disk(tmp_path: Path, durability: Any, synchronous: int) -> None:
    journal = Journal(str(tmp_path), durability)
    assert journal._writer.now(lambda c: c.execute("PRAGMA synchronous").fetchone()) == (synchronous,)
    assert journal._writer.now(lambda c: c.execute("PRAGMA journal_mode").fetchone()) == ("wal",)
    journal.close()
    with pytest.raises(ValueError, match="durability is 'max'"):
        Journal(str(tmp_path), "max")  # type: ignore[arg-type]


def test_a_job_and_its_record() -> None:
    job = Job("id", "f", "o", {"data": []}, "k", "a", 2, 3.0, 4.0, True, False)
    held = Record.of(job, state="running", holder="h")
    assert held.job == job and type(held.job) is Job
    assert (held.state, held.holder, held.is_ended) == ("running", "h", False)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NOW = float(int(time.time()))
MOMENTS = st.integers(0, 3).map(lambda seconds: NOW + seconds)  # older ones would be pruned meanwhile
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(["done", "failed", "cancelled"]),
    st.binary(max_size=20),
    st.integers(100, 599),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
)
HOLDERS = st.sampled_from(["", "h1", "h2", "h3"])
FATES: dict[str, st.SearchStrategy[Any]] = {
    "state": st.sampled_from(["queued", "running", "queued", "running", *sorted(STATES)]),
    "holder": HOLDERS,
    "attempt": st.integers(0, 5),
    "started": st.none() | MOMENTS,
    "ended": st.none() | MOMENTS,
    "outcome": st.none() | OUTCOMES,
    "last": st.integers(0, 1 << 40),
    "snapshot": st.none() | st.binary(max_size=20),
    "cancel": st.booleans(),
}
IDS = st.sampled_from("abcde")
RECORDS = st.builds(
    Record,
    id=IDS,
    function=TEXTS,
    owner=st.sampled_from(["anna", "ben"]),
    payload=st.dictionaries(st.text(max_size=3), JSON, max_size=3),
    key=TEXTS,
    app=TEXTS,
    accepted=MOMENTS,
    deadline=st.none() | MOMENTS,
    low=st.booleans(),
    retry=st.booleans(),
    **FATES,
)
PUTS = st.lists(st.tuples(st.just("put"), RECORDS), max_size=6)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), RECORDS),
        st.tuples(st.just("change"), IDS, st.fixed_dictionaries({}, optional=FATES)),
        st.tuples(st.just("take"), st.sampled_from(["h1", "h2"]), st.frozensets(HOLDERS)),
        st.tuples(st.just("release"), st.lists(IDS, max_size=3), HOLDERS),
        st.tuples(st.just("ask_cancel"), IDS),
    ),
    max_size=12,
)


class Model:
    """What the journal promises, in a dict; ids keep the place of their first put."""

    def __init__(self) -> None:
        self.held: dict[str, Record] = {}

    def put(self, one: Record) -> None:
        self.held[one.id] = replace(one)

    def change(self, id: str, fields: dict[str, Any]) -> None:
        if id in self.held:
            self.held[id] = replace(self.held[id], **fields)

    def take(self, holder: str, living: frozenset[str]) -> list[Record]:
        free = [
            r
            for r in self.held.values()
            if not r.is_ended and r.holder != holder and not (r.holder and r.holder in living)
        ]
        for one in free:
            one.holder = holder
        return sorted((replace(r) for r in free), key=lambda r: r.accepted)

    def release(self, ids: list[str], holder: str) -> None:
        for one in (self.held[id] for id in ids if id in self.held):
            if one.holder == holder and one.state == "queued":
                one.holder = ""

    def ask_cancel(self, id: str) -> bool:
        one = self.held.get(id)
        if one is None or one.is_ended:
            return False
        one.cancel = True
        return True


def stepped(journal: Journal, step: tuple[Any, ...], waiting: list[Any]) -> Any:
    """Take a step, without waiting for what need not be waited for."""
    name, *args = step
    if name == "put":
        return waiting.append(journal.put(*args))
    if name == "change":
        return waiting.append(journal.change(args[0], **args[1]))
    if name == "take":
        return journal.take(args[0], args[1].__contains__)
    return getattr(journal, name)(*args)


def agree(journal: Journal, model: Model) -> None:
    assert {id: found for id in "abcde" if (found := journal.find(id))} == model.held
    for owner in ("anna", "ben"):
        theirs = sorted((r for r in model.held.values() if r.owner == owner), key=lambda r: r.accepted)
        assert journal.of(owner, 100) == theirs[::-1]
    for holder in ("h1", "h2", ""):
        asked = [r for r in model.held.values() if r.holder == holder and r.cancel and not r.is_ended]
        assert journal.to_cancel(holder) == [r.id for r in sorted(asked, key=lambda r: r.accepted)]
    counts: dict[str, dict[str, int]] = {}
    for one in model.held.values():
        states = counts.setdefault(one.function, {})
        states[one.state] = states.get(one.state, 0) + 1
    assert journal.counts() == counts


@pytest.mark.slow
@settings(max_examples=80)
@given(PUTS, STEPS)
def test_the_journal_does_what_a_dict_would(puts: list[tuple[Any, ...]], steps: list[tuple[Any, ...]]) -> None:
    async def main(folder: str) -> None:
        journal, model = Journal(folder), Model()
        waiting: list[Any] = []
        try:
            for step in puts + steps:
                assert stepped(journal, step, waiting) == getattr(model, step[0])(*step[1:])
            await asyncio.gather(*waiting)
            agree(journal, model)
            journal.close()
            journal = Journal(folder)
            agree(journal, model)
        finally:
            journal.close()

    # each example has a file of its own; in memory it costs no time of the disk
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        run(main(folder))


def test_a_record_is_stored_as_it_was_when_put_was_called(journal: Journal) -> None:
    async def main() -> None:
        one = record("a", payload={"data": [1]})
        future = journal.put(one)
        one.payload["data"].append(2)
        one.state = "failed"
        await future

    run(main())
    found = journal.find("a")
    assert found and (found.payload, found.state) == ({"data": [1]}, "queued")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "ended"),
        ("state", None),
        ("holder", None),
        ("attempt", -1),
        ("attempt", True),
        ("attempt", 1 << 63),
        ("started", "now"),
        ("ended", float("inf")),
        ("ended", float("nan")),
        ("outcome", b"{}"),
        ("last", 1.5),
        ("snapshot", "text"),
        ("cancel", 1),
    ],
)
def test_values_that_cannot_be_are_refused_at_once(journal: Journal, field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{field} is "):
        change(journal, "a", **{field: value})
    with pytest.raises(ValueError, match=f"^{field} is "):
        put(journal, replace(record(), **{field: value}))


@pytest.mark.parametrize("field", ["payload", "owner", "accepted", "nothing"])
def test_what_belongs_to_the_job_cannot_be_changed(journal: Journal, field: str) -> None:
    with pytest.raises(TypeError, match=f"{field} of a job cannot be changed"):
        change(journal, "a", **{field: "x"})
    assert field not in CHANGEABLE


def test_a_payload_that_is_no_json_is_refused(journal: Journal) -> None:
    with pytest.raises(TypeError):
        put(journal, record(payload={"data": [object()]}))


def test_a_new_process_takes_what_nobody_alive_has_oldest_first(journal: Journal) -> None:
    put(
        journal,
        record("d", holder="dead", state="running", accepted=NOW + 3, attempt=2),
        record("c", accepted=NOW + 2),
        record("e", holder="dead", accepted=NOW + 3),
        record("a", holder="gone", accepted=NOW),
        record("hers", holder="living", accepted=NOW),
        record("mine", holder="me", accepted=NOW),
        record("ended", holder="dead", state="failed", accepted=NOW),
    )
    taken = journal.take("me", lambda holder: holder == "living")
    assert [(r.id, r.state, r.attempt, r.holder) for r in taken] == [
        ("a", "queued", 0, "me"),
        ("c", "queued", 0, "me"),
        ("d", "running", 2, "me"),
        ("e", "queued", 0, "me"),
    ]
    assert journal.take("me", nobody) == [found for found in [journal.find("hers")] if found]
    assert journal.take("me", nobody) == []


def test_only_what_waits_and_is_ones_own_is_released(journal: Journal) -> None:
    put(journal, *[record(f"{holder} {state}", holder=holder, state=state) for holder in "ab" for state in STATES])
    journal.release([*ids(journal), "unknown"], "a")
    assert [one.id for one in journal.of("anna", 100) if not one.holder] == ["a queued"]


def test_by_key_finds_the_newest_of_this_owner_within_a_day(journal: Journal) -> None:
    now = time.time()
    put(
        journal,
        record("old", key="k", accepted=now - 24 * HOUR - 60),
        record("yesterday", key="k", accepted=now - 24 * HOUR + 60),
        record("newest", key="k", accepted=now - 5),
        record("hers", key="k", owner="ben", accepted=now),
        record("lost", key="z", accepted=now - 24 * HOUR - 60),
        record("plain", accepted=now),
    )
    ids = [found and found.id for found in (journal.by_key("anna", "k"), journal.by_key("ben", "k"))]
    assert ids == ["newest", "hers"]
    assert journal.by_key("anna", "z") is journal.by_key("anna", "") is journal.by_key("eve", "k") is None


def test_a_long_reading_holds_no_key_up(journal: Journal) -> None:
    """A key is looked up on the loop, on which nobody may wait for what a thread reads."""
    reads, looked_up = threading.Event(), threading.Event()

    def reading(_: sqlite3.Connection) -> bool:
        reads.set()
        return looked_up.wait(20)

    put(journal, record("one", key="k"))
    with ThreadPoolExecutor(2) as threads:
        long = threads.submit(journal._reader.run, reading)
        assert reads.wait(20)
        try:
            found = threads.submit(journal.by_key, "anna", "k").result(10)
        finally:
            looked_up.set()
        assert found is not None and found.id == "one" and long.result()


def test_of_gives_as_many_as_are_wanted(journal: Journal) -> None:
    put(journal, *[record(str(n), accepted=float(n)) for n in range(10)])
    assert [r.id for r in journal.of("anna", 3)] == ["9", "8", "7"]
    assert journal.of("anna", 0) == journal.of("anna", -1) == journal.of("eve", 3) == []


# ------------------------------------------------------------------ pruning


def ids(journal: Journal, owner: str = "anna") -> set[str]:
    return {one.id for one in journal.of(owner, 1000)}


def test_pruning_keeps_results_for_an_hour_and_those_with_keys_for_a_day(journal: Journal) -> None:
    journal.prune(time.time())  # the writer's own pruning is behind us
    put(
        journal,
        ended(59 * 60, id="young"),
        ended(61 * 60, id="old"),
        ended(23 * HOUR, id="keyed", key="k"),
        ended(25 * HOUR, id="old keyed", key="k"),
        record("queued", accepted=1.0),
        record("running", state="running", accepted=1.0),
        record("odd", state="failed", accepted=1.0),
    )
    assert len(ids(journal)) == 7
    journal.prune(time.time())
    assert ids(journal) == {"young", "keyed", "queued", "running"}


def test_beyond_the_rows_those_that_ended_first_go_and_never_unfinished_ones(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path), most_rows=5)
    journal.prune(time.time())
    waiting = [record(f"q{n}") for n in range(3)]
    put(journal, *waiting, *[ended(10.0 * n, id=f"e{n}", key="k" * (n % 2)) for n in range(6)])
    journal.prune(time.time())
    assert ids(journal) == {"q0", "q1", "q2", "e0", "e1"}
    put(journal, *[record(f"r{n}") for n in range(9)])
    journal.prune(time.time())
    assert ids(journal) == {*(f"q{n}" for n in range(3)), *(f"r{n}" for n in range(9))}
    journal.close()


def test_beyond_the_bytes_those_that_ended_first_go_and_the_file_shrinks(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path), most_bytes=1_000_000)
    journal.prune(time.time())
    text = "x" * 100_000
    for n in range(30):
        put(journal, ended(1000.0 - n, id=f"e{n}", payload={"data": [text]}, snapshot=b"y" * 50_000))
    before = used(tmp_path)
    journal.prune(time.time())
    left = ids(journal)
    assert left == {f"e{n}" for n in range(30 - len(left), 30)}
    assert 5 <= len(left) <= 6
    assert used(tmp_path) < before / 2
    journal.close()


def used(folder: Path) -> int:
    """Bytes of the journal once its log is folded in."""
    connection = sqlite3.connect(folder / "jobs.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return (folder / "jobs.db").stat().st_size


def test_the_writer_prunes_by_itself(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    put(journal, ended(2 * HOUR, id="old"))  # the first write is followed by the first pruning
    journal.ask_cancel("none")
    assert journal.find("old") is None
    journal.close()


# ------------------------------------------------------------------ several processes

WRITE = """
import asyncio, os, sys
from quickdemo.runtime.jobs.journal import Journal, Record

async def one(journal, task, number):
    id = f"{sys.argv[2]}-{task}-{number}"
    await journal.put(Record(id, "f", "anna", {"data": ["x" * (number % 7 * 100)]}))
    os.write(1, f"{id} queued\\n".encode())
    await journal.change(id, state="running", attempt=1)
    os.write(1, f"{id} running\\n".encode())

async def main():
    journal = Journal(sys.argv[1])
    os.write(1, b"ready\\n")
    await asyncio.to_thread(sys.stdin.readline)
    async def task(t):
        for number in range(int(sys.argv[3])):
            await one(journal, t, number)
    await asyncio.gather(*[task(t) for t in range(4)])
    journal.close()

asyncio.run(main())
"""

TAKE = """
import sys
from quickdemo.runtime.jobs.journal import Journal

journal = Journal(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(*[record.id for record in journal.take(sys.argv[2], lambda holder: holder != "dead")])
journal.close()
"""


def processes(code: str, folder: Path, *arguments: tuple[str, ...]) -> list["subprocess.Popen[bytes]"]:
    """Several at once: they begin when all are ready."""
    commands = [[sys.executable, "-W", "error", "-c", code, str(folder), *more] for more in arguments]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, bufsize=0) for command in commands]
    for process in started:
        assert process.stdout and process.stdout.readline() == b"ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write(b"go\n")
    return started


@pytest.mark.parametrize("after", [50, 211, 502])
def test_what_was_confirmed_is_found_after_a_kill(tmp_path: Path, after: int) -> None:
    (process,) = processes(WRITE, tmp_path, ("w", "1000000"))
    with process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        lines += [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    states = dict(line.decode().split() for line in lines)
    journal = Journal(str(tmp_path))
    found = {id: journal.find(id) for id in states}
    journal.close()
    assert len(lines) >= after
    lost = [id for id, state in states.items() if not (one := found[id]) or (state == "running") > (one.attempt == 1)]
    assert lost == []


@pytest.mark.slow
def test_two_processes_write_at_once(tmp_path: Path) -> None:
    for process in processes(WRITE, tmp_path, ("a", "100"), ("b", "100")):
        with process:
            out, _ = process.communicate(timeout=50)
        assert process.returncode == 0
        assert out.count(b"running\n") == 400
    journal = Journal(str(tmp_path))
    assert journal.counts() == {"f": {"running": 800}}
    journal.close()


def test_each_job_is_taken_once(tmp_path: Path, journal: Journal) -> None:
    free = [record(f"{n}", holder=("", "dead")[n % 2]) for n in range(400)]
    put(journal, *free, record("hers", holder="living"), ended(1.0, id="done"))
    taken: list[str] = []
    for process in processes(TAKE, tmp_path, ("one",), ("two",), ("three",)):
        with process:
            out, _ = process.communicate(timeout=50)
        taken += out.decode().split()
    assert sorted(taken, key=int) == [one.id for one in free]
    hers = journal.find("hers")
    assert hers and hers.holder == "living"


def test_a_reader_sees_what_another_process_wrote(tmp_path: Path, journal: Journal) -> None:
    other = Journal(str(tmp_path))
    put(other, record("a"))
    found = journal.find("a")
    assert found and not found.cancel
    assert journal.ask_cancel("a")
    other.close()  # closing one connection takes no lock from the others
    assert journal.find("a") and Journal(str(tmp_path)).close() is None
    put(journal, record("b"))
    assert ids(journal) == {"a", "b"}


# ------------------------------------------------------------------ files that cannot be used


def aside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("jobs-*.db"))


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "jobs.db").write_bytes(b"no database at all " * 1000)
    journal = Journal(str(tmp_path))
    put(journal, record("a"))
    assert journal.find("a")
    journal.close()
    (name,) = aside(tmp_path)
    assert (tmp_path / name).read_bytes().startswith(b"no database at all")
    assert name.startswith("jobs-broken-20") and name in caplog.text


@pytest.mark.parametrize("layout", [2, 0, -1])
def test_a_file_of_another_version_is_set_aside(tmp_path: Path, layout: int, caplog: pytest.LogCaptureFixture) -> None:
    other = sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)
    other.execute("CREATE TABLE jobs (something)")
    other.execute("INSERT INTO jobs VALUES (1)")
    other.execute(f"PRAGMA user_version = {layout}")
    other.close()
    for _ in range(2):  # the second time it is ours
        journal = Journal(str(tmp_path))
        put(journal, record("a"))
        journal.close()
    (name,) = aside(tmp_path)
    kept = sqlite3.connect(tmp_path / name)
    assert kept.execute("SELECT * FROM jobs").fetchall() == [(1,)]
    kept.close()
    assert f"layout {layout}" in caplog.text


def test_two_versions_at_once_do_not_set_each_others_files_aside(tmp_path: Path, journal: Journal) -> None:
    put(journal, record("a"))
    journal.prune(time.time())  # after it the writer rests
    (tmp_path / "jobs.db").rename(tmp_path / "ours.db")  # as the other version does it at its start
    other = sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)
    other.execute("CREATE TABLE theirs (something)")
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(JournalError, match="another version"):
        put(journal, record("b"))
    with pytest.raises(JournalError, match="another version"):
        journal.find("a")
    assert aside(tmp_path) == []


def test_a_new_file_is_not_set_aside_for_the_faults_of_the_old_one(tmp_path: Path) -> None:
    file = JournalFile(str(tmp_path), "normal")
    for _ in range(2):
        connection, seen = file.connect(starting=True)
        connection.close()
        for _ in range(3):  # several that had it open notice, one after the other
            file.set_aside(seen, "it is broken")
            file.connect(starting=False)[0].close()
    assert len(aside(tmp_path)) == 2
    assert all((tmp_path / name).stat().st_size for name in aside(tmp_path))


def spoil(folder: Path) -> None:
    """All pages but the first one are overwritten, and so is the log."""
    used(folder)
    size = (folder / "jobs.db").stat().st_size
    with (folder / "jobs.db").open("r+b", buffering=0) as file:
        file.seek(4096)
        file.write(random.Random(0).randbytes(size - 4096))


def test_a_file_that_breaks_is_set_aside_when_it_is_read_or_written(tmp_path: Path) -> None:
    for broken in range(2):
        journal = Journal(str(tmp_path))
        put(journal, *[record(str(n)) for n in range(300)])
        journal.close()
        spoil(tmp_path)
        journal = Journal(str(tmp_path))
        if broken == 0:
            assert journal.of("anna", 1000) == []
        put(journal, record("a"))
        assert ids(journal) == {"a"}
        assert journal.take("h", nobody)[0].id == "a"
        journal.close()
    assert len(aside(tmp_path)) == 2


def test_a_log_that_is_garbage_raises_nothing(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path))
    put(journal, record("a"))
    journal.close()
    (tmp_path / "jobs.db-wal").write_bytes(os.urandom(50_000))
    journal = Journal(str(tmp_path))
    assert ids(journal) == {"a"}
    journal.close()


@pytest.mark.slow
def test_processes_that_find_a_broken_file_at_once_agree_on_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_bytes(b"no database at all " * 1000)
    opening = "    journal = Journal(sys.argv[1])\n"
    code = WRITE.replace(opening, "").replace(
        "    async def task", opening + "    async def task"
    )  # when all are ready
    for process in processes(code, tmp_path, *[(name, "3") for name in "abcd"]):
        with process:
            process.communicate(timeout=50)
        assert process.returncode == 0
    journal = Journal(str(tmp_path))
    assert journal.counts() == {"f": {"running": 48}}
    journal.close()
    assert len(aside(tmp_path)) == 1


def test_a_file_that_was_removed_is_made_anew(tmp_path: Path, journal: Journal) -> None:
    put(journal, record("a"))
    journal.prune(time.time())  # after it the writer rests
    for path in tmp_path.glob("jobs.db*"):
        path.unlink()
    put(journal, record("b"))
    assert ids(journal) == {"b"}
    shutil.rmtree(tmp_path)
    assert ids(journal) == set()
    put(journal, record("c"))
    assert ids(journal) == {"c"}


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="not a plain file"):
        Journal(str(tmp_path))
    assert not (tmp_path / "elsewhere").exists()


# ------------------------------------------------------------------ a full disk

FULL = """
import asyncio, os, sys
from quickdemo.runtime.jobs.journal import Journal, JournalFullError, Record

async def main():
    journal = Journal(sys.argv[1])
    put = lambda id, size: journal.put(Record(id, "f", "anna", {"data": ["x" * size]}))
    await put("first", 10)
    with open(os.path.join(sys.argv[1], "ballast"), "wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(4096)):
                pass
        except OSError:
            pass
    told = await asyncio.gather(*[put(f"lost{n}", 200_000) for n in range(5)], return_exceptions=True)
    print([type(error).__name__ for error in told])
    os.remove(os.path.join(sys.argv[1], "ballast"))
    await asyncio.gather(*[put(f"late{n}", 100_000) for n in range(5)])
    print(sorted(record.id for record in journal.of("anna", 100)))
    journal.close()

asyncio.run(main())
"""


def test_a_full_disk_is_told_and_later_there_is_room(tmp_path: Path) -> None:
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("needs a small disk of its own")
    script = 'mount -t tmpfs -o size=6m small "$1" || exit 77; exec "$2" -W error -c "$3" "$1"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(tmp_path), sys.executable, FULL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50)
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("may not mount a small disk")
    assert done.returncode == 0, done.stderr
    told, found = done.stdout.splitlines()
    assert json.loads(told.replace("'", '"')) == ["JournalFullError"] * 5
    assert json.loads(found.replace("'", '"')) == ["first", *(f"late{n}" for n in range(5))]


def test_a_bound_of_pages_is_a_full_disk_too(journal: Journal) -> None:
    put(journal, record("a"))
    pages = journal._writer.now(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    journal._writer.now(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 3}").fetchone())
    with pytest.raises(JournalFullError, match="no room"):
        put(journal, record("b", payload={"data": ["x" * 100_000]}))
    assert isinstance(JournalFullError(), OSError)
    change(journal, "a", state="running")
    journal._writer.now(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
    put(journal, record("b", payload={"data": ["x" * 100_000]}))
    assert ids(journal) == {"a", "b"}


# ------------------------------------------------------------------ where there can be none

MOUNTINFO = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:50 / /mnt/with\040space rw,relatime shared:1 master:2 - nfs4 server:/export rw
31 27 0:51 / /mnt/data rw,relatime - nfs4 server:/data rw
32 31 0:52 / /mnt/data/local rw,relatime - xfs /dev/sdb rw
33 27 0:53 / /srv rw,relatime - ext4 /dev/sdc rw
34 33 0:54 / /srv rw,relatime - fuse.sshfs me@host: rw
35 27 0:55 / /home rw,relatime - overlay overlay rw
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/mnt/database", "ext4"),
        ("/mnt/with space/app/.quickdemo", "nfs4"),
        ("/mnt/data", "nfs4"),
        ("/mnt/data/local/x", "xfs"),
        ("/srv/app", "fuse.sshfs"),
        ("/home/me/app", "overlay"),
    ],
)
def test_the_file_system_of_a_folder_on_linux(path: str, kind: str) -> None:
    assert kind_at(path, linux_mounts(MOUNTINFO)) == kind


MAC = """
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
//me@server/My (share) on /Volumes/My (share) (smbfs, nodev, nosuid, mounted by me)
server:/export on /Volumes/on it (nfs)
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/Users/me", "apfs"), ("/Volumes/My (share)/app", "smbfs"), ("/Volumes/on it/x", "nfs"), ("/Volumes", "apfs")],
)
def test_the_file_system_of_a_folder_on_a_mac(path: str, kind: str) -> None:
    assert kind_at(path, mac_mounts(MAC)) == kind


def test_which_file_systems_are_on_a_network() -> None:
    network = "nfs nfs4 cifs smb3 9p lustre ceph glusterfs smbfs afpfs fuse fuse.sshfs fuse.gcsfuse fuse.s3fs fuse.new"
    local = "ext4 xfs btrfs zfs tmpfs overlay apfs fuseblk fuse.fuse-overlayfs fuse.gocryptfs virtiofs"
    assert [kind for kind in network.split() if not is_network(kind)] == []
    assert [kind for kind in local.split() if is_network(kind)] == []
    assert not is_network("")


ON_NETWORK = """
import logging, os, sys
from quickdemo.runtime.jobs.journal import journal_or_none
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
print([journal_or_none(sys.argv[1]) for _ in range(2)], os.listdir(sys.argv[1]))
"""


def test_on_a_network_file_system_there_is_no_journal_and_one_warning(tmp_path: Path) -> None:
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("needs mounts of its own")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"{MOUNTINFO}\n40 27 0:60 / {tmp_path}/share rw - cifs //server/share rw\n")
    (tmp_path / "share").mkdir()
    script = 'mount --bind "$1" /proc/$$/mountinfo || exit 77; exec "$2" -W error -c "$3" "$4"'
    more = [str(mounts), sys.executable, ON_NETWORK, str(tmp_path / "share")]
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50)
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("may not mount")
    assert done.returncode == 0, done.stderr
    warning, result = done.stdout.splitlines()
    assert result == "[None, None] []"
    assert warning.startswith("WARNING") and "network file system (cifs)" in warning and "memory only" in warning


def test_on_a_disk_there_is_a_journal(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = journal_or_none(str(tmp_path))
    assert journal
    journal.close()
    assert caplog.records == []


def test_where_nothing_can_be_written_there_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert journal_or_none(str(tmp_path / "file" / "state")) is None
        assert journal_or_none(str(tmp_path / "file" / "state")) is None
    (said,) = caplog.records
    assert "memory only" in said.message
