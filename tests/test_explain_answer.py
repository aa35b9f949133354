"""The answer that comes with an explanation: what Submit gives, from the explanation's own first call."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import quickdemo as gr
from tests.explaining import demo, events, sentiment
from tests.serving import PAGE, Serve

STREAM = {"accept": "text/event-stream", "prefer": "return=minimal"}


def asked(client: Any, **body: Any) -> list[tuple[str, Any]]:
    return events(client.post("/api/interpret", json={"data": ["not good"], **body}, headers=STREAM).text)


def of(kind: str, found: list[tuple[str, Any]]) -> list[Any]:
    return [what for name, what in found if name == kind]


def test_the_first_call_is_the_prediction_and_its_answer_comes_before_the_first_colours(serve: Serve) -> None:
    seen: list[str] = []

    def fn(text: str) -> Any:
        seen.append(text)
        gr.Info(f"read {text!r}")
        return sentiment(text), text.upper()

    client = serve(demo(fn, outputs=["label", "text"])).client()
    predicted = client.post("/api/predict", json={"data": ["not good"]}).json()["data"]
    seen.clear()
    found = asked(client)

    assert [name for name, _ in found][:3] == ["log", "answer", "progress"]
    assert of("answer", found)[0]["data"] == predicted and 0 <= of("answer", found)[0]["duration"] < 60
    assert of("log", found)[0]["log"] == "read 'not good'"
    assert seen.count("not good") == 1 and of("done", found)[0]["calls"] == len(seen)
    whole = client.post("/api/interpret", json={"data": ["not good"]}).json()
    assert whole["answer"]["data"] == predicted and whole["messages"][0]["level"] == "info" and whole["final"] is True
    assert "answer" not in client.post("/api/interpret", json={"data": ["not good"], "answer": False}).json()
    refused = client.post("/api/interpret", json={"data": ["good"], "answer": "yes"})
    assert refused.status_code == 422 and "answer must be true or false" in refused.json()["error"]["message"]


@pytest.mark.parametrize("kind", ["async", "generator", "async_generator", "batch"])
def test_functions_of_every_kind_answer(serve: Serve, kind: str) -> None:
    async def coroutine(text: str) -> str:
        return text.upper()

    def generator(text: str) -> Iterator[Any]:
        yield "first"
        yield text.upper()

    async def async_generator(text: str) -> Any:
        yield text.upper()

    def batch(texts: list[str]) -> list[list[str]]:
        return [[text.upper() for text in texts]]

    fn = {"async": coroutine, "generator": generator, "async_generator": async_generator, "batch": batch}[kind]
    client = serve(demo(fn, outputs="text", batch=kind == "batch")).client()

    assert of("answer", asked(client))[0]["data"] == ["NOT GOOD"]


def test_another_class_has_the_kept_answer_until_its_files_are_gone(serve: Serve) -> None:
    def fn(text: str) -> Any:
        return sentiment(text), Image.new("RGB", (8, 8), "red")

    served = serve(demo(fn, outputs=["label", "image"]))
    client = served.client()
    client.get("/", headers=PAGE)
    (first,) = of("answer", asked(client))
    again = asked(client, target={"output": 0, "class": "negative"})
    picture = first["data"][1]

    assert again[0] == ("answer", first) and client.get(f"/{picture['url']}").content[:4] == b"\x89PNG"
    served.context.files._store.execute("DELETE FROM kept_files WHERE handle = ?", (picture["h"],))
    assert of("answer", asked(client)) == [], "no answer rather than one whose picture is missing"


def test_no_answer_where_it_would_not_be_that_of_submit(serve: Serve) -> None:
    def counts(text: str, seen: list[str] | None) -> Any:
        return text, [*(seen or []), text]

    box = gr.Textbox(label="text")
    for interface in (
        demo(counts, ["text", "state"], ["text", "state"]),  # an explanation never moves a state on
        demo(str.upper, box, box),  # it would take the place of what is explained
        demo(interpretation=lambda text: [(text, 1.0)]),  # makes no call of the function
    ):
        assert of("answer", asked(serve(interface).client())) == []


def test_an_answer_is_seen_where_it_cannot_be_explained_and_what_fails_says_so_as_a_prediction(serve: Serve) -> None:
    client = serve(demo(lambda text: float("nan"), outputs="number")).client()
    found = asked(client)
    assert (found[0][0], found[-1][0]) == ("answer", "error") and found[0][1]["data"] == [None]

    two = demo(lambda text: (1.0, object()), outputs=["number", "image"])
    answers = [serve(two).client().post(f"/api/{path}", json={"data": ["a"]}) for path in ("interpret", "predict")]
    assert answers[0].status_code == answers[1].status_code == 500
    assert json.loads(answers[0].text)["error"]["code"] == json.loads(answers[1].text)["error"]["code"]


def test_answers_are_flagged_where_every_answer_is(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "flagged"
    client = serve(demo(str.upper, outputs="text", allow_flagging="auto", flagging_dir=str(folder))).client()
    client.get("/", headers=PAGE)
    asked(client)
    asked(client)  # answered from what was kept
    asked(client, answer=False, data=["other words"])

    rows = list(csv.reader(io.StringIO((folder / "log.csv").read_text(), newline="")))
    assert len(rows) == 2 and rows[1][:2] == ["not good", "NOT GOOD"]


def test_an_own_function_tells_what_it_likes(serve: Serve) -> None:
    def why(text: str) -> Any:
        gr.Warning("roughly")
        return [(text, 1.0)]

    found = asked(serve(demo(interpretation=why)).client())

    assert [what["log"] for what in of("log", found)] == ["roughly"] and found[-1][0] == "done"
