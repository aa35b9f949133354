from __future__ import annotations

import logging
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server import sessions as module
from quickdemo.runtime.server.sessions import Sessions
from quickdemo.runtime.server.store import Store
from quickdemo.runtime.server.tokens import decode, encode
from quickdemo.runtime.server.visitors import Visitor

ADA, BOB = Visitor("ada"), Visitor("bob")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(str(tmp_path / "state.db"))
    yield store
    store.close()


@pytest.fixture
def sessions(store: Store) -> Sessions:
    return Sessions(store, b"secret")


def test_a_session_is_known_to_its_visitor_only(sessions: Sessions) -> None:
    id = sessions.new(ADA)
    assert sessions.check(id, ADA) == id
    with pytest.raises(RefusedError) as caught:
        sessions.check(id, BOB)
    assert (caught.value.status, caught.value.hint) == (404, "Reload the page.")


def test_a_session_outlives_its_generation_but_not_the_secret(store: Store) -> None:
    id = Sessions(store, b"one").new(ADA)
    assert Sessions(store, b"one").check(id, ADA)
    with pytest.raises(RefusedError):
        Sessions(store, b"two").check(id, ADA)


@given(st.text(max_size=60))
def test_no_other_text_is_a_session(text: str) -> None:
    checker = Sessions.__new__(Sessions)
    checker._secret = b"secret"
    with pytest.raises(RefusedError):
        checker.check(text, ADA)


@given(st.binary(min_size=16, max_size=16), st.text("AZaz09_-=+/. ", max_size=24))
def test_a_token_has_one_spelling(data: bytes, text: str) -> None:
    assert decode(encode(data), 16) == data
    decoded = decode(text, 16)
    assert decoded is None or encode(decoded) == text


def test_two_sessions_never_share_a_default(sessions: Sessions) -> None:
    default: list[int] = []
    sessions.load("one", "s", default).append(1)
    assert sessions.load("two", "s", default) == [] == default


def test_a_state_is_kept_over_a_reload(store: Store) -> None:
    Sessions(store, b"k").save("id", "s", {"count": 3, "seen": {1, 2}})
    assert Sessions(store, b"k").load("id", "s", None) == {"count": 3, "seen": {1, 2}}


def test_a_state_that_cannot_be_pickled_works_and_is_said_to_end(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    lock = threading.Lock()
    with caplog.at_level(logging.WARNING):
        sessions.save("id", "s", lock)
    assert sessions.load("id", "s", None) is lock
    assert "ends with the next reload" in caplog.text
    sessions.save("id", "s", 5)
    assert sessions.load("id", "s", None) == 5


def test_a_state_that_cannot_be_pickled_leaves_no_older_one_behind(store: Store) -> None:
    """The next process begins anew, and not with a value that the visitor has long left."""
    sessions = Sessions(store, b"k")
    sessions.save("id", "s", 2)
    sessions.save("id", "s", threading.Lock())
    assert Sessions(store, b"k").load("id", "s", "new") == "new"


def test_a_state_whose_class_is_gone_starts_anew(
    store: Store, sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    sessions.save("id", "s", 1)
    gone = b"cno_such_module_anywhere\nThing\n."
    with pytest.raises(ModuleNotFoundError):
        pickle.loads(gone)
    store.execute("UPDATE states SET value = ?", (gone,))
    assert sessions.load("id", "s", "default") == "default"
    assert "starts anew" in caplog.text


def test_a_state_that_grew_too_large_says_so(sessions: Sessions) -> None:
    with pytest.raises(RefusedError, match="12.0 MB; 10 MB are kept"):
        sessions.save("id", "s", b"x" * 12_000_000)


def test_only_so_many_states_are_kept(sessions: Sessions, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SESSIONS", 10)
    for number in range(25):
        sessions.save(f"id{number}", "s", number)
    sessions.trim()
    assert store.execute("SELECT count(*) FROM states") == [(10,)]
    assert sessions.load("id24", "s", None) == 24 and sessions.load("id0", "s", "gone") == "gone"


def test_clear_forgets_everything(sessions: Sessions) -> None:
    values: list[Any] = [1, threading.Lock()]
    for number, value in enumerate(values):
        sessions.save("id", str(number), value)
    sessions.clear()
    assert [sessions.load("id", str(number), None) for number in range(2)] == [None, None]


def test_all_states_together_are_bounded(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TOTAL_BYTES", 10_000)
    monkeypatch.setattr(module, "TRIM_EVERY_BYTES", 8_000)
    for number in range(40):
        sessions.save(f"id{number}", "s", bytes(1000))
        sessions.save(f"id{number}", "t", number)
    kept = [number for number in range(40) if sessions.load(f"id{number}", "s", None) is not None]
    assert kept == list(range(kept[0], 40))  # the last ones
    assert 9 <= len(kept) <= 18  # what fits, and what was saved since the table was trimmed
