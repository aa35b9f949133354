"""Label: the answer of a classifier, with how sure it is of each class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.colours import ground_of
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.errors import shown


class Label(Display):
    """Takes `{class: confidence}` or a bare label; shows the top class large and a bar for each class."""

    kind = "label"

    def __init__(
        self,
        value: Any = None,
        *,
        num_top_classes: int | None = None,
        color: str | None = None,
        show_heading: bool = True,
        **common: Any,
    ) -> None:
        """
        value: what is shown at first, as the function would return it.
        num_top_classes: how many classes are shown, the surest first; None shows all.
        color: of the ground under the surest class: a CSS colour, such as "teal" or "#3270cc". Its text is black or
            white, whichever is read better there.
        show_heading: False leaves out the surest class in large where the classes have bars; one without is shown.

        Raises ValueError for what is no colour.
        """
        if num_top_classes is not None and num_top_classes < 1:
            raise ValueError(f"Label: num_top_classes must be at least 1; it was {num_top_classes}.")
        super().__init__(value, **common)
        self.num_top_classes = num_top_classes
        self.show_heading = show_heading
        self.ground = None if color is None else ground_of(color)

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when the value is neither a dict of numbers nor a label."""
        if isinstance(value, Mapping):
            return self._ranked(value)
        wire = plain(value)
        if isinstance(wire, list) and len(wire) == 1:  # an array with one entry, as models return it
            wire = wire[0]
        if wire is None:
            return None
        if not isinstance(wire, (str, int, float)):
            raise ValueError(
                f"Label takes a dict of confidences, or one label; {shown(value)} is of type {type(value).__name__}."
            )
        return {"label": str(wire)}

    def _ranked(self, value: Mapping[Any, Any]) -> Wire:
        """The wire form of {class: confidence}; also takes {"label": ...}, the form that `present` gives back."""
        if not value:
            return None
        confidences = plain(value)
        if set(confidences) <= {"label", "confidences"} and isinstance(confidences.get("label"), str):
            pairs = confidences.get("confidences")
            if not pairs:
                return {"label": confidences["label"]}
            confidences = {pair["label"]: pair["confidence"] for pair in pairs}
        pairs = []
        for name, confidence in confidences.items():
            if isinstance(confidence, list) and len(confidence) == 1:
                confidence = confidence[0]
            if isinstance(confidence, bool) or not isinstance(confidence, (int, float, type(None))):
                raise ValueError(f"Label takes numbers as confidences; that of {name!r} was {shown(confidence)}.")
            pairs.append({"label": name, "confidence": confidence})
        pairs.sort(key=lambda pair: -1e999 if pair["confidence"] is None else pair["confidence"], reverse=True)
        return {"label": pairs[0]["label"], "confidences": pairs[: self.num_top_classes]}

    def present(self, value: Any, files: Files) -> Any:
        """{class: confidence}, or the bare label."""
        return _human(self.postprocess(value, files))

    def preprocess(self, wire: Wire, files: Files) -> Any:
        """{class: confidence} or the bare label of a wire value that was shown before."""
        if wire is not None and not _fits(wire):
            raise self.refuse('must be {"label": ..., "confidences": [{"label": ..., "confidence": ...}]}', wire)
        return _human(wire)

    def accept(self, value: Any, files: Files) -> Any:
        return self.present(value, files)

    def schema(self) -> Schema:
        pair = {
            "type": "object",
            "properties": {"label": {"type": "string"}, "confidence": {"type": ["number", "null"]}},
            "required": ["label", "confidence"],
        }
        return {
            "type": ["object", "null"],
            "properties": {"label": {"type": "string"}, "confidences": {"type": "array", "items": pair}},
            "required": ["label"],
        }

    def flag_cell(self, wire: Wire, media: MediaFolder) -> Any:
        """JSON {class: confidence} of the classes that are shown, or the bare label."""
        value = self.preprocess(wire, _NO_FILES)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        try:
            value = json.loads(cell)
        except ValueError:
            value = None
        return value if isinstance(value, dict) else {"label": cell}

    def example_html(self, wire: Wire) -> Markup:
        return escape("" if wire is None else wire["label"])

    def options(self) -> dict[str, Any]:
        return {} if self.show_heading else {"heading": False}

    def view(self, id: str, wire: Wire) -> Markup:
        if self.ground is None:
            return super().view(id, wire)
        marks = attributes(
            id=id, class_="shown grounded", role="group", aria_labelledby=f"{id}-name", style=self.ground
        )
        return Markup("<div{}></div>").format(marks)


_NO_FILES: Any = None  # a label holds no media


def _fits(wire: Wire) -> bool:
    """Whether a wire value has the shape that `schema` describes."""
    if not isinstance(wire, dict) or not isinstance(wire.get("label"), str):
        return False
    pairs = wire.get("confidences", [])
    return isinstance(pairs, list) and all(
        isinstance(pair, dict)
        and isinstance(pair.get("label"), str)
        and "confidence" in pair
        and not isinstance(pair["confidence"], bool)
        and isinstance(pair["confidence"], (int, float, type(None)))
        for pair in pairs
    )


def _human(wire: Wire) -> Any:
    """What a person would write for a wire value: {class: confidence}, or the label."""
    if wire is None:
        return None
    pairs = wire.get("confidences")
    return {pair["label"]: pair["confidence"] for pair in pairs} if pairs else wire["label"]
