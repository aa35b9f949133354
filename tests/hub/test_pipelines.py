"""`Interface.from_pipeline` and `load(..., local=True)`, with pipelines that answer as those of transformers do."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.hub.errors import HubError
from tests.fakehub.hub import FakeHub
from tests.hub.pipelines import ANSWERS, Pipeline
from tests.hub.trying import CALLS, simple


@pytest.mark.parametrize("task", ANSWERS)
def test_a_pipeline_is_an_interface(task: str) -> None:
    answer, expected = ANSWERS[task]
    pipeline = Pipeline(task, answer)

    found = simple_of(gr.Interface.from_pipeline(pipeline), CALLS[task][0])

    assert found == expected
    assert len(pipeline.asked) == 1


def simple_of(demo: Any, given: list[Any]) -> Any:
    found = demo(*given)
    return found[0] if isinstance(found, tuple) and isinstance(found[0], int) else simple(found)


def test_what_is_no_pipeline_is_refused_as_in_2022() -> None:
    with pytest.raises(ValueError, match=r"^pipeline must be a transformers.Pipeline$"):
        gr.Interface.from_pipeline(str.upper)


def test_a_task_without_a_page_is_named() -> None:
    with pytest.raises(
        HubError, match="The pipeline of acme/local does 'dancing', which cannot be run here"
    ) as refused:
        gr.Interface.from_pipeline(Pipeline("dancing", None))
    assert refused.value.kind == "no_task"


def test_its_title_is_the_models_name_and_options_count() -> None:
    demo = gr.Interface.from_pipeline(Pipeline("sentiment-analysis", []), description="Moods")
    other = gr.Interface.from_pipeline(Pipeline("translation_en_to_fr", []), title="French", inputs="text")

    assert (demo.title, demo.description, demo.concurrency_limit) == ("acme/local", "Moods", 1)
    assert (other.title, other.outputs[0].label) == ("French", "Translation")


def test_a_recording_is_made_for_speech() -> None:
    demo = gr.Interface.from_pipeline(Pipeline("automatic-speech-recognition", {"text": "x"}))

    assert demo.inputs[0].sources == ["microphone", "upload"]


def test_pictures_and_sounds_are_given_decoded_and_never_as_a_path() -> None:
    seen, heard = Pipeline("image-classification", []), Pipeline("audio-classification", [])
    gr.Interface.from_pipeline(seen)(*CALLS["image-classification"][0])
    gr.Interface.from_pipeline(heard)(*CALLS["audio-classification"][0])

    assert seen.asked[0][0][0].size == (32, 16)
    sound = heard.asked[0][0][0]
    assert (sound["sampling_rate"], sound["raw"].shape, str(sound["raw"].dtype)) == (8000, (800,), "float32")


def test_parameters_go_with_each_call() -> None:
    pipeline = Pipeline("text-generation", ANSWERS["text-generation"][0])

    gr.Interface.from_pipeline(pipeline, parameters={"max_new_tokens": 5})("Once")

    assert pipeline.asked == [(("Once",), {"max_new_tokens": 5})]


def test_a_model_runs_here_where_transformers_is(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def pipeline(task: str, **given: Any) -> Pipeline:
        made.append((task, given))
        return Pipeline(task, ANSWERS["text-generation"][0])

    transformers = ModuleType("transformers")
    transformers.pipeline = pipeline  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "transformers", transformers)
    monkeypatch.setattr("quickdemo.hub.models.here.find_spec", lambda name: name)

    assert gr.Interface.load("models/gpt2", local=True)("Once") == "Once upon a time"
    assert made == [("text-generation", {"model": "gpt2", "revision": None, "token": "hf_good"})]
    gr.Interface.load("models/mine@v1", local=True, task="text-generation")
    assert made[1][1]["revision"] == "v1"
    assert len(hub.log) == 2  # gpt2, and where that leads; one whose task is given is not asked for


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (KeyError("Unknown task translation"), "no_task", "transformers 5.24.0 has no pipeline for translation."),
        (
            OSError("no file named\nmodel.safetensors"),
            "not_found",
            "mine could not be loaded: no file named model",
        ),
    ],
)
def test_what_transformers_cannot_do_is_said(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: str, said: str
) -> None:
    def pipeline(task: str, **options: Any) -> Any:
        raise raised

    transformers = ModuleType("transformers")
    transformers.pipeline, transformers.__version__ = pipeline, "5.24.0"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "transformers", transformers)
    monkeypatch.setattr("quickdemo.hub.models.here.find_spec", lambda name: name)

    with pytest.raises(HubError, match=said) as error:
        gr.Interface.load("models/mine", local=True, task="translation")
    assert error.value.kind == kind


def test_a_chat_runs_here() -> None:
    pipeline = Pipeline("text-generation", [{"generated_text": [{"role": "assistant", "content": "Hi"}]}])
    from quickdemo.hub.models.tasks import task_of

    run = task_of("conversational").run

    assert run is not None and run(pipeline, {}, "Hello") == "Hi"
