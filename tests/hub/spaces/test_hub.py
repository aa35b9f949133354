"""Spaces by their names on the Hub: looked up, woken, refused, and never given a token that is not for them."""

from __future__ import annotations

import json
import logging
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quickdemo.hub.errors import HubError
from quickdemo.hub.loading import load
from quickdemo.hub.spaces import waking
from tests.fakehub.hub import GOOD_TOKEN, FakeHub
from tests.hub.spaces import demos
from tests.hub.spaces.emulator import Demo, Emulator, Fault
from tests.serving import OURS

Space = Callable[..., Emulator]


def stages(*names: str) -> Callable[[], str]:
    """One after the other; the last one stays."""
    left: Iterator[str] = iter(names[:-1])
    return lambda: next(left, names[-1])


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "FIRST_POLL_S", 0.01)


@pytest.mark.parametrize("version", ["2.9.4", "3.50.2", "4.2.0", "6.31.0"])
def test_a_space_is_a_function_under_its_name(version: str, hub: FakeHub, space: Space) -> None:
    served = space(version, demos.GENERATOR)
    hub.add_space("acme/counts", served.port)
    io = load("spaces/acme/counts")

    assert io(3) == "0 1 2 "
    assert (io.title, io.__name__) == ("acme/counts", "counts") if version != "2.9.4" else io.__name__ == "counts"
    assert len(hub.asked("huggingface.co")) == 1
    assert hub.proxy.refused == []


def test_it_works_in_a_process_of_its_own(hub: FakeHub, space: Space, apart: Callable[..., Any]) -> None:
    served = space("3.50.2", demos.TEXT)
    hub.add_space("acme/loud", served.port)
    code = "import quickdemo as gr; io = gr.Interface.load('spaces/acme/loud', title='Mine'); print(io.title, io('x'))"

    done: subprocess.CompletedProcess[str] = apart(code)

    assert (done.stdout.strip(), done.returncode) == ("Mine X", 0), done.stderr


def test_a_reload_asks_for_nothing_and_a_hub_that_is_down_for_what_is_known(hub: FakeHub, space: Space) -> None:
    served = space("4.44.1", demos.TEXT)
    hub.add_space("acme/loud", served.port)
    load("spaces/acme/loud")
    asked = len(hub.log), len(served.asked)

    load("spaces/acme/loud")

    assert (len(hub.log), len(served.asked)) == asked
    hub.is_down = True
    with pytest.raises(HubError, match=r"The Hub failed \(HTTP 503\)"):
        load("spaces/acme/other")


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        ({"sdk": "streamlit"}, "not_gradio", "The Space acme/cats is a streamlit Space, and has no function"),
        ({"sdk": "docker"}, "not_gradio", "is a docker Space"),
        ({"sdk": "static"}, "not_gradio", "is a static Space"),
        ({"stage": "PAUSED"}, "space_down", "The Space acme/cats is paused by its author."),
        ({"stage": "RUNTIME_ERROR"}, "space_down", "does not run .RUNTIME_ERROR.: Exit code: 1. Reason: ModuleNot"),
        ({"stage": "BUILD_ERROR"}, "space_down", "does not run .BUILD_ERROR."),
        ({"stage": "NO_APP_FILE"}, "space_down", "does not run"),
        ({"host": "http://127.0.0.1:9"}, "hostile", "is served at http://127.0.0.1:9/, which is no address of Spaces"),
        ({"host": "http://acme-cats.hf.space"}, "hostile", "is no address of Spaces"),
        (
            {"host": "https://127.0.0.1:9"},
            "hostile",
            "is no address of Spaces",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    said: dict[str, Any], kind: str, message: str, hub: FakeHub, space: Space
) -> None:
    hub.add_space("acme/cats", space("4.44.1", demos.TEXT).port, **said)

    with pytest.raises(HubError, match=message) as caught:
        load("spaces/acme/cats")
    assert caught.value.kind == kind


def test_what_is_not_there_or_not_ours_is_not_found(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add_space("acme/secret", private=True)
    with pytest.raises(HubError, match="There is no Space acme/none that you may see.") as caught:
        load("spaces/acme/none")
    assert (caught.value.kind, caught.value.hint) == ("not_found", "Check the spelling.")

    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError) as caught:
        load("spaces/acme/secret")
    assert caught.value.kind == "not_found" and "set HF_TOKEN, or run `hf auth login`" in caught.value.hint

    with pytest.raises(HubError, match="Hugging Face refused your token") as caught:
        load("spaces/acme/secret", token="hf_wrong")
    assert caught.value.kind == "token"


@pytest.mark.parametrize("first", ["SLEEPING", "STOPPED", "BUILDING", "APP_STARTING"])
def test_a_space_that_does_not_run_yet_is_waited_for(first: str, hub: FakeHub, space: Space) -> None:
    served = space("4.44.1", demos.TEXT)
    hub.add_space("acme/late", served.port, stage=stages(first, first, "APP_STARTING", "RUNNING"))
    told: list[tuple[str, float | None]] = []

    io = load("spaces/acme/late", told=lambda words, left: told.append((words, left)))

    assert io("a") == "A"
    assert f"({first})" in told[0][0] and told[0][1]
    assert ("GET", "/") in [(method, path) for method, path, _ in served.asked] or first in ("BUILDING", "APP_STARTING")


def test_one_that_must_not_be_woken_is_not(hub: FakeHub, space: Space) -> None:
    served = space("4.44.1", demos.TEXT)
    hub.add_space("acme/late", served.port, stage="SLEEPING")

    with pytest.raises(HubError, match=r"The Space acme/late sleeps \(SLEEPING\)") as caught:
        load("spaces/acme/late", wake=False)
    assert caught.value.kind == "space_waking" and served.asked == []


def test_one_that_never_wakes_is_left(hub: FakeHub, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "WAKE_S", 0.1)
    hub.add_space("acme/late", space("4.44.1", demos.TEXT).port, stage="SLEEPING")

    with pytest.raises(HubError, match="did not wake") as caught:
        load("spaces/acme/late")
    assert caught.value.kind == "space_waking"


@pytest.mark.parametrize("version", ["3.50.2", "4.2.0", "4.44.1"])
def test_one_that_fell_asleep_is_woken_by_a_call(version: str, hub: FakeHub, space: Space) -> None:
    served = space(version, demos.TEXT)
    known = hub.add_space("acme/late", served.port)
    io = load("spaces/acme/late")
    asleep = stages("503", "awake")
    served.is_asleep = lambda: asleep() == "503"
    known.stage = stages("SLEEPING", "APP_STARTING", "RUNNING")

    assert io("a") == "A"


def test_the_token_goes_to_the_hub_and_a_private_space_alone(
    hub: FakeHub, space: Space, serve: Callable[..., Any], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    private, public, chosen = (space("4.44.1", demos.TEXT) for _ in range(3))
    hub.add_space("acme/private", private.port, private=True)
    hub.add_space("acme/public", public.port)
    hub.add_space("acme/chosen", chosen.port)

    private_one = load("spaces/acme/private", flagging_dir=str(tmp_path / "flagged"))
    loaded = [private_one, load("spaces/acme/public"), load("spaces/acme/chosen", token=GOOD_TOKEN)]
    answers = [io("a") for io in loaded]
    by_address = load(public.url)

    def tokens(served: Emulator) -> set[str | None]:
        return {headers.get("x-hf-authorization") for _, _, headers in served.asked}

    assert answers == ["A", "A", "A"] and by_address("a") == "A"
    assert (tokens(private), tokens(public), tokens(chosen)) == (
        {f"Bearer {GOOD_TOKEN}"},
        {None},
        {f"Bearer {GOOD_TOKEN}"},
    )
    assert all("authorization" not in headers for _, _, headers in (*private.asked, *public.asked, *chosen.asked))
    client = serve(loaded[0]).client()
    page = client.get("/", headers={"accept": "text/html"}).text
    answer = client.post("/api/predict", json={"data": ["a"]}).text
    flagged = client.post("/api/flag", json={"inputs": ["a"], "outputs": ["A"]}, headers=OURS)
    log = "".join(path.read_text() for path in tmp_path.rglob("*.csv"))
    about = json.dumps([repr(io) + repr(vars(io)) + repr(vars(io.remote)) for io in loaded])
    assert GOOD_TOKEN not in page + answer + about + caplog.text + flagged.text + log and log


def test_a_mirror_that_is_sent_the_token_is_named(
    hub: FakeHub, space: Space, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hub.add_space("acme/loud", space("4.44.1", demos.TEXT).port)
    hub.ports["mirror.example"] = hub.port
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")

    load("spaces/acme/loud")

    assert caplog.messages == ["HF_ENDPOINT is https://mirror.example: your Hugging Face token is sent there."]


def test_without_a_network_what_is_known_loads_and_the_rest_says_so(
    hub: FakeHub, space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add_space("acme/loud", space("4.44.1", demos.TEXT).port)
    load("spaces/acme/loud")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    io = load("spaces/acme/loud")

    for call in (lambda: io("a"), lambda: load("spaces/acme/other")):
        with pytest.raises(HubError) as caught:
            call()
        assert caught.value.kind == "offline"


def test_a_revision_needs_local(hub: FakeHub) -> None:
    with pytest.raises(ValueError, match="only local=True can take @revision"):
        load("spaces/acme/loud@abc")


@pytest.mark.parametrize("version", ["3.0.26", "3.50.2", "4.2.0", "5.49.1"])
def test_a_private_space_that_repeats_the_token_is_not_believed(hub: FakeHub, space: Space, version: str) -> None:
    told = f"I know {GOOD_TOKEN}!"
    tells = Demo(
        [("textbox", {"label": told})],
        [("textbox", {"label": told})],
        lambda text: [told],
        texts=[f"<h1>{told}</h1>", told],
    )
    fails = Demo([("textbox", {})], [("textbox", {})], _raises(told))
    for name, demo in (("tells", tells), ("fails", fails)):
        hub.add_space(f"acme/{name}", space(version, demo).port, private=True)

    io = load("spaces/acme/tells")
    with pytest.raises(HubError, match=r"I know \*+!") as error:
        load("spaces/acme/fails")("a")

    assert io("a") == "I know ********!"
    about = " ".join(map(str, (io.title, io.description, io.inputs[0].label, io.outputs[0].label)))
    assert about.count("I know ********!") == 4
    assert GOOD_TOKEN not in about + str(error.value) + str(io.__signature__)


def _raises(message: str) -> Callable[..., Any]:
    def fails(text: str) -> list[Any]:
        raise Fault(message)

    return fails
