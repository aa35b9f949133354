from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server.body import parse_json
from tests.serving import Serve

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(VALUES)
def test_every_json_value_is_read_as_it_was_written(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) is not Ellipsis


@pytest.mark.parametrize(
    "body, problem",
    [
        (b"", "character 1"), (b'{"data": [1,]}', "character"), (b"{'data': 1}", "character 2"),
        (b'{"data": [NaN]}', "NaN"), (b"[-Infinity]", "-Infinity"), (b"\xff\xfe", "UTF-8"),
        (b"[" + b"1" * 5000 + b"]", "4300"), (b"[1] x", "character 5"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_with_the_place(body: bytes, problem: str) -> None:
    with pytest.raises(RefusedError) as caught:
        parse_json(body)
    assert (caught.value.status, caught.value.code) == (400, "bad_json") and problem in caught.value.message


@pytest.mark.parametrize("body", [b"[" * 65 + b"]" * 65, b"[" * 100_000, b'{"a":' * 65 + b"1" + b"}" * 65])
def test_deep_json_is_refused_before_it_is_parsed(body: bytes) -> None:
    with pytest.raises(RefusedError, match="64 levels"):
        parse_json(body)


def test_many_keys_are_refused() -> None:
    with pytest.raises(RefusedError, match="10000 keys"):
        parse_json(json.dumps({str(n): n for n in range(10_001)}).encode())


def test_brackets_and_colons_in_texts_do_not_count() -> None:
    value = ["[" * 1000, "{" * 1000 + '\\"[[', ":" * 20_000, *[[n] for n in range(200)]]
    assert parse_json(json.dumps(value).encode()) == value


def test_lone_surrogates_become_replacement_characters() -> None:
    assert parse_json(b'{"\\ud800": ["a\\udfffb", "\\ud83d\\ude00"]}') == {"\ufffd": ["a\ufffdb", "\U0001f600"]}


@pytest.mark.parametrize(
    "content, kind, status",
    [
        ('{"data": ["a"]}', "text/plain", 415),
        ('{"data": ["a"]}', "", 415),
        ('{"data": ["a"]}', "application/json; charset=utf-8", 200),
        ("no json", "application/json", 400),
        ('{"data": ["' + "a" * 1_100_000 + '"]}', "application/json", 413),
        ('{"data": ["' + "a" * 300_000 + '"]}', "application/json", 200),
    ],
)
def test_bodies_are_checked_before_they_are_read(serve: Serve, content: str, kind: str, status: int) -> None:
    answer = serve().client().post("/api/predict", content=content, headers={"content-type": kind})
    assert answer.status_code == status


def test_a_body_that_does_not_say_its_length_is_cut_off(serve: Serve) -> None:
    def endless() -> Any:
        for _ in range(200):
            yield b"x" * 100_000

    answer = serve().client().post("/api/predict", content=endless(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
