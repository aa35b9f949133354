"""People who use a demo while its author saves: each is a thread, and keeps what was not as it should be."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from quickdemo.runtime.diffs import apply
from tests.running import Run

# What each function answers carries the version twice, from a global and from its own code: no generation mixes two.
APP = """
import hashlib, time
import quickdemo as gr

squares = [n * n for n in range(1000)]
{costly}
VERSION = {version}

def answer(text):
    return f"{VERSION} {version} {text} {squares[len(text)]}"

def count(text, seen: int = 0):
    return f"{VERSION} {version} {text} {seen + 1}", seen + 1

def digits(text):
    for n in range(10):
        time.sleep(0.1)
        yield f"{VERSION} {version} {text} {n}"

def digest(file):
    return f"{VERSION} {version} " + hashlib.sha256(open(file.name, "rb").read()).hexdigest()

quiet = {"allow_flagging": "never"}
gr.TabbedInterface([
    gr.Interface(answer, "text", "text", **quiet),
    gr.Interface(count, ["text", "state"], ["text", "state"], **quiet),
    gr.Interface(digits, "text", "text", **quiet),
    gr.Interface(digest, "file", "text", **quiet),
]).launch()
"""
ANSWER, COUNT, DIGITS, DIGEST = "predict", "predict_1", "predict_2", "predict_3"
HEADERS = {"Content-Type": "application/json"}


def app(version: int, costly: str = "") -> str:
    """The text of the app. costly: a statement above all that the version changes."""
    return APP.replace("{version}", str(version)).replace("{costly}", costly)


class Answered(NamedTuple):
    """One answer: when its request began and when it was there (monotonic seconds), and which version gave it."""

    began: float
    ended: float
    version: int
    who: str = ""


class User(threading.Thread):
    """Calls until told to stop. `wrong` stays empty. keep_alive: one connection for all calls, or one for each."""

    def __init__(self, run: Run, number: int, stop: threading.Event, keep_alive: bool) -> None:
        super().__init__(daemon=True)
        self.run_, self.number, self.stop, self.keep_alive = run, number, stop, keep_alive
        self.wrong: list[str] = []
        self.answers: list[Answered] = []
        self.connection = run.connect()

    def run(self) -> None:
        turn = 0
        try:
            self.begin()
            while not self.stop.wait(0.01):
                turn += 1
                began = time.monotonic()
                version = self.call(f"u{self.number}t{turn}")
                who = f"{type(self).__name__} {self.number}{'' if self.keep_alive else ', new connection'}"
                self.answers.append(Answered(began, time.monotonic(), version, who))
                if not self.keep_alive:
                    self.connection.close()  # the next request opens a new one
        except (OSError, AssertionError, http.client.HTTPException) as error:
            self.wrong.append(f"{type(self).__name__} {self.number}, call {turn}: {error!r}")
        finally:
            self.connection.close()

    def begin(self) -> None:
        """What comes before the first call."""

    def call(self, text: str) -> int:
        """One call; the version that answered. Raises AssertionError when the answer is not one to this call."""
        said = self.predict(ANSWER, text)["data"][0]
        return versions(said, f"{text} {len(text) ** 2}")

    def predict(self, endpoint: str, value: Any, **more: Any) -> Any:
        """The JSON that one prediction answers."""
        self.connection.request("POST", f"/api/{endpoint}", json.dumps({"data": [value], **more}), HEADERS)
        return self.body()

    def body(self) -> Any:
        """The JSON of an answer with status 200."""
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:300])
        return json.loads(body)


class Counter(User):
    """Has a session whose state counts its calls: none may be lost, none counted twice."""

    session: str | None = None
    calls = 0

    def call(self, text: str) -> int:
        self.calls += 1
        answer = self.predict(COUNT, text, **({"session": self.session} if self.session else {}))
        self.session = answer["session"]
        return versions(answer["data"][0], f"{text} {self.calls}")


class Streamer(User):
    """Reads what a generator yields, each value when it comes."""

    def call(self, text: str) -> int:
        headers = {**HEADERS, "Accept": "text/event-stream"}
        self.connection.request("POST", f"/api/{DIGITS}", json.dumps({"data": [text]}), headers)
        answer = self.connection.getresponse()
        assert answer.status == 200, answer.status
        blocks = answer.read().decode().strip().split("\n\n")
        events = [block.split("\ndata: ") for block in blocks if not block.startswith(":")]  # a comment
        names = [name for name, _ in events]
        assert names == ["event: partial"] * 10 + ["event: done"], (names, events[-1:])
        values = _values([json.loads(data) for _, data in events])
        found = {versions(value, f"{text} {n}") for n, value in enumerate([*values[:-1]])}
        found.add(versions(values[-1], f"{text} 9"))
        assert len(found) == 1, f"one stream from several versions: {values}"
        return found.pop()


def _values(events: list[dict[str, Any]]) -> list[str]:
    """What the first output showed after each event: the first and the last tell it whole, others its edits."""
    values: list[str] = []
    for event in events:
        values.append(event["data"][0] if "data" in event else apply(values[-1], event["diff"][0]))
    return values


class Uploader(User):
    """Sends a file, the second half of it a while after the first, and has it read in another request."""

    def begin(self) -> None:
        self.connection.request("GET", "/", headers={"Accept": "text/html"})
        page = self.connection.getresponse()
        page.read()
        cookie = page.headers["set-cookie"].partition(";")[0]
        self.headers = {"Cookie": cookie, "X-File-Name": "a.bin"}

    def call(self, text: str) -> int:
        halves = [text.encode() * 1000, text[::-1].encode() * 1000]
        self.connection.request(
            "POST", "/api/files", self._slowly(halves), {**self.headers, "Content-Length": _size(halves)}
        )
        wire = self.body()
        self.connection.request(
            "POST",
            f"/api/{DIGEST}",
            json.dumps({"data": [{"h": wire["h"]}]}),
            {**HEADERS, "Cookie": self.headers["Cookie"]},
        )
        return versions(self.body()["data"][0], hashlib.sha256(b"".join(halves)).hexdigest())

    def _slowly(self, parts: list[bytes]) -> Any:
        yield parts[0]
        self.stop.wait(0.15)  # as over a slow line: several saves fall between the two
        yield parts[1]


class Page(User):
    """An open page: follows the event stream, and asks the next generation when a stream ends."""

    def __init__(self, run: Run, number: int, stop: threading.Event, keep_alive: bool) -> None:
        super().__init__(run, number, stop, keep_alive)
        self.generations: list[int] = []

    def call(self, text: str) -> int:
        self.connection.request("GET", "/api/events")
        answer = self.connection.getresponse()
        assert answer.status == 200, answer.status
        event = ""
        while (line := answer.readline()) and not self.stop.is_set():
            if line.startswith(b"event: "):
                event = line[7:].decode().strip()
            elif line.startswith(b"data: ") and event in ("hello", "reload"):
                self.generations.append(json.loads(line[6:])["generation"])
        assert self.generations == sorted(self.generations), f"a page went back: {self.generations[-20:]}"
        return 0


def _size(parts: list[bytes]) -> str:
    return str(sum(map(len, parts)))


def versions(said: str, rest: str) -> int:
    """The version of `VERSION VERSION REST`. Raises AssertionError when it is another answer, or a mixed one."""
    first, second, tail = said.split(" ", 2)
    assert tail == rest, f"the answer to another call: {said!r}, not {rest!r}"
    assert first == second, f"a mixed answer: {said!r}"
    return int(first)


def went_back(answers: list[Answered]) -> list[str]:
    """Answers of an older version to requests that began after anybody had an answer of a newer one."""
    by_end = sorted(answers, key=lambda a: a.ended)
    newest, index, found = by_end[0], 0, []
    for answer in sorted(answers, key=lambda a: a.began):
        while index < len(by_end) and by_end[index].ended < answer.began:
            newest = max(newest, by_end[index], key=lambda a: a.version)
            index += 1
        if answer.version < newest.version:
            late, took = 1000 * (answer.began - newest.ended), 1000 * (answer.ended - answer.began)
            found.append(
                f"{answer.who}: version {answer.version}, asked for {late:.1f} ms after {newest.who} had version "
                f"{newest.version}, answered in {took:.1f} ms"
            )
    return found


def crowd(run: Run, stop: threading.Event, kinds: dict[Callable[..., User], int]) -> list[User]:
    """Started users: so many of each kind, every other one with a connection kept alive."""
    users = [kind(run, n, stop, n % 2 == 0) for kind, count in kinds.items() for n in range(count)]
    for user in users:
        user.start()
    return users
