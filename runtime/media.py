"""Pictures: decoding under a pixel budget, to and from arrays, encoding.

Only PNG, JPEG, WebP and GIF are decoded, chosen by their first bytes. The size is read from the header and held
against the budget before any pixel is allocated. Everything wrong with a picture is a PictureError whose text can
be shown to the visitor.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import struct
from collections.abc import Iterable, Iterator
from typing import IO, Any

import numpy as np
from PIL import ExifTags, GifImagePlugin, Image, ImageFile, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from quickdemo.runtime import png
from quickdemo.runtime.errors import shown
from quickdemo.runtime.picture_parts import has_too_many
from quickdemo.runtime.sniff import HEAD_BYTES, PICTURES, declared_size, sniff

Array = np.ndarray[Any, Any]

log = logging.getLogger("quickdemo.media")

DEFAULT_MAX_PIXELS = 24_000_000
#: the most pixels that a result may have: browsers show no more
MAX_SHOWN_PIXELS = 2**28

_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "image/png": PngImagePlugin.PngImageFile,
    "image/jpeg": JpegImagePlugin.JpegImageFile,
    "image/webp": WebPImagePlugin.WebPImageFile,
    "image/gif": GifImagePlugin.GifImageFile,
}
_PNG_MODES = frozenset({"1", "L", "LA", "I;16", "P", "RGB", "RGBA"})
_OPAQUE = frozenset({"1", "L", "RGB"})  # of these a PNG may name one level or colour that is transparent
_EIGHT_BIT = frozenset({"L", "LA", "RGB", "RGBA"})
_LARGE_PIXELS = 1_000_000  # from here on a picture is encoded by our own writer
_ROWS = 256
_ROUNDING = 1 / 512  # by which floats may miss their range: less than half a step of 8 bits
_TURNED = "quickdemo-turned"
_MOVING = "quickdemo-moving"
_SMALLER = "Make it smaller and try again."
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")


class PictureError(ValueError):
    """A picture that cannot be used; the text says why, `hint` what to do."""

    def __init__(self, problem: str, hint: str = "Use a PNG, JPEG, WebP or GIF picture.") -> None:
        super().__init__(problem)
        self.hint = hint


def max_pixels() -> int:
    """The most pixels a picture may have: QUICKDEMO_MAX_PIXELS, 24 million if unset."""
    text = os.environ.get("QUICKDEMO_MAX_PIXELS", "")
    if not text:
        return DEFAULT_MAX_PIXELS
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"QUICKDEMO_MAX_PIXELS must be a whole number above 0; it is {text!r}.")
    return int(text)


def open_image(source: str | bytes) -> Image.Image:
    """The decoded first frame of a picture file (path or its bytes), upright, `.format` set.

    Raises PictureError when it is no picture, too large or broken; OSError when the path cannot be read.
    """
    with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
        head = file.read(HEAD_BYTES)
        mime = sniff(head)
        if mime not in _READERS:
            raise PictureError("is not a PNG, JPEG, WebP or GIF picture")
        size = declared_size(head)
        if size:
            check_size(*size)
        file.seek(0)
        try:
            return _decode(file, mime)
        except PictureError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise PictureError(f"has far more than {_mega(max_pixels())} megapixels", _SMALLER) from None
        except Exception as error:  # decoders of broken data raise whatever they stumbled upon
            log.info("a broken %s: %s: %s", mime, type(error).__name__, shown(str(error), 200))
            raise PictureError(f"is a broken or incomplete {mime.removeprefix('image/').upper()} file") from error


def check_size(width: int, height: int) -> None:
    """Raises PictureError when a picture of that size is empty or beyond the budget."""
    if width < 1 or height < 1:
        raise PictureError(f"is empty ({width} x {height} pixels)")
    if width * height > max_pixels():
        raise PictureError(
            f"has {_mega(width * height)} megapixels ({width} x {height}); at most {_mega(max_pixels())} are allowed",
            _SMALLER,
        )


def _mega(pixels: int) -> str:
    return f"{pixels / 1e6:.4g}"


def shown_size(path: str) -> tuple[int, int]:
    """Width and height of a picture file as it is shown, upright. Its pixels are not read.

    Raises PictureError when it is no picture.
    """
    with open(path, "rb") as file:
        mime = sniff(file.read(HEAD_BYTES))
        if mime not in _READERS:
            raise PictureError("is not a PNG, JPEG, WebP or GIF picture")
        if has_too_many(file, mime):
            raise PictureError("has far more parts than a picture needs")
        try:
            picture = _READERS[mime](file)
            sideways = picture.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
        except Exception as error:  # as in `open_image`
            raise PictureError(f"is a broken or incomplete {mime.removeprefix('image/').upper()} file") from error
    return (picture.height, picture.width) if sideways else picture.size


def _decode(file: IO[bytes], mime: str) -> Image.Image:
    if has_too_many(file, mime):
        raise PictureError("has far more parts than a picture needs", "Save it anew with a picture editor.")
    # The reader itself, not Image.open: that would print warnings of its own about large pictures.
    opened = _READERS[mime](file)
    check_size(*opened.size)
    moving = bool(getattr(opened, "is_animated", False))
    opened.load()
    upright: Image.Image = opened
    turned = False
    try:
        turned = opened.getexif().get(ExifTags.Base.Orientation, 1) != 1
        if turned:
            upright = ImageOps.exif_transpose(opened)
    except Exception as error:  # a picture with unreadable EXIF is still a picture
        log.info("unreadable EXIF ignored: %s: %s", type(error).__name__, shown(str(error), 200))
        turned = False
    upright.format = opened.format
    upright.info[_TURNED], upright.info[_MOVING] = turned, moving
    return upright


def is_turned(picture: Image.Image) -> bool:
    """Whether `open_image` had to turn the picture to make it upright."""
    return bool(picture.info.get(_TURNED))


def is_moving(picture: Image.Image) -> bool:
    """Whether `open_image` read it from a file of several frames."""
    return bool(picture.info.get(_MOVING))


def encode_moving(picture: Image.Image) -> tuple[bytes, str, str]:
    """An open Pillow picture of several frames as (data, file name, MIME type): WebP and PNG stay, else GIF.

    Raises ValueError when its file is broken.
    """
    out = io.BytesIO()
    kind = picture.format if picture.format in ("WEBP", "PNG") else "GIF"
    options: dict[str, Any] = {"lossless": True, "quality": 20} if kind == "WEBP" else {}
    with _readable():
        picture.save(out, kind, save_all=True, **options)
    return out.getvalue(), f"image.{kind.lower()}", f"image/{kind.lower()}"


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """A picture that the author's code opened is read only here: what is wrong with its file is said in a sentence."""
    try:
        yield
    except (OSError, SyntaxError, EOFError, struct.error) as error:  # what Pillow's readers raise
        raise ValueError(f"The file of the picture is broken or incomplete: {error}.") from error


def to_mode(picture: Image.Image, mode: str) -> Image.Image:
    """The picture in that Pillow mode. 16-bit grey keeps its range; transparent parts become white unless the mode
    has transparency of its own."""
    see_through = picture.has_transparency_data
    if picture.mode == mode and (mode not in _OPAQUE or not see_through):
        return picture
    if picture.mode in _SIXTEEN_BIT and mode not in _SIXTEEN_BIT:
        picture = _narrowed(picture)
    if see_through and mode not in ("RGBA", "LA", "PA", "RGBa", "La"):
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    try:
        return picture.convert(mode)
    except ValueError:  # not every pair has a direct way
        return picture.convert("RGB").convert(mode)


def _narrowed(picture: Image.Image) -> Image.Image:
    """Grey of 16 bits in eight; the one level that its file calls transparent is so still."""
    levels = np.asarray(picture)
    grey = Image.fromarray((levels >> 8).clip(0, 255).astype(np.uint8))
    if "transparency" in picture.info:
        grey.putalpha(Image.fromarray(np.where(levels == picture.info["transparency"], 0, 255).astype(np.uint8)))
    return grey


def flattened(pictures: Iterable[Image.Image]) -> Image.Image:
    """Pictures of one size over each other, the first undermost, as RGBA. Raises ValueError when there is none."""
    whole: Image.Image | None = None
    for picture in pictures:
        layer = to_mode(picture, "RGBA")
        whole = layer if whole is None else Image.alpha_composite(whole, layer)
    if whole is None:
        raise ValueError("There is no picture to lay over another.")
    return whole


def fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The whole picture, as large as fits, in the middle of a transparent one of that size; RGBA."""
    if picture.size == size:
        return to_mode(picture, "RGBA")
    scale = min(size[0] / picture.width, size[1] / picture.height)
    sides = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    inner = to_mode(picture, "RGBA").resize(sides, Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    canvas.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return canvas


def without_alpha(picture: Image.Image, mode: str) -> Image.Image:
    """In a mode without transparency: what was transparent keeps the colour that is stored there, black in
    what the page paints."""
    return to_mode(picture.convert("RGBA").convert("RGB") if picture.has_transparency_data else picture, mode)


def is_large(size: tuple[int, ...]) -> bool:
    """Whether a picture of (width, height) is large enough to be handled with care for time and memory."""
    return len(size) == 2 and size[0] * size[1] >= _LARGE_PIXELS


def to_array(picture: Image.Image) -> Array:
    """(height, width, channels) or (height, width); uint8 unless the mode says otherwise; writable."""
    if picture.mode not in _EIGHT_BIT:
        return np.array(picture)
    channels = len(picture.getbands())
    array = np.empty((picture.height, picture.width, channels)[: 3 if channels > 1 else 2], np.uint8)
    for start in range(0, picture.height, _ROWS):  # Pillow makes two copies of all that it is asked for at once
        array[start : start + _ROWS] = rows_of(picture, start, start + _ROWS)
    return array


def rows_of(picture: Image.Image, start: int, stop: int) -> Array:
    """Rows [start, stop) of a picture of eight bits per channel, as far as it has them."""
    return np.asarray(picture.crop((0, start, picture.width, min(stop, picture.height))))


def from_array(array: Array) -> Image.Image:
    """A picture of a (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) array.

    uint8 as it is; bool as black and white; float from -1 to 1, times 255, negative as 0; other integers by their
    bit depth, negative as 0. Raises ValueError, naming shape, type or range, for anything else.
    """
    return Image.fromarray(np.ascontiguousarray(_as_bytes(_of_picture_shape(array))))


def _of_picture_shape(array: Array) -> Array:
    """(h, w), (h, w, 3) or (h, w, 4). Raises ValueError that says what to do for the usual other shapes."""
    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    if not (array.ndim == 2 or (array.ndim == 3 and shape[2] in (3, 4))) or 0 in shape:
        hint = " It is empty." if 0 in shape else ""
        if array.ndim == 3 and shape[0] in (1, 3, 4):
            hint = " If the channels come first, return array.transpose(1, 2, 0)."
        elif array.ndim == 4:
            hint = " Return one picture of the batch, such as array[0], or use a Gallery."
        raise ValueError(
            f"A picture is an array of shape (height, width), (height, width, 3) or (height, width, 4); "
            f"this one has shape {shape}.{hint}"
        )
    check_shown(shape[1], shape[0])
    return array


def check_shown(width: int, height: int) -> None:
    """Raises ValueError for a result that no browser would show."""
    if width < 1 or height < 1:
        raise ValueError(f"The picture is empty ({width} x {height} pixels).")
    if width * height > MAX_SHOWN_PIXELS:
        raise ValueError(
            f"The picture has {_mega(width * height)} megapixels ({width} x {height}); browsers show at most "
            f"{_mega(MAX_SHOWN_PIXELS)}. Return a smaller one, or its file by a File component."
        )


def _as_bytes(array: Array) -> Array:
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return array
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "f":
        return _float_as_bytes(array)
    if kind in "iu":
        return _integers_as_bytes(array)
    raise ValueError(f"A picture is an array of uint8, float, bool or another integer type, not of {array.dtype}.")


def _float_as_bytes(array: Array) -> Array:
    low, high = array.min(), array.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"Images of type float must be between -1 and 1; {array.size - np.isfinite(array).sum()} of the "
            f"{array.size} values of this one are infinite or not a number (NaN)."
        )
    if not (low >= -1 - _ROUNDING and high <= 1 + _ROUNDING):
        raise ValueError(
            f"Images of type float must be between -1 and 1; this one goes from {low:g} to {high:g}. "
            "Divide it by its maximum, or convert it with astype('uint8')."
        )
    scaled: Array = np.rint(array.astype(np.float32) * 255).clip(0, 255)
    return scaled.astype(np.uint8)


def _integers_as_bytes(array: Array) -> Array:
    bits = array.dtype.itemsize * 8
    if array.dtype.kind == "u":
        scaled = array >> (bits - 8)
    elif bits > 8:
        scaled = array.clip(0, None) >> (bits - 9)  # int16 holds 0..32767 in 15 bits
    else:
        scaled = array.clip(0, None).astype(np.int16) * 129 >> 6  # 0..127 spread over 0..255
    if array.any() and not scaled.any():
        log.warning(
            "A picture of type %s with values up to %d is scaled by its bit depth and so comes out black; "
            "if the values are 0 to 255, return array.astype('uint8').",
            array.dtype,
            int(array.max()),
        )
    narrow: Array = scaled.astype(np.uint8)
    return narrow


def to_picture(value: Any) -> Image.Image:
    """A Pillow picture of an array or a Pillow picture. Raises ValueError naming the type of anything else."""
    if isinstance(value, Image.Image):
        return value
    if isinstance(value, np.ndarray):
        return from_array(value)
    raise ValueError(
        f"A picture is a numpy array, a PIL picture or the path of a file, not {type(value).__name__}: {shown(value)}."
    )


def encode_png(value: Image.Image | Array) -> Iterator[bytes]:
    """The parts of a PNG of a Pillow picture or an array (see `from_array`), lossless; of large ones speed counts
    more than size.

    Raises ValueError for an array that is no picture, a picture whose file is broken, and one that is too large.
    """
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and is_large(value.shape[1::-1]):
        array = _of_picture_shape(value)
        channels = array.shape[2] if array.ndim == 3 else 1
        return png.encode(array.shape[1], array.shape[0], channels, lambda start, stop: array[start:stop])
    picture = from_array(value) if isinstance(value, np.ndarray) else value
    check_shown(*picture.size)
    with _readable():
        picture.load()
    if picture.mode not in _PNG_MODES:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.mode in _EIGHT_BIT and is_large(picture.size):
        return png.encode(*picture.size, len(picture.getbands()), lambda start, stop: rows_of(picture, start, stop))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return iter([out.getvalue()])


def save_like(picture: Image.Image, path_stem: str, format: str | None) -> str:
    """Write the picture as PATH_STEM plus the extension of `format` ("JPEG", ...); returns the path.

    What the format cannot hold, such as transparency in JPEG, is written as PNG.
    """
    if format == "JPEG" and picture.mode not in ("L", "RGB", "CMYK"):
        format = "PNG"
    if format == "WEBP" and picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    mime = f"image/{(format or 'PNG').lower()}"
    path = path_stem + PICTURES.get(mime, ".png")
    if mime == "image/jpeg":
        picture.save(path, "JPEG", quality=95, subsampling=0)
    elif mime == "image/webp":
        picture.save(path, "WEBP", lossless=True, quality=20)
    elif mime == "image/gif":
        picture.save(path, "GIF")
    else:
        with open(path, "wb") as file:
            file.writelines(encode_png(picture))
    return path
