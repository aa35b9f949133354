"""What a task is: what goes in, what comes out, and how a model is asked, on the Hub or here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.models.facts import Facts
from quickdemo.runtime.components.base import Component

#: what a model is asked with: an InferenceClient of huggingface_hub, or a pipeline of transformers
Asked = Any
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """inputs, outputs: the components; both must be ones that nobody else has.
    ask: (client, parameters, one value for each input) -> what the outputs take.
    grow: the same of an answer that comes in pieces; each value is the whole so far.
    run: as `ask`, with a pipeline of transformers.
    row: what the card has as an example -> one value for each input, or None when it does not fit.
    optional: places of the inputs that may be empty.
    """

    inputs: Callable[[Facts], list[Component]]
    outputs: Callable[[], list[Component]]
    ask: Callable[..., Any]
    grow: Callable[..., Iterator[Any]] | None = None
    run: Callable[..., Any] | None = None
    row: Callable[[Mapping[str, Any]], Sequence[Any] | None] | None = None
    optional: tuple[int, ...] = ()
    is_chat: bool = False


def text_row(card: Mapping[str, Any]) -> Sequence[Any] | None:
    """The row of a task with one text."""
    return [card["text"]] if isinstance(card.get("text"), str) else None


def scores(found: Any, named: str = "label") -> dict[str, float]:
    """{label: score} of [{"label", "score"}, ...]; the answer of a model that gives no score counts as sure."""
    found = found if isinstance(found, list) else [found]
    if found and isinstance(found[0], list):
        found = found[0]
    return {str(field(one, named)).strip(): score_of(one) for one in found}


def score_of(one: Any) -> float:
    """1.0 where the model gives none."""
    score = field(one, "score")
    return 1.0 if score is None else float(score)


def field(answer: Any, name: str) -> Any:
    """A field of an answer: those of huggingface_hub are objects, those of transformers dicts."""
    return answer.get(name) if isinstance(answer, dict) else getattr(answer, name, None)


def first(found: Any) -> Any:
    """Of a list the first."""
    return found[0] if isinstance(found, list) else found


def named(text: str | None, least: int = 1) -> list[str]:
    """The class names of a text with commas. Raises HubError (input) for too few."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    if len(names) < least:
        words = "one class name" if least == 1 else f"{least} class names, with a comma between them"
        raise HubError("input", f"There must be at least {words}.")
    return names
