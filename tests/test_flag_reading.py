"""Flag logs read back: ours, Gradio's old ones, damaged ones; and as examples of an Interface."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import quickdemo as gr
from quickdemo.runtime.errors import FlagError
from quickdemo.runtime.flagging.cells import encode_row
from quickdemo.runtime.flagging.log import AppendLog
from quickdemo.runtime.flagging.reading import Damage, FlagFile, Row, find_logs, open_log

GRADIO_3 = """\
'num1','operation','num2','output','flag','username','timestamp'\r
5,'add',7,12,'','','2026-11-23 08:14:14.422008'\r
5.5,'it''s "x", ok','',12,'off by one','ada','2026-11-23 08:14:15.085869'\r
"""

GRADIO_6 = "\r\n".join(
    [
        "text,photo,label,flag,timestamp",
        '"a, ""b""",{folder}/photo/0f1e/x.png,"{{""label"": ""cat""}}",good,2026-11-23 08:14:14.422008',
        "'=1+1,,12,,2026-11-23 08:14:15.085869",
        "",
    ]
)


@pytest.fixture(autouse=True)
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Old logs have the machine's local time: here nine hours ahead of UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def read(log: FlagFile) -> list[Row]:
    """The rows of a log without damage."""
    rows = []
    for row in log.rows():
        assert isinstance(row, Row), row
        rows.append(row)
    return rows


def written(path: Path, text: str) -> FlagFile:
    """A log with this text."""
    path.write_bytes(text.encode())
    return open_log(str(path))


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
TREES = st.lists(VALUES, max_size=3) | st.dictionaries(st.text(), VALUES, max_size=3)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.tuples(VALUES, TREES), max_size=5))
def test_every_value_comes_back_with_its_type(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    path = tmp_path_factory.mktemp("log") / "log.csv"
    extra = ["", "", "2026-11-23T08:14:14.422008Z", "s1"]
    lines = [["a", "b", "flag", "username", "timestamp", "id"], *([*row, *extra] for row in rows)]
    path.write_bytes(b"".join(encode_row(line) for line in lines))
    found = [(row.values["a"], row.values["b"]) for row in read(open_log(str(path)))]
    assert found == rows
    assert [type(value) for pair in found for value in pair] == [type(value) for pair in rows for value in pair]


def test_a_log_of_gradio_3_is_read_with_its_quotes_and_local_time(tmp_path: Path) -> None:
    log = written(tmp_path / "log.csv", GRADIO_3)
    first, second = read(log)
    assert (log.columns, log.extras) == (["num1", "operation", "num2", "output"], ["flag", "username", "timestamp"])
    assert list(first.values.values()) == [5, "add", 7, 12, "", "", "2026-11-22T23:14:14.422008Z"]
    assert list(second.values.values())[:4] == [5.5, 'it\'s "x", ok', "", 12]
    assert list(second.values.values())[4:] == ["off by one", "ada", "2026-11-22T23:14:15.085869Z"]


def test_a_log_of_gradio_6_is_read_with_its_guards_undone(tmp_path: Path) -> None:
    first, second = read(written(tmp_path / "dataset1.csv", GRADIO_6.format(folder=tmp_path)))
    assert first.values["text"] == 'a, "b"'
    assert first.values["label"] == {"label": "cat"}
    assert first.values["flag"] == "good"
    assert first.values["timestamp"] == "2026-11-22T23:14:14.422008Z"
    assert (second.values["text"], second.values["label"]) == ("=1+1", 12)


def test_a_log_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    log = written(tmp_path / "log.csv", '"a",1\r\n"b",2\r\n')
    assert [row.values for row in read(log)] == [
        {"component 0": "a", "component 1": 1},
        {"component 0": "b", "component 1": 2},
    ]


def test_a_damaged_line_costs_itself_only(tmp_path: Path) -> None:
    head, good = '"a","b","timestamp","id"\r\n', '"x",1,"2026-11-23T08:14:14Z","s1"\r\n'
    bad = ['"open,1,2\r\n', '"a","b"\r\n', 'x"y"z,1,2,3\r\n', "\0" * 40 + "\r\n", '"torn']
    path = tmp_path / "log.csv"
    path.write_bytes((head + good + good.join(bad)).encode())
    rows = list(open_log(str(path)).rows())
    assert sum(isinstance(row, Row) for row in rows) == 5
    reasons = [row.reason for row in rows if isinstance(row, Damage)]
    lines = [row.line for row in rows if isinstance(row, Damage)]
    assert lines == [3, 5, 7, 9, 11]
    assert "quote" in reasons[0]
    assert "2 fields instead of 4" in reasons[1]
    assert "NUL" in reasons[3]


def test_text_that_is_not_utf_8_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b'"a","timestamp","id"\r\n"\xff","",""\r\n')
    (row,) = open_log(str(path)).rows()
    assert isinstance(row, Damage)
    assert "not UTF-8" in row.reason


def test_a_first_line_that_is_no_csv_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(FlagError, match="is no flag log"):
        written(tmp_path / "log.csv", 'a"b"c\r\n')


def test_logs_are_found_in_the_order_they_were_begun(tmp_path: Path) -> None:
    for name in ("dataset2.csv", "log-10.csv", "log-2.csv", "log.csv", "dataset1.csv", "other.csv", "log.csv.bak"):
        (tmp_path / name).touch()
    names = [Path(path).name for path in find_logs(str(tmp_path))]
    assert names == ["log.csv", "log-2.csv", "log-10.csv", "dataset1.csv", "dataset2.csv"]


def picture(path: Path) -> str:
    """A small PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (2, 3), "red").save(path)
    return str(path)


def test_flags_come_back_as_examples(tmp_path: Path) -> None:
    folder = str(tmp_path / "flagged")
    inputs = [
        gr.Textbox(label="text"),
        gr.Number(label="number"),
        gr.Checkbox(label="tick"),
        gr.CheckboxGroup(["a", "b", "c"], label="several"),
        gr.Dropdown(["x", "y"], label="one"),
        gr.State([]),
    ]
    outputs = [gr.Label(label="said"), gr.State()]
    demo = gr.Interface(lambda *values: ("a", None), inputs, outputs, flagging_dir=folder)
    said = {"label": "a", "confidences": [{"label": "a", "confidence": 1.0}]}
    given: list[list[Any]] = [
        ["=1+1 \"'\r\n, [1]", 1.5, True, ["a", "c"], "y", None],
        ["[1, 2]", None, False, [], None, None],
        ["'", -3, False, ["b"], "x", None],
    ]
    for number, values in enumerate(given):
        assert demo.flagging_callback.flag([*values, said, None], "good", username="ada") == number + 1
    again = gr.Interface(lambda *values: ("a", None), inputs, outputs, folder, flagging_dir=folder)
    assert again.examples is not None
    assert again.examples.source == "flagged"
    kept = [[value for value in row[:5]] for row in again.examples.samples]
    assert kept == [row[:5] for row in given]


def test_the_folder_is_flagged_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    demo = gr.Interface(lambda a, b: a, ["text", "number"], "text")
    demo.flagging_callback.flag(["hello", 2, "hello"])
    again = gr.Interface(lambda a, b: a, ["text", "number"], "text", "flagged")
    assert again.examples is not None
    assert again.examples.samples == [["hello", 2]]


def test_flagged_pictures_come_back_as_examples(tmp_path: Path) -> None:
    path = Path(picture(tmp_path / "flagged" / "photo" / "0f1e" / "x.png"))
    (tmp_path / "flagged" / "dataset1.csv").write_text(
        f"photo,text,out,timestamp\r\n{path},a,b,2026-11-23 08:14:14\r\n", newline=""
    )
    AppendLog(str(tmp_path / "flagged"), ["photo", "text", "flag", "username", "timestamp", "id"]).append(
        ["photo/0f1e/x.png", "ours", "", "", "", ""]
    )
    inputs = [gr.Image(label="photo"), gr.Textbox(label="text")]
    demo = gr.Interface(lambda a, b: b, inputs, "text", str(tmp_path / "flagged"))
    assert demo.examples is not None
    assert [row[1] for row in demo.examples.samples] == ["ours", "a"]
    for row in demo.examples.samples:
        with Image.open(row[0]) as image:
            assert image.size == (2, 3)


def test_a_log_of_gradio_3_comes_back_as_examples(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(GRADIO_3.encode())
    inputs = ["number", gr.Radio(["add", 'it\'s "x", ok'], label="operation"), "number"]
    demo = gr.Interface(lambda num1, op, num2: num1, inputs, "number", str(tmp_path))
    assert demo.examples is not None
    assert demo.examples.samples == [[5, "add", 7], [5.5, 'it\'s "x", ok', None]]


def test_rows_that_no_longer_fit_are_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = AppendLog(str(tmp_path), ["a", "b", "timestamp", "id"])
    for row in ([1, "x", "", ""], ["no number", "y", "", ""], [3, "z", "", ""]):
        log.append(row)
    inputs = [gr.Number(label="a"), gr.Textbox(label="b")]
    with caplog.at_level(logging.WARNING):
        demo = gr.Interface(lambda a, b: a, inputs, "number", str(tmp_path))
    assert demo.examples is not None
    assert demo.examples.samples == [[1, "x"], [3, "z"]]
    assert "1 rows" in caplog.text
    assert "log.csv" in caplog.text


def test_a_flagged_path_cannot_leave_the_folder(tmp_path: Path) -> None:
    picture(tmp_path / "secret.png")
    log = AppendLog(str(tmp_path / "flagged"), ["photo", "text", "timestamp", "id"])
    log.append(["../secret.png", "a", "", ""])
    log.append([str(tmp_path / "secret.png"), "b", "", ""])
    inputs = [gr.Image(label="photo"), gr.Textbox(label="text")]
    demo = gr.Interface(lambda a, b: b, inputs, "text", str(tmp_path / "flagged"))
    assert demo.examples is not None
    assert demo.examples.samples == []


def test_reading_while_others_flag_sees_no_half_row(tmp_path: Path) -> None:
    log = AppendLog(str(tmp_path), ["text", "timestamp", "id"], sync=False)
    log.append(["first", "", ""])
    writer = threading.Thread(target=lambda: [log.append(["x" * 50_000, "", ""]) for _ in range(200)])
    writer.start()
    counts = [1]
    while writer.is_alive():
        counts.append(len(read(open_log(str(tmp_path / "log.csv")))))
    writer.join()
    assert counts == sorted(counts)
    assert len(read(open_log(str(tmp_path / "log.csv")))) == 201


def test_reading_ends_where_the_log_ended_when_it_began(tmp_path: Path) -> None:
    log = AppendLog(str(tmp_path), ["text", "timestamp", "id"], sync=False)
    log.append(["1", "", ""])
    seen = 0
    for _ in open_log(str(tmp_path / "log.csv")).rows():
        log.append(["flagged meanwhile", "", ""])
        seen += 1
    assert seen == 1


def test_an_empty_log_has_no_rows(tmp_path: Path) -> None:
    assert read(written(tmp_path / "log.csv", "")) == []
