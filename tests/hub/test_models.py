"""Models of the Hub, as functions and as endpoints: every task, who serves it, and what one may choose."""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import pydoc
from typing import Any

import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.hub.errors import HubError
from quickdemo.hub.models import clients
from quickdemo.hub.models.pictures import boxed
from quickdemo.hub.models.tasks import NAMES
from tests.explaining import events
from tests.fakehub.answers import png
from tests.fakehub.hub import HUB, ROUTER, FakeHub
from tests.fakehub.models import TASKS, provided
from tests.hub.endpoints import Endpoint
from tests.hub.trying import CALLS, PICTURE, simple, simple_wire, wire

CHAT = "/v1/chat/completions"


def asked_of(hub: FakeHub, path: str = "") -> Any:
    """The JSON of the last question to a model."""
    return json.loads(hub.asked(ROUTER, path)[-1].body)


@pytest.mark.parametrize("task", CALLS)
def test_every_task_is_a_function(hub: FakeHub, task: str) -> None:
    given, expected = CALLS[task]
    model = gr.Interface.load(f"models/acme/{task}")

    assert simple(model(*given)) == expected
    assert hub.proxy.refused == []


@pytest.mark.parametrize("task", CALLS)
def test_every_task_is_an_endpoint(hub: FakeHub, serve: Any, task: str) -> None:
    given, expected = CALLS[task]
    client = serve(gr.Interface.load(f"models/acme/{task}")).client()

    def size_of(file: Any) -> tuple[int, int]:
        return Image.open(io.BytesIO(client.get(file["url"]).content)).size

    answer = client.post("/api/predict", json={"data": [wire(value) for value in given]})

    assert answer.status_code == 200, answer.text
    found = [simple_wire(value, size_of) for value in answer.json()["data"]]
    if task == "token-classification":
        found = [[tuple(pair) for pair in found[0]]]
    assert found == (expected if task == "question-answering" else [expected])
    assert "hf_good" not in answer.text + client.get("/").text + client.get("/config").text


def test_the_table_of_tasks_is_whole() -> None:
    assert set(CALLS) | {"tabular-regression", "text-to-video"} == set(TASKS)
    assert set(NAMES) == {*TASKS, "conversational"}


@pytest.mark.parametrize("task", ["tabular-regression", "text-to-video"])
def test_tasks_that_the_library_cannot_ask_are_refused_at_once(hub: FakeHub, task: str) -> None:
    with pytest.raises(HubError, match="No inference provider serves model acme/") as refused:
        gr.Interface.load(f"models/acme/{task}")

    assert refused.value.kind == "no_provider"
    with pytest.raises(HubError, match=f"{task} cannot be asked of an own endpoint"):
        gr.Interface.load("models/mine", task=task, base_url="http://127.0.0.1:9")


# ---------------------------------------------------------------------- names and looks


@pytest.mark.parametrize("name", ["huggingface/gpt2", "models/gpt2", "model/gpt2", "https://huggingface.co/gpt2"])
def test_a_model_has_several_names(hub: FakeHub, name: str) -> None:
    assert gr.Interface.load(name)("Once") == "Once and so on"
    assert hub.asked(ROUTER)[0].path == "/hf-inference/models/openai-community/gpt2"


def test_src_says_what_a_bare_name_is(hub: FakeHub) -> None:
    assert gr.load("acme/text-classification", src="models")("good")["POSITIVE"] == 0.9


def test_one_question_is_asked_and_one_prediction_made(hub: FakeHub) -> None:
    gr.Interface.load("models/acme/text-generation", stream=False)("Once")

    assert [(one.host, one.method) for one in hub.log] == [(HUB, "GET"), (ROUTER, "POST")]


def test_overrides_of_the_interface_count(hub: FakeHub) -> None:
    model = gr.Interface.load(
        "models/acme/text-classification",
        alias="mood",
        inputs=gr.Textbox(label="Say"),
        outputs=gr.Label(num_top_classes=1),
        title="Moods",
        examples=[["good"]],
    )

    assert (model.name, model.title, model.inputs[0].label) == ("mood", "Moods", "Say")
    assert model("good") == {"POSITIVE": 0.9}


def test_an_explanation_asks_for_a_limit(hub: FakeHub) -> None:
    with pytest.raises(ValueError, match="interpretation_budget="):
        gr.Interface.load("models/acme/text-classification", interpretation="default")

    model = gr.Interface.load("models/acme/text-classification", interpretation="default", interpretation_budget=4)
    model.interpret(["a good film"])
    assert 0 < len(hub.asked(ROUTER)) <= 4


def test_help_shows_a_typed_signature(hub: FakeHub) -> None:
    model = gr.Interface.load("models/acme/zero-shot-classification", alias="sort")

    assert list(inspect.signature(model).parameters)[0] == "input"
    shown = pydoc.plain(pydoc.render_doc(model))
    assert "sort(input: str, possible_class_names_comma_separated: str, allow_multiple_true_classes: bool" in shown
    assert "-> dict" in shown


def test_every_task_has_a_signature(hub: FakeHub) -> None:
    for task, (given, _) in CALLS.items():
        model = gr.Interface.load(f"models/acme/{task}")
        assert len(inspect.signature(model).parameters) == len(given)


@pytest.mark.parametrize(
    ("task", "row"),
    [
        ("text-classification", ["I like you. I love you"]),
        ("question-answering", ["Amsterdam is where I live.", "Where do I live?"]),
        ("zero-shot-classification", ["My phone broke", "urgent, calm", False]),
        ("sentence-similarity", ["I am happy", "I am glad\nI am sad"]),
    ],
)
def test_examples_come_from_the_card(hub: FakeHub, task: str, row: list[Any]) -> None:
    examples = gr.Interface.load(f"models/acme/{task}").examples

    assert examples is not None and examples.samples == [row]


@pytest.mark.parametrize("task", sorted({*NAMES} - {"tabular-regression", "text-to-video"}))
def test_a_card_may_hold_anything(hub: FakeHub, task: str) -> None:
    odd = [
        {"text": 7, "context": [], "table": "t", "structuredData": {"a": [1], "b": [1, 2]}, "candidate_labels": ["a"]},
        {"text": "x", "table": {"a": 1}, "structuredData": {"a": "b"}, "sentences": [{}], "source_sentence": "s"},
        {"text": "x" * 100_000, "table": {"a": [[1]]}, "structuredData": {"a": [{}]}},
        {"text": "", "table": {}, "structuredData": {}},
        None,
        7,
    ]
    for n, card in enumerate(odd):
        hub.add_model(f"acme/odd-{n}", task, widget=[card], mask_token={})
        model = gr.Interface.load(f"models/acme/odd-{n}", base_url="http://127.0.0.1:9")
        for row in model.examples.samples if model.examples else ():
            assert all(len(str(value)) < 100 for value in row)


def test_pictures_of_a_card_are_not_fetched(hub: FakeHub) -> None:
    assert gr.Interface.load("models/acme/image-classification").examples is None
    assert hub.proxy.refused == []


def test_a_table_starts_with_the_columns_of_the_card(hub: FakeHub) -> None:
    model = gr.Interface.load("models/acme/tabular-classification")

    assert model.inputs[0].value == {"length": [1.5, 2.5], "width": [0.5, 0.25]}


# ---------------------------------------------------------------------- calling


def test_a_continuation_that_begins_as_the_prompt_is_no_prompt(hub: FakeHub, endpoint: Endpoint) -> None:
    endpoint.says = b'data:{"index":1,"token":{"id":1,"text":"no","logprob":0,"special":false}}\n\n'
    io = gr.Interface.load("models/gpt2", task="text-generation", base_url=endpoint.url)

    assert list(io.stream("no no"))[-1] == "no nono"


def test_a_score_of_nothing_is_shown_as_nothing() -> None:
    box = {"xmin": 0, "ymin": 0, "xmax": 2, "ymax": 2}
    found = [{"label": "cat", "score": 0.0, "box": box}, {"label": "dog", "box": box}]

    _, areas = boxed(Image.new("RGB", (4, 4)), found)

    assert [label for _, label in areas] == ["cat 0%", "dog 100%"]


def test_a_page_sees_a_text_grow(hub: FakeHub, live: Any) -> None:
    served = live(gr.Interface.load("models/acme/text-generation"))

    seen = events(served.post("/api/predict", {"data": ["Once"]}, accept="text/event-stream"))

    grown = [told["data"][0] for name, told in seen if "data" in told]
    assert grown[-1] == "Once and so on" and all("Once and so on".startswith(text) for text in grown)


def test_a_text_comes_in_pieces(hub: FakeHub) -> None:
    model = gr.Interface.load("models/acme/text-generation")

    assert list(model.stream("Once")) == ["Once", "Once and", "Once and so", "Once and so on"]


def test_a_prompt_that_is_repeated_stands_once(hub: FakeHub) -> None:
    model = gr.Interface.load("models/gpt2", parameters={"return_full_text": True})

    assert list(model.stream("Once upon"))[-1] == "Once upon and so on"
    assert model("Once upon") == "Once upon and so on"


def test_a_server_that_does_not_stream_is_asked_again(hub: FakeHub) -> None:
    assert list(gr.Interface.load("models/acme/no-stream").stream("Once")) == ["Once and so on"]


def test_what_does_not_stream_gives_one_value(hub: FakeHub) -> None:
    assert list(gr.Interface.load("models/acme/translation").stream("abc")) == ["cba"]


def test_async_calls_and_maps(hub: FakeHub) -> None:
    model = gr.Interface.load("models/acme/translation")

    assert asyncio.run(model.acall("abc")) == "cba"
    assert model.map(["ab", "cd", "ef"]) == ["ba", "dc", "fe"]


def test_parameters_go_with_each_call(hub: FakeHub) -> None:
    gr.Interface.load("models/acme/text-generation", stream=False, parameters={"max_new_tokens": 7})("Once")

    assert asked_of(hub)["parameters"] == {"max_new_tokens": 7, "return_full_text": False}


def test_a_parameter_that_there_is_not_is_named(hub: FakeHub) -> None:
    with pytest.raises(HubError, match="has no parameter 'size'") as refused:
        gr.Interface.load("models/acme/translation", parameters={"size": 7})("abc")

    assert refused.value.kind == "input"


def test_answers_are_kept_where_one_asks_for_it(hub: FakeHub) -> None:
    kept = gr.Interface.load("models/acme/text-generation", cache=True)
    picture = gr.Interface.load("models/acme/image-classification", cache=True)

    assert [kept("Once"), kept("Once"), kept("Twice")] == ["Once and so on", "Once and so on", "Twice and so on"]
    assert [picture(PICTURE), picture(PICTURE)] == [picture(PICTURE)] * 2
    picture(png((1, 2, 3)))
    assert len(hub.asked(ROUTER)) == 2 + 2


def test_the_old_form_of_zero_shot_scores_is_read(hub: FakeHub) -> None:
    assert gr.Interface.load("models/acme/old-scores")("x", "a,b", False) == {"a": 0.75, "b": 0.25}


def test_files_are_sent_as_bytes_of_our_own_files(hub: FakeHub) -> None:
    model = gr.Interface.load("models/acme/image-classification", inputs="text")

    for path in ("/etc/passwd", "https://evil.example/cat.png"):
        with pytest.raises(HubError, match="not by its path") as refused:
            model(path)
        assert refused.value.kind == "input"
    assert hub.asked(ROUTER) == [] and hub.proxy.refused == []


def test_media_have_their_type(hub: FakeHub) -> None:
    gr.Interface.load("models/acme/image-classification")(PICTURE)

    sent = hub.asked(ROUTER)[0]
    assert (sent.headers["content-type"], sent.body) == ("image/png", PICTURE)


def test_another_kind_of_input_component_will_do(hub: FakeHub) -> None:
    model = gr.Interface.load("models/acme/image-classification", inputs=gr.Image())

    assert "tabby, tabby cat" in model(PICTURE)


# ---------------------------------------------------------------------- who serves it


def test_a_chat_is_had_with_who_serves_it(hub: FakeHub) -> None:
    model = gr.Interface.load("models/acme/chat")

    assert model("Hello") == "You said: Hello"
    sent = hub.asked(ROUTER)[0]
    assert sent.path == f"/together{CHAT}"
    assert json.loads(sent.body)["model"] == "acme-chat"
    assert len(hub.asked(HUB)) == 1  # the library asks nothing of its own


def test_completions_of_another_provider(hub: FakeHub) -> None:
    model = gr.Interface.load("models/acme/completes", stream=False)

    assert model("Once") == "Once and more"
    assert hub.asked(ROUTER)[0].path == "/featherless-ai/v1/completions"


def test_a_provider_may_be_chosen(hub: FakeHub) -> None:
    both = {**provided("hf-inference", "x", "text-generation"), **provided("together", "y", "conversational")}
    hub.add_model("acme/both", "text-generation", providers=both)

    gr.Interface.load("models/acme/both", provider="together")("Hello")
    gr.Interface.load("models/acme/both")("Hello")

    assert [one.path for one in hub.asked(ROUTER)] == [f"/together{CHAT}", "/hf-inference/models/acme/both"]


def test_a_provider_that_the_library_does_not_know_is_passed_over(hub: FakeHub) -> None:
    odd = {**provided("new-one", "x", "translation"), **provided("hf-inference", "y", "translation")}
    hub.add_model("acme/odd", "translation", providers=odd)

    assert gr.Interface.load("models/acme/odd")("abc") == "cba"


def test_a_private_model_is_found_and_asked_with_the_token(hub: FakeHub) -> None:
    assert gr.Interface.load("models/acme/private")("good")["POSITIVE"] == 0.9


def test_the_token_may_be_given(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")

    assert gr.Interface.load("models/acme/private", token="hf_good")("good")["POSITIVE"] == 0.9
    assert gr.Interface.load("models/acme/private", api_key="hf_good")("good")["POSITIVE"] == 0.9


def test_a_model_without_a_tag_does_what_its_provider_does(hub: FakeHub) -> None:
    assert gr.Interface.load("models/acme/untagged")("good")["POSITIVE"] == 0.9


def test_a_task_may_be_said(hub: FakeHub) -> None:
    assert gr.Interface.load("models/acme/robot", task="sentiment-analysis").outputs[0].kind == "label"
    with pytest.raises(ValueError, match="task='dancing' is none"):
        gr.Interface.load("models/acme/robot", task="dancing")


# ---------------------------------------------------------------------- own endpoints


def test_an_answer_has_bounds(hub: FakeHub, endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = gr.Interface.load("models/mine", base_url=endpoint.url, task="summarization")
    endpoint.says = json.dumps([{"summary_text": "x" * 2_000_000}]).encode()
    monkeypatch.setattr(clients, "MOST_BYTES", 1_000_000)

    with pytest.raises(HubError, match="more than the 1 MB that are taken here") as refused:
        model("text")
    assert refused.value.kind == "too_large"
    monkeypatch.setattr(clients, "MOST_BYTES", 3_000_000)
    monkeypatch.setattr(clients, "MOST_S", 0.0)
    with pytest.raises(HubError, match="took more than 0 minutes to arrive") as late:
        model("text")
    assert late.value.kind == "timeout"


def test_a_stream_has_bounds(hub: FakeHub, endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = gr.Interface.load("models/mine", base_url=endpoint.url, task="text-generation")
    token = b'data:{"token":{"text":"xyz "}}\r\n\r\n'
    endpoint.says = token * 3
    assert model("A ") == "A xyz xyz xyz "

    endpoint.says = token + b"x" * 5_000_000
    assert failed(model).message == "The model sends a line without an end."
    endpoint.says = token * 100_000
    monkeypatch.setattr(clients, "MOST_BYTES", 1_000_000)
    assert failed(model).kind == "too_large"


def failed(model: Any) -> HubError:
    with pytest.raises(HubError) as refused:
        model("A ")
    return refused.value


def test_an_own_endpoint_is_asked_without_the_token_of_the_environment(hub: FakeHub, endpoint: Any) -> None:
    model = gr.Interface.load("models/gpt2", base_url=endpoint.url, stream=False)

    assert model("Once") == "Once and own"
    [(path, headers, body)] = endpoint.asked
    assert (path, json.loads(body)["inputs"]) == ("/", "Once")
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        ("https://router.huggingface.co/x", True),
        ("http://router.huggingface.co/x", False),
        ("https://evil-huggingface.co/x", False),
        ("https://x.hf.space", False),
        ("https://x.endpoints.huggingface.cloud", False),
    ],
)
def test_the_token_of_the_environment_is_for_hugging_face_alone(hub: FakeHub, url: str, is_sent: bool) -> None:
    model: Any = gr.Interface.load("models/mine", base_url=url, task="translation")

    with model.remote.clients.make() as client:
        assert (client.token == "hf_good", client.headers) == (is_sent, {} if is_sent else {"authorization": None})


def test_an_own_endpoint_gets_the_key_that_is_given_for_it(hub: FakeHub, endpoint: Any) -> None:
    gr.Interface.load("models/gpt2", base_url=endpoint.url, stream=False, token="sk-own")("Once")

    assert endpoint.asked[0][1]["authorization"] == "Bearer sk-own"


@pytest.mark.parametrize(("path", "task"), [("/v1", None), ("", "conversational")])
def test_an_own_endpoint_with_openais_api_is_chatted_with(hub: FakeHub, endpoint: Any, path: str, task: Any) -> None:
    model = gr.Interface.load("models/acme/chat", base_url=endpoint.url + path, task=task, stream=False)

    assert model("Hello") == "You said: Hello"
    assert (endpoint.asked[0][0], json.loads(endpoint.asked[0][2])["model"]) == (CHAT, "acme/chat")


def test_the_hub_is_not_asked_when_task_and_endpoint_are_given(hub: FakeHub, endpoint: Any) -> None:
    gr.Interface.load("models/mine", base_url=endpoint.url, task="text-generation", stream=False)("Once")

    assert hub.log == []
