"""The scheduler: whose turn it is, how many run at a time, what is refused, and where one stands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.jobs.fair_line import TURN, FairLine
from quickdemo.runtime.jobs.scheduler import Full, Limits, Scheduler, Start

OWNERS = st.sampled_from("abcd")


def scheduler(**limits: Any) -> Scheduler:
    """With one line, "f"."""
    made = Scheduler()
    made.define("f", Limits(**limits), 0.0)
    return made


def begun(made: Scheduler, now: float = 0.0) -> list[str]:
    """The ids that begin now, a batch joined by "+"."""
    return ["+".join(one.ids) for one in made.start(now)]


def drained(made: Scheduler, running: list[Start], now: float = 0.0) -> list[str]:
    """The ids in the order in which they begin from now on, while one start after another ends."""
    order, running = list[str](), [*running]
    while True:
        new = made.start(now)
        order += [id for one in new for id in one.ids]
        running += new
        if not running:
            return order
        made.leave(running.pop(0).number, now, None)


# ---------------------------------------------------------------- order


def test_who_comes_new_is_next_although_another_has_300_waiting() -> None:
    made = scheduler()
    for number in range(301):
        made.add(f"a{number}", "f", "a", 0.0)
    (first,) = made.start(0.0)
    made.add("b0", "f", "b", 1.0)
    made.add("b1", "f", "b", 1.0)
    assert made.position("b0") == 1 and made.position("a1") == 2
    made.leave(first.number, 2.0, 2.0)
    assert drained(made, [], 2.0)[:5] == ["b0", "a1", "b1", "a2", "a3"]


@given(st.lists(st.tuples(OWNERS, st.booleans()), max_size=60), st.integers(1, 3))
def test_of_two_who_wait_neither_has_more_than_one_turn_more(events: list[tuple[str, bool]], at_once: int) -> None:
    """Before one's n-th job that waits, everybody else begins n + 1 at most of those that came since or stood there."""
    made = scheduler(at_once=at_once)
    running, waiting, later = list[Start](), dict[str, tuple[str, int]](), dict[str, list[str]]()

    def begin() -> None:
        for one in made.start(0.0):
            running.append(one)
            (id,) = one.ids
            owner, mine = waiting.pop(id)
            overtaken = later.pop(id)
            assert all(overtaken.count(other) <= mine + 1 for other in "abcd" if other != owner)
            for others in later.values():
                others.append(owner)

    for number, (owner, ends) in enumerate(events):
        id = f"{owner}{number}"
        waiting[id], later[id] = (owner, 1 + sum(other == owner for other, _ in waiting.values())), []
        made.add(id, "f", owner, 0.0)
        begin()
        if ends and running:
            made.leave(running.pop(0).number, 0.0, None)
            begin()
    while running:
        made.leave(running.pop(0).number, 0.0, None)
        begin()
    assert not waiting


@given(
    st.lists(st.tuples(OWNERS, st.booleans(), st.sampled_from(["add", "add", "remove", "leave"])), max_size=60),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_positions_are_the_order_of_starts(events: list[tuple[str, bool, str]], at_once: int, batch: int) -> None:
    made, running, waiting = scheduler(at_once=at_once, batch=batch), list[Start](), list[str]()
    for number, (owner, low, what) in enumerate(events):
        if what == "add":
            waiting.append(f"{owner}{number}")
            made.add(waiting[-1], "f", owner, 0.0, low=low)
        elif what == "remove" and waiting:
            before = {id: made.position(id) for id in waiting}
            gone = waiting.pop(number % len(waiting))
            assert made.remove(gone) and not made.remove(gone)
            assert all(made.position(id) <= before[id] for id in waiting)
        elif running:
            made.leave(running.pop(0).number, 0.0, None)
        running += made.start(0.0)
        waiting = [id for id in waiting if not any(id in one.ids for one in running)]
    told = sorted(waiting, key=made.position)
    assert [made.position(id) for id in told] == list(range(1, len(told) + 1))
    assert drained(made, running) == told


def test_endless_new_visitors_hold_up_nobody_and_are_forgotten() -> None:
    line = FairLine()
    for number in range(3):
        line.add(number, "a", held=False)
    taken = [line.take()]
    line.add(3, "new3", held=False)
    for number in range(4, 10_000):  # at any time, one of them waits
        line.add(number, f"new{number}", held=False)
        taken.append(line.take())
    order = [one[0] for one in taken if one]
    assert order.index(1) <= TURN and order.index(2) - order.index(1) - 1 <= TURN
    assert len(line.owners) < 2 * TURN


def test_those_who_come_again_after_each_answer_hold_up_nobody() -> None:
    line = FairLine()
    line.add(0, "b", held=False)
    line.add(1, "b", held=False)
    taken = [line.take()]
    for number in range(2, 20):  # "a" and "c" in turn, each of whom waits when the other is taken
        line.add(number, "ac"[number % 2], held=False)
        if number > 2:
            taken.append(line.take())
    order = [one[0] for one in taken if one]
    assert order[:4] == [0, 2, 3, 1]


def test_who_cancels_and_comes_again_gains_and_costs_nothing() -> None:
    line = FairLine()
    line.add(0, "a", held=False)
    line.add(1, "a", held=False)
    for number in range(2, 1000):
        line.add(number, "b", held=False)
        line.remove(number, "b")
    line.add(1000, "c", held=False)
    line.add(1001, "b", held=False)
    assert [line.place(number, owner) for number, owner in [(0, "a"), (1001, "b"), (1000, "c"), (1, "a")]] == [
        0,
        1,
        2,
        3,
    ]


def test_low_jobs_stand_behind_all_others_also_those_that_come_later() -> None:
    made = scheduler()
    for id, low in [("x", False), ("l0", True), ("n0", False), ("l1", True), ("n1", False)]:
        made.add(id, "f", id, 0.0, low=low)
    assert [made.position(id) for id in ("x", "n0", "n1", "l0", "l1")] == [1, 2, 3, 4, 5]
    assert drained(made, []) == ["x", "n0", "n1", "l0", "l1"]


def test_a_job_whose_process_died_is_next_again() -> None:
    made = scheduler(at_once=2)
    for id in ("a0", "a1", "a2", "b0"):
        made.add(id, "f", id[0], 0.0)
    first, second = made.start(0.0)
    assert (first.ids, second.ids) == (("a0",), ("b0",))
    made.add("c0", "f", "c", 0.0)
    made.again("a0")
    assert made.start(0.0) == [] and made.position("a0") == 1 and made.position("a1") == 3
    made.leave(first.number, 0.0, None)
    assert begun(made) == ["a0"] and made.running("f") == 2
    with pytest.raises(KeyError):
        made.again("a1")


# ---------------------------------------------------------------- limits


def test_limits_of_a_line_a_group_and_a_visitor() -> None:
    made = Scheduler()
    made.limit_group("gpu", 3)
    made.define("f", Limits(at_once=2, each=1, group="gpu"), 0.0)
    made.define("g", Limits(at_once=5, group="gpu"), 0.0)
    for number in range(4):
        made.add(f"fa{number}", "f", "a", 0.0)
        made.add(f"ga{number}", "g", "a", 1.0)
    first = made.start(1.0)
    assert sorted(id for one in first for id in one.ids) == ["fa0", "ga0", "ga1"]
    made.add("fb", "f", "b", 2.0)
    assert made.start(2.0) == []
    made.leave(next(one.number for one in first if one.line == "g"), 2.0, None)
    assert begun(made, 2.0) == ["fb"]


def test_between_lines_of_a_group_it_goes_round() -> None:
    made = Scheduler()
    made.limit_group("gpu", 1)
    for line in "fg":
        made.define(line, Limits(group="gpu"), 0.0)
    for number in range(300):
        made.add(f"f{number}", "f", "a", 0.0)
    running = made.start(0.0)
    for number in range(2):
        made.add(f"g{number}", "g", "b", 1.0)
    assert drained(made, running, 2.0)[:4] == ["f1", "g0", "f2", "g1"]


def test_lines_with_low_jobs_only_stand_behind_the_others_of_the_group() -> None:
    made = Scheduler()
    made.limit_group("gpu", 1)
    for line in "fg":
        made.define(line, Limits(group="gpu"), 0.0)
    made.add("low", "f", "a", 0.0, low=True)
    for number in range(3):
        made.add(f"g{number}", "g", "b", 1.0)
    assert drained(made, [], 2.0) == ["g0", "g1", "g2", "low"]


def test_places_taken_from_outside_count() -> None:
    made = scheduler(at_once=2)
    made.occupy("f")
    for id in "abc":
        made.add(id, "f", id, 0.0)
    assert begun(made) == ["a"] and made.free("f") == 0
    made.occupy("f")
    made.vacate("f")
    assert begun(made) == []
    made.vacate("f")
    assert begun(made) == ["b"]
    with pytest.raises(ValueError, match="no place of f is occupied"):
        made.vacate("f")


def test_other_limits_hold_from_then_on() -> None:
    made = scheduler(at_once=3, each=1)
    for id in ("a0", "a1", "a2", "b0"):
        made.add(id, "f", id[0], 0.0)
    assert begun(made) == ["a0", "b0"]
    made.define("f", Limits(at_once=4, each=2), 1.0)
    assert begun(made, 1.0) == ["a1"]
    made.define("f", Limits(at_once=1), 1.0)
    assert begun(made, 1.0) == []


# ---------------------------------------------------------------- full


def test_one_that_finds_a_place_is_accepted_and_one_too_many_is_refused() -> None:
    made = scheduler(at_once=2, waiting=1)
    for id in "abc":
        made.add(id, "f", id, 0.0)
    with pytest.raises(Full, match="3 jobs of f wait already") as refused:
        made.add("d", "f", "d", 0.0)
    assert (refused.value.line, refused.value.waiting) == ("f", 3)
    assert begun(made) == ["a", "b"]
    with pytest.raises(Full):
        made.add("d", "f", "d", 0.0)
    made.add("e", "f", "e", 0.0, accepted=True)
    assert made.waiting("f") == 2


def test_a_line_without_waiting_takes_what_it_can_begin() -> None:
    made = scheduler(waiting=0, batch=2, batch_wait_s=1.0, each=1)
    made.add("a0", "f", "a", 0.0)
    with pytest.raises(Full):
        made.add("a1", "f", "a", 0.0)  # of the same visitor: it would not be of this batch
    made.add("b0", "f", "b", 0.0)
    with pytest.raises(Full):
        made.add("c0", "f", "c", 0.0)
    assert begun(made) == ["a0+b0"]
    with pytest.raises(Full):
        made.add("c0", "f", "c", 0.0)


def test_a_place_of_the_group_that_another_line_will_take_is_not_free() -> None:
    made = Scheduler()
    made.limit_group("gpu", 1)
    for line in "fg":
        made.define(line, Limits(group="gpu", waiting=0), 0.0)
    made.add("f0", "f", "a", 0.0)
    with pytest.raises(Full):
        made.add("g0", "g", "a", 0.0)
    assert begun(made) == ["f0"]


def test_an_id_is_known_once() -> None:
    made = scheduler()
    made.add("a", "f", "a", 0.0)
    with pytest.raises(ValueError, match="the job a is known already"):
        made.add("a", "f", "a", 0.0)
    with pytest.raises(KeyError):
        made.add("b", "g", "a", 0.0)


# ---------------------------------------------------------------- batches and deadlines


def test_a_batch_waits_until_it_is_full_or_its_first_has_waited() -> None:
    made = scheduler(batch=3, batch_wait_s=0.5, at_once=2)
    for number, owner in enumerate("aabb"):
        made.add(f"{owner}{number}", "f", owner, 10.0 + number / 10)
    assert begun(made, 10.4) == ["a0+b2+a1"]
    assert made.next_at(10.4) == 10.3 + 0.5
    assert begun(made, 10.7) == [] and begun(made, 10.8) == ["b3"] and made.next_at(10.8) is None


def test_without_a_waiting_time_a_batch_is_whoever_is_there() -> None:
    made = scheduler(batch=3)
    made.add("a", "f", "a", 0.0)
    (first,) = made.start(0.0)
    for id in "bcde":
        made.add(id, "f", id, 0.0)
    assert made.next_at(5.0) is None
    made.leave(first.number, 1.0, 1.0)
    assert made.next_at(5.0) == 5.0 and begun(made, 5.0) == ["b+c+d"]


def test_deadlines() -> None:
    made = scheduler()
    for id, deadline in [("a", 1.0), ("b", 9.0), ("c", 3.0), ("d", None)]:
        made.add(id, "f", id, 0.0, deadline=deadline)
    assert begun(made) == ["a"] and made.next_at(0.0) == 3.0
    assert made.expired(2.9) == [] and made.expired(3.0) == ["c"] and made.expired(3.0) == []
    assert made.remove("b") and not made.remove("a") and made.next_at(3.0) is None
    assert made.waiting("f") == 1 and made.oldest("f", 3.0) == 3.0 and made.position("d") == 1


# ---------------------------------------------------------------- how long


def measured(seconds: list[float], **limits: Any) -> Scheduler:
    """A line whose last runs took so long."""
    made = scheduler(**limits)
    for number, ran_s in enumerate(seconds):
        made.add(f"before{number}", "f", "x", 0.0)
        (one,) = made.start(0.0)
        made.leave(one.number, 0.0, ran_s)
    return made


def test_remaining_reckons_with_those_before_and_what_has_run() -> None:
    made = measured([2.0] * 10)
    for number in range(101):
        made.add(f"j{number}", "f", "x", 100.0)
    made.start(100.0)
    assert made.remaining("j0", 101.5) == (0.5, 0.5)
    assert made.remaining("j3", 101.5) == pytest.approx((6.5, 6.5))
    assert made.remaining("j100", 101.5) == pytest.approx((200.5, 200.5))


def test_remaining_follows_each_start_and_counts_the_wait_for_a_batch() -> None:
    made = measured([2.0] * 10)
    for id in "ab":
        made.add(id, "f", id, 100.0)
    assert made.remaining("b", 100.0) == (4.0, 4.0)
    made.start(100.0)
    assert made.remaining("b", 100.0) == (4.0, 4.0)
    made.define("f", Limits(at_once=2, batch=2, batch_wait_s=1.0), 100.0)
    assert made.remaining("b", 100.25) == (2.0, 2.75)


def test_remaining_knows_places_and_batches() -> None:
    made = measured([2.0] * 10, at_once=4, batch=5)
    for number in range(405):
        made.add(f"j{number}", "f", "x", 100.0)
    assert made.remaining("j4", 100.0) == (2.0, 2.0)
    assert made.remaining("j19", 100.0) == (2.0, 2.0)
    assert made.remaining("j20", 100.0) == (4.0, 4.0)
    assert made.remaining("j404", 100.0) == pytest.approx((42.0, 42.0))


def test_remaining_is_a_range_where_runs_differ_and_wide_where_little_is_known() -> None:
    made = measured([1.0, 9.0] * 20)
    made.add("now", "f", "x", 0.0)
    assert made.remaining("now", 0.0) == (1.0, 9.0)
    made = measured([4.0])
    made.add("now", "f", "x", 0.0)
    assert made.remaining("now", 0.0) == (2.0, 8.0)
    made.start(0.0)
    assert made.remaining("now", 3.0) == (1.0, 5.0)
    assert made.remaining("now", 20.0) == (0.0, 20.0)  # beyond all that was seen: as long again
    made = measured([1.0] * 40 + [100.0])
    made.add("now", "f", "x", 0.0)
    made.start(0.0)
    assert made.remaining("now", 2.0) == (0.0, 98.0)  # one that was longer says little


def told_and_true(chance: Random, draw: Callable[[], float], lines: str, limits: Limits) -> list[tuple[bool, bool]]:
    """Of each job of the first line that waits while others run: whether it came before or after the range."""
    made, ends, heap, now = Scheduler(), dict[str, float](), list[tuple[float, int, Start]](), 100.0
    made.limit_group("gpu", 3)
    for line in lines:
        made.define(line, limits, 0.0)
        for number in range(48):
            made.add(f"{line} before {number}", line, "x", 0.0)
            (one,) = made.start(0.0)
            made.leave(one.number, 0.0, draw())
        for number in range(60):
            made.add(f"{line}{number}", line, f"o{number % 7}", now)
    for one in made.start(now):
        heappush(heap, (now + draw(), one.number, one))
    asked = now + chance.random() * (heap[0][0] - now)
    told = {id: made.remaining(id, asked) for id in (f"{lines[0]}{number}" for number in range(60))}
    while heap:
        now, number, ended = heappop(heap)
        ends |= dict.fromkeys(ended.ids, now)
        made.leave(number, now, None)
        for one in made.start(now):
            heappush(heap, (now + draw(), one.number, one))
    return [(ends[id] - asked < one[0], ends[id] - asked > one[1]) for id, one in told.items() if one]


@pytest.mark.parametrize(
    ("lines", "limits"),
    [
        ("f", Limits()),
        ("f", Limits(at_once=4)),
        ("f", Limits(at_once=2, batch=3)),
        ("fgh", Limits(at_once=2, group="gpu")),
    ],
    ids=["one place", "four places", "batches", "a group"],
)
@pytest.mark.parametrize("kind", ["even", "uneven"])
def test_the_range_holds_about_eight_times_of_ten(kind: str, lines: str, limits: Limits) -> None:
    chance, wrong = Random(5), list[tuple[bool, bool]]()

    def draw() -> float:
        return chance.expovariate(1.0) if kind == "uneven" else max(0.1, chance.gauss(5.0, 1.0))

    for _ in range(30):
        wrong += told_and_true(chance, draw, lines, limits)
    early, late = (sum(one[end] for one in wrong) / len(wrong) for end in (0, 1))
    assert len(wrong) == 30 * 60 and early < 0.2 and late < 0.2 and 0.04 < early + late


def test_nothing_is_told_where_nothing_was_measured() -> None:
    made = scheduler()
    for id in "ab":
        made.add(id, "f", id, 0.0)
    (one,) = made.start(0.0)
    assert made.remaining("a", 1.0) is None and made.remaining("b", 1.0) is None
    made.leave(one.number, 1.0, None)
    assert made.remaining("b", 1.0) is None
    with pytest.raises(KeyError):
        made.remaining("a", 1.0)


# ---------------------------------------------------------------- cost


def lines_run(what: Callable[[], object]) -> int:
    """How many lines of Python are executed: the same on every machine."""
    count, before = 0, sys.gettrace()

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        what()
    finally:
        sys.settrace(before)
    return count


def queue_through(jobs: int, owners: int) -> None:
    made = scheduler(at_once=2, each=1, waiting=jobs)
    for number in range(jobs):
        made.add(f"j{number}", "f", f"o{number % owners}", number / 10, deadline=1e6 + number)
    running = made.start(1e5)
    while running:
        if made.waiting("f") > jobs // 2:
            made.position(f"j{jobs - 1}")
        made.leave(running.pop(0).number, 1e5, 0.1)
        running += made.start(1e5)
    assert made.waiting("f") == made.running("f") == 0


@pytest.mark.slow
def test_ten_thousand_jobs_of_a_thousand_visitors_cost_no_more_each() -> None:
    few, many = lines_run(lambda: queue_through(500, 50)), lines_run(lambda: queue_through(10_000, 1_000))
    assert many / 10_000 < 1.2 * few / 500
