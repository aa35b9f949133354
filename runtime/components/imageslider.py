"""ImageSlider: two pictures over each other, with a divider that uncovers the one or the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from PIL import Image as Pillow

from quickdemo.runtime import media
from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.image import Image
from quickdemo.runtime.components.uploads import DATA_URL_SCHEMA, HANDLE_SCHEMA, MEDIA_OUT_SCHEMA, cannot_return
from quickdemo.runtime.sniff import PICTURES

TYPES = ("numpy", "pil", "filepath")
_SIDES = ("first", "second")


class _AsSent(Image):
    """A picture without a mode that the author wants."""

    def _worked(self, picture: Pillow.Image, mirror: bool) -> Pillow.Image:
        if self.type == "filepath":
            return picture
        return media.to_mode(picture, "RGBA" if picture.has_transparency_data else "RGB")


class ImageSlider(Component):
    """Two pictures to compare. The function gets a pair (first, second), each of which may be None, or None when both
    are missing; it may return such a pair of arrays, PIL pictures or paths. The first lies left of the divider.
    """

    kind = "imageslider"
    group = True

    def __init__(
        self,
        value: Sequence[Any] | None = None,
        *,
        format: str | None = None,
        height: int | str | None = None,
        width: int | str | None = None,
        image_mode: str | None = "RGB",
        type: str = "numpy",
        slider_position: float = 50,
        max_height: int = 500,
        **common: Any,
    ) -> None:
        """
        value: the two pictures at first.
        format: taken from other versions; results travel as PNG, files as they are.
        height, width: taken from other versions; the page fits pictures to their column.
        image_mode: a Pillow mode; None gives RGBA where a picture may be transparent, else RGB.
        type: "numpy", "pil" or "filepath" (paths of private copies).
        slider_position: where the divider stands at first, in percent of the width from the left.
        max_height: of the pictures on the page, in pixels.

        Raises ValueError for a mode, type, position or height that is none.
        """
        super().__init__(value, **common)
        if type not in TYPES:
            raise ValueError(f"ImageSlider: type must be one of {', '.join(TYPES)}; it was {type!r}.")
        if not _is_number(slider_position) or not 0 <= slider_position <= 100:
            raise ValueError(f"ImageSlider: slider_position is a percentage from 0 to 100; it was {slider_position!r}.")
        if not _is_number(max_height) or not max_height > 0:
            raise ValueError(f"ImageSlider: max_height is a number of pixels above 0; it was {max_height!r}.")
        self.image_mode, self.type = image_mode, type
        self.slider_position, self.max_height = slider_position, max_height
        self._one()  # a wrong mode is told where it is written
        del format, height, width

    def _one(self) -> Image:
        """What each of the two is."""
        label = self.label or self.kind
        if self.image_mode is None:
            return _AsSent(label=label, type=self.type)
        return Image(label=label, type=self.type, image_mode=self.image_mode)

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> tuple[Any, Any] | None:
        if wire is None:
            return None
        if not isinstance(wire, list) or len(wire) != 2:
            raise self.refuse("must be null or a list of two pictures, each of which may be null", wire)
        first, second = (self._one().preprocess(part, files) for part in wire)
        return None if first is None and second is None else (first, second)

    def accept(self, value: Any, files: Files) -> tuple[Any, Any] | None:
        """A pair of paths, PIL pictures, arrays, bytes of files or data: URLs."""
        if value is None:
            return None
        if not _is_pair(value):
            raise self.refuse("must be a pair of pictures", value)
        first, second = (self._one().accept(part, files) for part in value)
        return None if first is None and second is None else (first, second)

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no pair of pictures."""
        if value is None:
            return None
        if not _is_pair(value):
            cannot_return(self, value, "a pair of pictures, (first, second)")
        first, second = value
        one = self._one()
        wire = one.postprocess(first, files)
        pair = [wire, wire if second is first else one.postprocess(second, files)]
        return None if pair == [None, None] else pair

    def initial(self, files: Files) -> Wire:
        return self.example_wire(self.value, files)

    def schema(self) -> Schema:
        return _pair_of({"anyOf": [{"type": "null"}, HANDLE_SCHEMA, DATA_URL_SCHEMA]})

    def output_schema(self) -> Schema:
        return _pair_of({"anyOf": [{"type": "null"}, MEDIA_OUT_SCHEMA]})

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """JSON of two `label/N.ext`, either may be null."""
        return None if wire is None else json.dumps([self._one().flag_cell(part, media) for part in wire])

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        first, second = (self._one().from_flag_cell(part or "", folder) for part in json.loads(cell))
        return first, second

    def example_wire(self, value: Any, files: Files) -> Wire:
        if not _is_pair(value):
            return self.postprocess(value, files)
        pair = [self._one().example_wire(part, files) for part in value]
        return None if pair == [None, None] else pair

    def example_html(self, wire: Wire) -> Markup:
        thumbs = Markup("").join(self._one().example_html(part) for part in wire or ())
        return Markup('<span class="pairs">{}</span>').format(thumbs)

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {"position": self.slider_position, "tall": self.max_height}

    def control(self, id: str, wire: Wire) -> Markup:
        slots = Markup("").join(
            Markup(
                '<div class="slot"><label class="drop"><span><b>Drop the {side} picture</b>, or choose it</span>'
                '<small>PNG, JPEG, WebP or GIF</small><input class="visually-hidden" type="file"{attributes}></label>'
                "</div>"
            ).format(
                side=side,
                attributes=attributes(
                    id=id if side == "first" else f"{id}-second",
                    accept=",".join(PICTURES),
                    aria_describedby=f"{id}-info" if self.info else None,
                ),
            )
            for side in _SIDES
        )
        return Markup('<div class="picture"><div class="slots">{}</div></div>').format(slots)

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="picture" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)


def _pair_of(part: Schema) -> Schema:
    return {"anyOf": [{"type": "null"}, {"type": "array", "items": part, "minItems": 2, "maxItems": 2}]}


def _is_pair(value: Any) -> bool:
    """Two of something, in order. An array is one picture, or several that the author forgot to take apart."""
    return isinstance(value, (tuple, list)) and len(value) == 2


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
