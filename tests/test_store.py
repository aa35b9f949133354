from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.server.store import Store


def test_the_file_and_its_folder_are_the_owners_alone(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "state" / "state.db"))
    store.execute("CREATE TABLE t (x)")
    assert stat.S_IMODE(os.stat(tmp_path / "state").st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "state").iterdir()} == {0o600}
    store.close()


def test_two_generations_write_to_one_file_from_many_threads(tmp_path: Path) -> None:
    stores = [Store(str(tmp_path / "state.db")) for _ in range(2)]
    stores[0].execute("CREATE TABLE t (x)")

    def write(store: Store) -> None:
        for number in range(50):
            store.execute("INSERT INTO t VALUES (?)", (number,))

    threads = [threading.Thread(target=write, args=(stores[n % 2],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.execute("SELECT count(*) FROM t") for store in stores] == [[(300,)], [(300,)]]
    for store in stores:
        store.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "state.db"))
    store.execute("CREATE TABLE t (x)")
    with pytest.raises(KeyError), store.transaction() as write:
        write.execute("INSERT INTO t VALUES (1)")
        raise KeyError
    assert store.execute("SELECT * FROM t") == []
    store.close()


def test_a_store_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AppError, match="cannot be opened"):
        Store(str(tmp_path / "file" / "state.db"))


def test_the_store_does_not_follow_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "state.db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AppError):
        Store(str(tmp_path / "state.db"))
    assert not (tmp_path / "elsewhere").exists()
