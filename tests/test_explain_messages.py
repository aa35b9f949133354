"""What calls of explanations tell, and what is kept of explanations: own functions', and with flags."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.heard import MOST_HEARD
from tests.explaining import demo, events, sentiment
from tests.serving import PAGE, Serve


def talks(text: str) -> Any:
    gr.Info("I read it.")
    if "good" not in text:
        gr.Warning("Nothing good in it.")
    return sentiment(text)


def test_each_distinct_message_comes_once_and_says_where_parts_were_left_out(serve: Serve) -> None:
    client = serve(demo(talks)).client()
    stream = client.post("/api/interpret", json={"data": ["a good film"]}, headers={"accept": "text/event-stream"})
    told = [what for name, what in events(stream.text) if name == "log"]
    whole = client.post("/api/interpret", json={"data": ["a good film"]}).json()["messages"]

    assert [(one["level"], one["log"].split(" (with ")[0]) for one in told] == [
        ("info", "I read it."), ("warning", "Nothing good in it.")
    ]  # fmt: skip
    assert "left out)" in told[1]["log"] and "left out" not in told[0]["log"] and len(whole) == 2


def test_messages_that_all_differ_have_a_bound(serve: Serve) -> None:
    def fn(text: str) -> Any:
        gr.Info(text or "nothing")
        return sentiment(text)

    made = serve(demo(fn)).client().post("/api/interpret", json={"data": ["a b c d e f g h"]}).json()

    assert len(made["messages"]) == 1 + MOST_HEARD and made["messages"][0]["log"] == "a b c d e f g h"


def test_the_log_has_each_message_of_python_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "quickdemo.app"):
        demo(talks).explain("a good film")

    info, warning = caplog.records
    assert (info.levelname, info.getMessage()) == ("INFO", "Info: 'I read it.'")
    assert (warning.levelname, "with 'good' left out)" in warning.getMessage()) == ("WARNING", True)


def test_a_part_left_out_tells_too(serve: Serve) -> None:
    client = serve(demo(talks)).client()
    client.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["a b c d"]}).json()["key"]
    told = [client.post("/api/interpret/part", json={"key": key, "present": [0, 1]}).json() for _ in range(2)]

    assert [one["log"] for one in told[0]["messages"]] == ["I read it.", "Nothing good in it."]
    assert told[1]["known"] is True and "messages" not in told[1]


# ---------------------------------------------------------------------- own functions


def test_an_own_function_that_scores_the_components_parts_lets_them_be_left_out(serve: Serve) -> None:
    seen: list[str] = []

    def fn(text: str) -> Any:
        seen.append(text)
        return sentiment(text)

    own = demo(fn, interpretation=lambda text: [(word, float(len(word))) for word in text.split()])
    client = serve(own).client()
    client.get("/", headers=PAGE)
    made = client.post("/api/interpret", json={"data": ["not good"]}).json()
    part = client.post("/api/interpret/part", json={"key": made["key"], "present": [1]}).json()

    assert made["switchable"] is True and made["method"] == "custom" and made["calls"] == 0
    assert part["value"] == pytest.approx(0.8) and part["full"] == pytest.approx(0.6) and seen == ["not good", "good"]


@pytest.mark.parametrize(
    "why",
    [
        lambda text: [("not go", 1.0), ("od", 2.0)],  # two, but others
        lambda text: [(text, 1.0)],
        lambda text: None,
    ],
)
def test_parts_of_an_own_functions_own_cannot_be_left_out_and_it_is_said(serve: Serve, why: Any) -> None:
    client = serve(demo(interpretation=why)).client()
    client.get("/", headers=PAGE)
    stream = client.post("/api/interpret", json={"data": ["not good"]}, headers={"accept": "text/event-stream"})
    made = events(stream.text)[-1][1]
    answer = client.post("/api/interpret/part", json={"key": made["key"], "present": []})

    assert made["switchable"] is False and made["key"]
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_parts")


def test_an_own_function_gets_values_of_its_own(serve: Serve) -> None:
    def why(rows: list[list[Any]]) -> Any:
        rows[0][0] = 1000.0
        return [[0.5, 0.0]]

    sheet = gr.Dataframe(headers=["a", "b"], type="array", datatype="number", label="sheet")
    client = serve(demo(lambda rows: sum(rows[0]), sheet, "number", interpretation=why)).client()
    client.get("/", headers=PAGE)
    value = {"headers": ["a", "b"], "data": [[3, 5]]}
    made = client.post("/api/interpret", json={"data": [value]}).json()

    assert made["switchable"] is True
    answer = client.post("/api/interpret/part", json={"key": made["key"], "present": [0, 1]}).json()
    assert answer["full"] == answer["value"] == 8


# ---------------------------------------------------------------------- flags


def test_an_own_functions_explanation_is_stored_with_the_flag(serve: Serve, tmp_path: Path) -> None:
    own = demo(allow_flagging="manual", flagging_dir=str(tmp_path), interpretation=lambda text: [(text, 0.25)])
    client = serve(own).client()
    client.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["not good"]}).json()["key"]
    sample = {"inputs": ["not good"], "outputs": [{"label": "positive"}], "explanation": key}

    assert client.post("/api/flag", json=sample).json() == {"count": 1}
    (stored,) = (tmp_path / "explanations").iterdir()
    kept = json.loads(stored.read_text())
    assert kept["inputs"][0]["scores"] == [0.25] and kept["method"] == "custom" and "key" not in kept


def test_a_flag_whose_explanation_is_gone_is_stored_and_says_so(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(demo(allow_flagging="manual", flagging_dir=str(tmp_path)))
    client, other = served.client(), served.client()
    for one in (client, other):
        one.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["good"]}).json()["key"]
    sample = {"inputs": ["good"], "outputs": [{"label": "positive"}], "explanation": key}
    assert other.post("/api/flag", json=sample).json()["messages"], "somebody else's"
    monkeypatch.setattr("quickdemo.runtime.jobs.kept_games.KEPT_S", -1.0)
    answer = client.post("/api/flag", json=sample).json()

    assert answer["count"] == 2 and not (tmp_path / "explanations").exists()
    (told,) = answer["messages"]
    assert told["level"] == "warning" and "was not kept any more" in told["log"]
    assert "messages" not in client.post("/api/flag", json={**sample, "explanation": None}).json()


def test_a_simple_log_stores_values_alone(serve: Serve, tmp_path: Path) -> None:
    simple = gr.SimpleCSVLogger()
    folder = tmp_path / "flagged"
    client = serve(demo(allow_flagging="manual", flagging_dir=str(folder), flagging_callback=simple)).client()
    client.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["good"]}).json()["key"]
    client.post("/api/flag", json={"inputs": ["good"], "outputs": [{"label": "positive"}], "explanation": key})

    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == ["log.csv"]
