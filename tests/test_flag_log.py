"""The flag log: exact cells, no acknowledged row lost."""

import csv
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.errors import FlagError
from quickdemo.runtime.flagging.cells import Field, decode_cell, encode_cell
from quickdemo.runtime.flagging.log import AppendLog

TRICKY = st.text(st.sampled_from("'\"=+-@\\u0d8\0\ud800 \t\r\n[]{}1,\u2028\ufeff"), max_size=12)


@given(st.text(st.characters()) | TRICKY)
def test_any_text_reads_back_as_it_was(text: str) -> None:
    inner = encode_cell(text)[1:-1].replace('""', '"')
    assert decode_cell(Field(inner, True)) == text


def test_eight_threads_lose_no_row(tmp_path: Path) -> None:
    log = AppendLog(str(tmp_path), ["a", "b"])
    threads = [threading.Thread(target=lambda: [log.append([n, 'x\r\n"']) for n in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(tmp_path / "log.csv", newline="") as file:
        assert len(list(csv.reader(file))) == 161


def test_a_torn_tail_is_cut_back(tmp_path: Path) -> None:
    log = AppendLog(str(tmp_path), ["a"])
    log.append([1])
    with open(tmp_path / "log.csv", "ab") as file:
        file.write(b'"half\r\nrow')
    assert log.append([2]) == 2
    assert (tmp_path / "log.csv").read_bytes() == b'"a"\r\n1\r\n2\r\n'


def test_other_columns_go_to_another_file(tmp_path: Path) -> None:
    AppendLog(str(tmp_path), ["a"]).append([1])
    AppendLog(str(tmp_path), ["b"]).append([2])
    assert (tmp_path / "log-2.csv").read_bytes() == b'"b"\r\n2\r\n'


def test_a_link_in_place_of_the_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FlagError, match="link"):
        AppendLog(str(tmp_path), ["a"]).append([1])
