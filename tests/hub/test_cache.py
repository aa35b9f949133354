"""What was looked up is kept on disk, for a while, and for nobody else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from quickdemo.hub import cache
from quickdemo.hub.cache import Cache


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("quickdemo.hub.cache.time.time", lambda: now[0])
    return now


def test_it_is_fresh_for_ten_minutes_and_there_for_seven_days(tmp_path: Path, clock: list[float]) -> None:
    kept = Cache(str(tmp_path / "hub"))
    kept.put({"id": "x"}, "model", "gpt2")

    for age, fresh in ((0.0, True), (599.0, True), (601.0, False), (7 * 86400.0 - 1, False)):
        clock[0] = 1000 + age
        entry = kept.get("model", "gpt2")
        assert entry is not None and (entry.value, entry.age_s, entry.is_fresh) == ({"id": "x"}, age, fresh)
    clock[0] += 2
    assert kept.get("model", "gpt2") is None
    clock[0] = 999  # a clock that was set back
    assert kept.get("model", "gpt2") is None


def test_keys_are_kept_apart_and_can_be_forgotten(tmp_path: Path) -> None:
    kept = Cache(str(tmp_path))
    kept.put(1, "a", "bc")
    kept.put(2, "ab", "c")

    assert [kept.get("a", "bc"), kept.get("ab", "c")] != [None, None]
    kept.drop("a", "bc")
    kept.drop("a", "bc")
    assert kept.get("a", "bc") is None and kept.get("ab", "c") is not None


def test_nobody_else_may_look(tmp_path: Path) -> None:
    kept = Cache(str(tmp_path / "hub"))
    kept.put("x", "key")

    assert os.stat(kept.folder).st_mode & 0o777 == 0o700
    assert [os.stat(entry).st_mode & 0o077 for entry in os.scandir(kept.folder)] == [0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": ["other"], "at": 1, "value": 2}', '{"at": "x"}'])
def test_what_is_damaged_is_not_there(tmp_path: Path, text: str) -> None:
    kept = Cache(str(tmp_path))
    kept.put("x", "key")
    [file] = tmp_path.iterdir()

    file.write_text(text)

    assert kept.get("key") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = Cache(str(tmp_path / "file" / "hub"))

    kept.put("x", "key")

    assert kept.get("key") is None


def test_it_has_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_ENTRIES", 3)
    monkeypatch.setattr(cache, "MOST_BYTES", 200)
    kept = Cache(str(tmp_path))

    for n in range(6):
        kept.put(n, str(n))
        os.utime(next(p for p in tmp_path.iterdir() if json.loads(p.read_text())["value"] == n), (n, n))
    kept.put("x" * 300, "large")

    assert len(list(tmp_path.iterdir())) == 3
    assert kept.get("5") is not None and kept.get("large") is None


def test_its_folder_may_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKDEMO_HUB_CACHE", str(tmp_path / "own"))
    assert Cache().folder == str(tmp_path / "own")
    monkeypatch.delenv("QUICKDEMO_HUB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Cache().folder == str(tmp_path / "quickdemo" / "hub")
