"""The models of the stand-in. What goes wrong with one is asked for by its name: "acme/fail-429"."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

GOOD_TOKEN = "hf_good"  #: what the stand-in knows as a token
TASKS = (
    "audio-classification audio-to-audio automatic-speech-recognition document-question-answering feature-extraction "
    "fill-mask image-classification image-segmentation image-text-to-text image-to-image image-to-text "
    "object-detection question-answering sentence-similarity summarization table-question-answering "
    "tabular-classification tabular-regression text-classification text-generation text-to-image text-to-speech "
    "text-to-video text2text-generation token-classification translation visual-question-answering "
    "zero-shot-classification zero-shot-image-classification"
).split()
FAILURES = (
    "401 402 403 403-gated 404 410 429 429-later 500 502 503-loading 503-held 503-forever 504 slow no-json"
).split()


@dataclass
class Model:
    """id, task (its pipeline_tag), and what the Hub says of it. providers: its inferenceProviderMapping."""

    id: str
    task: str | None
    providers: dict[str, Any] | None = None
    private: bool = False
    gated: str | bool = False
    tags: list[str] = field(default_factory=list)
    card: dict[str, Any] = field(default_factory=dict)
    widget: list[dict[str, Any]] | None = None
    mask_token: str | None = None
    library: str = "transformers"

    def __post_init__(self) -> None:
        if self.providers is None:
            self.providers = {"hf-inference": {"status": "live", "providerId": self.id, "task": self.task}}

    @property
    def sha(self) -> str:
        return hashlib.sha1(self.id.encode()).hexdigest()

    def json(self, expand: list[str]) -> dict[str, Any]:
        """As `GET /api/models/ID?expand=...` answers; all of it when nothing is asked for."""
        known = {
            "author": self.id.partition("/")[0],
            "sha": self.sha,
            "private": self.private,
            "gated": self.gated,
            "pipeline_tag": self.task,
            "library_name": self.library,
            "tags": [tag for tag in (self.task, *self.tags) if tag],
            "cardData": self.card,
            "widgetData": self.widget,
            "mask_token": self.mask_token,
            "lastModified": "2024-02-19T10:57:45.000Z",
            "inferenceProviderMapping": self.providers,
        }
        if not expand:
            known.pop("inferenceProviderMapping")
        found = {name: value for name, value in known.items() if not expand or name in expand}
        return {"_id": "x", "id": self.id, "modelId": self.id, **{n: v for n, v in found.items() if v is not None}}


def provided(provider: str, id: str, task: str) -> dict[str, Any]:
    """A mapping of one provider."""
    return {provider: {"status": "live", "providerId": id, "task": task}}


def all_models() -> dict[str, Model]:
    """One for each task ("acme/TASK") and failure ("acme/fail-X"), those of the guide, and odd ones."""
    chat = {"tags": ["conversational"]}
    models = [
        *(Model(f"acme/{task}", task, **_WITH.get(task, {})) for task in TASKS),
        *(Model(f"acme/fail-{failure}", "text-classification") for failure in FAILURES),
        Model("openai-community/gpt2", "text-generation", widget=[{"text": "My name is Julien and I like to"}]),
        Model("EleutherAI/gpt-j-6B", "text-generation"),
        Model("EleutherAI/gpt-neo-2.7B", "text-generation"),
        Model("google-t5/t5-small", "translation"),
        Model("acme/no-stream", "text-generation"),
        Model("acme/old-scores", "zero-shot-classification"),
        Model("acme/chat", "text-generation", provided("together", "acme-chat", "conversational"), **chat),
        Model("acme/completes", "text-generation", provided("featherless-ai", "acme-c", "text-generation")),
        Model("acme/no-provider", "text-generation", {}),
        Model("acme/untagged", None, provided("hf-inference", "acme/untagged", "text-classification")),
        Model("acme/nameless", None, {}),
        Model("acme/robot", "robotics"),
        Model("acme/private", "text-classification", private=True),
        Model("acme/gated", "text-generation", gated="manual"),
    ]
    return {model.id: model for model in models}


ALIASES = {
    "gpt2": "openai-community/gpt2",
    "t5-small": "google-t5/t5-small",
}

_WITH: dict[str, dict[str, Any]] = {
    "fill-mask": {"mask_token": "<mask>", "widget": [{"text": "The capital of France is <mask>."}]},
    "text-classification": {"widget": [{"text": "I like you. I love you", "example_title": "Love"}]},
    "question-answering": {"widget": [{"text": "Where do I live?", "context": "Amsterdam is where I live."}]},
    "zero-shot-classification": {"widget": [{"text": "My phone broke", "candidate_labels": "urgent, calm"}]},
    "sentence-similarity": {"widget": [{"source_sentence": "I am happy", "sentences": ["I am glad", "I am sad"]}]},
    "table-question-answering": {
        "widget": [{"text": "How many stars?", "table": {"Repository": ["a", "b"], "Stars": ["36542", "4512"]}}]
    },
    "tabular-classification": {"widget": [{"structuredData": {"length": [1.5, 2.5], "width": [0.5, 0.25]}}]},
    "tabular-regression": {"widget": [{"structuredData": {"length": [1.5, 2.5], "width": [0.5, 0.25]}}]},
    "image-classification": {"widget": [{"src": "https://evil.example/cat.png", "example_title": "Cat"}]},
}
