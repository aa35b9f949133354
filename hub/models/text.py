"""Tasks with text in and text, classes or numbers out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from quickdemo.hub.models.facts import Facts
from quickdemo.hub.models.task import Asked, Parameters, Task, field, first, named, scores, text_row
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.checkbox import Checkbox
from quickdemo.runtime.components.highlightedtext import HighlightedText
from quickdemo.runtime.components.label import Label
from quickdemo.runtime.components.textbox import Textbox

Card = Mapping[str, Any]


def _text(facts: Facts) -> list[Component]:
    return [Textbox(label="Input")]


def _texts(output: str) -> Callable[[], list[Component]]:
    return lambda: [Textbox(label=output)]


def _classification() -> list[Component]:
    return [Label(label="Classification")]


# ---------------------------------------------------------------------- classes


def _classify(client: Asked, parameters: Parameters, text: str) -> Any:
    return scores(client.text_classification(text, **parameters))


def _fill(client: Asked, parameters: Parameters, text: str) -> Any:
    return scores(client.fill_mask(text, **parameters), "token_str")


def _masked(facts: Facts) -> list[Component]:
    mask = f"{facts.mask_token} stands for the word to find" if facts.mask_token else None
    return [Textbox(label="Input", info=mask)]


def _zero_shot_inputs(facts: Facts) -> list[Component]:
    return [
        Textbox(label="Input"),
        Textbox(label="Possible class names (comma-separated)"),
        Checkbox(label="Allow multiple true classes"),
    ]


def _zero_shot(client: Asked, parameters: Parameters, text: str, labels: str, several: bool) -> Any:
    try:
        found = client.zero_shot_classification(text, named(labels), multi_label=bool(several), **parameters)
    except ValueError:  # some servers still answer as they did in 2022
        return _old_scores(json.loads(getattr(client, "body", b"null")))
    return scores(found)


def _old_scores(found: Any) -> dict[str, float]:
    """Of {"labels": [...], "scores": [...]}. Raises ValueError for anything else."""
    if not isinstance(found, dict) or not {"labels", "scores"} <= set(found):
        raise ValueError("no known form of scores")
    return dict(zip(found["labels"], found["scores"], strict=True))


def _zero_shot_here(pipeline: Asked, parameters: Parameters, text: str, labels: str, several: bool) -> Any:
    return _old_scores(first(pipeline(text, candidate_labels=named(labels), multi_label=bool(several), **parameters)))


def _zero_shot_row(card: Card) -> Sequence[Any] | None:
    labels = card.get("candidate_labels")
    return [card["text"], labels, False] if isinstance(labels, str) and text_row(card) else None


def _similar_inputs(facts: Facts) -> list[Component]:
    return [
        Textbox("That is a happy person", label="Source Sentence"),
        Textbox(lines=7, label="Sentences to compare to", placeholder="Separate each sentence by a newline"),
    ]


def _similar(client: Asked, parameters: Parameters, sentence: str, others: str) -> Any:
    lines = [line.strip() for line in others.splitlines() if line.strip()]
    return dict(zip(lines, map(float, client.sentence_similarity(sentence, lines, **parameters)), strict=True))


def _similar_row(card: Card) -> Sequence[Any] | None:
    source, others = card.get("source_sentence"), card.get("sentences")
    if not isinstance(source, str) or not isinstance(others, list):
        return None
    return [source, "\n".join(map(str, others))]


# ---------------------------------------------------------------------- spans and answers


def _entities(client: Asked, parameters: Parameters, text: str) -> Any:
    return spans(text, client.token_classification(text, **parameters))


def spans(text: str, entities: Any) -> list[tuple[str, str | None]]:
    """The text in pieces, each with its entity or None. Entities that overlap an earlier one are left out."""
    found: list[tuple[str, str | None]] = []
    end = 0
    placed = [one for one in entities if isinstance(field(one, "start"), int) and isinstance(field(one, "end"), int)]
    for one in sorted(placed, key=lambda one: int(field(one, "start"))):
        start, stop = field(one, "start"), min(field(one, "end"), len(text))
        if start < end or stop <= start:
            continue
        kind = field(one, "entity_group") or re.sub(r"^[BI]-", "", field(one, "entity") or "")
        found += [(text[end:start], None)] if start > end else []
        found.append((text[start:stop], kind))
        end = stop
    return found + ([(text[end:], None)] if end < len(text) else [])


def _question_inputs(facts: Facts) -> list[Component]:
    return [Textbox(lines=7, label="Context"), Textbox(label="Question")]


def _question(client: Asked, parameters: Parameters, context: str, question: str) -> Any:
    return _answered(client.question_answering(question, context, **parameters))


def _question_here(pipeline: Asked, parameters: Parameters, context: str, question: str) -> Any:
    return _answered(pipeline(question=question, context=context, **parameters))


def _answered(found: Any) -> tuple[str, dict[str, float]]:
    best = first(found)
    text = str(field(best, "answer") or "")
    return text, {text or "(no answer)": float(field(best, "score") or 0.0)}


def _question_row(card: Card) -> Sequence[Any] | None:
    return [card["context"], card["text"]] if isinstance(card.get("context"), str) and text_row(card) else None


# ---------------------------------------------------------------------- text


def _summarize(client: Asked, parameters: Parameters, text: str) -> Any:
    return client.summarization(text, **parameters).summary_text


def _translate(client: Asked, parameters: Parameters, text: str) -> Any:
    return client.translation(text, **parameters).translation_text


def _generate(client: Asked, parameters: Parameters, prompt: str) -> Any:
    return after(prompt, client.text_generation(prompt, **{"return_full_text": False, **parameters}))


def _generate_growing(client: Asked, parameters: Parameters, prompt: str) -> Iterator[str]:
    pieces = client.text_generation(prompt, stream=True, **{"return_full_text": False, **parameters})
    written = ""
    for piece in pieces:
        written += piece
        is_begun = not prompt.startswith(written)  # until then it may be the prompt that is repeated
        yield after(prompt, written) if is_begun else prompt
    if written and prompt.startswith(written) and written != prompt:
        yield after(prompt, written)


def after(prompt: str, written: str) -> str:
    """The prompt and what was written after it; some servers repeat the prompt."""
    return written if written.startswith(prompt) else prompt + written


def _generate_other(client: Asked, parameters: Parameters, text: str) -> Any:
    return client.text_generation(text, **parameters)


def _chat(client: Asked, parameters: Parameters, text: str) -> Any:
    return client.chat_completion([said(text)], **parameters).choices[0].message.content


def _chat_growing(client: Asked, parameters: Parameters, text: str) -> Iterator[str]:
    yield from growing(client.chat_completion([said(text)], stream=True, **parameters))


def said(content: Any) -> dict[str, Any]:
    """A user's message."""
    return {"role": "user", "content": content}


def growing(chunks: Any) -> Iterator[str]:
    """The whole text so far, of the chunks of a chat."""
    written = ""
    for chunk in chunks:
        if chunk.choices and (piece := chunk.choices[0].delta.content):
            written += piece
            yield written


def _chat_here(pipeline: Asked, parameters: Parameters, text: str) -> Any:
    written = first(pipeline([said(text)], **parameters))["generated_text"]
    return written[-1]["content"] if isinstance(written, list) else written


def _written_here(name: str) -> Callable[..., Any]:
    return lambda pipeline, parameters, text: first(pipeline(text, **parameters))[name]


TASKS = {
    "text-classification": Task(
        _text,
        _classification,
        _classify,
        row=text_row,
        run=lambda p, more, text: scores(p(text, **{"top_k": None, **more})),
    ),
    "fill-mask": Task(
        _masked, _classification, _fill, row=text_row, run=lambda p, more, text: scores(p(text, **more), "token_str")
    ),
    "zero-shot-classification": Task(
        _zero_shot_inputs, _classification, _zero_shot, run=_zero_shot_here, row=_zero_shot_row
    ),
    "sentence-similarity": Task(_similar_inputs, _classification, _similar, row=_similar_row),
    "token-classification": Task(
        _text,
        lambda: [HighlightedText(label="Output")],
        _entities,
        run=lambda p, more, text: spans(text, p(text, **more)),
        row=text_row,
    ),
    "question-answering": Task(
        _question_inputs,
        lambda: [Textbox(label="Answer"), Label(label="Score")],
        _question,
        run=_question_here,
        row=_question_row,
    ),
    "summarization": Task(_text, _texts("Summary"), _summarize, run=_written_here("summary_text"), row=text_row),
    "translation": Task(_text, _texts("Translation"), _translate, run=_written_here("translation_text"), row=text_row),
    "text-generation": Task(
        _text, _texts("Output"), _generate, _generate_growing, run=_written_here("generated_text"), row=text_row
    ),
    "text2text-generation": Task(
        _text, _texts("Generated Text"), _generate_other, run=_written_here("generated_text"), row=text_row
    ),
    "conversational": Task(_text, _texts("Output"), _chat, _chat_growing, run=_chat_here, row=text_row, is_chat=True),
}
