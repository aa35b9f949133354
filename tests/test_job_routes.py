"""A prediction as a job: accepted at once, followed by its events, found again, cancelled, run once for one key."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.jobs import event_log
from quickdemo.runtime.jobs.full import queue_full
from tests.explaining import Gate, Live
from tests.running import until

JOB = {"prefer": "respond-async"}
STREAM = {"accept": "text/event-stream", **JOB}


class Client:
    """A browser of its own, on a served demo."""

    def __init__(self, live: Live, cookie: str | None = None) -> None:
        self._live = live
        self.cookie = live.visitor() if cookie is None else cookie

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
        connection = self._live.connection()
        sent = {"content-type": "application/json", **({"cookie": self.cookie} if self.cookie else {})}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, None if body is None else json.dumps(body), {**sent, **named})
        answer = connection.getresponse()
        self.connection = connection
        return answer

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        answer = self.ask(method, path, body, **headers)
        return answer.status, json.loads(answer.read())

    def job(self, text: str, **headers: str) -> dict[str, Any]:
        """A job that was accepted."""
        status, told = self.json("POST", "/api/predict", {"data": [text]}, **JOB, **headers)
        assert status == 202
        return dict(told)

    def until(self, id: str, state: str) -> dict[str, Any]:
        """The description of a job once it is in this state."""
        last: dict[str, Any] = {}

        def reached() -> bool:
            last.update(self.json("GET", f"/api/jobs/{id}")[1])
            return last["state"] == state

        until(reached, 20)
        return last


def events(answer: http.client.HTTPResponse, most: int = 10_000) -> Iterator[tuple[int, str, Any]]:
    """(number, name, payload) of each event."""
    found: dict[str, str] = {}
    while most and (line := answer.readline()):
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name in ("id", "event", "data"):
            found[name] = value
        elif "event" in found:
            yield int(found.get("id", 0)), found["event"], json.loads(found["data"])
            found, most = {}, most - 1


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.release(1000)


def demo(fn: Any, outputs: Any = "text", **options: Any) -> gr.Interface:
    return gr.Interface(fn, "text", outputs, **{"allow_flagging": "never", **options})


def counted(gate: Gate, **options: Any) -> gr.Interface:
    return gr.Interface(gate, "text", "number", **{"allow_flagging": "never", **options})


def test_a_job_is_accepted_at_once_and_its_answer_stays(live: Any, gate: Gate) -> None:
    client = Client(live(counted(gate)))
    answer = client.ask("POST", "/api/predict", {"data": ["four"]}, **JOB)
    told = json.loads(answer.read())
    assert answer.status == 202 and answer.getheader("location") == f"jobs/{told['id']}"
    assert answer.getheader("preference-applied") == "respond-async"
    assert told["url"] == f"api/jobs/{told['id']}" and told["state"] in ("queued", "running")
    until(lambda: gate.order)
    gate.open.release()
    for _ in range(2):  # as often as it is asked for
        done = client.until(told["id"], "done")
        assert done["result"]["data"] == [4] and done["inputs"] == ["four"] and done["attempt"] == 1
    assert done["accepted"] <= done["started"] <= done["ended"]
    assert [one["id"] for one in client.json("GET", "/api/jobs")[1]["jobs"]] == [told["id"]]


def test_a_job_is_its_visitors_alone(live: Any, gate: Gate) -> None:
    one = live(counted(gate))
    mine, other, program = Client(one), Client(one), Client(one, "")
    job = mine.job("a")
    for stranger in (other, program):
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/events")):
            status, told = stranger.json(method, f"/api/jobs/{job['id']}{path}")
            assert (status, told["error"]["code"]) == (404, "unknown_job")
        assert stranger.json("GET", "/api/jobs")[1] == {"jobs": []}
    for id in ("x", "../jobs", "a" * 22, "A" * 21 + "B"):
        assert mine.json("GET", f"/api/jobs/{id}")[0] == 404
    gate.open.release()
    assert mine.until(job["id"], "done")["result"]["data"] == [1]


def test_who_waits_sees_the_place_and_its_end(live: Any, gate: Gate) -> None:
    one = live(counted(gate, concurrency_limit=1))
    first, second = Client(one), Client(one)
    running = first.job("a")
    until(lambda: gate.order)
    waits = second.job("bb")
    assert (waits["state"], waits["position"], waits["waiting"], waits["remaining"]) == ("queued", 1, 1, None)
    read = events(second.ask("GET", f"/api/jobs/{waits['id']}/events"))
    assert next(read)[1:] == ("queued", {"position": 1, "waiting": 1, "remaining": None})
    gate.open.release()
    first.until(running["id"], "done")
    number, name, told = next(read)
    assert name == "started" and told["attempt"] == 1 and number == 2
    low, high = told["remaining"]
    assert 0 <= low <= high
    gate.open.release()
    assert next(read)[1:] == ("done", second.until(waits["id"], "done")["result"])


def test_events_go_on_after_any_number(live: Any) -> None:
    go = threading.Semaphore(0)

    def letters(text: str) -> Iterator[str]:
        for end in range(len(text)):
            assert go.acquire(timeout=20)
            yield text[: end + 1]

    client = Client(live(demo(letters)))
    id = client.job("abcdef")["id"]
    go.release(6)
    client.until(id, "done")
    every = list(events(client.ask("GET", f"/api/jobs/{id}/events")))
    names = [name for _, name, _ in every if name not in ("queued", "job")]
    assert names == ["started", *["partial"] * 6, "done"]
    assert [number for number, _, _ in every] == list(range(every[0][0], every[-1][0] + 1))
    for number, _, _ in every:
        again = list(events(client.ask("GET", f"/api/jobs/{id}/events", last_event_id=str(number))))
        assert again == [event for event in every if event[0] > number]
    assert client.json("GET", f"/api/jobs/{id}/events?after=x")[0] == 422


def test_what_is_no_longer_held_comes_whole(live: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MOST_HELD", 4)

    def growing(text: str) -> Iterator[str]:
        for end in range(200):
            yield text * end

    client = Client(live(demo(growing)))
    answer = client.ask("POST", "/api/predict", {"data": ["ab"]}, **STREAM)
    whole = list(events(answer))
    assert whole[-1][2]["data"] == ["ab" * 199]
    (job,) = client.json("GET", "/api/jobs")[1]["jobs"] or [None]
    if job is not None:  # it lasted long enough to be written down
        first = next(events(client.ask("GET", f"/api/jobs/{job['id']}/events")))
        assert first[1] == "partial" and first[2]["data"] == ["ab" * 199]


def test_a_stream_tells_where_to_come_back_and_its_reader_may_leave(live: Any, gate: Gate) -> None:
    one = live(counted(gate))
    client = Client(one)
    read = events(client.ask("POST", "/api/predict", {"data": ["four"]}, **STREAM))
    told = {name: what for _, name, what in (next(read), next(read))}
    assert set(told) == {"started", "job"}
    client.connection.close()
    gate.open.release()
    assert client.until(told["job"]["id"], "done")["result"]["data"] == [4]


def test_without_the_promise_its_reader_takes_it_along(live: Any, gate: Gate) -> None:
    one = live(counted(gate, concurrency_limit=1))
    client = Client(one)
    first = client.job("first")
    until(lambda: gate.order)
    leaving = Client(one)
    connection = one.connection()
    headers = {"content-type": "application/json", "accept": "text/event-stream", "cookie": leaving.cookie}
    connection.request("POST", "/api/predict", json.dumps({"data": ["leaves"]}), headers)
    until(lambda: one.served.context.engine.unfinished == 2)
    connection.close()
    until(lambda: one.served.context.engine.unfinished == 1)
    gate.open.release(2)
    client.until(first["id"], "done")
    assert gate.order == ["first"]


def test_a_refused_input_has_a_status_of_its_own_in_every_form(live: Any) -> None:
    client = Client(live(gr.Interface(lambda number: number, "number", "number", allow_flagging="never")))
    for headers in ({}, {"accept": "text/event-stream"}, STREAM):
        status, told = client.json("POST", "/api/predict", {"data": ["no number"]}, **headers)
        assert (status, told["error"]["code"]) == (422, "invalid_value")
    status, told = client.json("POST", "/api/predict", {"data": ["no number"]}, **JOB)
    assert (status, told["error"]["code"]) == (422, "invalid_value")


def test_cancel_while_it_waits_and_while_it_runs(live: Any, gate: Gate) -> None:
    client = Client(live(counted(gate, concurrency_limit=1)))
    runs, waits = client.job("runs"), client.job("waits")
    until(lambda: gate.order)
    read = events(client.ask("GET", f"/api/jobs/{waits['id']}/events"))
    assert next(read)[1] == "queued"
    assert client.json("DELETE", f"/api/jobs/{waits['id']}")[1]["state"] == "cancelled"
    assert next(read)[1] == "cancelled" and next(read, None) is None
    assert client.json("DELETE", f"/api/jobs/{runs['id']}")[1]["state"] == "cancelled"
    assert client.json("DELETE", f"/api/jobs/{runs['id']}")[1]["state"] == "cancelled", "again: nothing happens"
    third = client.job("third")  # the place is taken until the function has really ended
    assert third["state"] == "queued" and gate.order == ["runs"]
    gate.open.release(2)
    assert client.until(third["id"], "done")["result"]["data"] == [5]
    assert gate.order == ["runs", "third"]


def test_one_key_is_one_run(live: Any, gate: Gate) -> None:
    one = live(counted(gate))
    client = Client(one)
    keyed = {"idempotency_key": "4f1e"}
    first, again = client.job("a", **keyed), client.job("a", **keyed)
    assert first["id"] == again["id"]
    gate.open.release()
    assert client.json("POST", "/api/predict", {"data": ["a"]}, **keyed) == (
        200,
        client.until(first["id"], "done")["result"],
    )
    assert gate.order == ["a"]
    assert Client(one).job("a", **keyed)["id"] != first["id"], "of another visitor"
    programs = Client(one, ""), Client(one, "")
    gate.open.release(10)
    assert [
        p.json("POST", "/api/predict", {"data": [text]}, **keyed)[1]["data"]
        for p, text in zip(programs, ("bb", "ccc"), strict=True)
    ] == [[2], [3]]
    assert client.json("POST", "/api/predict", {"data": ["a"]}, idempotency_key="a b")[0] == 422


def test_a_quick_call_with_a_key_is_one_run_too(live: Any) -> None:
    seen: list[str] = []

    def fn(text: str) -> str:
        seen.append(text)
        return text * 2

    client = Client(live(demo(fn)))
    for _ in range(3):
        assert client.json("POST", "/api/predict", {"data": ["a"]}, idempotency_key="k")[1]["data"] == ["aa"]
    assert seen == ["a"]


def test_a_full_queue_says_so_at_once(live: Any, gate: Gate) -> None:
    interface = counted(gate)
    interface.queue(max_size=2)
    client = Client(live(interface))
    accepted = [client.job(text) for text in ("a", "b", "c")]
    answer = client.ask("POST", "/api/predict", {"data": ["d"]}, **JOB)
    assert (answer.status, answer.getheader("retry-after")) == (503, "5")
    assert json.loads(answer.read())["error"]["code"] == "queue_full"
    gate.open.release(3)
    assert [client.until(job["id"], "done")["result"]["data"] for job in accepted] == [[1]] * 3


def test_one_visitor_with_many_jobs_does_not_hold_up_another(live: Any, gate: Gate) -> None:
    one = live(counted(gate, concurrency_limit=1))
    many, other = Client(one), Client(one)
    for number in range(30):
        many.job(f"many{number}")
    theirs = other.job("theirs")
    assert theirs["position"] <= 2
    gate.open.release(100)
    other.until(theirs["id"], "done")
    assert gate.order.index("theirs") <= 2


@pytest.mark.parametrize("kind", ["json", "stream", "job"])
def test_a_function_that_fails_says_so(live: Any, kind: str) -> None:
    def fails(text: str) -> str:
        raise gr.Error(f"No {text} here.")

    client = Client(live(demo(fails)))
    if kind == "job":
        told = client.until(client.job("a")["id"], "failed")
    else:
        status, told = client.json("POST", "/api/predict", {"data": ["a"]}, **(STREAM if kind == "stream" else {}))
        assert status == 500
    assert told["error"]["message"] == "No a here."


def test_messages_are_in_the_answer_and_once_in_a_stream(live: Any) -> None:
    def tells(text: str) -> str:
        gr.Info("half way")
        return text

    client = Client(live(demo(tells)))
    done = client.until(client.job("a")["id"], "done")
    assert [message["log"] for message in done["result"]["messages"]] == ["half way"]
    told = list(events(client.ask("POST", "/api/predict", {"data": ["a"]}, **STREAM)))
    assert [name for _, name, _ in told] == ["started", "log", "done"] and "messages" not in told[-1][2]


# ---------------------------------------------------------------------- what is refused before it waits


def test_what_is_wrong_is_told_before_it_waits(live: Any, gate: Gate) -> None:
    interface = gr.Interface(lambda n: gate(str(n)), gr.Number(label="Age"), "text", allow_flagging="never")
    interface.queue(1)
    client = Client(live(interface))
    running = client.job(1)
    for body in (["old"], [], [1, 2]):
        for headers in ({}, JOB):
            status, told = client.json("POST", "/api/predict", {"data": body}, **headers)
            assert (status, told["error"]["code"]) == (422, "invalid_value")
    gate.open.release()
    client.until(running["id"], "done")


def test_a_key_stands_for_one_call(live: Any) -> None:
    client = Client(live(demo(lambda text: text * 2)))
    assert client.json("POST", "/api/predict", {"data": ["a"]}, idempotency_key="k")[0] == 200
    status, told = client.json("POST", "/api/predict", {"data": ["b"]}, idempotency_key="k")
    assert (status, told["error"]["code"]) == (422, "key_reused")
    assert client.json("POST", "/api/predict", {"data": ["a"]}, idempotency_key="k")[1]["data"] == ["aa"]


def test_of_two_calls_that_come_at_once_with_one_key_one_is_refused(live: Any) -> None:
    both = threading.Barrier(2)
    client = Client(live(demo(str.upper, validator=lambda text: both.wait(20) is None or None)))

    def answer(text: str) -> tuple[int, str]:
        status, told = client.json("POST", "/api/predict", {"data": [text]}, idempotency_key="k")
        return status, told["error"]["code"] if status != 200 else told["data"][0]

    with ThreadPoolExecutor(2) as threads:
        told = dict(zip("ab", threads.map(answer, "ab"), strict=True))
    won = "a" if told["a"][0] == 200 else "b"
    assert told == {won: (200, won.upper()), "ba"[won == "b"]: (422, "key_reused")}


def test_a_program_with_a_cookie_may_cancel(live: Any, gate: Gate) -> None:
    """It sends no origin, and DELETE has no type; no page of another site can send it without having asked."""
    client = Client(live(counted(gate)))
    job = client.job("a")
    connection = client._live.connection()
    connection.request("DELETE", f"/api/jobs/{job['id']}", headers={"cookie": client.cookie})
    assert connection.getresponse().status == 200
    connection = client._live.connection()
    foreign = {"cookie": client.cookie, "origin": "http://evil.test"}
    connection.request("DELETE", f"/api/jobs/{job['id']}", headers=foreign)
    assert connection.getresponse().status == 403
    gate.open.release()


@pytest.mark.parametrize("prefer", ["Respond-Async", "respond-async; wait=10", "return=minimal, RESPOND-ASYNC"])
def test_preferences_are_read_as_the_rfc_says(live: Any, prefer: str) -> None:
    client = Client(live(demo(lambda text: text)))
    assert client.json("POST", "/api/predict", {"data": ["a"]}, prefer=prefer)[0] == 202


@pytest.mark.parametrize(("after_s", "told"), [(None, 5), (0.01, 1), (41.2, 42), (10_000.0, 600)])
def test_when_to_come_again_is_what_calls_take(after_s: float | None, told: int) -> None:
    refused = queue_full("Full.", after_s)
    assert refused.headers == {"retry-after": str(told)}
