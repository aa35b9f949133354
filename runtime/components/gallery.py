"""Gallery: many pictures with captions, small beside each other, one of them large."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from PIL import Image as Pillow

from quickdemo.runtime import media
from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.image import Image
from quickdemo.runtime.components.uploads import DATA_URL_SCHEMA, HANDLE_SCHEMA, MEDIA_OUT_SCHEMA, cannot_return
from quickdemo.runtime.sniff import PICTURES

#: most pictures of one value
MAX_PICTURES = 1000
#: all pictures of one value that comes in may have so many times the pixels that one may have
MOST_BUDGETS = 16
FITS = ("contain", "cover", "fill", "none", "scale-down")
_PARTS = {"image", "caption"}


class Gallery(Component):
    """Pictures: the function returns a list of arrays, PIL pictures or paths, each alone or as (picture, caption).

    As an input it takes several uploads, and the function gets a list of (picture, caption); None when it is empty.
    """

    kind = "gallery"

    def __init__(
        self,
        value: Iterable[Any] | None = None,
        *,
        type: str = "numpy",
        columns: int | Sequence[int] | None = None,
        rows: int | None = None,
        height: int | str | None = None,
        object_fit: str = "cover",
        allow_preview: bool = True,
        selected_index: int | None = None,
        show_download_button: bool = True,
        **common: Any,
    ) -> None:
        """
        value: the pictures at first.
        type: what the function gets of each: "numpy", "pil" or "filepath".
        columns: how many stand beside each other at most, or a list of such numbers for wider and wider windows, of
            which the last counts; None takes as many as fit.
        rows: accepted; the rows are as many as it takes.
        height: of the whole, in pixels or as a CSS length, beyond which it scrolls; None is as high as it takes.
        object_fit: how a picture fills its square: "cover", "contain", "fill", "none" or "scale-down".
        allow_preview: a picture opens large when it is chosen.
        selected_index: the picture that is open at first; None opens none.
        show_download_button: a picture that is open can be downloaded.
        """
        super().__init__(value, **common)
        self.type = type
        if object_fit not in FITS:
            raise ValueError(f"Gallery: object_fit must be one of {', '.join(FITS)}; it was {object_fit!r}.")
        if isinstance(columns, (list, tuple)):
            columns = columns[-1] if columns else None
        if columns is not None and (not isinstance(columns, int) or columns < 1):
            raise ValueError(f"Gallery: columns must be at least 1; it was {columns}.")
        self.columns, self.object_fit, self.allow_preview = columns, object_fit, allow_preview
        self.height = f"{height}px" if isinstance(height, int) else height
        self.selected_index, self.show_download_button = selected_index, show_download_button
        self._one()  # a wrong type is told where it is written
        del rows

    def _one(self) -> Image:
        """What each of the pictures is."""
        return Image(type=self.type, label=self.label or self.kind)

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> Any:
        pictures, pixels = [], 0
        for image, caption in self._parts(wire):
            picture = self._one().preprocess(image, files)
            pixels += 0 if isinstance(picture, str) else _pixels(picture)
            if pixels > MOST_BUDGETS * media.max_pixels():
                raise self.refuse(
                    f"must have at most {MOST_BUDGETS * media.max_pixels() / 1e6:.4g} megapixels in all its pictures",
                    f"{len(wire)} of them",
                    "Use fewer or smaller pictures.",
                )
            pictures.append((picture, caption))
        return pictures or None

    def _parts(self, wire: Wire) -> list[tuple[Wire, str | None]]:
        if wire is None:
            return []
        if not isinstance(wire, list):
            raise self.refuse("must be a list of pictures, or null", wire)
        if len(wire) > MAX_PICTURES:
            raise self.refuse(f"must be at most {MAX_PICTURES} pictures, not {len(wire)}", wire)
        return [self._part(item) for item in wire]

    def _part(self, item: Wire) -> tuple[Wire, str | None]:
        if not isinstance(item, dict) or not set(item) <= _PARTS or item.get("image") is None:
            raise self.refuse('must be a list of {"image": {"h": handle}, "caption": text or null}', item)
        if not isinstance(item.get("caption"), str | None):
            raise self.refuse("must have text as captions", item["caption"])
        return item["image"], item.get("caption")

    def accept(self, value: Any, files: Files) -> Any:
        """A list of paths, arrays or PIL pictures, each alone or with a caption."""
        pairs = [_pair(item) for item in value or ()]
        return [(self._one().accept(picture, files), caption) for picture, caption in pairs] or None

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no list of pictures."""
        if value is None:
            return []
        if isinstance(value, (str, np.ndarray, Pillow.Image, dict)) or not isinstance(value, Iterable):
            cannot_return(self, value, "a list of pictures, each alone or as (picture, caption)")
        shown = [self._shown(*_pair(item), files) for item in value]
        if len(shown) > MAX_PICTURES:
            raise ValueError(
                f"{self.label or self.kind}: a gallery has at most {MAX_PICTURES} pictures, not {len(shown)}."
            )
        return shown

    def _shown(self, picture: Any, caption: str | None, files: Files) -> Wire:
        if picture is None:
            cannot_return(self, picture, "pictures")
        return {"image": self._one().postprocess(picture, files), "caption": caption}

    def initial(self, files: Files) -> Wire:
        return self.example_wire(self.value, files)

    def schema(self) -> Schema:
        parts = {"image": {"anyOf": [HANDLE_SCHEMA, DATA_URL_SCHEMA]}, "caption": {"type": ["string", "null"]}}
        one = {"type": "object", "properties": parts, "required": ["image"], "additionalProperties": False}
        return {"anyOf": [{"type": "null"}, {"type": "array", "items": one, "maxItems": MAX_PICTURES}]}

    def output_schema(self) -> Schema:
        parts = {"image": MEDIA_OUT_SCHEMA, "caption": {"type": ["string", "null"]}}
        return {"type": "array", "items": {"type": "object", "properties": parts, "required": list(_PARTS)}}

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str:
        """JSON of [`label/N.ext`, caption] pairs."""
        kept = [[self._one().flag_cell(image, media), caption] for image, caption in self._parts(wire)]
        return json.dumps(kept, ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        return [(self._one().from_flag_cell(path, folder), caption) for path, caption in json.loads(cell)] or None

    def example_wire(self, value: Any, files: Files) -> Wire:
        pairs = [_pair(item) for item in value or ()]
        return [{"image": self._one().example_wire(picture, files), "caption": caption} for picture, caption in pairs]

    def example_html(self, wire: Wire) -> Markup:
        first = Markup("").join(self._one().example_html(item["image"]) for item in (wire or [])[:3])
        more = len(wire or []) - 3
        return Markup('<span class="thumbs">{}{}</span>').format(first, escape(f" and {more} more") if more > 0 else "")

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {
            "columns": self.columns,
            "height": self.height,
            "fit": self.object_fit,
            "preview": self.allow_preview,
            "selected": self.selected_index,
            "download": self.show_download_button,
        }

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div class="files"><label class="drop"><span><b>Drop pictures</b>, or choose them</span>'
            '<small>PNG, JPEG, WebP or GIF</small><input class="visually-hidden" type="file" multiple{}></label></div>'
        ).format(attributes(id=id, accept=",".join(PICTURES), aria_describedby=f"{id}-info" if self.info else None))

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="files" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)


def _pixels(picture: Any) -> int:
    height, width = picture.shape[:2] if isinstance(picture, np.ndarray) else picture.size[::-1]
    return int(height * width)


def _pair(item: Any) -> tuple[Any, str | None]:
    """(picture, caption) of an entry; the caption may be missing."""
    if isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[1], str | None):
        return item[0], item[1]
    if isinstance(item, dict) and set(item) <= _PARTS:
        return item.get("image"), item.get("caption")
    return item, None
