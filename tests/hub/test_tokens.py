"""Where the token comes from, and whom it is sent to."""

from __future__ import annotations

from pathlib import Path

import pytest

from quickdemo.hub.tokens import Token


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No token of the machine's."""
    for name in ("HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))


def test_the_one_that_is_given_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_env")

    assert (Token.of(" hf_given\n").text, Token.of(" hf_given\n").explicit) == ("hf_given", True)
    assert (Token.of(None).text, Token.of(None).explicit) == ("hf_env", False)


def test_then_the_one_that_a_login_has_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Token.of(None)
    (tmp_path / "token").write_text("hf_stored\n")
    assert Token.of(None).text == "hf_stored"
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    assert not Token.of(None)
    assert Token.of("hf_given").text == "hf_given"


def test_it_is_in_no_repr_and_its_mark_does_not_tell_it() -> None:
    token = Token("hf_secret")

    assert "secret" not in repr(token) + str(token) + token.mark
    assert token.mark != Token("hf_other").mark
    assert Token().mark == "none"


@pytest.mark.parametrize(("url", "is_sent"), [
    ("https://huggingface.co/api/models/x", True),
    ("https://huggingface.co.evil.example/api", False),
    ("https://evil.example/https://huggingface.co/", False),
    ("http://huggingface.co/api", False),
])  # fmt: skip
def test_the_hub_alone_gets_it(url: str, is_sent: bool) -> None:
    assert (Token("hf_x").for_hub(url) != {}) is is_sent
    assert Token().for_hub(url) == {}


def test_a_mirror_gets_it_where_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")

    assert Token("hf_x").for_hub("https://mirror.example/api") == {"authorization": "Bearer hf_x"}
    assert Token("hf_x").for_hub("https://huggingface.co/api") == {}


HOST = "https://acme-cats.hf.space"


@pytest.mark.parametrize(("url", "host", "is_private", "explicit", "is_sent"), [
    (f"{HOST}/config", HOST, True, False, True),
    (f"{HOST}/config", HOST, False, True, True),
    (f"{HOST}/config", HOST, False, False, False),
    ("https://other.hf.space/config", HOST, True, True, False),
    ("http://acme-cats.hf.space/config", "http://acme-cats.hf.space", True, True, False),
    ("https://evil.example/config", "https://evil.example", True, True, False),
    ("https://evilhf.space/config", "https://evilhf.space", True, True, False),
])  # fmt: skip
def test_a_space_gets_it_where_it_is_its_own(
    url: str, host: str, is_private: bool, explicit: bool, is_sent: bool
) -> None:
    assert (Token("hf_x", explicit).for_space(url, host, is_private=is_private) != {}) is is_sent
