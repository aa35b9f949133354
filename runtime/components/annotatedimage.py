"""AnnotatedImage: a picture with named areas: masks, boxes."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image as Pillow

from quickdemo.runtime import media
from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.image import Image
from quickdemo.runtime.components.uploads import HANDLE_SCHEMA, MEDIA_OUT_SCHEMA, cannot_return
from quickdemo.runtime.errors import shown

MAX_AREAS = 500
_PARTS = {"image", "areas"}
_BOX: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}


class AnnotatedImage(Display):
    """The function returns (picture, [(area, label), ...]): an area is a mask of the picture's size, an array of
    shape (height, width) with 0 to 1 or bool, or a box (x1, y1, x2, y2) in pixels. Areas of one label share a colour.
    """

    kind = "annotatedimage"

    def __init__(
        self,
        value: Any = None,
        *,
        show_legend: bool = True,
        color_map: Mapping[str, str] | None = None,
        height: int | str | None = None,
        **common: Any,
    ) -> None:
        """
        value: the picture and its areas at first, as the function returns them.
        show_legend: the labels stand below the picture, and choosing one shows its areas alone.
        color_map: {label: CSS colour}.
        height: most height of the picture, in pixels or as a CSS length; None is 26rem.
        """
        super().__init__(value, **common)
        self.show_legend, self.color_map = show_legend, dict(color_map or {})
        self.height = f"{height}px" if isinstance(height, int) else height

    def _picture(self) -> Image:
        return Image(type="pil", label=self.label or self.kind)

    # ------------------------------------------------------------------ values

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no picture with areas, or an area lies outside of it."""
        if value is None:
            return None
        if not isinstance(value, (tuple, list)) or len(value) != 2 or not isinstance(value[1], (tuple, list)):
            cannot_return(self, value, "(picture, [(area, label), ...])")
        picture, areas = value
        if len(areas) > MAX_AREAS:
            raise ValueError(f"{self.label or self.kind}: at most {MAX_AREAS} areas are shown, not {len(areas)}.")
        wire = self._picture().postprocess(picture, files)
        if wire is None:
            return None
        width, height = _size(picture, files, wire)
        return {"image": wire, "size": [width, height], "areas": [self._area(a, width, height, files) for a in areas]}

    def _area(self, area: Any, width: int, height: int, files: Files) -> Wire:
        name = self.label or self.kind
        if not isinstance(area, (tuple, list)) or len(area) != 2:
            raise ValueError(f"{name}: an area is (mask or box, label); one was {shown(area)}.")
        place, label = area
        if isinstance(place, np.ndarray) and place.ndim == 2:
            return {"label": str(label), **self._mask(place, str(label), width, height, files)}
        corners = _corners(place)
        if not corners or not np.isfinite(corners).all():
            raise ValueError(
                f"{name}: the area {label!r} is neither a mask nor a box (x1, y1, x2, y2): {shown(place)}."
            )
        left, right = sorted((corners[0], corners[2]))
        top, bottom = sorted((corners[1], corners[3]))
        if left < 0 or top < 0 or right > width or bottom > height:
            raise ValueError(
                f"{name}: the box {label!r}, {shown(place)}, lies outside of the picture ({width} x {height} pixels)."
            )
        share = (right - left) * (bottom - top) / (width * height)
        return {"label": str(label), "box": [left, top, right, bottom], "share": round(share, 6)}

    def _mask(self, mask: np.ndarray[Any, Any], label: str, width: int, height: int, files: Files) -> dict[str, Any]:
        """A grey and alpha PNG: the alpha says how much of the label's colour lies on each pixel."""
        if mask.shape != (height, width):
            raise ValueError(
                f"{self.label or self.kind}: the mask {label!r} has shape {mask.shape}; the picture's is "
                f"{(height, width)}."
            )
        if mask.dtype.kind not in "biuf" or not (mask.min() >= 0 and mask.max() <= 1):  # also false for NaN
            raise ValueError(
                f"{self.label or self.kind}: the mask {label!r} must hold 0 to 1 or bool; it holds "
                f"{mask.dtype} from {mask.min()} to {mask.max()}."
            )
        alpha = Pillow.fromarray((mask.astype(np.float32) * 255).round().astype(np.uint8))
        both = Pillow.merge("LA", (Pillow.new("L", alpha.size, 255), alpha))
        out = io.BytesIO()
        both.save(out, "PNG", compress_level=1)
        kept = files.put_bytes(out.getvalue(), "mask.png", "image/png")
        return {"mask": kept, "share": round(float(mask.mean()), 6)}

    def preprocess(self, wire: Wire, files: Files) -> Any:
        """(PIL picture, areas) of what the page was given: masks as arrays of float, 0 to 1."""
        if wire is None:
            return None
        if not isinstance(wire, dict) or not set(wire) <= {*_PARTS, "size"} or not isinstance(wire.get("areas"), list):
            raise self.refuse('must be {"image": ..., "areas": [...]} or null', wire)
        picture = self._picture().preprocess(wire.get("image"), files)
        if picture is None:
            raise self.refuse("must have a picture", wire)
        return picture, [self._given(area, files) for area in wire["areas"]]

    def _given(self, area: Wire, files: Files) -> tuple[Any, str]:
        if not isinstance(area, dict) or not isinstance(area.get("label"), str):
            raise self.refuse("must have areas with labels", area)
        if "mask" in area:
            mask = Image(type="pil", image_mode="LA", label=self.label or self.kind).preprocess(area["mask"], files)
            if mask is None:
                raise self.refuse("must have masks that are pictures", area)
            return np.asarray(mask.getchannel("A"), np.float32) / 255, area["label"]
        box = area.get("box")
        if not isinstance(box, list) or len(box) != 4 or not all(type(number) in (int, float) for number in box):
            raise self.refuse("must have areas with a mask or a box of four numbers", area)
        return tuple(box), area["label"]

    def accept(self, value: Any, files: Files) -> Any:
        return value

    def initial(self, files: Files) -> Wire:
        return self.example_wire(self.value, files)

    def schema(self) -> Schema:
        return self._schema(HANDLE_SCHEMA)

    def output_schema(self) -> Schema:
        return self._schema(MEDIA_OUT_SCHEMA)

    def _schema(self, media: Schema) -> Schema:
        text: Schema = {"type": "string"}
        share: Schema = {"type": "number"}
        of_mask = {"properties": {"label": text, "mask": media, "share": share}, "required": ["label", "mask"]}
        of_box = {"properties": {"label": text, "box": _BOX, "share": share}, "required": ["label", "box"]}
        area = {"anyOf": [{"type": "object", **form} for form in (of_mask, of_box)]}
        size = {"type": "array", "items": {"type": "integer"}}
        parts = {"image": media, "size": size, "areas": {"type": "array", "items": area}}
        whole = {"type": "object", "properties": parts, "required": ["image", "areas"], "additionalProperties": False}
        return {"anyOf": [{"type": "null"}, whole]}

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """JSON of the paths of picture and masks, `label/N.png`, and of the boxes."""
        if wire is None:
            return None
        keep = self._picture().flag_cell
        areas = [
            [keep(area["mask"], media) if "mask" in area else area["box"], area["label"]] for area in wire["areas"]
        ]
        return json.dumps([keep(wire["image"], media), areas], ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        path, areas = json.loads(cell)
        read = self._picture().from_flag_cell
        return read(path, folder), [
            (_mask_of(read(place, folder)) if isinstance(place, str) else tuple(place), label) for place, label in areas
        ]

    def example_html(self, wire: Wire) -> Markup:
        return Markup("") if wire is None else self._picture().example_html(wire["image"])

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {"legend": self.show_legend, "colors": self.color_map, "height": self.height}


def _size(picture: Any, files: Files, wire: Wire) -> tuple[int, int]:
    """Width and height of what is shown."""
    if isinstance(picture, np.ndarray):
        return picture.shape[1], picture.shape[0]
    if isinstance(picture, Pillow.Image):
        return picture.size
    return media.shown_size(files.get(wire["h"]).path)


def _mask_of(path: str) -> np.ndarray[Any, Any]:
    with Pillow.open(path) as read:
        return np.asarray(read.convert("LA").getchannel("A"), np.float32) / 255


def _corners(place: Any) -> list[float]:
    """Four numbers as floats; none when it is anything else."""
    try:
        corners = [float(number) for number in place]
    except (TypeError, ValueError):
        return []
    return corners if len(corners) == 4 else []
