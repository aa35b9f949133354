"""The CSV loggers and callbacks of one's own, as `flag` calls of a page reach them."""

import csv
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime.errors import FlagError, InvalidValueError
from quickdemo.runtime.flagging.callbacks import CSVLogger, FlaggingCallback, SimpleCSVLogger, call_flag

RED_DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)


def demo(folder: Path, inputs: Any, outputs: Any, **options: Any) -> gr.Interface:
    """An Interface of any function; its flags go to `folder`."""
    count = len(inputs) if isinstance(inputs, list) else 1
    function = {1: lambda a: a, 2: lambda a, b: a}[count]
    return gr.Interface(function, inputs, outputs, flagging_dir=str(folder), **options)


def rows(folder: Path) -> list[list[str]]:
    """The log as `csv` reads it."""
    with open(folder / "log.csv", newline="", encoding="utf-8") as file:
        return list(csv.reader(file, strict=True))


def test_csv_logger_writes_labels_then_flag_user_time_and_id(tmp_path: Path) -> None:
    inputs: list[gr.components.Component] = [gr.Number(label="num"), gr.Textbox()]
    callback = demo(tmp_path, inputs, gr.Number(label="num")).flagging_callback
    before = datetime.now(timezone.utc)
    assert callback.flag([5, "a, 'b' \"c\"", 7.5], "off by one", username="ada") == 1
    assert callback.flag([None, "", -1]) == 2
    header, first, second = rows(tmp_path)
    assert header == ["num", "b", "num 2", "flag", "username", "timestamp", "id"]
    assert first[:5] == ["5", "a, 'b' \"c\"", "7.5", "off by one", "ada"]
    assert second[:5] == ["", "", "-1", "", ""]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", first[5])
    assert timedelta(0) <= datetime.fromisoformat(first[5].replace("Z", "+00:00")) - before < timedelta(minutes=1)
    assert re.fullmatch("s[0-9a-f]{20}", first[6])
    assert first[6] != second[6]


def test_simple_csv_logger_writes_the_values_alone(tmp_path: Path) -> None:
    callback = demo(tmp_path, ["text", "number"], "text", flagging_callback=SimpleCSVLogger()).flagging_callback
    assert callback.flag(["a", 1, "b"], "ignored", username="ada") == 1
    assert callback.flag(["", None, "a\r\nb"]) == 2
    assert rows(tmp_path) == [["a", "1", "b"], ["", "", "a\r\nb"]]


def test_what_a_visitor_writes_is_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    callback = demo(tmp_path, "text", "text").flagging_callback
    callback.flag(["=cmd|' /C calc'!A0", "-5"])
    assert rows(tmp_path)[1][:2] == ["'=cmd|' /C calc'!A0", "-5"]


def test_state_is_an_empty_column(tmp_path: Path) -> None:
    callback = demo(tmp_path, ["text", gr.State("secret")], ["text", gr.State()]).flagging_callback
    callback.flag(["a", None, "b", None])
    assert rows(tmp_path)[1][:4] == ["a", "", "b", ""]


def test_a_label_is_stored_as_json_of_its_confidences(tmp_path: Path) -> None:
    callback = demo(tmp_path, "text", "label").flagging_callback
    wire = {"label": "cat", "confidences": [{"label": "cat", "confidence": 0.75}, {"label": "dog", "confidence": 0.25}]}
    callback.flag(["a", wire])
    assert json.loads(rows(tmp_path)[1][1]) == {"cat": 0.75, "dog": 0.25}


def test_media_are_copied_beside_the_log_and_numbered(tmp_path: Path) -> None:
    callback = demo(tmp_path, gr.Image(label="a/b: photo?"), gr.Image(label="out")).flagging_callback
    for _ in range(2):
        callback.flag([RED_DOT, None])
    assert [row[:2] for row in rows(tmp_path)[1:]] == [["ab photo/0.png", ""], ["ab photo/1.png", ""]]
    for number in (0, 1):
        path = tmp_path / "ab photo" / f"{number}.png"
        assert path.stat().st_mode & 0o777 == 0o600
        with Image.open(path) as image:
            assert image.size == (1, 1)
    assert not (tmp_path / "out").exists()


def test_media_of_a_row_that_was_refused_are_taken_back(tmp_path: Path) -> None:
    callback = demo(tmp_path, gr.Image(label="photo"), "label").flagging_callback
    with pytest.raises(InvalidValueError, match="output"):
        callback.flag([RED_DOT, {"confidences": 3}])
    assert list((tmp_path / "photo").glob("*.png")) == []
    assert not (tmp_path / "log.csv").exists()


def test_a_sample_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    callback = demo(tmp_path, "text", "text").flagging_callback
    with pytest.raises(InvalidValueError, match="2 values here; 1 were given"):
        callback.flag(["a"])
    with pytest.raises(FlagError, match="not set up"):
        CSVLogger().flag(["a"])


def test_nothing_is_created_before_the_first_flag_or_when_flagging_is_off(tmp_path: Path) -> None:
    demo(tmp_path / "manual", "text", "text")
    demo(tmp_path / "never", "text", "text", allow_flagging="never")
    assert list(tmp_path.iterdir()) == []


def test_one_logger_for_two_interfaces_is_refused(tmp_path: Path) -> None:
    callback = CSVLogger()
    demo(tmp_path / "a", "text", "text", flagging_callback=callback)
    with pytest.raises(FlagError, match="two Interfaces"):
        demo(tmp_path / "b", "text", "text", flagging_callback=callback)


class Written3(FlaggingCallback):
    """As in the documentation of Gradio 3.0."""

    def setup(self, components: Sequence[Any], flagging_dir: str) -> None:
        self.seen: list[Any] = [[component.label for component in components], flagging_dir]

    def flag(
        self,
        flag_data: Sequence[Any],
        flag_option: str | None = None,
        flag_index: int | None = None,
        username: str | None = None,
    ) -> int:
        self.seen.append((flag_data, flag_option, flag_index, username))
        return len(self.seen) - 2


class Written6(Written3):
    """As in the documentation of Gradio 6: no flag_index."""

    def flag(  # type: ignore[override]
        self, flag_data: Sequence[Any], flag_option: str | None = None, username: str | None = None
    ) -> int:
        return super().flag(flag_data, flag_option, None, username)


class WrittenLoosely(Written3):
    """Takes what comes."""

    def flag(self, flag_data: Sequence[Any], **facts: Any) -> int:
        return super().flag(flag_data, **facts)


class WrittenBriefly(Written3):
    """Wants the values only."""

    def flag(self, flag_data: Sequence[Any]) -> int:  # type: ignore[override]
        return super().flag(flag_data, "wrong", None, "ada")


@pytest.mark.parametrize("kind", [Written3, Written6, WrittenLoosely, WrittenBriefly])
def test_callbacks_of_every_signature_are_called(tmp_path: Path, kind: type[Written3]) -> None:
    callback = kind()
    demo(tmp_path, gr.Textbox(label="x"), gr.Textbox(label="y"), flagging_callback=callback)
    assert call_flag(callback, ["a", "b"], "wrong", "ada") == 1
    assert callback.seen == [["x", "y"], str(tmp_path), (["a", "b"], "wrong", None, "ada")]
