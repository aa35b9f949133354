"""Any order of calls: hypothesis plays fronts and workers against an engine, and keeps books of what must be."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, multiple, rule, run_state_machine_as_test

from quickdemo.runtime.jobs.engine import CancelledJobError, LeaseLostError
from quickdemo.runtime.jobs.job import MOST_STARTS, Lease, Outcome
from tests.jobs.engines import ENGINES, Bench, Line, Opening

AT_ONCE = 2
LINES = {"f": Line(at_once=AT_ONCE, waiting=1000)}
LIMIT_S = 30.0


@dataclass
class Book:
    """What we know of one job. told: the kinds of its events, without the line's movements."""

    id: str
    owner: str
    told: list[str] = field(default_factory=list)
    starts: int = 0
    waits: bool = True
    ended: bool = False


class Machine(RuleBasedStateMachine):
    """One engine, on a loop of its own."""

    ids = Bundle("ids")
    leases = Bundle("leases")

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._loop = asyncio.new_event_loop()
        self._stack.callback(self._loop.close)
        opened = opening(LINES)
        self.bench = Bench(self.run(opened.__aenter__()), LINES)
        self._stack.callback(lambda: self.run(opened.__aexit__(None, None, None)))
        self.books: dict[str, Book] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.places: set[str] = set()  # tokens of leases that are not finished

    def run(self, work: Any) -> Any:
        return self._loop.run_until_complete(asyncio.wait_for(work, LIMIT_S))

    # ------------------------------------------------------------------ a front

    @rule(target=ids, owner=st.sampled_from("abc"), key=st.sampled_from(["", "", "k"]))
    def submit(self, owner: str, key: str) -> str:
        id = self.run(self.bench.submit(owner, key=key))
        known = self.keys.get((owner, key)) if key else None
        if known is None:
            assert id not in self.books
            self.books[id] = Book(id, owner)
            self.keys[owner, key] = id
        else:
            assert id == known
        return id

    @rule(id=ids)
    def cancel(self, id: str) -> None:
        book = self.books[id]
        assert self.run(self.bench.engine.cancel(id, "why")) != book.ended
        if not book.ended:
            book.waits, book.ended = False, True
            book.told.append("cancelled")

    @rule(id=ids, after=st.integers(0, 6))
    def read(self, id: str, after: int) -> None:
        if self.books[id].ended:
            everything = self.run(self.bench.events(id))
            numbers = [event.number for event in everything]
            assert numbers == list(range(1, len(numbers) + 1))
            if after <= len(numbers):
                assert self.run(self.bench.events(id, after)) == everything[after:]

    # ------------------------------------------------------------------ a worker

    @rule(target=leases)
    def claim(self) -> Any:
        waiting = [book for book in self.books.values() if book.waits]
        if not waiting or len(self.places) >= AT_ONCE:
            assert self.run(self.bench.batches(free=1, wait_s=0.0)) == []
            return multiple()
        lease = self.run(self.bench.claim(wait_s=5))
        book = self.books[lease.job.id]
        assert book.waits
        if not book.starts:  # of an owner's jobs that were never begun, the first
            assert book is next(one for one in waiting if one.owner == book.owner and not one.starts)
        book.starts += 1
        book.waits = False
        book.told.append("started")
        assert lease.attempt == book.starts <= MOST_STARTS
        self.places.add(lease.token)
        return lease

    @rule(lease=leases)
    def emit(self, lease: Lease) -> None:
        book = self.books[lease.job.id]
        if lease.token in self.places and not book.ended:
            self.run(self.bench.engine.emit(lease, "log", b'"x"'))
            book.told.append("log")
        else:
            with pytest.raises(LeaseLostError):
                self.run(self.bench.engine.emit(lease, "log", b'"x"'))

    @rule(lease=consumes(leases), state=st.sampled_from(["done", "failed", None]))
    def finish(self, lease: Lease, state: Any) -> None:
        book = self.books[lease.job.id]
        self.places.remove(lease.token)
        outcome = None if state is None else Outcome(state, b"{}")
        if book.ended:
            with pytest.raises(CancelledJobError):
                self.run(self.bench.engine.finish(lease, outcome))
            return
        self.run(self.bench.engine.finish(lease, outcome))
        with pytest.raises(LeaseLostError):
            self.run(self.bench.engine.finish(lease, outcome))
        if state is None and book.starts < MOST_STARTS:
            book.waits = True
        else:
            book.ended = True
            book.told.append(state or "failed")

    # ------------------------------------------------------------------ at the end

    def teardown(self) -> None:
        """Whatever still waits can be done, and every job has told what happened to it."""
        with self._stack:
            if not hasattr(self, "places"):
                return
            self.places.clear()
            for id, book in self.books.items():
                if not book.ended:
                    self.run(self.bench.engine.cancel(id, "the end"))
                    book.told.append("cancelled")
                events = self.run(self.bench.events(id))
                assert [event.kind for event in events if event.kind != "queued"] == book.told
                assert [event.number for event in events] == list(range(1, len(events) + 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(ENGINES))
def test_an_engine_keeps_its_promises_in_any_order(request: pytest.FixtureRequest, name: str) -> None:
    opening = ENGINES[name](request)
    few = settings(
        max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(lambda: Machine(opening), settings=few)
