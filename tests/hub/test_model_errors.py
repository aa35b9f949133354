"""What goes wrong with a model: one sentence, what to do, whether it was tried again, and never the token."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.hub.errors import HubError
from quickdemo.hub.models import failures
from quickdemo.hub.tokens import Token
from tests.fakehub.hub import HUB, ROUTER, FakeHub
from tests.fakehub.models import provided
from tests.hub.trying import CALLS, wire

A = "Model acme/fail-"


def failed(call: Callable[[], Any]) -> HubError:
    with pytest.raises(HubError) as raised:
        call()
    return raised.value


def predicted(name: str, **options: Any) -> HubError:
    """How a prediction of "acme/NAME" fails."""
    model = gr.Interface.load(f"models/acme/{name}", **options)
    return failed(lambda: model("good"))


# name: (kind, message, hint, how often it was asked)
FAILURES = {
    "fail-401": ("token", "Hugging Face refused your token for model acme/fail-401.", "settings/tokens", 1),
    "fail-402": ("credits", "Your Hugging Face inference credits are used up.", "You have depleted", 1),
    "fail-403": ("forbidden", "Your token lacks the permission 'Make calls to Inference Providers'.", "", 1),
    "fail-403-gated": (
        "gated",
        f"{A}403-gated is gated and your account has no access yet.",
        "Ask for it on its page",
        1,
    ),
    "fail-404": ("no_provider", "No inference provider serves model acme/fail-404 today.", "base_url=", 1),
    "fail-410": ("no_provider", "No inference provider serves model acme/fail-410 today.", "local=True", 1),
    "fail-429-later": ("rate_limit", "Too many requests to model acme/fail-429-later.", "Try again in 300 s.", 1),
    "fail-500": ("server", f"{A}500 failed: CUDA out of memory", "", 1),
    "fail-502": ("server", f"{A}502 failed: HTTP 502", "", 3),
    "fail-504": ("server", f"{A}504 failed: HTTP 504", "", 3),
    "fail-no-json": ("server", f"{A}no-json answered in a form that is not known here (JSONDecodeError).", "", 1),
}


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_is_one_sentence(hub: FakeHub, name: str) -> None:
    kind, message, hint, asked = FAILURES[name]

    error = predicted(name)

    assert (error.kind, error.message, error.code) == (kind, message, f"hub.{kind}")
    assert hint in error.hint
    assert len(hub.asked(ROUTER)) == asked


def test_too_many_requests_are_waited_for_where_that_is_short(hub: FakeHub) -> None:
    assert gr.Interface.load("models/acme/fail-429")("good")["POSITIVE"] == 0.9
    assert len(hub.asked(ROUTER)) == 3


def test_a_model_that_is_loading_is_waited_for(hub: FakeHub) -> None:
    told: list[Any] = []

    model = gr.Interface.load("models/acme/fail-503-loading", told=lambda words, left: told.append((words, left)))

    assert model("good")["POSITIVE"] == 0.9
    assert told[0] == ("Model acme/fail-503-loading is loading", pytest.approx(0.3, abs=0.1))
    assert len(hub.asked(ROUTER)) == 3


def test_a_visitor_sees_what_is_waited_for(hub: FakeHub, live: Any) -> None:
    from tests.explaining import events

    served = live(gr.Interface.load("models/acme/fail-503-loading"))

    seen = events(served.post("/api/predict", {"data": ["good"]}, accept="text/event-stream"))

    bars = [bar for name, told in seen if name == "progress" for bar in told]
    assert {bar["desc"] for bar in bars} == {"Model acme/fail-503-loading is loading"}
    assert bars[0]["length"] == 0.3 and bars[-1]["length"] >= 0.6  # it was told twice that it takes 0.3 s more
    assert all(one["index"] <= other["index"] for one, other in pairwise(bars))
    assert seen[-1][1]["data"][0]["label"] == "POSITIVE"


def test_a_stream_is_begun_again_too(hub: FakeHub) -> None:
    hub.add_model("acme/fail-503-loading", "text-generation")
    hub.add_model("acme/fail-500", "text-generation")

    assert list(gr.Interface.load("models/acme/fail-503-loading").stream("Once"))[-1] == "Once and so on"
    assert len(hub.asked(ROUTER)) == 3
    assert predicted("fail-500").message == f"{A}500 failed: CUDA out of memory"


def test_a_model_that_never_loads_is_given_up(hub: FakeHub) -> None:
    error = predicted("fail-503-forever", wait=0.3)

    assert (error.kind, error.message) == ("loading", "Model acme/fail-503-forever is loading (about 60 s).")
    assert (error.retry_after, error.transient) == (60.0, True)


def test_an_answer_that_does_not_come(hub: FakeHub) -> None:
    error = predicted("fail-slow", timeout=0.3)

    assert (error.kind, error.message) == ("timeout", "Model acme/fail-slow did not answer in time.")
    assert len(hub.asked(ROUTER)) == 0  # it never answered, so it was not written down: asked once
    assert hub.hits["acme/fail-slow"] == 1


def test_a_host_that_cannot_be_reached_is_tried_three_times(hub: FakeHub) -> None:
    nobody = "https://nobody.example"
    model = gr.Interface.load("models/x", base_url=nobody, task="translation")

    error = failed(lambda: model("good"))

    assert (error.kind, error.message) == ("network", "Model x cannot be reached from this machine.")
    assert hub.proxy.refused == ["nobody.example"] * 3


def test_without_a_token_nobody_is_asked_and_one_is_told_why(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("HF_TOKEN")

    error = predicted("text-classification")

    assert (error.kind, error.message) == ("token", "Model acme/text-classification needs a Hugging Face token.")
    assert error.hint == "Set HF_TOKEN or run `hf auth login`."
    assert hub.asked(ROUTER) == []
    assert "Predictions of model acme/text-classification need a Hugging Face token." in caplog.text


def test_offline_says_so(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    model = gr.Interface.load("models/acme/translation")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    error = failed(lambda: model("good"))

    assert (error.kind, error.message) == (
        "offline",
        "Model acme/translation cannot be reached: HF_HUB_OFFLINE is set.",
    )


@pytest.mark.parametrize(("task", "given", "message"), [
    ("translation", [None], "Input is empty."),
    ("question-answering", ["context", " "], "Question is empty."),
    ("image-classification", [None], "Input Image is empty."),
    ("zero-shot-classification", ["x", ",", False], "There must be at least one class name."),
])  # fmt: skip
def test_an_empty_input_is_told_before_anybody_is_asked(hub: FakeHub, task: str, given: Any, message: str) -> None:
    model = gr.Interface.load(f"models/acme/{task}")

    error = failed(lambda: model(*given))

    assert (error.kind, error.message) == ("input", message)
    assert hub.asked(ROUTER) == []


def test_one_class_name_is_too_few_for_a_picture(hub: FakeHub) -> None:
    from tests.fakehub.answers import png

    model = gr.Interface.load("models/acme/zero-shot-image-classification")

    assert failed(lambda: model(png(), "cat")).message == (
        "There must be at least 2 class names, with a comma between them."
    )


ODD = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"[[]]",
    b'"x"',
    b"7",
    b"[NaN]",
    b"<html>",
    b"\xff\xfe",
    b'{"error":"odd"}',
    b'[{"label":1}]',
    b'[{"label":"a","score":"x"}]',
    b'[{"label":null,"score":null,"box":null,"mask":"zz","start":5,"end":1}]',
    b'[{"start":"0","end":[]}]',
    b'{"choices":[{"message":null}]}',
    b'[{"generated_text":7}]',
    b'{"answer":7,"score":[1]}',
    b'["a",null,{"x":1}]',
    b'[{"blob":"////"}]',
    b'{"labels":["a"],"scores":[]}',
    b"RIFF\0\0\0\0WAVE",
    b"\x89PNG\r\n\x1a\n",
    b'data: {"choices":[]}\n\n',
    b"data: {bad\n\n",
    b'data:{"error":"boom","error_type":"generation"}\n\n',
]


@pytest.mark.parametrize("task", [*CALLS, "conversational"])
def test_whatever_a_server_answers_is_a_value_or_one_sentence(hub: FakeHub, endpoint: Any, task: str) -> None:
    given = CALLS.get(task, (["Hello"], None))[0]
    model = gr.Interface.load("models/odd", base_url=endpoint.url, task=task)
    for endpoint.says in ODD:
        try:
            model.process([wire(value) for value in given])
        except HubError as error:
            assert error.kind == "server" and error.message, endpoint.says


# ---------------------------------------------------------------------- at load

LOADS = {
    "models/acme/missing": ("not_found", "No model acme/missing that you may see.", "Check the spelling."),
    "models/acme/no-provider": (
        "no_provider",
        "No inference provider serves model acme/no-provider today.",
        "local=True",
    ),
    "models/acme/nameless": ("no_task", "Model acme/nameless does not say what it does.", "task='text-classification'"),
    "models/acme/robot": ("no_task", "Model acme/robot does 'robotics', which cannot be shown here.", "translation"),
}


@pytest.mark.parametrize("name", LOADS)
def test_what_cannot_work_is_told_when_it_is_loaded(hub: FakeHub, name: str) -> None:
    kind, message, hint = LOADS[name]

    error = failed(lambda: gr.Interface.load(name))

    assert (error.kind, error.message) == (kind, message)
    assert hint in error.hint


def test_a_provider_that_does_not_serve_it(hub: FakeHub) -> None:
    error = failed(lambda: gr.Interface.load("models/acme/translation", provider="together"))

    assert error.message == "No inference provider serves model acme/translation today through together."


def test_a_provider_that_this_library_does_not_know(hub: FakeHub) -> None:
    hub.add_model("acme/odd", "translation", providers=provided("new-one", "x", "translation"))

    assert predicted("odd").kind == "no_provider"


def test_a_private_model_looks_missing_without_a_token(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")

    error = failed(lambda: gr.Interface.load("models/acme/private"))

    assert (error.kind, error.message) == ("not_found", "No model acme/private that you may see.")
    assert error.hint == "Check the spelling. If it is private: Set HF_TOKEN or run `hf auth login`."


def test_a_wrong_token_is_told_at_load(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")

    error = failed(lambda: gr.Interface.load("models/gpt2"))

    assert (error.kind, error.message) == ("token", "Hugging Face refused your token for model gpt2.")


def test_a_hub_that_is_being_mended(hub: FakeHub) -> None:
    hub.is_down = True

    error = failed(lambda: gr.Interface.load("models/gpt2"))

    assert (error.kind, error.message) == ("server", "The Hub cannot tell about model gpt2 now: HTTP 503")
    assert len(hub.asked(HUB)) == 1


def test_local_needs_transformers(hub: FakeHub) -> None:
    error = failed(lambda: gr.Interface.load("models/gpt2", local=True))

    assert (error.kind, error.message) == ("extra", "local=True needs the package transformers.")
    assert error.hint == "pip install transformers torch"


def test_providers_serve_the_newest_revision_only(hub: FakeHub) -> None:
    hub.models["acme/translation/revision/v1"] = hub.models["acme/translation"]

    with pytest.raises(ValueError, match="local=True takes any"):
        gr.Interface.load("models/acme/translation@v1")


# ---------------------------------------------------------------------- on the page, and the token


def test_a_visitor_gets_the_sentence_and_no_traceback(hub: FakeHub, serve: Any) -> None:
    client = serve(gr.Interface.load("models/acme/fail-500")).client()

    answer = client.post("/api/predict", json={"data": ["good"]})

    error = answer.json()["error"]
    assert (error["code"], error["message"]) == ("hub.server", "Model acme/fail-500 failed: CUDA out of memory")
    assert "Traceback" not in answer.text


def test_the_token_is_in_no_flag(hub: FakeHub, serve: Any, tmp_path: Path) -> None:
    folder = tmp_path / "flagged"
    model = gr.Interface.load(
        "models/acme/text-classification", token="hf_good", allow_flagging="auto", flagging_dir=str(folder)
    )

    assert serve(model).client().post("/api/predict", json={"data": ["good"]}).status_code == 200

    kept = [path.read_bytes() for path in [*folder.rglob("*"), *(tmp_path / "hub-cache").rglob("*")] if path.is_file()]
    assert any(b"POSITIVE" in text for text in kept)
    assert not any(b"hf_good" in text for text in kept)


def test_the_token_is_in_no_error_repr_or_log(hub: FakeHub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in FAILURES:
        error = predicted(name)
        shown = "".join(traceback.format_exception(error)) + repr(error) + error.hint
        assert "hf_good" not in shown
    model = gr.Interface.load("models/acme/translation")
    assert "hf_good" not in repr(model) + repr(vars(model.remote)) + repr(vars(model.remote.clients))
    assert "hf_good" not in caplog.text


def test_a_server_that_says_the_token_is_not_quoted() -> None:
    class Answer:
        status_code, headers = 500, {}

        def json(self) -> Any:
            return {"error": "your token hf_secret is odd\n" + "x" * 1000}

    class Failed(Exception):
        response = Answer()

    error = failures.explained(Failed(), "model x", Token("hf_secret"))

    assert error.message.startswith("Model x failed: your token *** is odd xxx")
    assert len(error.message) < 350


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"ratelimit": '"api";r=0;t=7'}, 7.0), ({"retry-after": "9"}, 9.0), ({"ratelimit": '"api";r=5;t=7'}, None),
    ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None), ({}, None),
])  # fmt: skip
def test_when_requests_are_taken_again(headers: dict[str, str], seconds: float | None) -> None:
    assert failures.seconds_until(headers) == seconds


# ---------------------------------------------------------------------- without a network


def test_what_is_in_the_cache_loads_without_a_network(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    gr.Interface.load("models/gpt2")
    asked = len(hub.log)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    assert gr.Interface.load("models/gpt2").title == "gpt2"
    assert len(hub.log) == asked


def test_an_old_entry_is_better_than_no_answer(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    gr.Interface.load("models/gpt2")
    later = time.time() + 3600
    monkeypatch.setattr("quickdemo.hub.cache.time.time", lambda: later)

    hub.is_down = True
    assert gr.Interface.load("models/gpt2").title == "gpt2"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert gr.Interface.load("models/gpt2").title == "gpt2"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    hub.is_down = False
    del hub.models["openai-community/gpt2"]
    assert failed(lambda: gr.Interface.load("models/gpt2")).kind == "not_found"


def test_an_old_entry_is_asked_for_anew(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    gr.Interface.load("models/acme/translation")
    later = time.time() + 3600
    monkeypatch.setattr("quickdemo.hub.cache.time.time", lambda: later)

    gr.Interface.load("models/acme/translation")

    assert len(hub.asked(HUB)) == 2


def test_another_token_is_another_entry(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    gr.Interface.load("models/acme/private")
    monkeypatch.delenv("HF_TOKEN")

    assert failed(lambda: gr.Interface.load("models/acme/private")).kind == "not_found"


@pytest.mark.parametrize(
    ("network", "kind"), [({"HF_HUB_OFFLINE": "1"}, "offline"), ({"HTTPS_PROXY": "http://127.0.0.1:9"}, "network")]
)
def test_what_is_not_in_the_cache_says_so_at_once(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch, network: dict[str, str], kind: str
) -> None:
    for name, value in network.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waits"))

    assert failed(lambda: gr.Interface.load("models/gpt2")).kind == kind


LIGHT = """
import sys
import quickdemo as gr
print([name for name in sys.modules if name.startswith("quickdemo.hub")])
io = gr.Interface.load("models/gpt2")
print([name for name in ("requests", "huggingface_hub", "numpy", "PIL") if name in sys.modules])
io("Once")
print("huggingface_hub" in sys.modules)
"""


def test_a_cached_model_is_loaded_without_requests_or_the_library(hub: FakeHub, apart: Any) -> None:
    first = apart(LIGHT)
    again = apart(LIGHT)

    assert first.stdout.splitlines() == ["[]", "['requests']", "True"], first.stderr
    assert again.stdout.splitlines() == ["[]", "[]", "True"], again.stderr
    assert len(hub.asked(HUB)) == 2  # gpt2, and where that leads: the second process asked nothing
