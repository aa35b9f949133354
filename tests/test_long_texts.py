"""Texts that are uploaded before a call and put back into their places."""

from __future__ import annotations

import csv
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

import quickdemo as gr
from quickdemo.runtime.server import long_texts
from quickdemo.runtime.server.body import MAX_JSON_BYTES
from quickdemo.runtime.server.visitors import Visitor
from tests.conftest import ROOT
from tests.serving import OURS, PAGE, Serve

LONG = "Zeile mit Wörtern und 😀\n" * 300_000  # 8.7 MB


def kept(client: TestClient, text: str | bytes) -> str:
    """The handle of an upload."""
    data = text.encode() if isinstance(text, str) else text
    answer = client.post("/api/files", content=data, headers={"x-file-name": "text.txt", **OURS})
    return str(answer.json()["h"])


def visitor(client: TestClient) -> TestClient:
    """The client after it has got the cookie of a page."""
    client.get("/", headers=PAGE)
    return client


def call(client: TestClient, data: list[Any], *texts: Any) -> Any:
    return client.post("/api/predict", json={"data": data, "texts": list(texts)}, headers=OURS)


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["message"]


def uploads(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "files").iterdir())


def test_a_long_text_arrives_as_it_was_and_is_kept_no_longer(serve: Serve, tmp_path: Path) -> None:
    got: list[str] = []
    served = serve(gr.Interface(lambda story, note: got.append(story) or note, ["text", "text"], "text"))
    client = visitor(served.client())
    text = {"h": kept(client, LONG), "at": ["data", 0]}
    assert call(client, ["", "a note"], text).json()["data"] == ["a note"]
    assert got == [LONG] and not uploads(tmp_path)
    assert error(call(client, ["", ""], text)) == (404, "A text of this call is not here, or no longer.")
    assert served.context.texts._held == 0


def test_a_flag_takes_long_texts_of_inputs_and_outputs(serve: Serve, tmp_path: Path) -> None:
    demo = gr.Interface(str.upper, "text", "text", flagging_dir=str(tmp_path / "flagged"))
    client = visitor(serve(demo).client())
    texts = [{"h": kept(client, LONG + name), "at": [name, 0]} for name in ("inputs", "outputs")]
    answer = client.post("/api/flag/predict", json={"inputs": [""], "outputs": [""], "texts": texts}, headers=OURS)
    assert answer.json() == {"count": 1} and not uploads(tmp_path)
    before = csv.field_size_limit(100_000_000)
    with open(tmp_path / "flagged" / "log.csv", newline="", encoding="utf-8") as file:
        (row,) = csv.reader(list(file)[1:])
    csv.field_size_limit(before)
    assert row[:2] == [LONG + "inputs", LONG + "outputs"]
    answer = client.post("/api/flag/predict", json={"inputs": [""], "outputs": [""], "texts": texts}, headers=OURS)
    assert answer.status_code == 404


def test_a_text_of_another_visitor_is_as_unknown_as_none(serve: Serve, tmp_path: Path) -> None:
    served = serve()
    ada, bob, nobody = visitor(served.client()), visitor(served.client()), served.client()
    handle = kept(ada, "Ada's secret")
    refusals = {error(call(who, [""], {"h": handle, "at": ["data", 0]})) for who in (bob, nobody)}
    refusals |= {error(call(bob, [""], {"h": other, "at": ["data", 0]})) for other in ("", "../x", "A" * 22, "é")}
    assert refusals == {(404, "A text of this call is not here, or no longer.")}
    assert len(uploads(tmp_path)) == 1
    assert call(ada, [""], {"h": handle, "at": ["data", 0]}).json()["data"] == ["ADA'S SECRET"]


def test_a_file_of_the_author_is_not_used_up(serve: Serve) -> None:
    served = serve()
    public = served.context.files.public().put_bytes(b"for all", "a.txt", "text/plain")["h"]
    result = served.context.files.for_visitor(Visitor()).put_bytes(b"a result", "a.txt", "text/plain")["h"]
    client = served.client()
    for handle, text in ((public, "FOR ALL"), (result, "A RESULT")) * 2:
        assert call(client, [""], {"h": handle, "at": ["data", 0]}).json()["data"] == [text]


PLACES: list[tuple[Any, str]] = [
    (["data", 1], "There is no place ['data', 1]"), (["data", -1], "There is no place"), (["data", "0"], "no place"),
    (["data", True], "no place"), (["data", 0.0], "no place"), (["data", 0, 0], "no place"), (["data"], "begin with"),
    (["data", "__proto__"], "no place"), (["data", "__class__"], "no place"), (["data", "append"], "no place"),
    ([], "must begin with"), ("data", "must begin with"), (None, "must begin with"), (["session", 0], "must begin"),
    (["texts", 0, "h"], "must begin with"), ([["data"], 0], "must begin with"), (["data", ["0"]], "no place"),
    (["data", *[0] * 63], "no place"), (["data", *[0] * 64], "must begin with"), ([{}, {}], "must begin with"),
]  # fmt: skip


@pytest.mark.parametrize("place, message", PLACES)
def test_a_wrong_place_is_named_and_the_text_stays(serve: Serve, tmp_path: Path, place: Any, message: str) -> None:
    client = serve().client()
    answer = call(client, [""], {"h": kept(client, "text"), "at": place})
    assert error(answer)[0] == 422 and message in error(answer)[1]
    assert len(uploads(tmp_path)) == 1


@pytest.mark.parametrize(
    "texts, message",
    [
        (None, "it was None"), ({}, "it was {}"), ("x" * 900_000, "it was 'xxx"), ([0], "One of texts was 0."),
        ([{}], "One of texts was {}."), ([{"h": "A" * 22}], "One of texts"), ([{"h": 1, "at": ["data", 0]}], "One of"),
        ([{"h": "A" * 22, "at": ["data", 0], "path": "/etc/passwd"}], "One of texts"),
        ([{"h": "A" * 22, "at": ["data", 0]}] * 2, "Two texts have the same place."),
        ([{"h": "A" * 22, "at": ["data", 0]}] * 101, "a list of at most 100; it was 101 of them."),
    ],
)  # fmt: skip
def test_what_is_no_list_of_texts_is_refused(serve: Serve, texts: Any, message: str) -> None:
    answer = serve().client().post("/api/predict", json={"data": [""], "texts": texts})
    assert error(answer)[0] == 422 and message in error(answer)[1] and len(error(answer)[1]) < 200


@pytest.mark.parametrize("value", ["already", 1, None, True, [], {}, 0])
def test_only_an_empty_text_is_filled(serve: Serve, value: Any) -> None:
    client = serve().client()
    answer = call(client, [value], {"h": kept(client, "text"), "at": ["data", 0]})
    assert error(answer) == (422, "At the place of a text there must be \"\"; it was not at ['data', 0].")


def test_places_lead_into_lists_and_objects(serve: Serve) -> None:
    got: list[Any] = []
    client = serve(gr.Interface(got.append, "json", "json")).client()
    at = ["data", 0, "some", 1, "__proto__"]
    answer = call(client, [{"some": [0, {"__proto__": ""}]}], {"h": kept(client, LONG), "at": at})
    assert answer.status_code == 200 and got == [{"some": [0, {"__proto__": LONG}]}]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\x89PNG\r\n\x1a\n", "ä".encode()[:1], b"ok" * 9 + b"\xed\xa0\x80"])
def test_what_is_no_utf_8_is_no_text(serve: Serve, data: bytes) -> None:
    served = serve()
    client = served.client()
    answer = call(client, [""], {"h": kept(client, data), "at": ["data", 0]})
    assert error(answer)[0] == 422 and "is no text: its byte" in error(answer)[1]
    assert served.context.texts._held == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_every_text_arrives_as_json_would_bring_it(serve: Serve, text: str) -> None:
    client = serve(gr.Interface(lambda text: repr(text), "text", "text")).client()
    assert call(client, [""], {"h": kept(client, text), "at": ["data", 0]}).json()["data"] == [repr(text)]


def test_the_components_limits_hold_as_before(serve: Serve) -> None:
    client = serve(gr.Interface(len, gr.Textbox(label="Story", max_length=10), "number")).client()
    status, message = error(call(client, [""], {"h": kept(client, LONG), "at": ["data", 0]}))
    assert status == 422 and message.startswith(f"Story must be at most 10 characters long, not {len(LONG)}")
    assert len(message) < 200


def test_texts_that_are_too_long_are_refused_unread(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(gr.Interface(lambda *texts: len(texts), ["text"] * 3, "number"))
    client = served.client()
    one = [{"h": kept(client, b"\xff" * (long_texts.MOST_TEXT_BYTES + 1)), "at": ["data", 0]}]
    assert error(call(client, [""] * 3, *one)) == (413, "A text may have 16 MB; it was 16 MB.")
    monkeypatch.setattr(long_texts, "MOST_CALL_BYTES", 25_000_000)
    three = [{"h": kept(client, b"\xff" * 9_000_000), "at": ["data", n]} for n in range(3)]
    assert error(call(client, [""] * 3, *three)) == (413, "All texts together may have 25 MB; it was 27 MB.")
    monkeypatch.setattr(long_texts, "MOST_WAITING_BYTES", 8_000_000)
    assert error(call(client, [""] * 3, *three[:1])) == (503, "Long texts of 0 MB are worked on already.")
    assert served.context.texts._held == 0


def test_what_waits_counts_until_its_call_has_ended(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_texts, "MOST_WAITING_BYTES", 15_000)
    entered, leave = threading.Event(), threading.Event()

    def slow(text: str) -> int:
        entered.set()
        assert leave.wait(30)
        return len(text)

    served = serve(gr.Interface(slow, "text", "number"))
    with served.client() as client:
        first, second = ({"h": kept(client, "x" * 10_000), "at": ["data", 0]} for _ in range(2))
        answers: list[Any] = []
        thread = threading.Thread(target=lambda: answers.append(call(client, [""], first)))
        thread.start()
        assert entered.wait(30)
        assert error(call(client, [""], second)) == (503, "Long texts of 0.01 MB are worked on already.")
        leave.set()
        thread.join(30)
        assert answers[0].json()["data"] == [10_000]
        assert call(client, [""], second).json()["data"] == [10_000]


def test_the_page_knows_the_limits() -> None:
    page = (ROOT / "templates" / "static" / "core" / "long_texts.js").read_text()
    found = {name: int(number.replace("_", "")) for name, number in re.findall(r"const (\w+) = ([\d_]+);", page)}
    assert MAX_JSON_BYTES * 0.9 < found["TEXTS_MOST_BODY"] < MAX_JSON_BYTES - 5_000
    assert found["TEXTS_MOST_ONE"] == long_texts.MOST_TEXT_BYTES
    assert found["TEXTS_MOST_ALL"] == long_texts.MOST_CALL_BYTES
    assert found["TEXTS_MOST"] == long_texts.MOST_TEXTS
