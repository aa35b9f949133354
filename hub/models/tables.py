"""Tasks with a table in or out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quickdemo.hub.models.facts import Facts
from quickdemo.hub.models.task import Asked, Parameters, Task, field, first, text_row
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.dataframe import Dataframe
from quickdemo.runtime.components.table_values import Table, table_of
from quickdemo.runtime.components.textbox import Textbox


class Columns(Dataframe):
    """A table as {header: [cell, ...]}, which is how models take it; it needs no pandas."""

    def _python(self, table: Table) -> Any:
        cells = zip(*table.rows(), strict=True) if table.size else ([] for _ in table.headers)
        return dict(zip(table.headers, map(list, cells), strict=True))


def columns_of(value: Any) -> dict[str, list[Any]]:
    """The same of what any other Dataframe gave."""
    if isinstance(value, dict):
        return value
    table = table_of(value)
    return dict(zip(table.headers, map(list, zip(*table.rows(), strict=True)), strict=True))


def _is_table(card: Any) -> bool:
    """Whether an example of a card is {header: cells}, all equally long: anybody may have written it."""
    if not isinstance(card, dict) or not card or not all(isinstance(cells, list) for cells in card.values()):
        return False
    plain = all(isinstance(cell, (str, int, float, bool, type(None))) for cells in card.values() for cell in cells)
    return plain and len({len(cells) for cells in card.values()}) == 1


def _structured(facts: Facts) -> list[Component]:
    """With the columns of the card's first example: a model takes no others."""
    for card in facts.widget:
        if _is_table(table := card.get("structuredData")):
            return [Columns(table, label="Input Rows")]
    return [Columns(label="Input Rows")]


def _structured_row(card: Mapping[str, Any]) -> Sequence[Any] | None:
    return [card["structuredData"]] if _is_table(card.get("structuredData")) else None


def _predictions() -> list[Component]:
    return [Dataframe(headers=["Prediction"], label="Predictions")]


def _classify(client: Asked, parameters: Parameters, table: Any) -> Any:
    return [[one] for one in client.tabular_classification(columns_of(table), **parameters)]


def _estimate(client: Asked, parameters: Parameters, table: Any) -> Any:
    return [[one] for one in client.tabular_regression(columns_of(table), **parameters)]


def _asked_inputs(facts: Facts) -> list[Component]:
    return [Columns(label="Table"), Textbox(label="Question")]


def _ask(client: Asked, parameters: Parameters, table: Any, question: str) -> Any:
    return field(client.table_question_answering(_texts(table), question, **parameters), "answer")


def _ask_here(pipeline: Asked, parameters: Parameters, table: Any, question: str) -> Any:
    return first(pipeline(table=_texts(table), query=question, **parameters))["answer"]


def _texts(table: Any) -> dict[str, list[str]]:
    """These models read cells as text."""
    columns = columns_of(table)
    return {name: ["" if cell is None else str(cell) for cell in cells] for name, cells in columns.items()}


def _asked_row(card: Mapping[str, Any]) -> Sequence[Any] | None:
    table, question = card.get("table"), card.get("text")
    return [table, question] if _is_table(table) and isinstance(question, str) else None


def _embed(client: Asked, parameters: Parameters, text: str) -> Any:
    return rows(client.feature_extraction(text, **parameters))


def rows(vectors: Any) -> list[list[float]]:
    """A vector as one row; of several one row each, such as for each token."""
    import numpy as np

    array = np.asarray(vectors, dtype=np.float64)
    found: list[list[float]] = array.reshape(-1, array.shape[-1]).round(6).tolist()
    return found


def _vectors() -> list[Component]:
    return [Dataframe(label="Output")]


def _text(facts: Facts) -> list[Component]:
    return [Textbox(label="Input")]


TASKS = {
    "feature-extraction": Task(_text, _vectors, _embed, run=lambda p, more, text: rows(p(text, **more)), row=text_row),
    "table-question-answering": Task(
        _asked_inputs, lambda: [Textbox(label="Answer")], _ask, run=_ask_here, row=_asked_row
    ),
    "tabular-classification": Task(_structured, _predictions, _classify, row=_structured_row),
    "tabular-regression": Task(_structured, _predictions, _estimate, row=_structured_row),
}
