"""POST api/interpret: events, progress, places behind predictions, kept answers, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from tests.explaining import WORDS, Gate, demo, events, in_threads, sentiment
from tests.running import until
from tests.serving import ORIGIN, PAGE, Serve

# ---------------------------------------------------------------------- what comes


def test_an_explanation_comes_in_events_and_ends_with_its_key(live: Any) -> None:
    body = {"data": ["a very good film"], "target": None}
    found = events(live(demo()).post("/api/interpret", body, "text/event-stream"))

    names = [name for name, _ in found]
    assert names[-1] == "done" and "explanation" in names and "progress" in names
    first = next(what for name, what in found if name == "explanation")
    assert first["final"] is False and first["calls"] == 5 and first["base"] is None
    last = found[-1][1]
    assert last["final"] is True and last["key"] and last["calls"] == last["budget"] == 10
    assert last["inputs"][0]["scores"] == pytest.approx([0, 0, 0.3, 0])
    assert last["target"] == {
        "output": 0, "label": "output", "class": "positive", "kind": "class", "classes": ["positive", "negative"]
    }  # fmt: skip


def test_without_a_stream_the_final_explanation_is_the_answer(serve: Serve) -> None:
    answer = serve(demo()).client().post("/api/interpret", json={"data": ["not good"]})

    assert answer.status_code == 200 and answer.json()["inputs"][0]["scores"] == pytest.approx([-0.2, 0.3])


@pytest.mark.parametrize("kind", ["async", "generator", "async_generator", "batch", "custom"])
def test_functions_of_every_kind_are_explained_on_the_server(live: Any, kind: str) -> None:
    async def coroutine(text: str) -> Any:
        return sentiment(text)

    def generator(text: str) -> Iterator[Any]:
        yield None
        yield sentiment(text)

    async def async_generator(text: str) -> Any:
        yield sentiment(text)

    def batch(texts: list[str]) -> Any:
        return [[sentiment(text) for text in texts]]

    fns = {"async": coroutine, "generator": generator, "async_generator": async_generator, "batch": batch}
    options: dict[str, Any] = {"batch": True, "max_batch_size": 3} if kind == "batch" else {}
    if kind == "custom":
        options = {"interpretation": lambda text: [(word, WORDS.get(word, 0)) for word in text.split()]}
    made = json.loads(live(demo(fns.get(kind, sentiment), **options)).post("/api/interpret", {"data": ["not good"]}))

    assert made["inputs"][0]["scores"] == pytest.approx([-0.2, 0.3])


def test_a_custom_explanation_of_one_input_has_one_entry(serve: Serve) -> None:
    """In 3.0 the pairs of the only input were spread over inputs and outputs."""
    own = demo(interpretation=lambda text: [("one", 0.5), ("two", 0.25)])
    made = serve(own).client().post("/api/interpret", json={"data": ["one two"]}).json()

    assert [one["labels"] for one in made["inputs"]] == [["one", "two"]]


@pytest.mark.parametrize("kind", ["generator", "async_generator"])
def test_a_custom_explanation_may_grow(live: Any, kind: str) -> None:
    def grows(text: str) -> Any:
        yield [("one", 0.5)]
        yield [("one", 0.25)]
        yield [("one", 0.125)]

    async def grows_too(text: str) -> Any:
        for made in grows(text):
            yield made

    own = demo(interpretation=grows if kind == "generator" else grows_too)
    found = events(live(own).post("/api/interpret", {"data": ["one"]}, "text/event-stream"))

    assert [(name, what["inputs"][0]["scores"]) for name, what in found] == [
        ("explanation", [0.5]), ("explanation", [0.25]), ("done", [0.125])
    ]  # fmt: skip


# ---------------------------------------------------------------------- kept answers


def test_another_class_and_known_parts_need_no_call(serve: Serve) -> None:
    seen: list[str] = []

    def fn(text: str) -> Any:
        seen.append(text)
        return sentiment(text)

    client = serve(demo(fn)).client()
    client.get("/", headers=PAGE)
    first = client.post("/api/interpret", json={"data": ["not good"]}).json()
    count = len(seen)
    other = client.post("/api/interpret", json={"data": ["not good"], "target": {"output": 0, "class": "negative"}})
    known = {"key": other.json()["key"], "present": [1], "target": {"output": 0, "class": "positive"}}
    part = client.post("/api/interpret/part", json=known).json()

    assert other.json()["inputs"][0]["scores"] == pytest.approx([0.2, -0.3]) and other.json()["key"] == first["key"]
    assert part["known"] is True and part["value"] == pytest.approx(0.8)
    assert part["output"] == pytest.approx({"positive": 0.8, "negative": 0.2})
    assert len(seen) == count


def test_parts_that_were_not_tried_are(serve: Serve) -> None:
    client = serve(demo()).client()
    client.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["a not good film"]}).json()["key"]
    answers = [client.post("/api/interpret/part", json={"key": key, "present": [0, 2]}).json() for _ in range(2)]

    assert [one["known"] for one in answers] == [False, True] and answers[0]["value"] == pytest.approx(0.8)


def test_a_closer_look_makes_the_new_calls_only_and_a_unit_goes_with_all_of_its_parts(serve: Serve) -> None:
    seen: list[str] = []

    def fn(text: str) -> Any:
        seen.append(text)
        return 1.0 + text.count("good") - 0.5 * text.count("not")

    text = "\n\n".join(f"Here is number {n}, {'good' if n == 4 else 'so'} and well." for n in range(12))
    client = serve(demo(fn, outputs="number", interpretation_budget=60)).client()
    client.get("/", headers=PAGE)
    first = client.post("/api/interpret", json={"data": [text]}).json()
    assert first["calls"] == len(seen) <= 60 and first["closer"] is None, "the author allows no more"

    client = serve(demo(fn, outputs="number", num_shap=1)).client()
    client.get("/", headers=PAGE)
    seen.clear()
    body = {"data": [text], "method": "default", "budget": 30}
    first = client.post("/api/interpret", json=body).json()
    more = first["closer"]
    assert more["calls"] and more["budget"] == 30
    before = len(seen)
    second = client.post("/api/interpret", json={**body, "inside": more["inside"]}).json()
    assert 0 < len(seen) - before <= more["calls"] and second["calls"] == len(seen)
    assert len(second["inputs"][0]["labels"]) > len(first["inputs"][0]["labels"])

    sizes = first["inputs"][0]["sizes"]
    strongest = int(np.argmax(first["inputs"][0]["scores"]))
    start = sum(sizes[:strongest])
    present = [part for part in range(sum(sizes)) if not start <= part < start + sizes[strongest]]
    part = client.post("/api/interpret/part", json={"key": first["key"], "present": present}).json()
    assert part["known"] is True and part["value"] == pytest.approx(1)
    wrong = client.post("/api/interpret", json={**body, "inside": 0})
    assert wrong.json()["error"]["message"].startswith("inside must be a whole number of calls, from 1")


@pytest.mark.parametrize("most", [None, 20])
def test_a_more_exact_look_keeps_the_curves_which_cost_no_new_calls(serve: Serve, most: int | None) -> None:
    seen: list[tuple[str, float]] = []

    def fn(text: str, number: float) -> float:
        seen.append((text, number))
        return number * (1 + text.count("a") * text.count("b") * text.count("c"))

    client = serve(demo(fn, ["text", "number"], "number", interpretation_budget=most)).client()
    client.get("/", headers=PAGE)
    first = client.post("/api/interpret", json={"data": ["a b c", 3]}).json()
    more, before = first["closer"], len(seen)
    body = {"data": ["a b c", 3], "method": more["method"], "budget": more["budget"]}
    second = client.post("/api/interpret", json=body).json()

    assert before == first["calls"] == 10 + 6 and 0 < len(seen) - before <= more["calls"]
    assert second["inputs"][1]["sweep"] == first["inputs"][1]["sweep"] is not None
    assert second["calls"] <= more["budget"] == (14 if most else 16)
    assert len(seen) == (most or 22) and (second["estimator"] == "exact") == (most is None)


def test_kept_answers_belong_to_their_visitor(serve: Serve) -> None:
    served = serve(demo())
    one, other = served.client(), served.client()
    for client in (one, other):
        client.get("/", headers=PAGE)
    key = one.post("/api/interpret", json={"data": ["good"]}).json()["key"]
    answer = other.post("/api/interpret/part", json={"key": key, "present": []})

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_explanation")


def test_the_oldest_games_go_first(serve: Serve) -> None:
    from quickdemo.runtime.game import Game
    from quickdemo.runtime.jobs import kept_games
    from quickdemo.runtime.local_files import LocalFiles

    kept, interface = kept_games.KeptGames(), demo()

    def keep(owner: str, mark: bytes, size: int = 1) -> Game:
        game = Game(interface, ["a" * size], LocalFiles())
        kept.keep(owner, mark, game, b"{}")
        return game

    for n in range(kept_games.MOST_EACH + 1):
        keep("me", b"%d" % n)
    assert kept.find("me", b"0") is None and kept.find("me", b"1") is not None and kept.find("you", b"1") is None

    large = keep("greedy", b"large", kept_games.KEPT_BYTES)
    assert kept.find("greedy", b"large") is large and kept.find("me", b"1") is not None, "others are kept beside it"
    larger = keep("greedy", b"larger", kept_games.KEPT_BYTES)
    assert kept.find("greedy", b"larger") is larger and kept.find("greedy", b"large") is None
    assert kept.find("me", b"1") is not None, "one's own go before those of others"

    for n in range(kept_games.MOST_KEPT):
        keep(f"visitor {n}", b"")
    assert kept.find("me", b"16") is None and kept.find("visitor 0", b"") is not None


def test_state_is_loaded_and_never_saved(serve: Serve) -> None:
    def fn(text: str, seen: list[str]) -> Any:
        seen.append(text)
        return float(len(seen)), seen

    client = serve(demo(fn, ["text", gr.State([])], ["number", gr.State()])).client()
    client.get("/", headers=PAGE)
    session = client.post("/api/predict", json={"data": ["a"]}).json()["session"]
    client.post("/api/interpret", json={"data": ["b c"], "session": session})

    assert client.post("/api/predict", json={"data": ["d"], "session": session}).json()["data"][0] == 2


# ---------------------------------------------------------------------- behind predictions


def test_a_prediction_waits_for_one_call_of_an_explanation_at_most(live: Any) -> None:
    gate = Gate()
    one = live(demo(gate, outputs="number", concurrency_limit=1))
    threads = in_threads(lambda: one.post("/api/interpret", {"data": ["a b c d"]}))
    until(lambda: len(gate.order) == 1)
    threads += in_threads(lambda: one.post("/api/predict", {"data": ["mine"]}))
    until(lambda: one.served.context.engine.places.all_taken == 2)
    gate.open.release()
    until(lambda: len(gate.order) == 2)

    assert gate.order == ["a b c d", "mine"]
    gate.open.release(100)
    for thread in threads:
        thread.join(20)
    assert gate.most == 1


def test_no_call_begins_beside_a_prediction_that_computes_without_a_spare_processor(
    live: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prediction begins at once, beside the one call that ran, and no other begins before it has ended."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0}, raising=False)
    order, may_end, all_may = list[str](), set[str](), threading.Event()

    def computes(text: str) -> float:
        order.append(text)
        while text not in may_end and not all_may.is_set():
            sum(range(1000))
        return len(text)

    one = live(demo(computes, outputs="number", concurrency_limit=4))
    threads = in_threads(lambda: one.post("/api/interpret", {"data": ["a b c d"]}))
    until(lambda: len(order) == 1)
    may_end.add("a b c d")
    until(lambda: len(order) == 2)
    threads += in_threads(lambda: one.post("/api/predict", {"data": ["mine"]}))
    until(lambda: len(order) == 3)
    may_end.add(order[1])
    context = one.served.context
    until(lambda: context.runner.behind(context.endpoints["predict"]).ours == 0)

    assert order[2:] == ["mine"]
    all_may.set()
    for thread in threads:
        thread.join(20)
    assert len(order) == 11


def test_batches_of_an_explanation_stay_apart_and_behind(live: Any) -> None:
    gate = Gate()
    sizes: list[int] = []

    def fn(texts: list[str]) -> Any:
        sizes.append(len(texts))
        gate(texts[0])
        return [[float(len(text)) for text in texts]]

    one = live(demo(fn, outputs="number", batch=True, max_batch_size=4))
    threads = in_threads(lambda: one.post("/api/interpret", {"data": ["a b c d"]}))
    until(lambda: len(gate.order) == 1)
    gate.open.release()  # the whole input; then a batch of four
    until(lambda: len(gate.order) == 2)
    threads += in_threads(lambda: one.post("/api/predict", {"data": ["mine"]}))
    until(lambda: one.served.context.engine.places.all_taken >= 1)
    gate.open.release()
    until(lambda: len(gate.order) == 3)

    assert gate.order[2] == "mine" and max(sizes) == 4
    gate.open.release(100)
    for thread in threads:
        thread.join(20)
    assert gate.most == 1


def test_calls_of_a_function_that_waits_run_at_the_same_time(live: Any) -> None:
    met = threading.Barrier(3, timeout=20)

    def fn(text: str) -> float:
        if text == "a b c":
            threading.Event().wait(0.5)  # as a function does that asks a service: it computes nothing
        elif len(text.split()) == 2:
            met.wait()  # until all three of two words are here: none comes through alone
        return len(text)

    answer = json.loads(live(demo(fn, outputs="number")).post("/api/interpret", {"data": ["a b c"]}))

    assert "error" not in answer and answer["calls"] == 8


def test_nothing_is_called_any_more_when_the_reader_has_gone(live: Any) -> None:
    gate = Gate()
    one = live(demo(gate, outputs="number", concurrency_limit=1))
    connection = one.connect("/api/interpret", {"data": ["a b c d e f"]}, "text/event-stream")
    until(lambda: len(gate.order) == 1)
    connection.close()
    explanations = one.served.context.explanations
    until(lambda: explanations.running == 0)
    gate.open.release(100)

    assert json.loads(one.post("/api/predict", {"data": ["mine"]}))["data"] == [4]
    assert gate.order == ["a b c d e f", "mine"]


def test_too_many_explanations_at_once_are_refused(live: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quickdemo.runtime.jobs.explanations.AT_ONCE", 1)
    monkeypatch.setattr("quickdemo.runtime.jobs.explanations.WAITING", 0)
    gate = Gate()
    one = live(demo(gate, outputs="number"))
    threads = in_threads(lambda: one.post("/api/interpret", {"data": ["a"]}))
    until(lambda: gate.order)
    answer = json.loads(one.post("/api/interpret", {"data": ["a"]}))
    gate.open.release(100)
    threads[0].join(20)

    assert answer["error"]["code"] == "queue_full" and answer["error"]["message"].startswith("0 explanations wait")


def test_a_call_that_takes_too_long_ends_the_explanation(live: Any) -> None:
    release = threading.Event()

    def fn(text: str) -> float:
        if text != "a b":
            release.wait(20)
        return 1.0

    answer = json.loads(live(demo(fn, outputs="number", time_limit=0.3)).post("/api/interpret", {"data": ["a b"]}))
    release.set()

    assert answer["error"]["code"] == "time_limit"


def test_an_own_function_that_takes_too_long_ends_and_holds_nothing_of_the_others(live: Any) -> None:
    release = threading.Event()

    def why(text: str) -> Any:
        release.wait(20)
        return [(text, 1.0)]

    one = live(demo(interpretation=why, time_limit=0.05, validator=lambda text: None))
    for _ in range(9):  # one more than there are threads
        assert json.loads(one.post("/api/interpret", {"data": ["a"]}))["error"]["code"] == "time_limit"
    assert "data" in json.loads(one.post("/api/predict", {"data": ["a"]}))
    release.set()


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ([], 422, "The body must be"),
        ({"data": "a"}, 422, "The body must be"),
        ({"data": ["a", "b"]}, 422, "takes 1 value (text); it got 2"),
        ({"data": [""]}, 422, "There is nothing to explain: text is empty."),
        ({"data": ["a"], "method": "lime"}, 422, "There is no interpretation 'lime'"),
        ({"data": ["a"], "method": 3}, 422, "method must be a text"),
        ({"data": ["a"], "budget": 1}, 422, "budget must be a whole number of calls, from 2"),
        ({"data": ["a"], "budget": 10**9}, 422, "budget must be at most 10000 calls"),
        ({"data": ["a"], "target": {"output": 7}}, 422, "There is no output 7 to explain"),
        ({"data": ["a"], "target": {"output": 0, "class": "cat"}}, 422, "gave no class 'cat'"),
        ({"data": ["a"], "target": [1]}, 422, "target must be the name of a class"),
        ({"data": ["a"], "endpoint": "other"}, 404, "There is no endpoint 'other'"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(serve: Serve, body: Any, status: int, said: str) -> None:
    answer = serve(demo()).client().post("/api/interpret", json=body)

    assert answer.status_code == status, answer.text
    assert said in answer.json()["error"]["message"]


def test_a_masked_call_that_fails_names_the_parts_to_those_who_may_read_it(serve: Serve) -> None:
    def fn(text: str) -> float:
        return float({"a b": 1}[text])

    open_, closed = (
        serve(demo(fn, outputs="number"), show_error=show).client().post("/api/interpret", json={"data": ["a b"]})
        for show in (True, False)
    )
    assert open_.status_code == closed.status_code == 500
    assert "left out: KeyError" in open_.json()["error"]["message"]
    assert "left out" in closed.json()["error"]["message"] and "KeyError" not in closed.json()["error"]["message"]


@pytest.mark.parametrize("kind", ["plain", "async", "batch"])
def test_without_an_answer_to_nothing_the_explanation_has_a_note(serve: Serve, kind: str) -> None:
    def longest(text: str) -> float:
        return float(max(len(word) for word in text.split()))

    async def later(text: str) -> float:
        return longest(text)

    fns = {"plain": longest, "async": later, "batch": lambda texts: [[longest(text) for text in texts]]}
    options = {"batch": True, "max_batch_size": 3} if kind == "batch" else {}
    shown, hidden = (
        serve(demo(fns[kind], outputs="number", **options), show_error=show)
        .client()
        .post("/api/interpret", json={"data": ["a longer text"]})
        .json()
        for show in (True, False)
    )

    for made in (shown, hidden):
        assert (made["final"], made["base"], made["estimator"]) == (True, None, "leave one out")
        assert made["inputs"][0]["scores"] == [0, 2, 0] and "The log calls it error" in made["note"]
    assert "ValueError" in shown["note"] and "ValueError" not in hidden["note"]


def test_parts_that_there_are_not_are_refused(serve: Serve) -> None:
    client = serve(demo()).client()
    client.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["not good"]}).json()["key"]

    for present in ([2], [-1], ["a"], [True], "0"):
        assert client.post("/api/interpret/part", json={"key": key, "present": present}).status_code == 422
    assert client.post("/api/interpret/part", json={"key": 3, "present": []}).status_code == 404


def test_a_demo_without_explanations_has_no_such_address(serve: Serve) -> None:
    plain = serve(gr.Interface(len, "text", "number")).client().post("/api/interpret", json={"data": ["a"]})

    assert plain.status_code == 404


def test_the_page_knows_whether_there_are_explanations(serve: Serve) -> None:
    text = serve(demo(interpretation="shap", interpretation_budget=50)).client().get("/", headers=PAGE).text
    none = serve(gr.Interface(len, "text", "number")).client().get("/", headers=PAGE).text

    assert '"interpretation":{"method":"shap","calls":null,"budget":50}' in text
    assert '"interpretation":null' in none


def test_a_flag_stores_the_explanation_beside_its_row(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "flagged"
    client = serve(demo(allow_flagging="manual", flagging_dir=str(folder))).client()
    client.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["not good"]}).json()["key"]
    sample = {"inputs": ["not good"], "outputs": [{"label": "positive"}]}
    for explanation in (key, None, "gone"):
        assert client.post("/api/flag", json={**sample, "explanation": explanation}).status_code == 200

    rows = list(csv.DictReader(io.StringIO((folder / "log.csv").read_text(), newline="")))
    (stored,) = (folder / "explanations").iterdir()
    assert stored.stem == rows[0]["id"].strip("'") and len(rows) == 3
    assert json.loads(stored.read_text())["inputs"][0]["scores"] == pytest.approx([-0.2, 0.3])
    assert client.post("/api/flag", json={**sample, "explanation": 3}).status_code == 422


def test_foreign_pages_cannot_ask(serve: Serve) -> None:
    answer = (
        serve(demo()).client().post("/api/interpret", json={"data": ["a"]}, headers={"origin": "http://evil.example"})
    )

    assert answer.status_code == 403 and ORIGIN
