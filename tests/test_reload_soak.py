"""Many saves under many users, many reloads in a row, and what the frozen copies cost.

What runs here is short; QUICKDEMO_SOAK=full runs it as long as the figures in docs/reload.md ask for (ten minutes).
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from typing import Any

import pytest

from tests.load import Counter, Page, Streamer, Uploader, User, app, crowd, went_back
from tests.processes import MARK, descendants, descriptors, pss_mb
from tests.running import Project, Run, project, until

__all__ = ["project"]

pytestmark = [
    pytest.mark.alone,
    pytest.mark.slow,  # each starts processes of its own
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]
FULL = os.environ.get("QUICKDEMO_SOAK") == "full"
COSTLY = "time.sleep(1)"  # a copy may take a tenth of it, and takes 10 to 70 ms, as the machine is
MODES = pytest.mark.parametrize("options", [(), ("--no-checkpoints",)], ids=["checkpoints", "no-checkpoints"])


def serving(project: Project, *options: str, costly: str = COSTLY) -> Run:
    """A run of version 0 that serves."""
    project.write(app(0, costly))
    run = project.run("--reload", *options, env={MARK: str(project.folder)})
    run.ready()
    return run


def served(run: Run) -> int:
    """The version that answers a request on a connection of its own."""
    user = User(run, 0, threading.Event(), keep_alive=False)
    try:
        return user.call("now")
    finally:
        user.connection.close()


def until_served(run: Run, version: int, limit_s: float = 30.0) -> float:
    """Wait until this version answers; seconds that it took."""
    began = time.monotonic()
    seen = -1
    while (seen := served(run)) != version:
        assert time.monotonic() - began < limit_s, f"version {seen} is served, {version} was saved: {run.events[-8:]}"
    return time.monotonic() - began


def save(project: Project, number: int) -> None:
    """Every tenth save is broken, in one of three ways; the others are new versions."""
    broken = {3: "def broken(:", 5: app(number).replace("VERSION =", "1 / 0\nVERSION ="), 8: "import os; os._exit(1)"}
    project.write(broken.get(number % 10, app(number, COSTLY)))


def save_many(project: Project, run: Run, saves: int, stop: threading.Event, pause: float) -> None:
    """Some as fast as they can be written, some at a pace, some when the one before is served."""
    for number in range(1, saves + 1):
        save(project, number)
        if number % 20 > 8:
            run.wait_for("reload_ok", "reload_failed", limit_s=30)
        elif number % 20 > 5:
            stop.wait(pause)
    project.write(app(1000, COSTLY))


@MODES
def test_nobody_who_uses_the_demo_notices_the_saves(project: Project, options: tuple[str, ...]) -> None:
    saves = 100 if FULL else 20 if options else 40
    run = serving(project, *options)
    stop = threading.Event()
    users = crowd(run, stop, {User: 38, Counter: 8, Streamer: 5, Uploader: 4, Page: 5})
    save_many(project, run, saves, stop, pause=0.1)
    took = until_served(run, 1000)
    stop.set()
    for user in users:
        if not isinstance(user, Page):  # these wait for the next event
            user.join(30)
    answers = [a for u in users if not isinstance(u, Page) for a in u.answers]
    waits = sorted(a.ended - a.began for u in users if type(u) is User for a in u.answers)
    streams = sum(len(u.answers) for u in users if isinstance(u, Streamer))
    report(
        f"{saves} saves {' '.join(options)}: {len(answers)} answers of {len({a.version for a in answers})} versions, "
        f"{streams} of them streams of 1 s, {len(kinds(run, 'reload_ok'))} reloads, "
        f"half of the answers within {1000 * statistics.median(waits):.0f} ms, "
        f"99 % within {1000 * waits[int(len(waits) * 0.99)]:.0f} ms, all within {1000 * waits[-1]:.0f} ms; "
        f"the last save was served {took:.2f} s after it"
    )
    assert [wrong for user in users for wrong in user.wrong] == []
    assert [type(user).__name__ for user in users if not (user.answers or isinstance(user, Page))] == []
    assert went_back(answers) == []
    assert len(kinds(run, "reload_ok")) > saves / 8, "most saves were superseded: nothing was tested"
    assert bool(kinds(run, "resume")) == (not options)


def test_a_storm_of_saves_ends_with_the_last_text_served(project: Project) -> None:
    run = serving(project)
    stop = threading.Event()
    began = time.monotonic()
    users = crowd(run, stop, {User: 2, Streamer: 2})
    count, seconds = (100, 10.0) if FULL else (40, 4.0)
    for number in range(1, count + 1):
        project.write(app(number, COSTLY))
        stop.wait(began + seconds * number / count - time.monotonic())
    took = until_served(run, count)
    for number in range(1001, 1021):  # as a formatter or a tool does it: 20 in one second
        project.write(app(number, COSTLY))
        stop.wait(0.05)
    burst = until_served(run, 1020)
    stop.set()
    for user in users:
        user.join(30)
    longest = max(a.ended - a.began for u in users if type(u) is User for a in u.answers)
    report(
        f"{count} saves in {seconds:.0f} s: {len(kinds(run, 'reload_ok'))} reloads, the last one served {took:.2f} s "
        f"after its save; 20 in 1 s: {burst:.2f} s; no answer took longer than {1000 * longest:.0f} ms"
    )
    assert [wrong for user in users for wrong in user.wrong] == []
    assert went_back([a for user in users for a in user.answers]) == []
    assert longest < 5, "a storm of saves does not keep those waiting who use the demo"


def test_a_save_that_is_superseded_leaves_no_process_and_no_descriptor_behind(project: Project) -> None:
    run = serving(project)
    cli = run.process.pid
    until_quiet(run)
    before = len(descendants(cli)), descriptors(cli)
    slow = "\nopen('begun', 'a').write('x')\ntime.sleep(0.5)\ntime.sleep(600)\n"  # with a checkpoint that nobody needs
    begun = project.folder / "begun"
    for number in range(1, 5):
        begun.write_text("")
        project.write(app(number, COSTLY).replace(f"VERSION = {number}", f"VERSION = {number}{slow}"))
        if number % 2:
            until(begun.read_text)  # it runs; else it is superseded before it has said which process it is
    project.write(app(1000, COSTLY))
    until_served(run, 1000)
    until(lambda: len(descendants(cli)) <= before[0], 10)
    until_quiet(run)
    assert len(descendants(cli)) <= before[0], f"left: {descendants(cli)}"
    assert descriptors(cli) <= before[1], links(cli)


def test_undo_finds_the_older_checkpoint_again(project: Project) -> None:
    large = "w = b'x' * 2**28"  # all copies together may hold a part of what the run holds: here none is dropped
    costly = f"{large}\ntime.sleep(2)\na = {{}}\ntime.sleep(2)"  # the first of two copies costs the most
    project.write(app(0, costly.format(1)))
    run = project.run("--reload")
    run.ready()
    project.write(app(0, costly.format(2)))
    assert run.wait_for("resume")["statement"] == "app.py:7"
    run.wait_for("reload_ok")
    project.write(app(1, costly.format(1)))
    found = run.wait_for("resume", "clean")
    assert (found["event"], found.get("statement")) == ("resume", "app.py:9"), f"not the copy of the first run: {found}"
    run.wait_for("reload_ok")
    assert served(run) == 1


# ---------------------------------------------------------------- what it costs


def until_quiet(run: Run) -> None:
    """Wait until the same few processes hold the same memory for a while: a twin has imported everything, too."""
    same, held, since = set[int](), 0.0, time.monotonic()

    def quiet() -> bool:
        nonlocal same, held, since
        now = {p.pid for p in descendants(run.process.pid)}
        holds = pss_mb(*now)
        if now != same or abs(holds - held) > 0.25:
            same, held, since = now, holds, time.monotonic()
        return time.monotonic() - since > 1

    until(quiet, 30)


def links(pid: int) -> list[str]:
    """What the open descriptors are."""
    return [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]


def measured(run: Run, pid: int) -> dict[str, float]:
    """What must not grow, when all is quiet."""
    until_quiet(run)
    cli = run.process.pid
    tree = descendants(cli)
    return {
        "descriptors of the command": descriptors(cli),
        "descriptors of the serving process": descriptors(pid),
        "most descriptors of another": max(descriptors(p.pid) for p in tree if p.pid != pid),
        "processes": len(tree),
        "zombies": sum(p.state == "Z" for p in tree),
        "MB of the command": pss_mb(cli),
        "MB of all": pss_mb(cli, *(p.pid for p in tree)),
        "files": sum(len(files) for _, _, files in os.walk(project_folder(cli))),
    }


def project_folder(pid: int) -> str:
    """Where the command runs."""
    return os.readlink(f"/proc/{pid}/cwd")


@MODES
def test_a_thousand_reloads_cost_no_more_than_a_hundred(project: Project, options: tuple[str, ...]) -> None:
    first, last = ((100, 1000) if FULL else (40, 120)) if not options else ((30, 150) if FULL else (4, 12))
    costly = "time.sleep(0.05)" if options else COSTLY  # long enough to be worth a copy on a busy machine
    run = serving(project, *options, costly=costly)
    found = {}
    for number in range(1, last + 1):
        project.write(app(number, costly))
        pid = run.wait_for("reload_ok")["pid"]
        if number in (first, last):
            found[number] = measured(run, pid)
    then, now = found[first], found[last]
    report(
        f"at reload {first} and {last} {' '.join(options)}: "
        + ", ".join(f"{k} {then[k]:.4g} {now[k]:.4g}" for k in now)
    )
    bounds = {"MB of the command": 6, "MB of all": 12}  # texts of the last 64 versions are kept
    copies = {"descriptors of the command": 3, "processes": 3}  # one copy more or less, of eight at most
    bounds |= copies if not options else {}
    grown = {k: (then[k], now[k]) for k in now if now[k] > then[k] + bounds.get(k, 0)}
    assert not grown, f"at reload {first} and {last}: {grown}; the command has {links(run.process.pid)}"
    assert now["zombies"] == 0


@pytest.mark.parametrize(
    "load",
    [
        "import numpy\nw = numpy.ones((100, 131072))\ntime.sleep(1)",
        "w = {n: str(n) for n in range(500_000)}\ntime.sleep(1)",
    ],
    ids=["arrays of 100 MB", "a million small objects"],
)
def test_frozen_copies_add_little_to_the_memory_of_the_run(project: Project, load: str) -> None:
    taken = []
    for options in (("--no-checkpoints",), ()):
        project.write(app(0, load))
        run = project.run("--reload", *options)
        run.ready()
        for number in range(1, 6):
            project.write(app(number, load))
            pid = run.wait_for("reload_ok")["pid"]
        until_quiet(run)
        alone = pss_mb(pid)
        taken.append(pss_mb(*(p.pid for p in descendants(run.process.pid))) if not options else alone)
        run.kill()
    report(f"the serving process alone takes {taken[0]:.0f} MB, with its copies {taken[1]:.0f} MB")
    assert taken[1] <= 1.3 * taken[0]


def kinds(run: Run, name: str) -> list[dict[str, Any]]:
    """All events of this name that have come."""
    while not run._new.empty():
        if event := run._new.get():
            run.events.append(event)
    return [event for event in run.events if event["event"] == name]


def report(text: str) -> None:
    """For `pytest -s`."""
    print(f"\n    {text}")
