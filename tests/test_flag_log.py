"""The flag log: exact cells, no acknowledged row lost."""

import csv
import errno
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickdemo.runtime.errors import FlagError
from quickdemo.runtime.flagging.cells import Field, decode_cell, encode_cell
from quickdemo.runtime.flagging.log import AppendLog

ROOT = Path(__file__).parent.parent

WRITER = """
import os, sys, threading
from quickdemo.runtime.flagging.log import AppendLog

log = AppendLog(sys.argv[1], ["key", "text"])
name, limit, size = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

def flag(thread):
    for number in range(limit):
        key = f"{name}-{thread}-{number}"
        log.append([key, 'a "quoted"\\r\\nvalue, ' + "x" * size])
        os.write(1, key.encode() + b"\\n")  # acknowledged

threads = [threading.Thread(target=flag, args=(n,)) for n in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""

TRICKY = st.text(st.sampled_from("'\"=+-@\\u0d8\0\ud800 \t\r\n[]{}1,\u2028\ufeff"), max_size=12)


@settings(deadline=None)  # a busy machine is no failure
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


def writer(folder: Path, name: str, rows: int, size: int) -> subprocess.Popen[bytes]:
    """A process with eight threads that flag; each row's key is printed once it was acknowledged."""
    command = [sys.executable, "-c", WRITER, str(folder), name, str(rows), str(size)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def keys(folder: Path) -> list[str]:
    """The first column as `csv` reads it, after checking that pandas reads the same."""
    with open(folder / "log.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert all(set(row) == {"key", "text"} and None not in row.values() for row in rows)
    found = [row["key"] for row in rows]
    assert pandas.read_csv(folder / "log.csv", keep_default_na=False)["key"].astype(str).tolist() == found
    return found


def test_eight_processes_of_eight_threads_lose_no_row(tmp_path: Path) -> None:
    writers = [writer(tmp_path, str(number), 10, 200) for number in range(8)]
    acknowledged = [line.decode() for each in writers for line in each.communicate(timeout=60)[0].split()]
    assert [each.returncode for each in writers] == [0] * 8
    assert len(acknowledged) == 640
    assert sorted(keys(tmp_path)) == sorted(acknowledged)
    assert AppendLog(str(tmp_path), ["key", "text"]).append(["last", ""]) == 641


def test_kill_9_in_mid_stream_costs_no_acknowledged_row(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    log = AppendLog(str(tmp_path), ["key", "text"])
    for number in range(20):
        process = writer(tmp_path, str(number), 1_000_000, 30_000)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(number + 1)]
        process.kill()
        lines += process.stdout.read().splitlines(keepends=True)
        process.stdout.close()
        assert process.wait() == -9
        acknowledged.update(line.decode().strip() for line in lines if line.endswith(b"\n"))
        acknowledged.add(f"after {number}")
        count = log.append([f"after {number}", ""])
        found = keys(tmp_path)
        assert count == len(found) == len(set(found))
        assert acknowledged <= set(found)
    assert len(acknowledged) >= 20 + 210


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own with 128 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only the superuser of Linux can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_refuses_a_row_and_tears_none(small_disk: Path) -> None:
    log = AppendLog(str(small_disk / "flagged"), ["key", "text"])
    stored = 0
    with pytest.raises(OSError) as refused:
        for stored in range(1000):
            log.append([str(stored), "x" * 3000])
    assert refused.value.errno == errno.ENOSPC
    assert 10 < stored < 1000
    before = (small_disk / "flagged" / "log.csv").read_bytes()
    with pytest.raises(OSError):
        log.append(["again", "x" * 100_000])
    assert (small_disk / "flagged" / "log.csv").read_bytes() == before
    assert keys(small_disk / "flagged") == [str(number) for number in range(stored)]
    subprocess.run(["mount", "-o", "remount,size=1m", str(small_disk)], check=True)
    assert log.append(["next", "x" * 3000]) == stored + 1
    assert keys(small_disk / "flagged")[-1] == "next"


def test_a_write_that_is_cut_short_is_taken_back(tmp_path: Path) -> None:
    log = AppendLog(str(tmp_path), ["key", "text"])
    log.append(["first", "x" * 3000])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))  # the next row fits by half
    try:
        with pytest.raises(OSError):
            log.append(["refused", "x" * 3000])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert keys(tmp_path) == ["first"]
    assert log.append(["next", "x" * 3000]) == 2
    assert keys(tmp_path) == ["first", "next"]


def test_a_first_row_that_cannot_be_written_leaves_no_log(tmp_path: Path) -> None:
    log = AppendLog(str(tmp_path), ["key", "text"])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError):
            log.append(["refused", "x" * 3000])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "log.csv").exists()
    assert log.append(["next", ""]) == 1


def traffic() -> tuple[int, int]:
    """Bytes that this process has read and written so far."""
    facts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(facts["rchar"]), int(facts["wchar"])


@pytest.mark.skipif(not os.path.exists("/proc/self/io"), reason="only Linux counts the bytes of a process")
def test_an_append_costs_the_same_at_10_and_at_100_000_rows(tmp_path: Path) -> None:
    log = AppendLog(str(tmp_path), ["key", "text"])
    costs = []
    for rows in (10, 100_000):
        with open(tmp_path / "log.csv", "wb") as file:
            file.write(b'"key","text"\r\n' + b'"1","some text of a sample"\r\n' * rows)
        assert log.append(["counted", ""]) == rows + 1
        start = traffic()
        own = traffic()[0] - start[0]  # the measuring itself
        start = traffic()
        assert log.append(["measured", ""]) == rows + 2
        end = traffic()
        costs.append((end[0] - start[0] - own, end[1] - start[1]))
    (few, many) = costs
    assert abs(few[0] - many[0]) <= 16  # the numbers in /proc gain a digit now and then
    assert few[1] == many[1]
    assert max(few) < 1000


def test_columns_of_an_older_version_of_the_script_find_their_log_again(tmp_path: Path) -> None:
    folder = str(tmp_path)
    for version, count in ((["a"], 1), (["b"], 1), (["a"], 2), (["a", "b"], 1), (["b"], 2)):
        assert AppendLog(folder, version).append([1] * len(version)) == count
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["log-2.csv", "log-3.csv", "log.csv"]


def test_a_log_saved_by_a_spreadsheet_goes_on(tmp_path: Path) -> None:
    AppendLog(str(tmp_path), ["a", "b c"]).append(["x", 1])
    (tmp_path / "log.csv").write_bytes(b"\xef\xbb\xbfa,b c\r\nx,1\r\ny,2")  # no quotes, a BOM, no last line end
    assert AppendLog(str(tmp_path), ["a", "b c"]).append(["z", 3]) == 3
    assert (tmp_path / "log.csv").read_bytes().endswith(b'y,2\r\n"z",3\r\n')


def test_a_log_that_is_deleted_or_loses_its_state_is_counted_anew(tmp_path: Path) -> None:
    log = AppendLog(str(tmp_path), ["a"])
    assert [log.append([1]), log.append([1])] == [1, 2]
    (tmp_path / ".log.state").unlink()
    assert log.append([1]) == 3
    (tmp_path / "log.csv").unlink()
    assert log.append([1]) == 1


@pytest.mark.parametrize("state", [b"", b"nonsense", b"-5 3 1 00", b"f" * 40 + b" 3 1 00", b"\0" * 64])
def test_a_broken_state_is_made_anew(tmp_path: Path, state: bytes) -> None:
    log = AppendLog(str(tmp_path), ["a"])
    assert [log.append([1]), log.append([1])] == [1, 2]
    (tmp_path / ".log.state").write_bytes(state)
    assert [log.append([1]), log.append([1])] == [3, 4]


def test_the_folder_and_the_log_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "flagged"
    AppendLog(str(folder), ["a"]).append([1])
    assert (folder / "log.csv").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
