"""The author's examples: a list, a folder of files, or a folder of flags."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quickdemo.runtime.components.base import Component


@dataclass(frozen=True)
class Examples:
    """samples: one row per example, one Python value per visible input. columns: the inputs shown, by index.

    An input that is None in every sample is no column, and is left alone when an example is chosen.
    folder: the absolute path of the one they were read from, "" for a list.
    labels: what is shown for each sample instead of its values; None shows the values.
    """

    samples: list[list[Any]]
    columns: list[int]
    per_page: int
    source: str
    folder: str = ""
    labels: list[str] | None = None

    @classmethod
    def of(
        cls, given: Any, inputs: list[Component], per_page: int, labels: Sequence[str] | None = None
    ) -> Examples | None:
        """The inputs are told their values in the first sample. Raises ValueError for a form that is not offered,
        FileNotFoundError for a folder that is not there."""
        visible = [(index, c) for index, c in enumerate(inputs) if not c.stateful]
        if given is None or (isinstance(given, (list, tuple)) and not given):
            return None
        if not visible:
            raise ValueError("examples= needs at least one input.")
        if isinstance(given, (str, os.PathLike)):
            samples, source = _from_folder(os.fspath(given), [c for _, c in visible])
        elif isinstance(given, (list, tuple)):
            samples, source = _from_list(given, len(inputs), [i for i, _ in visible]), "list"
        else:
            raise ValueError(f"examples must be a list of samples or the path of a folder; it was {given!r}.")
        used = [n for n in range(len(visible)) if any(sample[n] is not None for sample in samples)]
        columns = [visible[n][0] for n in used]
        for n in used:
            visible[n][1].first_example = samples[0][n]
        folder = "" if source == "list" else os.path.abspath(given)
        shown = _labels(labels, len(samples))
        return cls([[sample[n] for n in used] for sample in samples], columns, max(1, per_page), source, folder, shown)

    def files(self) -> set[str]:
        """The files that they come from: logs, and what the samples name, be it there or not. Raises OSError."""
        if not self.folder:
            return set()
        from quickdemo.runtime.flagging import reading  # only when examples come from a folder

        inside = tuple({self.folder + os.sep, os.path.realpath(self.folder) + os.sep})
        named = {os.path.abspath(text) for text in _texts(self.samples)}
        logs = reading.find_logs(self.folder) or [os.path.join(self.folder, "log.csv")]
        return {path for path in named if path.startswith(inside)} | set(logs)


def _labels(labels: Sequence[str] | None, count: int) -> list[str] | None:
    if labels is None:
        return None
    if isinstance(labels, str) or len(labels) != count:
        raise ValueError(f"example_labels must have one text for each of the {count} examples; it was {labels!r:.80}.")
    return [str(label) for label in labels]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _from_list(given: Sequence[Any], total: int, visible: list[int]) -> list[list[Any]]:
    if len(visible) == 1 and not all(isinstance(row, (list, tuple)) for row in given):
        given = [[item] for item in given]
    rows = []
    for number, row in enumerate(given):
        if not isinstance(row, (list, tuple)):
            raise ValueError(f"Each example must be a list with one value per input; example {number} was {row!r}.")
        values = list(row)
        if len(values) == total:
            values = [values[index] for index in visible]
        if len(values) > len(visible):
            raise ValueError(f"Example {number} has {len(row)} values for {len(visible)} inputs: {row!r}.")
        rows.append(values + [None] * (len(visible) - len(values)))
    return rows


def _from_folder(folder: str, inputs: list[Component]) -> tuple[list[list[Any]], str]:
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"There is no folder {folder!r} to take examples from.")
    from quickdemo.runtime.flagging import reading  # only when examples come from a folder

    if reading.find_log(folder):
        return reading.samples(folder, inputs), "flagged"
    if len(inputs) == 1:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        paths = [os.path.join(folder, name) for name in names]
        return [[path] for path in paths if os.path.isfile(path)], "folder"
    raise FileNotFoundError(f"Could not find log file (required for multiple inputs): {folder}/log.csv")
