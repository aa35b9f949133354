"""Visitors who take what they can: places, waiting lines, kept answers; and those who leave in any state."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import http.client
import json
import threading
from pathlib import Path
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.game import Game
from quickdemo.runtime.jobs import kept_games
from quickdemo.runtime.jobs.behind import Behind
from quickdemo.runtime.local_files import LocalFiles
from quickdemo.runtime.scratch import Scratch
from tests.explaining import Gate, Live, demo, in_threads, sentiment
from tests.running import until
from tests.serving import PAGE, Serve

STREAM = "text/event-stream"


def behind(one: Live) -> Behind:
    """Where the calls of explanations wait."""
    context = one.served.context
    return context.runner.behind(context.endpoints["predict"])


def read(connection: http.client.HTTPConnection) -> bytes:
    """The whole answer."""
    with contextlib.closing(connection), connection.getresponse() as answer:
        return answer.read()


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)


@pytest.mark.usefixtures("two_processors")
def test_one_visitor_takes_two_places_and_a_short_line_and_hears_why(live: Any) -> None:
    gate = Gate()
    one = live(demo(gate, outputs="number"))
    greedy, other = one.visitor(), one.visitor()
    explanations = one.served.context.explanations
    body = {"data": ["a b"]}
    mine = [one.connect("/api/interpret", body, STREAM, greedy)]
    for number in range(2, 11):  # one after the other, so that the last is the last in line
        mine.append(one.connect("/api/interpret", body, STREAM, greedy))
        until(lambda number=number: explanations.running == number)
    until(lambda: len(gate.order) == 2)
    refused = json.loads(read(one.connect("/api/interpret", body, cookie=greedy)))
    assert refused["error"]["code"] == "queue_full"
    assert refused["error"]["message"] == "8 explanations of yours wait already."
    with mine[2].getresponse() as reader:
        assert reader.readline() == b"event: progress\n"
        assert b'"waiting":"Waiting for 2 other explanations of yours"' in reader.readline()

    theirs = one.connect("/api/interpret", {"data": ["theirs"]}, STREAM, other)
    until(lambda: explanations.running == 11 and behind(one).waiting == 1)
    gate.open.release()  # one call of the greedy one ends
    until(lambda: "theirs" in gate.order)
    assert gate.order.index("theirs") <= 3  # the second thread may begin first
    for connection in (*mine, theirs):
        connection.close()
    until(lambda: explanations.running == 0)
    gate.open.release(1000)
    assert json.loads(one.post("/api/predict", {"data": ["mine"]}))["data"] == [4]


@pytest.mark.usefixtures("two_processors")
def test_programs_without_a_cookie_share_the_places_of_their_address(live: Any) -> None:
    gate = Gate()
    one = live(demo(gate, outputs="number"))
    connections = [one.connect("/api/interpret", {"data": ["a b"]}, STREAM) for _ in range(3)]
    until(lambda: one.served.context.explanations.running == 3)
    until(lambda: len(gate.order) == 2)

    theirs = one.connect("/api/interpret", {"data": ["theirs"]}, STREAM, one.visitor())
    until(lambda: one.served.context.explanations.running == 4 and behind(one).waiting == 1)
    gate.open.release()
    until(lambda: "theirs" in gate.order)  # after one call of theirs has ended, and no more
    for connection in (*connections, theirs):
        connection.close()
    gate.open.release(1000)


def test_parts_left_out_by_one_visitor_wait_in_his_own_line(live: Any) -> None:
    gate = Gate()
    gate.open.release(1000)
    one = live(demo(gate, outputs="number"))
    cookies = [one.visitor(), one.visitor()]
    keys = []
    for cookie in cookies:
        answer = read(one.connect("/api/interpret", {"data": ["a b c d e"]}, cookie=cookie))
        keys.append(json.loads(answer)["key"])
    while gate.open.acquire(blocking=False):
        pass
    gate.order.clear()
    bodies = [{"key": keys[0], "present": present} for present in ([0, 1], [0, 2], [0, 3], [0, 4], [1, 2])]
    flood = [one.connect("/api/interpret/part", body, cookie=cookies[0]) for body in bodies]
    until(lambda: one.served.context.explanations.parts.taken == 5)
    refused = read(one.connect("/api/interpret/part", {**bodies[0], "present": [1, 3]}, cookie=cookies[0]))
    assert json.loads(refused)["error"]["code"] == "queue_full"
    theirs = one.connect("/api/interpret/part", {"key": keys[1], "present": [2, 3]}, cookie=cookies[1])
    until(lambda: one.served.context.explanations.parts.taken == 6)
    for connection in flood[1:]:
        connection.close()  # as the page does with the next press
    until(lambda: one.served.context.explanations.parts.taken == 2)
    gate.open.release(2)

    assert json.loads(read(theirs))["value"] == 3 and json.loads(read(flood[0]))["value"] == 3
    assert sorted(gate.order) == ["a b", "c d"], "what was left was not called"


@pytest.mark.parametrize("state", ["waits for its turn", "runs the first call", "runs a batch", "runs a coroutine"])
@pytest.mark.parametrize("accept", [STREAM, "application/json"])
def test_who_leaves_frees_the_place_in_every_state(live: Any, state: str, accept: str) -> None:
    gate = Gate()

    async def coroutine(text: str) -> float:
        gate.order.append(text)
        while not gate.open.acquire(blocking=False):
            await asyncio.sleep(0.005)
        return len(text)

    fns = {"runs a batch": lambda texts: [[gate(text) for text in texts]], "runs a coroutine": coroutine}
    options = {"batch": True, "max_batch_size": 2} if state == "runs a batch" else {}
    one = live(demo(fns.get(state, gate), outputs="number", concurrency_limit=1, **options))
    explanations = one.served.context.explanations
    leaving = [one.connect("/api/interpret", {"data": ["a b c"]}, accept) for _ in range(3 if "turn" in state else 1)]
    until(lambda: gate.order and explanations.running == len(leaving))
    if state == "runs a batch":
        gate.open.release()
        until(lambda: len(gate.order) == 2)
    staying = one.connect("/api/interpret", {"data": ["d e"]}, cookie=one.visitor())
    until(lambda: explanations.running == len(leaving) + 1)
    for connection in leaving:
        connection.close()
    until(lambda: explanations.running == 1)
    gate.open.release(1000)

    made = json.loads(read(staying))
    assert made["final"] is True and made["inputs"][0]["scores"] == [1.5, 1.5]
    assert not any("a b c" in text for text in gate.order[2:])


def test_a_cancelled_batch_keeps_its_place_until_the_function_has_ended(live: Any) -> None:
    gate = Gate()
    one = live(demo(lambda texts: [[gate(text) for text in texts]], outputs="number", batch=True, max_batch_size=2))
    leaving = one.connect("/api/interpret", {"data": ["a b"]}, STREAM)
    until(lambda: gate.order)
    leaving.close()
    until(lambda: one.served.context.explanations.running == 0)
    threads = in_threads(lambda: one.post("/api/predict", {"data": ["mine"]}))
    until(lambda: one.served.context.engine.unfinished == 1)
    gate.open.release(1000)
    threads[0].join(20)

    assert gate.order == ["a b", "mine"] and gate.most == 1


def test_sessions_and_keys_of_others_are_refused_everywhere(serve: Serve) -> None:
    def fn(text: str, seen: list[str]) -> Any:
        return float(len(seen)), [*seen, text]

    served = serve(demo(fn, ["text", gr.State([])], ["number", gr.State()]))
    one, other = served.client(), served.client()
    for client in (one, other):
        client.get("/", headers=PAGE)
    session = one.post("/api/predict", json={"data": ["a"]}).json()["session"]
    made = one.post("/api/interpret", json={"data": ["b c"], "session": session}).json()
    body = {"key": made["key"], "present": []}

    assert made["full"] == 1
    for path, sent, code in (
        ("interpret", {"data": ["b"], "session": session}, "unknown_session"),
        ("interpret", {"data": ["b"], "session": "x" * 40}, "unknown_session"),
        ("interpret/part", {**body, "session": session}, "unknown_explanation"),
    ):
        answer = other.post(f"/api/{path}", json=sent)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)
    assert one.post("/api/interpret/part", json={**body, "session": "x" * 40}).status_code == 404
    assert one.post("/api/interpret/part", json={**body, "session": 7}).status_code == 422
    assert one.post("/api/interpret/part", json={**body, "session": session}).json()["value"] == 1
    assert one.post("/api/predict", json={"data": ["a"], "session": session}).json()["data"][0] == 1, "state unmoved"


def test_both_routes_need_a_login_and_an_origin(serve: Serve) -> None:
    closed = serve(demo(), auth=("me", "secret"))
    anonymous = closed.client()
    client = closed.client()
    client.post("/login", data={"username": "me", "password": "secret"})
    key = client.post("/api/interpret", json={"data": ["not good"]}).json()["key"]
    part = {"key": key, "present": []}

    for path, body in (("interpret", {"data": ["good"]}), ("interpret/part", part)):
        assert anonymous.post(f"/api/{path}", json=body).status_code == 401
        for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            assert client.post(f"/api/{path}", json=body, headers=headers).status_code == 403
        as_form = client.post(f"/api/{path}", content=json.dumps(body), headers={"content-type": "text/plain"})
        assert as_form.status_code in (403, 415)
        assert client.get(f"/api/{path}").status_code == 405
        assert client.post(f"/api/{path}", json=body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"data": ["a"], "budget": True},
        {"data": ["a"], "budget": 1e9},
        {"data": ["a"], "budget": -5},
        {"data": ["a"], "target": {"output": 10**30}},
        {"data": ["a"], "target": {"output": -1}},
        {"data": ["a"], "target": {"class": ["a"]}},
        {"data": ["a"], "method": "x" * 10_000},
        {"data": ["a"], "endpoint": ["predict"]},
        {"data": ["a"], "endpoint": "x" * 10_000},
        {"data": ["a"], "target": {"class": "x" * 10_000}},
        {"data": ["a"], "answer": 1},
        {"data": [{"h": "../../etc/passwd"}]},
        {"data": [["a"]]},
        {"data": "a" * 1000},
        {"data": []},
        {"data": ["a"] * 100},
    ],
)
def test_bodies_that_make_no_sense_are_refused_in_a_sentence(serve: Serve, body: Any) -> None:
    answer = serve(demo()).client().post("/api/interpret", json=body)

    assert answer.status_code in (404, 422) and len(answer.text) < 1000
    assert answer.json()["error"]["message"].strip().endswith((".", "?"))


@pytest.mark.parametrize("target", [{"output": 3}, {"class": "cow"}, "cow", 7, [1], {"output": True}])
def test_a_part_of_what_there_is_not_is_refused(serve: Serve, target: Any) -> None:
    client = serve(demo()).client()
    client.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["not good"]}).json()["key"]
    answer = client.post("/api/interpret/part", json={"key": key, "present": [0], "target": target})

    assert answer.status_code == 422 and answer.json()["error"]["message"]


def test_a_part_whose_call_fails_says_so_and_is_asked_again(serve: Serve) -> None:
    broken = threading.Event()

    def fn(text: str) -> Any:
        if broken.is_set():
            raise gr.Error("The model is away.")
        return sentiment(text)

    client = serve(demo(fn)).client()
    client.get("/", headers=PAGE)
    body = {"key": client.post("/api/interpret", json={"data": ["a b c d"]}).json()["key"], "present": [0, 1]}
    broken.set()
    assert "The model is away." in client.post("/api/interpret/part", json=body).json()["error"]["message"]
    broken.clear()

    assert client.post("/api/interpret/part", json=body).json()["known"] is False


def test_files_of_an_explanation_stay_while_others_fill_the_disk(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = Scratch(str(tmp_path), max_bytes=5000)
    monkeypatch.setattr("quickdemo.runtime.scratch._scratch_of", lambda pid: scratch)

    def reads(text: str, file: str) -> float:
        contextvars.Context().run(fill)
        return len(Path(file).read_bytes()) + len(text)

    def fill() -> None:  # as calls of others do that have ended
        Path(scratch.path("other")).write_bytes(b"x" * 4000)

    client = serve(demo(reads, ["text", gr.File(type="filepath")], "number", concurrency_limit=1)).client()
    client.get("/", headers=PAGE)
    headers = {"x-file-name": "a.txt", "content-type": "text/plain"}
    handle = client.post("/api/files", content=b"x" * 2000, headers=headers).json()["h"]
    made = client.post("/api/interpret", json={"data": ["a b c", {"h": handle}]}).json()

    assert made.get("error") is None and made["full"] == 2005 and made["note"] is None


def test_an_explanation_that_is_used_again_and_again_goes_before_its_files_do(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("quickdemo.runtime.jobs.kept_games.time.monotonic", lambda: now)
    kept = kept_games.KeptGames()
    key = kept.keep("me", b"", Game(demo(), ["a"], LocalFiles()), b"{}")
    for minute in range(0, 51, 10):
        now = 60.0 * minute
        kept.get("me", key)
    now += 60.0
    with pytest.raises(RefusedError, match="not kept any more"):
        kept.get("me", key)


def test_a_game_that_has_too_many_answers_is_begun_anew(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    client = serve(demo()).client()
    client.get("/", headers=PAGE)
    first = client.post("/api/interpret", json={"data": ["a b c d e f"]}).json()
    part = {"key": first["key"], "present": [0, 1, 2]}
    monkeypatch.setattr(kept_games, "ANSWERS_BYTES", 0)
    refused = client.post("/api/interpret/part", json=part)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown_explanation")

    monkeypatch.undo()
    again = client.post("/api/interpret", json={"data": ["a b c d e f"]}).json()
    assert again["key"] != first["key"] and again["inputs"] == first["inputs"]
    assert client.post("/api/interpret/part", json={**part, "key": again["key"]}).status_code == 200
