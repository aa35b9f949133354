"""docs/hub.md names every task, option and kind of error of models, and no others."""

from __future__ import annotations

import inspect
import re
from typing import get_args

from quickdemo.hub import models
from quickdemo.hub.errors import ErrorKind
from quickdemo.hub.models.facts import Facts
from quickdemo.hub.models.tasks import NAMES, task_of
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "hub.md").read_text()


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading, by their first cell."""
    part = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:3] == "| `"]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_task_stands_with_its_components() -> None:
    table = rows("Tasks")

    assert list(table) == NAMES
    for name, (inputs, outputs) in table.items():
        task = task_of(name)
        assert words(inputs) == [kind(c) for c in task.inputs(Facts("x"))], name
        assert words(outputs) == [kind(c) for c in task.outputs()], name
        assert ("streaming" in outputs) is (task.grow is not None), name


def words(cell: str) -> list[str]:
    """The names of components in a cell."""
    return re.findall(r"[A-Z]\w+", cell)


def kind(component: object) -> str:
    name = type(component).__name__
    return "Dataframe" if name == "Columns" else name


def test_every_option_stands_there() -> None:
    options = [name for name in inspect.signature(models.load).parameters if name not in ("reference", "options")]

    assert set(rows("Options")) == set(options)


def test_every_kind_of_error_of_a_model_stands_there() -> None:
    of_spaces = {k for k in get_args(ErrorKind) if k.startswith("space_")} | {"login", "busy", "not_gradio"}
    elsewhere = {"hostile"}  # what only a host that sends us elsewhere brings about

    assert set(rows("Errors")) == set(get_args(ErrorKind)) - of_spaces - elsewhere
