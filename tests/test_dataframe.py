"""Tables of every library, and a sentence for those that cannot be shown."""

from __future__ import annotations

import datetime as dt
import json
import tracemalloc
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import quickdemo as gr
from quickdemo.runtime.components.dataframe import Dataframe
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.json_text import JsonText, json_pieces, strict_json
from quickdemo.runtime.local_files import LocalFiles
from tests.serving import OURS, Serve

FILES: Any = LocalFiles()


def shown(value: Any, **options: Any) -> dict[str, Any]:
    wire: dict[str, Any] = Dataframe(label="Table", **options).postprocess(value, FILES)
    json.dumps(wire, allow_nan=False)
    return wire


@pytest.mark.parametrize(
    ("value", "headers", "data"),
    [
        (pd.DataFrame({"a": [1, 2]}, index=pd.Index([5, 6], name="id")), ["id", "a"], [[5, 1], [6, 2]]),
        (pd.Series([1, 2], name="s"), ["s"], [[1], [2]]),
        (pd.DataFrame({"a": [1]}).style, ["a"], [[1]]),
        (pd.DataFrame({("x", "y"): [1]}), ["x / y"], [[1]]),
        (pd.DataFrame({1: [1], "a": [2]}), ["1", "a"], [[1, 2]]),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a", "a"], [[1, 2]]),
        (pd.DataFrame({"c": pd.Categorical(["x", None])}), ["c"], [["x"], [None]]),
        (pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}), ["n"], [[1], [None]]),
        (pd.DataFrame({"t": pd.to_datetime(["2022-07-01", None])}), ["t"], [["2022-07-01"], [None]]),
        (pd.DataFrame({"f": [0.5, np.nan, np.inf, -np.inf]}), ["f"], [[0.5], [None], ["Infinity"], ["-Infinity"]]),
        (pd.DataFrame({"n": [2**60]}), ["n"], [["1152921504606846976"]]),
        (pd.DataFrame({"d": [Decimal("1.5"), dt.date(2022, 7, 1), [1], {"a": 1}]}), ["d"],
         [[1.5], ["2022-07-01"], ["[1]"], ['{"a": 1}']]),
        (np.array([(1, "x")], dtype=[("a", int), ("b", "U1")]), ["a", "b"], [[1, "x"]]),
        ({"a": [1, 2], "b": ["x", "y"]}, ["a", "b"], [[1, "x"], [2, "y"]]),
        ([[1, "x"], [None, True]], ["1", "2"], [[1, "x"], [None, True]]),
        ([], ["1", "2", "3"], []),
        (pl.DataFrame({"a": [1.5, None]}), ["a"], [[1.5], [None]]),
    ],
)  # fmt: skip
def test_what_a_function_may_return(value: Any, headers: list[str], data: list[Any]) -> None:
    wire = shown(value)
    assert wire["headers"] == headers or (value == [] and not wire["data"])
    assert wire["data"] == data


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([[1, 2], [3]], "row 1 has 2 values, row 2 has 1"),
        ({"a": [1, 2], "b": [1]}, "equally long"),
        (5, "A table is a DataFrame"),
        (np.zeros((2, 2, 2)), "1 or 2 axes"),
        (np.zeros((1, 1001)), "at most 1000 columns"),
        ([["x" * 10_000_000]], "at most 1,000,000 characters"),
        ("missing.csv", "is not there"),
        ({"headers": ["a"], "data": [[1, 2]]}, "1 headers for 2 columns"),
    ],
)
def test_what_cannot_be_shown_is_told(value: Any, problem: str) -> None:
    with pytest.raises(Exception, match=problem) as told:
        shown(value)
    assert str(told.value).startswith("Table: ")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a,b\n1,x\n2,y\n", [[1, "x"], [2, "y"]]),
        ("a;b\n1,5;x\n", [["1,5", "x"]]),
        ("a\tb\ntrue\t007\n", [[True, "007"]]),
        ('a,b\n"x, ""y""\nz",2\n', [['x, "y"\nz', 2]]),
        ("a,b\n1\n", [[1, ""]]),
    ],
)
def test_a_csv_file_is_read_as_it_was_meant(tmp_path: Path, text: str, data: list[Any]) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert shown(str(tmp_path / "a.csv"))["data"] == data


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_csv_file_of_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("naïve\nü\n".encode(encoding))
    wire = shown(str(tmp_path / "a.csv"))
    assert (wire["headers"], wire["data"]) == (["naïve"], [["ü"]])


def test_a_wrong_cell_is_told_with_row_and_column() -> None:
    table = Dataframe(label="People", headers=["Name", "Age"], datatype=["str", "number"])
    with pytest.raises(InvalidValueError) as refusal:
        table.preprocess({"headers": ["Name", "Age"], "data": [["Ada", 36], ["Bob", "x"]]}, FILES)
    assert refusal.value.message == "People row 2, column Age must be a number; it was 'x'."
    assert refusal.value.field == "People"


def test_an_empty_text_is_no_value_where_the_column_holds_no_texts() -> None:
    table = Dataframe(headers=["a", "b", "c", "d"], datatype=["number", "bool", "date", "str"], type="array")
    for rows in ([["", "", "", ""]], [["", "", "", ""], [1, True, "2024-02-29", "x"]]):
        got = table.preprocess(table.postprocess(rows, FILES), FILES)
        assert got[0] == [None, None, None, ""]
        assert len(got) == 1 or (got[1][0], got[1][1], got[1][3]) == (1, True, "x")


def test_markdown_columns_are_rendered_and_nothing_in_them_runs() -> None:
    wire = shown([["**b**", "<script>x</script>"]], datatype="markdown")
    assert "<strong>b</strong>" in wire["html"]["**b**"] and "<script" not in wire["html"]["<script>x</script>"]


def test_the_shortcuts_of_2022() -> None:
    def get(shortcut: str) -> Any:
        return gr.Interface(lambda table: None, shortcut, None).inputs[0]

    assert get("list").preprocess([["Tim"], ["Jon"]], FILES) == [["Tim"], ["Jon"]]
    assert get("matrix").preprocess([[1, 2]], FILES) == [[1, 2]]
    assert get("numpy").preprocess([[1, 2]], FILES).tolist() == [[1, 2]]
    assert list(get("dataframe").preprocess([[1, 2]], FILES).columns) == ["1", "2"]


def test_a_large_table_is_whole_for_programs_and_a_file_for_the_page(serve: Serve) -> None:
    frame = pd.DataFrame({"a": range(30_000), "b": "x"})
    client = serve(gr.Interface(lambda: frame, None, "dataframe", allow_flagging="never")).client()
    whole = client.post("/api/predict", json={"data": []}, headers=OURS).json()["data"][0]
    assert len(whole["data"]) == 30_000 and "h" not in whole
    brief = client.post("/api/predict", json={"data": []}, headers={**OURS, "prefer": "return=minimal"}).json()["data"][
        0
    ]
    assert len(brief["data"]) == 100 and brief["rows"] == 30_000
    stored = client.get("/" + brief["url"]).json()
    assert stored["data"] == whole["data"] and stored["headers"] == whole["headers"]


ROWS = [[n, n / 7, f"row {n}"] for n in range(5_000)]


@pytest.mark.parametrize("flagging", ["never", "auto"])
@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("yields", [False, True])
def test_a_large_table_is_the_same_for_every_program(serve: Serve, flagging: str, streams: bool, yields: bool) -> None:
    table = [[*ROWS[0][:2], "\ud800 is no character"], [None, float("nan"), None], *ROWS]
    expected = [[0, 0.0, "\ufffd is no character"], [None, None, None], *ROWS]

    def answer() -> Any:
        return table, "beside it"

    def answers() -> Any:
        yield table, "beside it"

    demo = gr.Interface(answers if yields else answer, None, ["dataframe", "text"], allow_flagging=flagging)
    with serve(demo).client() as client:
        headers = {**OURS, "accept": "text/event-stream"} if streams else OURS
        text = client.post("/api/predict", json={"data": []}, headers=headers).text
    answered = json.loads(text.rpartition("event: done\ndata: ")[2])
    assert answered["data"][0]["data"] == expected and answered["data"][1] == "beside it"


def test_a_large_table_is_written_without_its_cells_as_objects() -> None:
    numbers = np.random.default_rng(0).normal(size=(40_000, 10))
    files = SimpleNamespace(brief=False, takes_json_text=True)
    tracemalloc.start()
    try:
        pieces = json_pieces({"data": [Dataframe().postprocess(numbers, files)]})  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert json.loads(b"".join(pieces))["data"][0]["data"] == numbers.tolist()
    assert peak < 2 * sum(map(len, pieces)), "as lists, and one text of them, it was four times as much"


def test_what_is_written_stands_where_it_stood() -> None:
    one, two = JsonText([b"[1", b",2]"]), JsonText([b'"two"'])
    assert strict_json({"a": [one, None, {"b": two}], "c": one}) == b'{"a":[[1,2],null,{"b":"two"}],"c":[1,2]}'
    assert strict_json([one, float("inf"), two]) == b'[[1,2],null,"two"]'
    with pytest.raises(TypeError, match="type set is not JSON"):
        strict_json([one, set()])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dataframe(headers=["a"], col_count=2),
        lambda: Dataframe(row_count=(1, "some")),
        lambda: Dataframe(datatype="colour"),
        lambda: Dataframe(type="list"),
        lambda: Dataframe(show_search="maybe"),
    ],
)
def test_wrong_options_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match="Dataframe: "):
        make()


def test_a_styler_tells_its_colours_and_texts() -> None:
    frame = pd.DataFrame({"a": [0.5, -1.0], "b": ["x", "y"]}, index=pd.Index(["p", "q"], name="id"))
    styler = frame.style.format({"a": "{:.2f} €"}, subset=["a"]).map(
        lambda cell: "color: red" if cell < 0 else "", ["a"]
    )
    wire = shown(styler)
    assert wire["data"] == [["p", 0.5, "x"], ["q", -1.0, "y"]] and wire["index"] == 1
    assert wire["styled"] == {"css": [[["color", "red"]]], "cells": [[0, 1, -1, "0.50 €"], [1, 1, 0, "-1.00 €"]]}
    assert "styled" not in shown(frame.style)
    hidden = shown(styler.hide(subset=["b"], axis="columns").hide(axis="index").hide(subset=["p"], axis="index"))
    assert hidden["headers"] == ["id", "a"] or hidden["headers"] == ["a"]
    assert [row[-1] for row in hidden["data"]] == [-1.0]


@pytest.mark.parametrize(
    "css",
    [
        "background: url(http://example.com/x)",
        "background: image-set('x')",
        "background: URL (x)",
        "position: fixed",
        "color: var(--ink)",
        "color: red}",
        "background: element(#x)",
        "color: \\75rl",
        "font-family: x",
    ],
)
def test_a_styler_can_only_colour(css: str) -> None:
    assert "styled" not in shown(pd.DataFrame({"a": [1]}).style.map(lambda cell: css))


def test_a_styler_that_fails_and_one_that_is_too_large() -> None:
    with pytest.raises(ValueError, match=r"^Table: The Styler could not be drawn: ZeroDivisionError"):
        shown(pd.DataFrame({"a": [1]}).style.map(lambda cell: str(1 / 0)))
    large = pd.DataFrame({"a": range(50_001)}).style.map(lambda cell: "color: red")
    with pytest.warns(UserWarning, match="at most 50,000 cells"):
        assert "styled" not in shown(large)


def test_a_styled_table_that_is_a_file_brings_the_looks_of_its_first_rows(serve: Serve) -> None:
    styler = pd.DataFrame({"a": range(20_000)}).style.map(lambda cell: "color: red")
    client = serve(gr.Interface(lambda: styler, None, "dataframe", allow_flagging="never")).client()
    answer = client.post("/api/predict", json={"data": []}, headers={**OURS, "prefer": "return=minimal"}).json()["data"]
    assert len(answer[0]["styled"]["cells"]) == 100
    assert len(client.get("/" + answer[0]["url"]).json()["styled"]["cells"]) == 20_000
