"""Functions that crash, hang or take all memory: each costs its own call alone, and its place is free again.

Each test asks functions of its own of one `quickdemo run`, which is there for all of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import descendants
from tests.running import Project, Run, alive, until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="forks its workers")]

APP = '''
import ctypes, os, time
import quickdemo as gr

def note(*words):
    with open("starts.txt", "a") as file:
        file.write(" ".join(words) + f" {os.getpid()}\\n")

def wait_for(name):
    while not os.path.exists(name):
        time.sleep(0.01)

def act(text):
    note(text)
    if text.startswith("exit"):
        os._exit(7)
    if text.startswith("segfault"):
        ctypes.string_at(0)
    if text.startswith("waits"):
        wait_for("go " + text)
    return text.upper()

def once(text):
    return act(text)

def hang(text):
    """"hangs" ends when it is told to, "stubborn" only when it is killed."""
    note(text)
    while text.startswith(("hangs", "stubborn")):
        try:
            time.sleep(3600)
        except BaseException:
            if text.startswith("hangs"):
                raise
    return text.upper()

def limited(text):
    return hang(text)

def counts(text):
    for number in range(3):
        yield f"{text} {number}"
    hang(text)

def all_threads(text):
    return hang(text)

def all_workers(text):
    return hang(text)

def hoard(text):
    note(text)
    held = []
    while text.startswith("hoards"):
        held.append(bytearray(10_000_000))
    return text.upper()

def many(texts):
    note(*texts)
    if "poison" in texts:
        os._exit(7)
    if "waits" in texts:
        wait_for("go waits")
    return [[text.upper() for text in texts]]

def many_limited(texts):
    return [[hang(text) for text in texts]]

def made(fn, **options):
    given = {"process": True, "api_name": fn.__name__, "allow_flagging": "never"}
    return gr.Interface(fn, "text", "text", **{**given, **options})

demo = gr.TabbedInterface([
    made(act, concurrency_limit=2),
    made(once, concurrency_limit=1, retry=False),
    made(hang, concurrency_limit=1),
    made(limited, concurrency_limit=1, time_limit=0.4),
    made(counts, concurrency_limit=1, time_limit=0.8),
    made(hoard, concurrency_limit=1, memory_limit="200mb"),
    made(many, batch=True, max_batch_size=4, concurrency_limit=1),
    made(many_limited, batch=True, concurrency_limit=1, time_limit=0.4),
    made(all_threads, process=False),
    made(all_workers, concurrency_limit=2),
])
'''


class Served:
    """One run, and what its functions noted of their starts."""

    def __init__(self, project: Project) -> None:
        self.folder = project.folder
        project.write(APP)
        (self.folder / "users").write_text("ada:correct horse\n")
        self.run: Run = project.run("--timeout-graceful", "0.1", "--auth-file", "users")
        self.run.ready()
        self.cookie = ""
        self.cookie = self.login()

    def login(self) -> str:
        """The cookie of a new login."""
        status, headers, _ = self._ask("POST", "/login", {"username": "ada", "password": "correct horse"})
        assert status == 200
        return headers["set-cookie"].split(";")[0]

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        status, _, text = self._ask(method, path, body, **headers)
        return status, json.loads(text)

    def _ask(self, method: str, path: str, body: Any, **headers: str) -> tuple[int, dict[str, str], str]:
        with contextlib.closing(self.run.connect()) as connection:
            sent = {"Content-Type": "application/json", "Cookie": self.cookie, **headers}
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            given = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, given, answer.read().decode()

    def page(self) -> int:
        return self._ask("GET", "/", None, Accept="text/html")[0]

    def answer(self, function: str, text: str) -> tuple[int, Any]:
        """(status, the output or the error) of a call that waits for its end."""
        status, told = self.json("POST", f"/api/{function}", {"data": [text]})
        return status, told["data"][0] if status == 200 else told["error"]

    def job(self, function: str, text: str) -> str:
        status, told = self.json("POST", f"/api/{function}", {"data": [text]}, Prefer="respond-async")
        assert status == 202, told
        return str(told["id"])

    def ended(self, id: str) -> dict[str, Any]:
        """The description of a job when it has ended."""

        def over() -> Any:
            told = self.json("GET", f"/api/jobs/{id}")[1]
            return told if told["state"] in ("done", "failed", "cancelled") else None

        return dict(until(over))

    def starts(self, text: str) -> list[int]:
        """Of each start with this text, the id of the process."""
        path = self.folder / "starts.txt"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        return [int(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == text]

    def go(self, text: str) -> None:
        (self.folder / f"go {text}").touch()

    @property
    def memory(self) -> int:
        """Bytes that the server's processes have in memory."""
        pages = 0
        for process in descendants(self.run.process.pid):
            with contextlib.suppress(OSError):
                pages += int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    project = Project(tmp_path_factory.mktemp("faults"))
    yield Served(project)
    for run in project.runs:
        run.kill()


# ---------------------------------------------------------------------- F03, F04: crashes


@pytest.mark.parametrize("how", ["exit", "segfault"])
def test_a_crash_ends_its_own_job_after_a_second_try(served: Served, how: str) -> None:
    beside = served.job("act", f"waits beside {how}")
    until(lambda: served.starts(f"waits beside {how}"))
    kept = served.ended(served.job("act", f"{how} kept"))
    assert (kept["state"], kept["attempt"], kept["error"]["code"]) == ("failed", 2, "crashed")
    ending = "ended with the code 7" if how == "exit" else "was ended by SIGSEGV"
    assert kept["error"]["message"] == f"The process that ran act has crashed: it {ending}."
    first, second = served.starts(f"{how} kept")
    assert first != second
    status, error = served.answer("act", f"{how} plain")
    assert (status, error["code"]) == (500, "crashed") and len(served.starts(f"{how} plain")) == 2
    assert served.answer("act", "next") == (200, "NEXT")
    served.go(f"waits beside {how}")
    told = served.ended(beside)
    assert (told["state"], told["attempt"]) == ("done", 1)


def test_what_must_not_run_twice_does_not(served: Served) -> None:
    told = served.ended(served.job("once", "exit once"))
    assert (told["state"], told["attempt"], told["error"]["code"]) == ("failed", 1, "crashed")
    assert len(served.starts("exit once")) == 1
    assert served.answer("once", "a") == (200, "A")


def test_the_job_of_a_killed_worker_runs_again(served: Served) -> None:
    id = served.job("act", "waits killed")
    (worker,) = until(lambda: served.starts("waits killed"))
    os.kill(worker, signal.SIGKILL)
    killed = time.perf_counter()
    _, other = until(lambda: served.starts("waits killed")[1:] and served.starts("waits killed"))
    print(f"runs again {(time.perf_counter() - killed) * 1000:.0f} ms after kill -9 of its worker")
    assert other != worker
    served.go("waits killed")
    told = served.ended(id)
    assert (told["state"], told["attempt"], told["result"]["data"]) == ("done", 2, ["WAITS KILLED"])


def test_only_the_one_of_a_batch_that_it_dies_of_fails(served: Served) -> None:
    first = served.job("many", "waits")
    until(lambda: served.starts("waits"))
    jobs = {text: served.job("many", text) for text in ("bread", "poison", "butter")}
    served.go("waits")
    told = {text: served.ended(id) for text, id in jobs.items()}
    assert served.ended(first)["attempt"] == 1
    assert {text: (one["state"], one["attempt"]) for text, one in told.items()} == {
        "bread": ("done", 2),
        "poison": ("failed", 2),
        "butter": ("done", 2),
    }
    assert len(served.starts("bread poison butter")) == 1
    assert [len(served.starts(text)) for text in told] == [1, 1, 1]


# ---------------------------------------------------------------------- F05: calls that never return


@pytest.mark.parametrize("how", ["hangs", "stubborn"])
def test_cancel_frees_the_place_of_a_call_that_never_returns(served: Served, how: str) -> None:
    id, waits = served.job("hang", how), served.job("hang", f"after {how}")
    (worker,) = until(lambda: served.starts(how))
    asked = time.perf_counter()
    assert served.json("DELETE", f"/api/jobs/{id}")[0] == 200
    assert served.ended(id)["state"] == "cancelled"
    told = served.ended(waits)
    print(f"{how}: the next job has run {(time.perf_counter() - asked) * 1000:.0f} ms after the cancel")
    assert (told["state"], told["attempt"]) == ("done", 1)
    assert len(served.starts(how)) == 1
    assert alive(worker) == (how == "hangs")  # told, or killed


def test_the_caller_that_leaves_frees_the_place(served: Served) -> None:
    connection = served.run.connect()
    sent = {"Content-Type": "application/json", "Cookie": served.cookie, "Accept": "text/event-stream"}
    connection.request("POST", "/api/hang", json.dumps({"data": ["stubborn leaves"]}), sent)
    (worker,) = until(lambda: served.starts("stubborn leaves"))
    connection.close()
    until(lambda: not alive(worker))
    assert served.answer("hang", "next") == (200, "NEXT")


@pytest.mark.parametrize("function", ["limited", "many_limited"])
def test_a_time_limit_frees_the_place(served: Served, function: str) -> None:
    text = f"stubborn {function}"
    id = served.job(function, text)
    until(lambda: served.starts(text))
    waits = served.job(function, "after")
    told = served.ended(id)
    assert (told["state"], told["error"]["code"], told["attempt"]) == ("failed", "time_limit", 1)
    assert served.ended(waits)["state"] == "done"
    assert not alive(served.starts(text)[0])


def test_a_generator_beyond_its_time_ends_with_what_it_had_given(served: Served) -> None:
    told = served.ended(served.job("counts", "stubborn counts"))
    assert (told["state"], told["result"]["data"]) == ("done", ["stubborn counts 2"])
    assert served.answer("counts", "next") == (200, "next 2")
    assert not alive(served.starts("stubborn counts")[0])


def test_hung_calls_leave_the_page_the_login_and_other_functions_alone(served: Served) -> None:
    for function in ("all_threads", "all_workers"):
        for _ in range(45):
            served.job(function, f"stubborn in {function}")
    until(lambda: len(served.starts("stubborn in all_threads")) == 40)  # the threads of one function
    until(lambda: len(served.starts("stubborn in all_workers")) == 2)
    assert served.page() == 200
    served.cookie = served.login()  # which ends the one before
    assert served.answer("act", "quick") == (200, "QUICK")
    assert served.answer("once", "quick") == (200, "QUICK")
    assert served.json("GET", "/api/jobs")[0] == 200


# ---------------------------------------------------------------------- F06: memory


def test_a_call_that_takes_all_memory_fails_and_gives_it_back(served: Served) -> None:
    assert served.answer("hoard", "a") == (200, "A")
    before = served.memory
    told = served.ended(served.job("hoard", "hoards"))
    assert (told["state"], told["attempt"], told["error"]["code"]) == ("failed", 1, "out_of_memory")
    assert told["error"]["message"] == "hoard took more memory than the 200 MB that a call may take here."
    until(lambda: not alive(served.starts("hoards")[0]))
    assert served.answer("hoard", "b") == (200, "B")
    until(lambda: served.memory < before + 50e6)
