"""Dataset: a table of samples, of which the visitor chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.components.registry import get_component

TYPES = ("values", "index", "tuple")


class Dataset(Component):
    """A table of samples, one column for each of `components`. The function gets the chosen sample, or None.

    It may return the index of a sample, or the sample itself.
    """

    kind = "dataset"
    group = True

    def __init__(
        self,
        value: int | Sequence[Any] | None = None,
        *,
        components: Sequence[Component | str | dict[str, Any]] = ("text",),
        samples: Sequence[Sequence[Any]] = (),
        headers: Sequence[str] | None = None,
        type: str = "values",
        **common: Any,
    ) -> None:
        """
        value: index of the sample chosen at first.
        components: how each column is shown: components or shortcuts.
        samples: one list per row, with one value per column; of one column also bare values.
        headers: names of the columns; None takes the components' labels.
        type: "values" gives the function the sample as a list, "index" its index, "tuple" (index, list).
        """
        if type not in TYPES:
            raise ValueError(f"Dataset: type must be one of {', '.join(TYPES)}; it was {type!r}.")
        self.components = [get_component(item) for item in components]
        self.samples = [self._row(number, row) for number, row in enumerate(samples)]
        self.headers = [c.label or c.kind for c in self.components] if headers is None else [str(h) for h in headers]
        if len(self.headers) != len(self.components):
            raise ValueError(f"Dataset: {len(self.headers)} headers for {len(self.components)} components.")
        self.type = type
        self._cells: list[list[Markup]] = []
        super().__init__(value, **common)
        if value is not None:
            self._place(value)

    def _row(self, number: int, row: Any) -> list[Any]:
        values = list(row) if isinstance(row, (list, tuple)) else [row]
        if len(values) != len(self.components):
            raise ValueError(
                f"Dataset: sample {number} has {len(values)} values for {len(self.components)} components: {row!r}."
            )
        return values

    def _place(self, value: Any) -> int:
        """The index of a sample. Raises ValueError when there is no such sample."""
        wire = plain(value)
        if isinstance(wire, int) and not isinstance(wire, bool) and 0 <= wire < len(self.samples):
            return wire
        row = wire if isinstance(wire, list) else [wire]
        found = next((index for index, sample in enumerate(self.samples) if plain(sample) == row), None)
        if found is None:
            raise ValueError(
                f"{self.label or self.kind}: {value!r:.60} is neither one of the {len(self.samples)} samples nor the "
                "index of one."
            )
        return found

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if wire is None:
            return None
        if isinstance(wire, bool) or not isinstance(wire, int) or not 0 <= wire < len(self.samples):
            last = len(self.samples) - 1
            raise self.refuse(f"must be the index of a sample, 0 to {last}" if self.samples else "has no samples", wire)
        sample = list(self.samples[wire])
        return {"values": sample, "index": wire, "tuple": (wire, sample)}[self.type]

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no sample and no index of one."""
        if value is None:
            return None
        if self.type == "tuple" and isinstance(value, tuple) and len(value) == 2:
            value = value[0]
        return self._place(value)

    def initial(self, files: Files) -> Wire:
        """Also draws the samples, for which media need the server's files."""
        columns = self.components
        self._cells = [
            [c.example_html(c.example_wire(v, files)) for c, v in zip(columns, row, strict=True)]
            for row in self.samples
        ]
        return super().initial(files)

    def schema(self) -> Schema:
        if not self.samples:
            return {"type": "null"}
        return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": len(self.samples) - 1}, {"type": "null"}]}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> Any:
        """The index."""
        return wire

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return int(cell) if cell.isdecimal() else None

    def example_html(self, wire: Wire) -> Markup:
        return escape("" if wire is None else ", ".join(map(str, self.samples[wire])))

    # ------------------------------------------------------------------ page

    def control(self, id: str, wire: Wire) -> Markup:
        if not self._cells:
            return Markup('<p id="{}" class="note">There are no samples.</p>').format(id)
        rows = [self._drawn(f"{id}-{n}" if n else id, id, row, n == wire, False) for n, row in enumerate(self._cells)]
        return self._table(rows)

    def view(self, id: str, wire: Wire) -> Markup:
        rows = [self._drawn(f"{id}-{n}", id, row, n == wire, True) for n, row in enumerate(self._cells)]
        return Markup('<div id="{id}" role="group" aria-labelledby="{id}-name">{rows}</div>').format(
            id=id, rows=self._table(rows)
        )

    def _drawn(self, id: str, name: str, cells: list[Markup], chosen: bool, fixed: bool) -> Markup:
        box = Markup('<input type="radio"{}>').format(attributes(id=id, name=name, checked=chosen, disabled=fixed))
        first = Markup('<td><label class="choice">{} <span>{}</span></label></td>').format(box, cells[0])
        return Markup("<tr>{}{}</tr>").format(
            first, Markup("").join(Markup("<td>{}</td>").format(c) for c in cells[1:])
        )

    def _table(self, rows: list[Markup]) -> Markup:
        heads = Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in self.headers)
        return Markup(
            '<div class="sheet rows" role="group" aria-label="Samples" tabindex="0"><table>'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(heads, Markup("").join(rows))
