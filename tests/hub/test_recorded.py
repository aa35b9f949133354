"""What is recorded is answered again, the same for the same question; and no file is recorded that was not answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quickdemo.hub.errors import HubError
from quickdemo.hub.loaded import Loaded
from quickdemo.hub.loading import load
from quickdemo.hub.one_shot import answered
from quickdemo.hub.reference import Reference
from quickdemo.runtime.scratch import is_scratch, scratch_path
from tests.fakehub.hub import FakeHub
from tests.hub.spaces import demos
from tests.hub.spaces.emulator import Emulator

SECRET = "nobody's business"


class Says:
    """A remote that answers what it is told to."""

    reference = Reference.of("models/acme/says")
    streams = False
    asks = ""

    def __init__(self, made: Any) -> None:
        self.made = made

    def facts(self) -> dict[str, Any]:
        return {}

    def answer(self, *values: Any) -> Any:
        return self.made() if callable(self.made) else self.made

    def answers(self, *values: Any) -> Iterator[Any]:
        yield self.answer(*values)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Records, or replays, from now on."""

    def now(how: str) -> Path:
        for name in ("RECORD", "REPLAY"):
            monkeypatch.delenv(f"QUICKDEMO_HUB_{name}", raising=False)
        monkeypatch.setenv(f"QUICKDEMO_HUB_{how}", str(tmp_path / "kept"))
        return tmp_path / "kept"

    return now


def written() -> str:
    path = scratch_path("made.txt")
    Path(path).write_text("made")
    return path


@pytest.mark.parametrize("output", ["textbox", "json", "dropdown", "code"])
def test_a_path_in_an_answer_is_a_text_and_its_file_stays_where_it_is(
    output: str, secret: Path, kept: Callable[[str], Path]
) -> None:
    folder = kept("RECORD")
    told: Any = {"files": [str(secret)]} if output == "json" else str(secret)

    assert Loaded(Says(told), "says", "text", output)("a") == told

    assert all(SECRET not in path.read_text() for path in folder.rglob("*") if path.is_file())
    kept("REPLAY")
    assert Loaded(Says(None), "says", "text", output)("a") == told


def test_a_file_that_was_answered_is_given_again(kept: Callable[[str], Path]) -> None:
    kept("RECORD")
    Loaded(Says(written), "says", "text", "file")("a")

    kept("REPLAY")
    again = Loaded(Says(None), "says", "text", "file")("a")

    assert Path(again).read_text() == "made" and is_scratch(again)


def test_what_was_asked_otherwise_was_not_recorded(hub: FakeHub, kept: Callable[[str], Path]) -> None:
    name, long = "models/gpt2", {"max_new_tokens": 50}
    kept("RECORD")
    answer = load(name, parameters=long)("Once")

    kept("REPLAY")
    assert load(name, parameters=long)("Once") == answer
    for other in ({"parameters": {"max_new_tokens": 5}}, {"parameters": long, "task": "summarization"}):
        with pytest.raises(HubError, match="was recorded"):
            load(name, **other)("Once")


def test_what_was_recorded_with_a_token_or_a_login_is_replayed_without(
    hub: FakeHub, kept: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Emulator("4.44.1", demos.LOGIN, tmp_path)
    hub.add_space("acme/hello", served.port, private=True)
    kept("RECORD")
    names = ("models/acme/text-classification", "spaces/acme/hello")
    answers = [load(names[0])("a"), load(names[1], auth=("ada", "correct horse"))("a")]
    served.close()
    hub.clear()

    kept("REPLAY")
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setenv("QUICKDEMO_OFFLINE", "1")

    assert [load(name)("a") for name in names] == answers


@pytest.mark.parametrize("output", ["textbox", "dropdown", "code", "radio", "file"])
def test_a_path_in_an_answer_is_not_copied_to_where_media_go(output: str, secret: Path, tmp_path: Path) -> None:
    told, text = answered(Loaded(Says(str(secret)), "says", "text", output), ["a"], str(tmp_path / "out.txt"))

    assert told["data"] == [str(secret)] and text == str(secret)
    assert not (tmp_path / "out.txt").exists()


def test_files_of_an_answer_go_where_media_go(tmp_path: Path) -> None:
    io = Loaded(Says(lambda: [written(), written()]), "says", "text", "file")

    told, _ = answered(io, ["a"], str(tmp_path / "out.txt"))

    assert told["data"] == [[str(tmp_path / "out.txt"), str(tmp_path / "out-1.txt")]]
    assert [Path(one).read_text() for one in told["data"][0]] == ["made", "made"]
