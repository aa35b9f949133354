"""api/jobs: a run in a few words, and its inputs with the names of their files."""

from __future__ import annotations

import json
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.jobs.job import Outcome
from quickdemo.runtime.server.short_values import shorts
from quickdemo.runtime.server.visitors import Visitor
from tests.running import until
from tests.serving import PAGE, Serve

KEPT = {"accept": "application/json", "prefer": "respond-async"}


def outcome(state: Any, **body: Any) -> Outcome:
    return Outcome(state, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (["some\n  words", 3, None, ""], "some words, 3, –, –"),
        ([["left", "right"], {"a": [1, True]}], 'left right, {"a": [1, true]}'),
        (["x" * 100], "x" * 59 + "…"),
        (["data:image/png;base64,AAAA", {"h": "gone"}], 'a file, {"h": "gone"}'),
        ([{"url": "files/a", "name": "notes.txt"}], "notes.txt"),
        (list(range(100)), ", ".join(map(str, range(20)))),
    ],
)
def test_inputs_in_a_few_words(serve: Serve, inputs: list[Any], expected: str) -> None:
    assert shorts(inputs, None, serve().context.files, Visitor()) == {"inputs": expected}


def test_how_it_ended_in_a_few_words(serve: Serve) -> None:
    files = serve().context.files
    assert shorts([], outcome("done", data=["Hello"]), files, Visitor())["result"] == "Hello"
    assert shorts([], outcome("failed", error={"message": "It broke."}), files, Visitor())["error"] == "It broke."
    assert shorts([], outcome("cancelled", error={"message": "gone"}), files, Visitor()) == {"inputs": ""}
    assert "result" not in shorts([], outcome("done", data=["x" * 200_000]), files, Visitor())


def test_the_list_and_one_of_it_name_the_files_of_their_visitor(serve: Serve) -> None:
    served = serve(gr.Interface(lambda file, text: text, ["file", "text"], "text", allow_flagging="never"))
    mine, other = served.client(), served.client()
    for client in (mine, other):
        client.get("/", headers=PAGE)
    handle = mine.post("/api/files", content=b"words", headers={"x-file-name": "notes.txt"}).json()["h"]
    told = mine.post("/api/predict", json={"data": [{"h": handle}, "Ada"]}, headers=KEPT).json()
    until(lambda: mine.get(f"/{told['url']}").json()["state"] == "done")
    (job,) = mine.get("/api/jobs").json()["jobs"]
    assert job["short"] == {"inputs": "notes.txt, Ada", "result": "Ada"}
    assert "inputs" not in job and "result" not in job
    file, text = mine.get(f"/{told['url']}").json()["inputs"]
    assert (file["h"], file["name"], file["size"], text) == (handle, "notes.txt", 5, "Ada")
    assert other.get("/api/jobs").json() == {"jobs": []}
