"""ImageEditor: a picture with layers painted over it; the background, each layer and the whole are the value."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from markupsafe import Markup
from PIL import Image as Pillow

from quickdemo.runtime import media
from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.colours import as_hex
from quickdemo.runtime.components.image import MODES, Image
from quickdemo.runtime.components.imageeditor_tools import (
    Brush,
    Eraser,
    LayerOptions,
    WebcamOptions,
    made,
)
from quickdemo.runtime.components.uploads import (
    DATA_URL_SCHEMA,
    HANDLE_SCHEMA,
    MEDIA_OUT_SCHEMA,
    Incoming,
    cannot_return,
    incoming,
    local_path,
)
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.sniff import PICTURES

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.runtime.components.image_parts import LayeredParts

SOURCES = ("upload", "webcam", "clipboard")
TRANSFORMS = ("crop", "resize")
FORMATS = ("png", "webp", "jpeg", "jpg")
#: most layers of one value
MAX_LAYERS = 20
#: most pixels of a value's background and layers together, as multiples of what one picture may have
MAX_PICTURES = 4

_PARTS = ("background", "layers", "composite")
_OPAQUE_MODES = ("1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "I", "F")


@dataclass
class _Opened:
    """One decoded picture, upright, and the file that it came from."""

    picture: Pillow.Image
    file: Incoming | None = None


class ImageEditor(Component):
    """A picture that is painted upon in layers, or a canvas that is. The function gets
    `{"background": picture or None, "layers": [picture, ...], "composite": picture or None}`, all of one size: what
    lies beneath, each layer from the undermost up (transparent where nothing is painted), and the whole.

    It may return such a dict, with a composite of its own or without, or one picture. Where nothing is given,
    background and composite are None and there are no layers. Pictures are arrays of shape (height, width, 4), type
    uint8, unless told otherwise. The composite is made on the server; one that a visitor sends counts only when there
    is nothing else, as the background.
    """

    kind = "imageeditor"
    extra_modules = ("components/imageeditor_work.js",)

    def __init__(
        self,
        value: Any = None,
        *,
        height: int | str | None = None,
        width: int | str | None = None,
        image_mode: str = "RGBA",
        sources: Sequence[str] | str | None = SOURCES,
        type: str = "numpy",
        placeholder: str | None = None,
        transforms: Sequence[str] | None = TRANSFORMS,
        eraser: Eraser | Mapping[str, Any] | Literal[False] | None = None,
        brush: Brush | Mapping[str, Any] | Literal[False] | None = None,
        format: str = "png",
        layers: bool | LayerOptions | Mapping[str, Any] = True,
        canvas_size: tuple[int, int] = (800, 800),
        fixed_canvas: bool = False,
        webcam_options: WebcamOptions | Mapping[str, Any] | None = None,
        **common: Any,
    ) -> None:
        """
        value: the background at first, or a dict as the function returns it.
        height, width: taken from other versions; the page fits pictures to their column.
        image_mode: a Pillow mode. In one without transparency the background and the whole become white where they are
            transparent; layers only lose their transparency.
        sources: where a background may come from: "upload", "webcam", "clipboard"; none is a blank canvas.
        type: "numpy", "pil" or "filepath" (paths of private copies; an upload that was not changed is passed as it is).
        placeholder: text where a picture is to be dropped.
        transforms: "crop" lets a visitor cut, turn and flip; "resize" is accepted, the page shows the whole picture.
        eraser: `gr.Eraser(...)`; False offers none.
        brush: `gr.Brush(...)`; False offers none, and no eraser.
        format: of files that are made for "filepath": "png", "webp" (lossless) or "jpeg" (PNG where it is transparent).
        layers: False offers one layer; `gr.LayerOptions(...)` names them and says whether more may be added.
        canvas_size: (width, height) in pixels of the canvas without a background.
        fixed_canvas: the canvas keeps this size; a background is fitted into its middle.
        webcam_options: `gr.WebcamOptions(...)`.

        Raises ValueError for a mode, source, type, size or option that is none.
        """
        super().__init__(value, **common)
        self.sources = [sources] if isinstance(sources, str) else list(sources or ())
        self.transforms = list(transforms or ())
        _check("image_mode", [image_mode], MODES)
        _check("sources", self.sources, SOURCES)
        _check("transforms", self.transforms, TRANSFORMS)
        _check("type", [type], ("numpy", "pil", "filepath"))
        _check("format", [format], FORMATS)
        self.image_mode, self.type, self.format = image_mode, type, "JPEG" if format == "jpg" else format.upper()
        self.placeholder = placeholder
        self.brush = None if brush is False else made(brush, Brush, "brush")
        self.eraser = None if eraser is False or brush is False else made(eraser, Eraser, "eraser")
        self.layers = LayerOptions(disabled=True) if layers is False else made(layers, LayerOptions, "layers")
        self.canvas_size = _checked_size(canvas_size)
        self.fixed_canvas = fixed_canvas
        self.webcam_options = made(webcam_options, WebcamOptions, "webcam_options")
        del height, width

    def _one(self, mode: str | None = None) -> Image:
        """What each of the pictures is."""
        return Image(label=self.label or self.kind, type=self.type, image_mode=mode or self.image_mode)

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> dict[str, Any]:
        if wire is None:
            return _nothing()
        background, layers = self._sent(wire)
        return self._given(
            self._stored(background, files, "background") if background is not None else None,
            [self._stored(layer, files, f"layer {n}") if layer is not None else None for n, layer in _numbered(layers)],
        )

    def _sent(self, wire: Wire) -> tuple[Wire, list[Wire]]:
        """Background and layers of a wire value; a composite alone is the background."""
        if not isinstance(wire, dict) or not set(wire) <= set(_PARTS) or not isinstance(wire.get("layers", []), list):
            raise self.refuse('must be null or {"background": picture or null, "layers": [picture or null, ...]}', wire)
        background, layers = wire.get("background"), wire.get("layers", [])
        if len(layers) > MAX_LAYERS:
            raise self.refuse(f"must have at most {MAX_LAYERS} layers, not {len(layers)}", wire)
        for part in (background, wire.get("composite"), *layers):
            if part is not None and not isinstance(part, (dict, str)):
                raise self.refuse('must hold pictures, each as {"h": handle} or a data: URL', part)
        if background is None and not layers:
            background = wire.get("composite")
        return background, layers

    def _stored(self, wire: Wire, files: Files, part: str) -> Incoming:
        return incoming(self, wire, files, name=part)

    def _decoded(self, file: Incoming, part: str) -> _Opened:
        try:
            return _Opened(media.open_image(file.source), file)
        except media.PictureError as error:
            field = self.label or self.kind
            raise InvalidValueError(f"{field}: the {part} {error}.", error.hint, field=field) from error

    def _given(self, background: Any, layers: list[Any]) -> dict[str, Any]:
        """What the function gets of these parts: files, opened pictures, or None for what is blank."""
        beneath = self._opened(background, "background")
        if beneath is None and not layers:
            return _nothing()
        size, above = self._of_one_size(beneath, layers)
        if self.fixed_canvas and beneath is not None and beneath.picture.size != size:
            beneath = _Opened(media.fitted(beneath.picture, size))
        blank = Pillow.new("RGBA", size, (0, 0, 0, 0))
        painted = [layer.picture for layer in above if layer is not None]
        whole = beneath or _Opened(blank)
        if painted:
            whole = _Opened(media.flattened([whole.picture, *painted]))
        return {
            "background": self._value(beneath) if beneath is not None else None,
            "layers": [self._layer_value(layer or _Opened(blank)) for layer in above],
            "composite": self._value(whole),
        }

    def _opened(self, part: Any, name: str) -> _Opened | None:
        return self._decoded(part, name) if isinstance(part, Incoming) else part

    def _of_one_size(self, beneath: _Opened | None, layers: list[Any]) -> tuple[tuple[int, int], list[_Opened | None]]:
        """Width and height of them all, and the layers opened; raises InvalidValueError when one is of another."""
        size = self.canvas_size if self.fixed_canvas else beneath.picture.size if beneath else None
        opened: list[_Opened | None] = []
        for number, part in _numbered(layers):
            layer = self._opened(part, f"layer {number}")
            if layer is not None and self.fixed_canvas:
                layer = layer if layer.picture.size == size else _Opened(media.fitted(layer.picture, self.canvas_size))
            elif layer is not None:
                size = size or layer.picture.size
                if layer.picture.size != size:
                    raise self._odd_size(number, layer.picture.size, size)
            self._check_together(size, len(layers) + 1)
            opened.append(layer)
        return size or self.canvas_size, opened

    def _odd_size(self, number: int, size: tuple[int, int], wanted: tuple[int, int]) -> InvalidValueError:
        return self.refuse(
            f"must have layers of the size of its background or first layer, {wanted[0]} x {wanted[1]} pixels",
            f"layer {number} of {size[0]} x {size[1]}",
            "Send each layer as large as the background; what is not painted is transparent.",
        )

    def _check_together(self, size: tuple[int, int] | None, count: int) -> None:
        """Raises InvalidValueError when so many pictures of that size would take too much memory."""
        width, height = size or self.canvas_size
        most = MAX_PICTURES * media.max_pixels()
        if width * height * count > most:
            raise self.refuse(
                f"must have at most {most / 1e6:.4g} megapixels in its background and layers together",
                f"{count} of {width * height / 1e6:.4g}",
                "Use fewer layers, or a smaller picture.",
            )

    def _value(self, opened: _Opened) -> Any:
        """Background or whole, as the function gets it."""
        picture, mode = opened.picture, self.image_mode
        if self.type == "filepath" and mode == "RGBA" and picture.mode in ("L", "RGB"):
            mode = picture.mode  # nothing in it is transparent: the visitor's own file is as good
        if opened.file is None:
            picture.format = self.format
        given = self._one(mode)._given(opened.file, picture)
        return picture.copy() if given is picture else given  # background and whole may be one picture

    def _layer_value(self, opened: _Opened) -> Any:
        picture, file = opened.picture, opened.file
        if self.image_mode in _OPAQUE_MODES:
            picture, file = media.without_alpha(picture, self.image_mode), None
        if file is None:
            picture = picture.copy()  # the blank one is shared
            picture.format = self.format
        return self._one()._given(file, picture)

    def accept(self, value: Any, files: Files) -> dict[str, Any]:
        """One picture, or a dict of background and layers: arrays, PIL pictures, paths, bytes, data: URLs or wires."""
        if value is None:
            return _nothing()
        if not isinstance(value, Mapping) or "h" in value:
            value = {"background": value}
        if not set(value) <= set(_PARTS):
            raise self.refuse("must be a picture or a dict of background, layers and composite", value)
        layers = list(value.get("layers") or ())
        background = value.get("background")
        if background is None and not layers:
            background = value.get("composite")
        return self._given(
            self._accepted(background, files, "background"),
            [self._accepted(layer, files, f"layer {n}") for n, layer in _numbered(layers)],
        )

    def _accepted(self, value: Any, files: Files, part: str) -> Any:
        if value is None:
            return None
        if isinstance(value, dict) or (isinstance(value, str) and value.startswith("data:")):
            return self._stored(value, files, part)
        if isinstance(value, (str, os.PathLike)):
            path = local_path(self, value)
            return Incoming(os.path.basename(path), "", path=path)
        if isinstance(value, (bytes, bytearray)):
            return Incoming(part, "", data=bytes(value))
        try:
            return _Opened(media.to_picture(value))
        except ValueError as error:
            field = self.label or self.kind
            raise InvalidValueError(f"{field}: {error}", field=field) from error

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is neither a picture nor a dict of them, or when the sizes of layers differ."""
        if isinstance(value, Mapping):
            return self._returned(value, files)
        if value is None:
            return None
        if not isinstance(value, (np.ndarray, Pillow.Image, str, os.PathLike)):
            cannot_return(self, value, f"a picture or a dict of {', '.join(_PARTS)}")
        wire = self._one().postprocess(value, files)
        return {"background": wire, "layers": [], "composite": wire}

    def _returned(self, value: Mapping[str, Any], files: Files) -> Wire:
        if not set(value) <= set(_PARTS):
            cannot_return(self, dict(value), f"a picture or a dict of {', '.join(_PARTS)}")
        background, composite, layers = value.get("background"), value.get("composite"), value.get("layers")
        if not isinstance(layers, (list, tuple, type(None))):
            cannot_return(self, layers, "a list of pictures as layers")
        layers = list(layers or ())
        if len(layers) > MAX_LAYERS:
            raise ValueError(
                f"{self.label or self.kind}: a picture has at most {MAX_LAYERS} layers, not {len(layers)}."
            )
        if background is None and composite is None and all(layer is None for layer in layers):
            return None
        one = self._one()
        beneath = one.postprocess(background, files)
        above = [one.postprocess(layer, files) for layer in layers]
        if composite is None:
            whole = beneath if not any(above) else one.postprocess(self._composed([background, *layers]), files)
        else:
            whole = beneath if composite is background else one.postprocess(composite, files)
        return {"background": beneath, "layers": above, "composite": whole}

    def _composed(self, parts: list[Any]) -> Pillow.Image:
        """What a function returned as background and layers, over each other."""
        pictures = []
        for part in (part for part in parts if part is not None):
            is_path = isinstance(part, (str, os.PathLike))
            pictures.append(media.open_image(os.fspath(part)) if is_path else media.to_picture(part))
        if self.fixed_canvas:
            pictures = [media.fitted(picture, self.canvas_size) for picture in pictures]
        sizes = {picture.size for picture in pictures}
        if len(sizes) > 1:
            told = " and ".join(f"{width} x {height}" for width, height in sorted(sizes))
            raise ValueError(
                f"{self.label or self.kind}: background and layers must be of one size; these are of {told} pixels. "
                "Resize them, or return the whole as 'composite', too."
            )
        return media.flattened(pictures)

    def schema(self) -> Schema:
        part = {"anyOf": [{"type": "null"}, HANDLE_SCHEMA, DATA_URL_SCHEMA]}
        layers = {"type": "array", "items": part, "maxItems": MAX_LAYERS}
        parts = {"background": part, "layers": layers, "composite": part}
        return {"anyOf": [{"type": "null"}, {"type": "object", "properties": parts, "additionalProperties": False}]}

    def output_schema(self) -> Schema:
        part = {"anyOf": [{"type": "null"}, MEDIA_OUT_SCHEMA]}
        parts = {"background": part, "layers": {"type": "array", "items": part}, "composite": part}
        return {"anyOf": [{"type": "null"}, {"type": "object", "properties": parts, "required": list(_PARTS)}]}

    # ------------------------------------------------------------------ explanations

    def parts(self, value: dict[str, Any], files: Files) -> LayeredParts | None:
        """The regions of the whole, which are left out of the background, too."""
        from quickdemo.runtime.components.image_parts import LayeredParts  # only explanations need it

        nothing = value["composite"] is None
        return None if nothing else LayeredParts(value, self.interpreted, mode=self.image_mode)

    def set_interpret_parameters(
        self, segments: int = 16, fill: str | Sequence[int] | None = None, regions: str = "superpixels"
    ) -> Self:
        """As those of an Image."""
        from quickdemo.interpret.parts.picture import checked_parameters

        self.interpreted = checked_parameters(segments, fill, regions)
        return self

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """JSON of the parts, each as `label/N.ext` or null."""
        if wire is None:
            return None
        one = self._one()
        kept: dict[str, Any] = {part: one.flag_cell(wire.get(part), media) for part in ("background", "composite")}
        kept["layers"] = [one.flag_cell(layer, media) for layer in wire.get("layers", [])]
        return json.dumps({part: kept[part] for part in _PARTS})

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        one, kept = self._one(), json.loads(cell)
        found: dict[str, Any] = {part: one.from_flag_cell(kept.get(part) or "", folder) for part in _PARTS[::2]}
        found["layers"] = [one.from_flag_cell(layer or "", folder) for layer in kept["layers"]]
        return {part: found[part] for part in _PARTS}

    def example_wire(self, value: Any, files: Files) -> Wire:
        def there(part: Any) -> Any:
            return local_path(self, part) if isinstance(part, (str, os.PathLike)) else part

        if isinstance(value, Mapping):
            layers = [there(layer) for layer in value.get("layers") or ()]
            value = {**{part: there(given) for part, given in value.items()}, "layers": layers}
        return self.postprocess(there(value), files)

    def initial(self, files: Files) -> Wire:
        return self.example_wire(self.value, files)

    def example_html(self, wire: Wire) -> Markup:
        return self._one().example_html((wire or {}).get("composite"))

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        brush, eraser = self.brush, self.eraser
        return {
            "sources": ["upload" if source == "clipboard" else source for source in self.sources],
            "brush": brush
            and {
                "size": brush.default_size,
                "inks": brush.inks,
                "ink": as_hex(brush.default_color),
                "fixed": brush.color_mode == "fixed",
            },
            "eraser": eraser and eraser.default_size,
            "crop": "crop" in self.transforms,
            "layers": self.layers.layers,
            "more": self.layers.allow_additional_layers and not self.layers.disabled,
            "listed": not self.layers.disabled,
            "most": [MAX_LAYERS, MAX_PICTURES * media.max_pixels()],
            "canvas": list(self.canvas_size),
            "fixed": self.fixed_canvas,
            "mirror": self.webcam_options.mirror,
            "constraints": self.webcam_options.constraints,
        }

    def control(self, id: str, wire: Wire) -> Markup:
        asked = self.placeholder or "Drop a picture"
        rest = "" if self.placeholder else ", paste it, or choose a file"
        return Markup(
            '<div class="picture"><label class="drop"{hidden}><span><b>{asked}</b>{rest}</span>'
            "<small>PNG, JPEG, WebP or GIF</small>"
            '<input class="visually-hidden" type="file"{attributes}></label></div>'
        ).format(
            asked=asked,
            rest=rest,
            hidden=attributes(hidden=not self.sources),
            attributes=attributes(
                id=id, accept=",".join(PICTURES), aria_describedby=f"{id}-info" if self.info else None
            ),
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="picture" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)


def _nothing() -> dict[str, Any]:
    return {"background": None, "layers": [], "composite": None}


def _numbered(layers: list[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(layers, 1))


def _check(name: str, values: Sequence[str], allowed: Sequence[str]) -> None:
    for chosen in values:
        if chosen not in allowed:
            raise ValueError(f"ImageEditor: {name} must be one of {', '.join(allowed)}; it was {chosen!r}.")


def _checked_size(size: Any) -> tuple[int, int]:
    sides = tuple(size) if isinstance(size, (tuple, list)) else ()
    if len(sides) != 2 or any(isinstance(side, bool) or not isinstance(side, int) or side < 1 for side in sides):
        raise ValueError(f"ImageEditor: canvas_size must be (width, height) in pixels; it was {size!r}.")
    if sides[0] * sides[1] > media.max_pixels():
        raise ValueError(f"ImageEditor: canvas_size may have {media.max_pixels()} pixels; it was {size!r}.")
    return sides
