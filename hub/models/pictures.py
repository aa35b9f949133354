"""Tasks with pictures in or out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from quickdemo.hub.models.facts import Facts
from quickdemo.hub.models.media import data_of, kept, picture_of, sent, type_of
from quickdemo.hub.models.task import Asked, Parameters, Task, field, first, named, score_of, scores, text_row
from quickdemo.hub.models.text import growing, said
from quickdemo.runtime.components.annotatedimage import AnnotatedImage
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.image import Image
from quickdemo.runtime.components.label import Label
from quickdemo.runtime.components.textbox import Textbox
from quickdemo.runtime.components.video import Video


def _picture(facts: Facts) -> list[Component]:
    return [Image(type="filepath", label="Input Image")]


def _with(label: str) -> Callable[[Facts], list[Component]]:
    return lambda facts: [*_picture(facts), Textbox(label=label)]


def _classification() -> list[Component]:
    return [Label(label="Classification")]


def _annotated() -> list[Component]:
    return [AnnotatedImage(label="Output")]


def _classify(client: Asked, parameters: Parameters, picture: Any) -> Any:
    return scores(client.image_classification(sent(picture), **parameters))


def _zero_shot(client: Asked, parameters: Parameters, picture: Any, labels: str) -> Any:
    return scores(client.zero_shot_image_classification(sent(picture), named(labels, 2), **parameters))


def _zero_shot_here(pipeline: Asked, parameters: Parameters, picture: Any, labels: str) -> Any:
    return scores(pipeline(picture_of(picture), candidate_labels=named(labels, 2), **parameters))


def _detect(client: Asked, parameters: Parameters, picture: Any) -> Any:
    return boxed(picture, client.object_detection(sent(picture), **parameters))


def boxed(picture: Any, found: Any) -> tuple[Any, list[tuple[Any, str]]]:
    """The picture with a box for each object, none of which lies outside of it."""
    shown = picture_of(picture)
    areas = []
    for one in found:
        box = field(one, "box")
        corners = [(field(box, f"x{end}"), field(box, f"y{end}")) for end in ("min", "max")]
        inside = [(min(max(x, 0), shown.width), min(max(y, 0), shown.height)) for x, y in corners]
        areas.append(((*inside[0], *inside[1]), f"{field(one, 'label')} {score_of(one):.0%}"))
    return shown, areas


def _segment(client: Asked, parameters: Parameters, picture: Any) -> Any:
    return masked(picture, client.image_segmentation(sent(picture), **parameters))


def masked(picture: Any, found: Any) -> tuple[Any, list[tuple[Any, str]]]:
    """The picture with a mask for each segment."""
    import numpy as np

    shown = picture_of(picture)
    masks = [(field(one, "mask").convert("L").resize(shown.size), str(field(one, "label"))) for one in found]
    return shown, [(np.asarray(mask, np.float32) / 255, label) for mask, label in masks]


def _describe(client: Asked, parameters: Parameters, picture: Any) -> Any:
    return client.image_to_text(sent(picture), **parameters).generated_text


def _change(client: Asked, parameters: Parameters, picture: Any, prompt: str | None) -> Any:
    return loaded(client.image_to_image(sent(picture), prompt or None, **parameters))


def loaded(picture: Any) -> Any:
    """A picture whose pixels have been read, so that what is wrong with them is told here."""
    picture.load()
    return picture


def _ask_about(client: Asked, parameters: Parameters, picture: Any, question: str) -> Any:
    return scores(client.visual_question_answering(sent(picture), question, **parameters), "answer")


def _ask_document(client: Asked, parameters: Parameters, picture: Any, question: str) -> Any:
    return scores(client.document_question_answering(sent(picture), question, **parameters), "answer")


def _asked_here(pipeline: Asked, parameters: Parameters, picture: Any, question: str) -> Any:
    return scores(pipeline(picture_of(picture), question, **parameters), "answer")


def seen(picture: Any, text: str) -> dict[str, Any]:
    """A message with a picture in it."""
    data = data_of(picture)
    url = f"data:{type_of(data)};base64,{base64.b64encode(data).decode()}"
    return said([{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": text}])


def _look(client: Asked, parameters: Parameters, picture: Any, text: str) -> Any:
    return client.chat_completion([seen(picture, text)], **parameters).choices[0].message.content


def _look_growing(client: Asked, parameters: Parameters, picture: Any, text: str) -> Iterator[str]:
    yield from growing(client.chat_completion([seen(picture, text)], stream=True, **parameters))


def _draw(client: Asked, parameters: Parameters, prompt: str) -> Any:
    return loaded(client.text_to_image(prompt, **parameters))


def _film(client: Asked, parameters: Parameters, prompt: str) -> Any:
    return kept(client.text_to_video(prompt, **parameters), "video")


def _prompt(facts: Facts) -> list[Component]:
    return [Textbox(label="Input")]


TASKS = {
    "image-classification": Task(
        _picture, _classification, _classify, run=lambda p, more, picture: scores(p(picture_of(picture), **more))
    ),
    "zero-shot-image-classification": Task(
        _with("Possible class names (comma-separated)"), _classification, _zero_shot, run=_zero_shot_here
    ),
    "object-detection": Task(
        _picture, _annotated, _detect, run=lambda p, more, picture: boxed(picture, p(picture_of(picture), **more))
    ),
    "image-segmentation": Task(
        _picture, _annotated, _segment, run=lambda p, more, picture: masked(picture, p(picture_of(picture), **more))
    ),
    "image-to-text": Task(
        _picture,
        lambda: [Textbox(label="Output")],
        _describe,
        run=lambda p, more, picture: first(p(picture_of(picture), **more))["generated_text"],
    ),
    "image-to-image": Task(_with("Prompt"), lambda: [Image(label="Output")], _change, optional=(1,)),
    "visual-question-answering": Task(_with("Question"), lambda: [Label(label="Answer")], _ask_about, run=_asked_here),
    "document-question-answering": Task(
        _with("Question"), lambda: [Label(label="Answer")], _ask_document, run=_asked_here
    ),
    "image-text-to-text": Task(_with("Text"), lambda: [Textbox(label="Output")], _look, _look_growing, is_chat=True),
    "text-to-image": Task(_prompt, lambda: [Image(label="Image")], _draw, row=text_row),
    "text-to-video": Task(_prompt, lambda: [Video(label="Video")], _film, row=text_row),
}
