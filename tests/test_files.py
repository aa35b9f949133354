from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.errors import InvalidValueError, RefusedError
from quickdemo.runtime.scratch import scratch_copy, scratch_path
from quickdemo.runtime.server.download import Reading
from quickdemo.runtime.server.files import FileStore
from quickdemo.runtime.server.store import Store
from quickdemo.runtime.server.upload import clean_name, disk_errors
from quickdemo.runtime.server.visitors import Visitor

ADA, BOB, NOBODY = Visitor("ada"), Visitor("bob"), Visitor()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(str(tmp_path / "state" / "state.db"))
    yield store
    store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def files(store: Store, folder: Path) -> FileStore:
    return FileStore(store, str(folder))


def upload(files: FileStore, visitor: Visitor, data: bytes, name: str = "a.txt") -> Any:
    writer = files.writer(visitor, name)
    writer.write(data)
    return writer.finish().wire


def test_an_upload_is_found_by_its_owner_only(files: FileStore) -> None:
    wire = upload(files, ADA, b"hello")
    assert Path(files.for_visitor(ADA).get(wire["h"]).path).read_bytes() == b"hello"
    for stranger in (BOB, NOBODY):
        with pytest.raises(RefusedError) as caught:
            files.find(wire["h"], stranger)
        assert caught.value.status == 404
    with pytest.raises(InvalidValueError):
        files.for_visitor(BOB).get(wire["h"])


def test_what_a_caller_without_a_cookie_made_is_reachable_by_its_handle(files: FileStore) -> None:
    wire = files.for_visitor(NOBODY).put_bytes(PNG, "a.png", "image/png")
    assert files.find(wire["h"], NOBODY).type == "image/png" == files.find(wire["h"], ADA).type


def test_files_lie_in_a_private_folder_under_names_made_here(files: FileStore, folder: Path) -> None:
    upload(files, ADA, b"x", "../../etc/passwd.CSV")
    (entry,) = folder.iterdir()
    assert entry.name.endswith(".csv") and len(entry.name) == 26
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700


@given(st.text(max_size=400))
def test_a_cleaned_name_is_one_short_printable_part(name: str) -> None:
    cleaned = clean_name(name)
    assert cleaned and len(cleaned.encode()) <= 255
    assert not set(cleaned) & set("/\\\0\r\n") and cleaned not in (".", "..")
    assert cleaned.isprintable() and clean_name(cleaned) == cleaned


def test_the_type_is_what_the_bytes_say(files: FileStore) -> None:
    assert upload(files, ADA, PNG, "x.html")["type"] == "image/png"
    assert upload(files, ADA, b"<script>", "x.csv")["type"] == "text/csv"


def test_a_file_beyond_the_limit_leaves_nothing(store: Store, folder: Path) -> None:
    files = FileStore(store, str(folder), max_file_bytes=10)
    writer = files.writer(ADA, "a")
    writer.write(b"12345678")
    with pytest.raises(RefusedError) as caught:
        writer.write(b"12345678")
    assert caught.value.status == 413 and not list(folder.iterdir())


def test_uploads_of_one_visitor_have_a_quota_while_others_go_on(store: Store, folder: Path) -> None:
    files = FileStore(store, str(folder), max_session_bytes=100)
    upload(files, ADA, bytes(80))
    with pytest.raises(RefusedError) as caught:
        upload(files, ADA, bytes(30))
    assert (caught.value.status, caught.value.code) == (413, "quota_reached")
    assert len(list(folder.iterdir())) == 1
    upload(files, BOB, bytes(80))
    upload(files, ADA, bytes(20))


def test_unfinished_uploads_count_too(store: Store, folder: Path) -> None:
    files = FileStore(store, str(folder), max_session_bytes=100)
    first, second = files.writer(ADA, "a"), files.writer(ADA, "b")
    first.write(bytes(80))
    with pytest.raises(RefusedError):
        second.write(bytes(80))
    first.abort()
    assert not list(folder.iterdir())
    upload(files, ADA, bytes(100))


def test_new_results_push_out_the_oldest(store: Store, folder: Path) -> None:
    files = FileStore(store, str(folder), max_session_bytes=100)
    made = [files.for_visitor(ADA).put_bytes(bytes(40), f"{n}.bin", "x/y")["h"] for n in range(5)]
    assert files.find(made[-1], ADA).size == 40
    with pytest.raises(RefusedError):
        files.find(made[0], ADA)
    assert len(list(folder.iterdir())) == 2


def test_all_files_together_have_a_limit(store: Store, folder: Path) -> None:
    files = FileStore(store, str(folder), max_total_bytes=100)
    upload(files, ADA, bytes(80))
    with pytest.raises(RefusedError) as caught:
        upload(files, BOB, bytes(80))
    assert caught.value.status == 507


def test_a_full_disk_is_said_and_leaves_nothing(
    files: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    writer = files.writer(ADA, "a.txt")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, writer._file.fileno())
    os.close(full)
    with pytest.raises(RefusedError) as caught:
        writer.write(b"x" * 1000)
    assert (caught.value.status, caught.value.code) == (507, "storage_full")
    assert not list(folder.iterdir())
    assert upload(files, ADA, b"small")["size"] == 5


def test_old_files_are_dropped_and_strays_too(store: Store, folder: Path) -> None:
    files = FileStore(store, str(folder), ttl_s=50)
    upload(files, ADA, b"old")
    new = upload(files, ADA, b"new")
    (folder / "stray").write_text("left by a crash")
    os.utime(folder / "stray", (0, 0))
    store.execute("UPDATE kept_files SET used = 0 WHERE handle != ?", (new["h"],))
    files.reap()
    assert [entry.name[:22] for entry in folder.iterdir()] == [new["h"]]


def test_example_files_are_everybodys_and_kept_once_over_generations(store: Store, folder: Path) -> None:
    first = FileStore(store, str(folder)).public().put_bytes(PNG, "cat.png", "image/png")
    second = FileStore(store, str(folder))
    assert second.public().put_bytes(PNG, "cat.png", "image/png") == first
    store.execute("UPDATE kept_files SET used = 0")
    second.reap()
    assert second.find(first["h"], BOB).name == "cat.png"


def test_a_returned_file_is_copied(files: FileStore, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("a,b")
    wire = files.for_visitor(ADA).put_path(str(tmp_path / "out.csv"))
    (tmp_path / "out.csv").unlink()
    assert (wire["name"], wire["size"]) == ("out.csv", 3)
    assert Path(files.find(wire["h"], ADA).path).read_text() == "a,b"


def test_links_pipes_devices_and_folders_are_not_copied(files: FileStore, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "link", tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "none"):
        with pytest.raises(OSError, match=str(path)):
            files.for_visitor(ADA).put_path(str(path))


def test_a_disk_that_fills_while_a_file_is_made_is_said(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError) as caught, disk_errors():
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.status == 507


def test_a_true_copy_of_an_upload_that_is_returned_shares_its_bytes_and_a_changed_one_does_not(
    files: FileStore, folder: Path
) -> None:
    call = files.for_visitor(ADA)
    given = call.get(upload(files, ADA, b"as it came")["h"])
    path = scratch_path("a.txt")
    scratch_copy(given.path, path)
    same = call.get(call.put_path(path)["h"])
    assert same.path != given.path and os.path.samefile(same.path, given.path)
    with open(path, "r+b") as copy:  # at once, and of the same length
        copy.write(b"AS")
    changed = call.get(call.put_path(path)["h"])
    assert not os.path.samefile(changed.path, given.path)
    assert [Path(one.path).read_bytes() for one in (given, same, changed)] == [
        b"as it came",
        b"as it came",
        b"AS it came",
    ]


def test_files_of_a_run_that_ended_do_not_count(store: Store, tmp_path: Path) -> None:
    before = FileStore(store, str(tmp_path / "before"), max_total_bytes=100)
    upload(before, ADA, bytes(90))
    beside = FileStore(store, str(tmp_path / "beside"), max_total_bytes=100)
    kept = upload(beside, ADA, bytes(90))
    shutil.rmtree(tmp_path / "before")
    after = FileStore(store, str(tmp_path / "after"), max_total_bytes=100)
    upload(after, ADA, bytes(90))
    assert store.execute("SELECT count(*) FROM kept_files") == [(2,)]
    assert beside.find(kept["h"], ADA).size == 90


def test_files_are_bounded_in_number_however_small(store: Store, folder: Path) -> None:
    files = FileStore(store, str(folder), max_session_files=3, max_total_files=5)
    for _ in range(3):
        files.writer(ADA, "empty").finish()
    with pytest.raises(RefusedError, match="Your uploads of the last hour are 3 files") as caught:
        files.writer(ADA, "empty")
    assert caught.value.status == 413
    results = [files.for_visitor(ADA).put_bytes(b"", "r", "text/plain")["h"] for _ in range(4)]
    assert len(os.listdir(folder)) == 5
    with pytest.raises(RefusedError):  # the oldest result made room
        files.find(results[0], ADA)
    assert files.find(results[-1], ADA)
    for _ in range(2):  # the rest of the results make room for what another visitor sends
        files.writer(BOB, "empty").finish()
    with pytest.raises(RefusedError, match="there are 5 files already") as caught:
        files.writer(BOB, "empty")
    assert caught.value.status == 507
    assert len(os.listdir(folder)) == 5


def test_a_file_is_closed_although_its_answer_was_cancelled_while_it_was_being_opened(tmp_path: Path) -> None:
    path = str(tmp_path / "pipe")  # opening it waits for a writer
    os.mkfifo(path)
    file = Reading(path)
    opener = threading.Thread(target=lambda: pytest.raises(OSError, file.open, 0))  # one cannot seek in a pipe
    opener.start()
    file.close()
    writer = os.open(path, os.O_WRONLY)  # waits for the reader in turn
    opener.join()
    with pytest.raises(BrokenPipeError):
        os.write(writer, b"read by nobody")
    os.close(writer)
