"""Clients of a server under faults: each thread calls it all the time, in every form, and notes what it is told."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from quickdemo.runtime.diffs import apply
from tests.faults.demo import FUNCTIONS
from tests.faults.history import ENDED, Note

_AGAIN_S = 0.1  # before a client that lost its connection tries once more
_SOON_S = 60.0  # by when a connection answers, however the server is treated
_NAMES = {"error": "failed"}  # states, where an event is called differently

Broken = (OSError, http.client.HTTPException, ValueError)  # ValueError: half an answer


class Notes:
    """The history as it grows, from many threads."""

    def __init__(self) -> None:
        self.all: list[Note] = []
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self.readers = itertools.count(1)

    def note(self, what: str, **seen: Any) -> None:
        with self._lock:
            self.all.append(Note(what, round(time.monotonic() - self._began, 3), **seen))


class Caller:
    """One visitor. Its calls are named after it, with how many milliseconds they take."""

    def __init__(self, name: str, port: int, notes: Notes, seed: str, stop: threading.Event) -> None:
        self.name, self.notes, self.stop = name, notes, stop
        self.given_up = threading.Event()  #: waiting for what does not come has no use any more
        self._port = port
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._cookie: dict[str, str] = {}
        self.jobs: dict[str, dict[str, Any]] = {}  #: what was accepted, by its id: what every note of it says

    def run(self) -> None:
        """Call until it is told to stop."""
        if self._random.random() < 0.5:
            self._cookie = self._visit()
        while not self.stop.is_set():
            call = self._new()
            form = self._random.choice(["job", "job", "stream", "stream", "plain"])
            {"job": self._job, "stream": self._stream, "plain": self._plain}[form](call)
            if self.jobs and self._random.random() < 0.3:
                self.look(self._random.choice(list(self.jobs)))

    def _visit(self) -> dict[str, str]:
        """A browser has a cookie."""
        status, headers, _ = self._again(lambda: self._exchange("GET", "/")) or (0, {}, None)
        cookie = headers.get("set-cookie", "").partition(";")[0]
        return {"cookie": cookie} if status == 200 and cookie else {}

    def _new(self) -> dict[str, Any]:
        function = self._random.choice(FUNCTIONS)
        takes_ms = self._random.choice([0, 5, 20, 100, 100, 400, 1000])
        return {"call": f"{self.name}.{next(self._numbers)}-{takes_ms}", "function": function}

    # ------------------------------------------------------------------ requests

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=_SOON_S)

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        sent = {"content-type": "application/json", **self._cookie, **headers}
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        return connection.getresponse()

    def _exchange(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """(status, headers, answer). Raises what is in Broken."""
        connection = self._connect()
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            answer = self._send(connection, method, path, body, named)
            data = answer.read()
            is_json = "json" in (answer.getheader("content-type") or "")
            return answer.status, answer.headers, json.loads(data) if is_json else None
        finally:
            connection.close()

    def _again(self, work: Callable[[], Any]) -> Any:
        """What the work gives, as often as it takes; None when waiting has no use any more."""
        while not self.given_up.is_set():
            try:
                return work()
            except Broken:
                self.given_up.wait(_AGAIN_S)
        return None

    def _broke(self, error: Exception | None, call: dict[str, Any]) -> None:
        """What was never sent can have run nowhere."""
        self.notes.note("broke", code="unreachable" if isinstance(error, ConnectionRefusedError) else "", **call)
        self.stop.wait(_AGAIN_S)

    def _refused(self, call: dict[str, Any], status: int, told: Any) -> None:
        code = told["error"]["code"] if isinstance(told, dict) else ""
        self.notes.note("failed" if code == "error" else "refused", status=status, code=code, **call)

    # ------------------------------------------------------------------ three forms

    def _plain(self, call: dict[str, Any]) -> None:
        self.notes.note("asked", form="plain", **call)
        try:
            status, _, told = self._exchange("POST", f"/api/{call['function']}", {"data": [call["call"]]})
        except Broken as error:
            self._broke(error, call)
            return
        if status == 200:
            self.notes.note("answered", status=200, value=told["data"][0], **call)
        else:
            self._refused(call, status, told)

    def _job(self, call: dict[str, Any]) -> None:
        """Accepted, or refused; with a key the call is sent until one of both is known, and sometimes once more."""
        key = f"key-{call['call']}" if self._random.random() < 0.5 else ""
        headers = {"prefer": "respond-async", **({"idempotency_key": key} if key else {})}
        for _ in range(self._random.choice([1, 1, 2]) if key else 1):
            told = self._accepted(call, key, headers)
            while key and (told is None or told[0] != 202) and not self.given_up.wait(_AGAIN_S):
                told = self._accepted(call, key, headers)
        if told is None or told[0] != 202:
            return
        job = self.jobs[told[1]]
        if self._random.random() < 0.15:
            self.stop.wait(self._random.choice([0, 0.02, 0.2]))
            self.notes.note("wants_cancel", **job)
            self._again(lambda: _known(self._exchange("DELETE", f"/api/jobs/{told[1]}")))
        if self._random.random() < 0.3:
            self._follow(job, None)

    def _accepted(self, call: dict[str, Any], key: str, headers: dict[str, str]) -> tuple[int, str] | None:
        """(status, job) of one request; None where nothing was heard."""
        self.notes.note("asked", form="job", key=key, **call)
        try:
            status, _, told = self._exchange("POST", f"/api/{call['function']}", {"data": [call["call"]]}, **headers)
        except Broken as error:
            self._broke(error, call)
            return None
        if status != 202:
            self._refused(call, status, told)
            return status, ""
        self._remember(call, told["id"])
        return status, str(told["id"])

    def _remember(self, call: dict[str, Any], job: str) -> dict[str, Any]:
        self.jobs[job] = {**call, "job": job}
        self.notes.note("accepted", **self.jobs[job])
        return self.jobs[job]

    def _stream(self, call: dict[str, Any]) -> None:
        self.notes.note("asked", form="stream", **call)
        headers = {"accept": "text/event-stream", "prefer": "respond-async, return=minimal"}
        reader = Reader(self, call, next(self.notes.readers))
        connection = self._connect()
        broke: Exception | None = None
        try:
            answer = self._send(connection, "POST", f"/api/{call['function']}", {"data": [call["call"]]}, headers)
            if answer.status != 200:
                self._refused({**call, "reader": reader.number}, answer.status, json.loads(answer.read()))
                return
            reader.read(answer, self._random.choice([1, 2, 5, 10_000]))
        except Broken as error:
            broke = error
        finally:
            connection.close()
        if reader.end:
            return
        if not reader.job:
            self._broke(broke, {**call, "reader": reader.number})
        else:
            self._follow(reader.call, reader)

    # ------------------------------------------------------------------ jobs that were accepted

    def _follow(self, job: dict[str, Any], reader: Reader | None) -> None:
        """To the job's end, with as many connections as it takes."""
        reader = reader or Reader(self, job, next(self.notes.readers))

        def read() -> bool | None:
            connection = self._connect()
            try:
                headers = {"last-event-id": str(reader.last), "prefer": "return=minimal"}
                answer = self._send(connection, "GET", f"/api/jobs/{job['job']}/events", None, headers)
                if answer.status == 503:
                    return None
                if answer.status != 200:
                    self.notes.note("looked", status=answer.status, **job)
                    return True
                reader.read(answer, self._random.choice([1, 2, 5, 10_000, 10_000]))
            finally:
                connection.close()
            return reader.end or None

        while self._again(read) is None and not self.given_up.wait(_AGAIN_S):
            pass

    def look(self, id: str) -> bool:
        """Where a job stands; whether it has ended, or is not found."""
        job = self.jobs[id]
        found = self._again(lambda: _known(self._exchange("GET", f"/api/jobs/{id}")))
        if found is None:
            return False
        status, _, told = found
        if status != 200:
            self.notes.note("looked", status=status, **job)
            return True
        state, result = told["state"], (told.get("result") or {}).get("data", [None])
        code = told["error"]["code"] if state == "failed" else ""
        attempt = told["attempt"]
        self.notes.note("looked", status=200, state=state, value=result[0], code=code, attempt=attempt, **job)
        return state in ENDED


def _known(answer: tuple[int, Any, Any]) -> tuple[int, Any, Any]:
    """An answer that says something. Raises OSError for one that asks to come again."""
    if answer[0] == 503:
        raise OSError("come again")
    return answer


class Reader:
    """Reads a job's events over any number of connections, and puts its values together as a page does."""

    def __init__(self, caller: Caller, call: dict[str, Any], number: int) -> None:
        self._notes, self._caller = caller.notes, caller
        self.call, self.number = call, number
        self.job = call.get("job", "")
        self.last = 0
        self.end = False
        self.values: list[Any] = []

    def read(self, answer: http.client.HTTPResponse, most: int) -> None:
        """Up to so many events, then the reader leaves."""
        for number, name, told in events(answer):
            self.tell(number, name, told)
            most -= 1
            if self.end or not most:
                return

    def tell(self, number: int, name: str, told: Any) -> None:
        """One event."""
        state = _NAMES.get(name, name)
        if state == "job" and not self.job:
            self.call = self._caller._remember(self.call, told["id"])
            self.job = told["id"]
        self._notes.note("event", reader=self.number, number=number, state=state, **self.call)
        self.last = number
        if state == "partial":
            self.values = told.get("data") or [
                apply(old, edits) for old, edits in zip(self.values, told["diff"], strict=True)
            ]
        if state in ENDED:
            self.end = True
            values = told.get("data", self.values) if state == "done" else [None]
            code = told["error"]["code"] if state == "failed" else ""
            self._notes.note("followed", reader=self.number, state=state, value=values[0], code=code, **self.call)


def events(answer: http.client.HTTPResponse) -> Iterator[tuple[int, str, Any]]:
    """(number, name, payload) of each event."""
    found: dict[str, str] = {}
    while line := answer.readline():
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name in ("id", "event", "data"):
            found[name] = value
        elif "event" in found:
            yield int(found.get("id", 0)), found["event"], json.loads(found["data"])
            found = {}
