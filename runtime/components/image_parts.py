"""The regions of what an Image gave to the function: an array, a Pillow picture, or a file that is written anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image as Pillow

from quickdemo.interpret.parts.base import Present
from quickdemo.interpret.parts.canvas import EIGHT_BIT
from quickdemo.interpret.parts.picture import PictureParts
from quickdemo.interpret.parts.regions import RegionsView
from quickdemo.runtime import media
from quickdemo.runtime.components.file import UploadedFile
from quickdemo.runtime.scratch import safe_name, scratch_path


def picture_parts(value: Any, parameters: Mapping[str, Any], *, mode: str) -> PictureParts:
    """
    value: an array, a Pillow picture, the path of a picture or an UploadedFile, or {"image", "mask"} of these, of which
        the mask stays.
    parameters: of PictureParts.
    mode: the Pillow mode that an array is of.
    """
    picture, how = _taken(value["image"] if isinstance(value, dict) else value, mode)
    if isinstance(value, dict):
        give = how.get("give", _as_it_is)
        how = {"give": lambda image: {"image": give(image), "mask": _copied(value["mask"])}, "mixed": how["mixed"]}
    return PictureParts(picture, **how, **parameters)


class LayeredParts:
    """The regions of what an ImageEditor gave, {"background", "layers", "composite"}: they are left out of the whole
    and of the background; layers stay."""

    kind = "picture"
    alternatives: Sequence[Any] = ()

    def __init__(self, value: dict[str, Any], parameters: Mapping[str, Any], *, mode: str) -> None:
        """value: with a composite. parameters, mode: as those of `picture_parts`."""
        self._value = value
        picture, how = _taken(value["composite"], mode)
        self._whole = PictureParts(picture, **how, **parameters)
        self._background: PictureParts | None = None
        self.labels, self.idle, self.coarse_first = self._whole.labels, self._whole.idle, self._whole.coarse_first
        if value["background"] is not None:
            picture, how = _taken(value["background"], mode)
            self._background = PictureParts(picture, like=self._whole, **how, **parameters)
            self.idle = self.idle & self._background.idle

    def masked(self, present: Present) -> dict[str, Any]:
        background = None if self._background is None else self._background.masked(present)
        layers = [_copied(layer) for layer in self._value["layers"]]
        return {"background": background, "layers": layers, "composite": self._whole.masked(present)}

    def levels(self) -> list[list[int]]:
        return self._whole.levels()

    def united(self, sizes: Sequence[int]) -> RegionsView:
        return self._whole.united(sizes)

    def shown(self) -> dict[str, Any]:
        return self._whole.shown()

    def scores_2022(self, scores: Sequence[float] | media.Array) -> list[list[float]]:
        return self._whole.scores_2022(scores)


def _taken(value: Any, mode: str) -> tuple[Pillow.Image | media.Array, dict[str, Any]]:
    """The picture that is taken apart, and how PictureParts gives it back."""
    if isinstance(value, np.ndarray):
        return value, {"mixed": mode != "P"}
    if isinstance(value, Pillow.Image):
        if value.mode in EIGHT_BIT:
            return value, {"mixed": True}
        return np.array(value), {"mixed": value.mode != "P", "give": _maker(value)}
    path = value if isinstance(value, str) else value.name
    picture = media.open_image(path)
    format = picture.format
    if picture.mode not in EIGHT_BIT:
        picture = media.to_mode(picture, "RGBA" if picture.has_transparency_data else "RGB")
    open_again: Callable[[], Any] = (lambda: path) if isinstance(value, str) else (lambda: UploadedFile(path))
    return picture, {"mixed": True, "give": _writer(path, format, type(value)), "original": open_again}


def _maker(like: Pillow.Image) -> Callable[[media.Array], Pillow.Image]:
    """Makes pictures of arrays, of the mode and palette of one."""

    def make(levels: media.Array) -> Pillow.Image:
        made = like.copy()
        if like.mode == "1":  # eight pixels in a byte
            made.paste(Pillow.fromarray(levels))
        else:
            made.frombytes(levels.tobytes())
        return made

    return make


def _writer(path: str, format: str | None, kind: type) -> Callable[[Pillow.Image], Any]:
    """Writes pictures in that format, under the name of `path`, and gives the path or the open file."""
    stem = os.path.splitext(safe_name(path))[0]

    def write(picture: Pillow.Image) -> Any:
        written = media.save_like(picture, scratch_path(stem), format)
        return written if kind is str else UploadedFile(written)

    return write


def _as_it_is(picture: Any) -> Any:
    return picture


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray | Pillow.Image) else value
