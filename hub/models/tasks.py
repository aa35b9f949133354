"""Which module knows a task. A family is imported when a model of it is loaded: pictures and sounds are not light."""

from __future__ import annotations

from importlib import import_module

from quickdemo.hub.models.task import Task

_FAMILIES = {
    "text": (
        "conversational fill-mask question-answering sentence-similarity summarization "
        "text-classification text-generation text2text-generation token-classification translation "
        "zero-shot-classification"
    ),
    "pictures": (
        "document-question-answering image-classification image-segmentation image-text-to-text image-to-image "
        "image-to-text object-detection text-to-image text-to-video visual-question-answering "
        "zero-shot-image-classification"
    ),
    "sounds": "audio-classification audio-to-audio automatic-speech-recognition text-to-speech",
    "tables": "feature-extraction table-question-answering tabular-classification tabular-regression",
}
FAMILY = {task: family for family, tasks in _FAMILIES.items() for task in tasks.split()}
NAMES = sorted(FAMILY)
#: what huggingface_hub cannot ask hf-inference, or an own endpoint
BEYOND_HF = frozenset({"tabular-regression", "text-to-video"})
#: other names of tasks, those of pipelines of transformers included
_ALIASES = {
    "sentiment-analysis": "text-classification",
    "ner": "token-classification",
    "vqa": "visual-question-answering",
}


def known(name: str) -> str:
    """The task of this name, or of one that transformers has for it ("translation_en_to_fr")."""
    return "translation" if name.startswith("translation_") else _ALIASES.get(name, name)


def task_of(name: str) -> Task:
    """One of NAMES."""
    found: Task = import_module(f"quickdemo.hub.models.{FAMILY[name]}").TASKS[name]
    return found
