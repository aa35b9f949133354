"""Image: a picture, uploaded, pasted, photographed or drawn; shown and downloadable as an output."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup
from PIL import Image as Pillow
from PIL import ImageFile, ImageOps

from quickdemo.runtime import media
from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.file import UploadedFile
from quickdemo.runtime.components.uploads import (
    DATA_URL_SCHEMA,
    HANDLE_SCHEMA,
    MEDIA_OUT_SCHEMA,
    Incoming,
    cannot_return,
    incoming,
    kept_path,
    local_path,
    returned_path,
)
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.memory import give_back
from quickdemo.runtime.scratch import safe_name, scratch_path
from quickdemo.runtime.sniff import PICTURES, sniff_file

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.picture import PictureParts

SOURCES = ("upload", "webcam", "canvas", "clipboard")
TOOLS = ("editor", "select", "sketch")
TYPES = ("numpy", "pil", "filepath", "file")
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F")

_LARGE_BYTES = 1_000_000  # a result from here on leaves memory behind that is worth giving back
_PARTS = ("image", "mask")
_WHOLE = ("composite", "image")  # of what an ImageEditor, or a sketch, gives a function


class Image(Component):
    """A picture. The function gets an array of shape (height, width, 3), type uint8, unless told otherwise.

    It may return an array (uint8; float from -1 to 1; bool; other integers by bit depth), a PIL picture, or the
    path of a PNG, JPEG, WebP or GIF file. Pictures are turned upright by their EXIF orientation; what is
    transparent becomes white unless `image_mode` keeps transparency.
    """

    kind = "image"

    def __init__(
        self,
        value: Any = None,
        *,
        shape: tuple[int | None, int | None] | None = None,
        image_mode: str = "RGB",
        invert_colors: bool = False,
        source: str | None = None,
        tool: str = "editor",
        type: str = "numpy",
        streaming: bool = False,
        mirror_webcam: bool = True,
        sources: Sequence[str] | str | None = None,
        height: int | str | None = None,
        width: int | str | None = None,
        **common: Any,
    ) -> None:
        """
        value: the picture at first, or its path.
        shape: (width, height) in pixels to which the picture is resized and cropped about its centre; either may
            be None to keep it.
        image_mode: a Pillow mode: "RGB", "L" (grey), "RGBA", "1" and so on.
        invert_colors: the function gets the opposite colours: black strokes on white become white on black.
        source: "upload", "webcam" or "canvas".
        sources: several of them, in place of `source`.
        tool: "editor" (also "color-sketch") and "select" offer cropping and turning, "sketch" draws a mask over the
            picture and gives the function {"image", "mask"}.
        type: "numpy", "pil", "filepath" (path of a private copy) or "file" (an open file; deprecated).
        streaming: with the webcam and `live`, send a picture every half second.
        mirror_webcam: photographs look as in a mirror, on the page and to the function.
        height, width: taken from other versions; the page fits pictures to their column.
        """
        super().__init__(value, **common)
        tool = "editor" if tool == "color-sketch" else tool  # painting in colours is a part of the editor
        given = sources if sources is not None else source if source is not None else "upload"
        self.sources = [given] if isinstance(given, str) else list(given)
        for name, values, allowed in (
            ("source", self.sources, SOURCES),
            ("tool", [tool], TOOLS),
            ("type", [type], TYPES),
            ("image_mode", [image_mode], MODES),
        ):
            for chosen in values:
                if chosen not in allowed:
                    raise ValueError(f"Image: {name} must be one of {', '.join(allowed)}; it was {chosen!r}.")
        if not self.sources:
            raise ValueError("Image: sources must name at least one of upload, webcam, canvas.")
        if streaming and "webcam" not in self.sources:
            raise ValueError("Image: streaming=True needs source='webcam'.")
        if type == "file":
            warnings.warn('Image(type="file") is deprecated; please use type="filepath".', stacklevel=2)
        self.shape = _checked_shape(shape)
        self.image_mode = image_mode
        self.invert_colors = invert_colors
        self.source = self.sources[0]
        self.tool = tool
        self.type = type
        self.streaming = streaming
        self.mirror_webcam = mirror_webcam
        del height, width

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if wire is None:
            return None
        if self.tool == "sketch" and isinstance(wire, dict) and set(wire) == set(_PARTS):
            if wire["image"] is None:
                return None
            return {part: self._received(wire[part], files, part) for part in _PARTS}
        return self._received(wire, files, "image")

    def _received(self, wire: Wire, files: Files, part: str) -> Any:
        if wire is None:
            raise self.refuse(f"must come with its {part}", wire)
        file = incoming(self, wire, files, name=part)
        # The page has turned its own photographs already; inline ones come from scripts, which never did.
        mirror = file.path is None and self.mirror_webcam and self.sources == ["webcam"]
        decoded = self._decoded(file.source)
        large = media.is_large(decoded.size)
        given = self._given(file, decoded, mirror)
        if large:
            del decoded
            give_back()
        return given

    def _decoded(self, source: str | bytes) -> Pillow.Image:
        try:
            return media.open_image(source)
        except media.PictureError as error:
            field = self.label or self.kind
            raise InvalidValueError(f"{field}: the picture {error}.", error.hint, field=field) from error

    def _given(self, file: Incoming | None, decoded: Pillow.Image, mirror: bool = False) -> Any:
        """What the function gets of a decoded picture; `file` is where it came from."""
        picture = self._worked(decoded, mirror)
        if self.type == "numpy":
            return media.to_array(picture)
        if self.type == "pil":
            return picture.copy() if isinstance(picture, ImageFile.ImageFile) else picture  # its file is closed
        path = self._copied(file, decoded, picture)
        return path if self.type == "filepath" else UploadedFile(path)

    def _worked(self, picture: Pillow.Image, mirror: bool) -> Pillow.Image:
        """Mode, shape, inversion, mirror, in this order."""
        picture = media.to_mode(picture, self.image_mode)
        if self.shape is not None:
            width, height = self.shape
            picture = ImageOps.fit(picture, (width or picture.width, height or picture.height))
        if self.invert_colors:
            picture = _inverted(picture)
        return ImageOps.mirror(picture) if mirror else picture

    def _copied(self, file: Incoming | None, decoded: Pillow.Image, worked: Pillow.Image) -> str:
        """Path of a private copy with the extension of the picture's format; the very file if nothing changed."""
        format = getattr(decoded, "format", None)
        stem = os.path.splitext(safe_name(file.name))[0] if file is not None else "image"
        same_colours = decoded.mode == worked.mode or (format == "GIF" and self.image_mode == "RGB")
        same_colours = same_colours or media.is_moving(decoded)  # converting one frame would lose the others
        changed = worked.size != decoded.size or self.shape or self.invert_colors or not same_colours
        if file is None or changed or media.is_turned(decoded):
            return media.save_like(worked, scratch_path(stem), format)
        path = scratch_path(stem + PICTURES[f"image/{format.lower()}"]) if format else scratch_path(stem)
        file.copy_to(path)
        return path

    def accept(self, value: Any, files: Files) -> Any:
        """A path, PIL picture, array, bytes of a file or data: URL; for tool="sketch" a dict of two of them."""
        if value is None:
            return None
        if self.tool == "sketch" and isinstance(value, dict):
            return {part: self._accepted(value.get(part), files) for part in _PARTS}
        return self._accepted(value, files)

    def _accepted(self, value: Any, files: Files) -> Any:
        if isinstance(value, dict) or (isinstance(value, str) and value.startswith("data:")):
            return self._received(value, files, "image")
        if isinstance(value, (str, os.PathLike)):
            path = local_path(self, value)
            return self._given(Incoming(os.path.basename(path), "", path=path), self._decoded(path))
        if isinstance(value, (bytes, bytearray)):
            data = bytes(value)
            return self._given(Incoming("image", "", data=data), self._decoded(data))
        try:
            return self._given(None, media.to_picture(value))
        except ValueError as error:
            field = self.label or self.kind
            raise InvalidValueError(f"{field}: {error}", field=field) from error

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """What an ImageEditor or a sketch gave is shown as its whole. Raises ValueError when it is no picture."""
        if isinstance(value, dict) and not set(value).isdisjoint(_WHOLE):
            value = next(value[part] for part in _WHOLE if part in value)
        if value is None:
            return None
        if isinstance(value, (str, os.PathLike)):
            return self._returned_file(os.fspath(value), files)
        if not isinstance(value, (np.ndarray, Pillow.Image)):
            cannot_return(self, value, "a numpy array, a PIL picture or the path of a picture")
        if isinstance(value, ImageFile.ImageFile) and getattr(value, "is_animated", False):
            return files.put_bytes(*media.encode_moving(value))
        wire = files.put_parts(media.encode_png(value), "image.png", "image/png")
        if wire["size"] > _LARGE_BYTES:
            give_back()
        return wire

    def _returned_file(self, path: str, files: Files) -> Wire:
        returned_path(self, path, "picture")
        if sniff_file(path) not in PICTURES:
            raise ValueError(
                f"{self.label or self.kind}: {path!r} is not a PNG, JPEG, WebP or GIF file. "
                "Return PIL.Image.open(path) for other formats."
            )
        try:
            media.check_shown(*media.shown_size(path))
        except media.PictureError as error:
            raise ValueError(f"{self.label or self.kind}: {path!r} {error}.") from error
        return files.put_path(path)

    def schema(self) -> Schema:
        forms: list[Schema] = [{"type": "null"}, HANDLE_SCHEMA, DATA_URL_SCHEMA]
        if self.tool == "sketch":
            part = {"anyOf": [HANDLE_SCHEMA, DATA_URL_SCHEMA]}
            both = {part_name: part for part_name in _PARTS}
            forms.append(
                {"type": "object", "properties": both, "required": list(_PARTS), "additionalProperties": False}
            )
        return {"anyOf": forms}

    def output_schema(self) -> Schema:
        return {"anyOf": [{"type": "null"}, MEDIA_OUT_SCHEMA]}

    # ------------------------------------------------------------------ explanations

    def parts(self, value: Any, files: Files) -> PictureParts | None:
        """Its regions; of a sketch those of the picture, under the mask as it is."""
        from quickdemo.runtime.components.image_parts import picture_parts  # only explanations need it

        fill = "plain" if self.sources == ["canvas"] else "blur"  # what is not drawn is paper
        return None if value is None else picture_parts(value, {"fill": fill, **self.interpreted}, mode=self.image_mode)

    def set_interpret_parameters(
        self, segments: int = 16, fill: str | Sequence[int] | None = None, regions: str = "superpixels"
    ) -> Self:
        """
        segments: about how many regions the picture has, 1 to 255. As long as there are at most 63, each has up to four
            finer ones inside, which are looked at where it matters.
        fill: what shows where a region is left out: "blur" (the large shades of the picture), "mean" (its mean colour),
            "black", "plain" (its most frequent colour), or a colour, as (red, green, blue) or as in CSS. None is
            "blur", and "plain" for drawings on a canvas.
        regions: "superpixels", which follow what is in the picture, or "grid".

        Raises ValueError for any other.
        """
        from quickdemo.interpret.parts.picture import checked_parameters

        self.interpreted = checked_parameters(segments, fill, regions)
        return self

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """`label/N.ext`; for a sketch the JSON of two of them."""
        if wire is None:
            return None
        if isinstance(wire, dict) and set(wire) == set(_PARTS):
            return json.dumps({part: self._keep(wire[part], media) for part in _PARTS})
        return self._keep(wire, media)

    def _keep(self, wire: Wire, folder: MediaFolder) -> str | None:
        if wire is None:
            return None
        if isinstance(wire, dict):
            wire = {"h": wire.get("h")}  # the page may send back what the server gave, with name and size
        file = incoming(self, wire, folder, name="image")  # type: ignore[arg-type]  # only `get` is used
        path = file.path
        if path is None:
            path = scratch_path("image")
            file.copy_to(path)
        return folder.keep(self.label or self.kind, path, PICTURES.get(sniff_file(path) or "", ".bin"))

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        if cell.startswith("{"):
            return {part: kept_path(folder, name) for part, name in json.loads(cell).items() if name}
        return kept_path(folder, cell)

    def example_wire(self, value: Any, files: Files) -> Wire:
        if isinstance(value, dict):
            return {part: self.example_wire(value.get(part), files) for part in _PARTS}
        if isinstance(value, (str, os.PathLike)):
            value = local_path(self, value)
        return self.postprocess(value, files)

    def initial(self, files: Files) -> Wire:
        return self.example_wire(self.value, files)

    def example_html(self, wire: Wire) -> Markup:
        shown = wire.get("image", wire) if isinstance(wire, dict) else wire
        if not isinstance(shown, dict):
            return Markup("")
        return Markup('<img class="thumb" loading="lazy" src="{}" alt="{}">').format(shown["url"], shown["name"])

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        size = list(self.shape) if self.shape else None
        sources = ["upload" if s == "clipboard" else s for s in self.sources]
        return {
            "sources": list(dict.fromkeys(sources)),
            "tool": self.tool,
            "shape": size,
            "mirror": self.mirror_webcam,
            "streaming": self.streaming,
            "grey": self.image_mode in ("L", "1"),
        }

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div class="picture"><label class="drop"><span><b>Drop a picture</b>, paste it, or choose a file</span>'
            "<small>PNG, JPEG, WebP or GIF</small>"
            '<input class="visually-hidden" type="file"{attributes}></label></div>'
        ).format(
            attributes=attributes(
                id=id, accept=",".join(PICTURES), aria_describedby=f"{id}-info" if self.info else None
            )
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="picture" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)


def _checked_shape(shape: tuple[int | None, int | None] | None) -> tuple[int | None, int | None] | None:
    if shape is None:
        return None
    sides = tuple(shape) if isinstance(shape, (tuple, list)) else ()
    if len(sides) != 2 or any(s is not None and (not isinstance(s, int) or s < 1) for s in sides):
        raise ValueError(f"Image: shape must be (width, height) in pixels, either may be None; it was {shape!r}.")
    return None if sides == (None, None) else sides


def _inverted(picture: Pillow.Image) -> Pillow.Image:
    """Colours inverted, transparency kept."""
    bands = picture.getbands()
    if picture.mode in ("RGBA", "LA"):
        split = picture.split()
        colours = [ImageOps.invert(band) for band in split[:-1]]
        return Pillow.merge(picture.mode, [*colours, split[-1]])
    if picture.mode in ("L", "RGB", "1"):
        return ImageOps.invert(picture)
    if picture.mode in ("CMYK", "YCbCr", "HSV"):
        return Pillow.merge(picture.mode, [ImageOps.invert(picture.getchannel(band)) for band in bands])
    if picture.mode == "P":
        return ImageOps.invert(picture.convert("RGB")).convert("P")
    return Pillow.fromarray(255 - np.asarray(picture))
