"""Model3D: a model in three dimensions that one can turn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime import models3d
from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.uploads import (
    DATA_URL_SCHEMA,
    HANDLE_SCHEMA,
    MEDIA_OUT_SCHEMA,
    cannot_return,
    incoming,
    kept_path,
    local_path,
    returned_path,
)
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.scratch import scratch_path

MODES = ("solid", "wireframe", "point_cloud")


class Model3D(Component):
    """A .glb, .gltf, .obj or .stl file. The function gets its path, and returns one.

    What is in the file is checked, whatever its name: a glTF must hold all of its parts itself.
    """

    kind = "model3d"
    extra_modules = ("components/model3d_view.js",)

    def __init__(
        self,
        value: str | os.PathLike[str] | None = None,
        *,
        display_mode: str | None = None,
        clear_color: Sequence[float] | None = None,
        camera_position: Sequence[float | None] | None = None,
        zoom_speed: float = 1,
        pan_speed: float = 1,
        height: int | str | None = None,
        **common: Any,
    ) -> None:
        """
        value: path of the model shown at first.
        display_mode: "solid", "wireframe" or "point_cloud"; None is solid.
        clear_color: (red, green, blue, alpha) of the background, 0 to 1; None is that of the page.
        camera_position: (alpha, beta, radius): degrees around and degrees from above, 0 to 180, and the distance in
            the model's own units; a None in it is chosen to fit.
        zoom_speed, pan_speed: how far a turn of the wheel and a pull go; 1 is usual.
        height: of the view, in pixels or as a CSS length; None is 320 pixels.
        """
        super().__init__(value, **common)
        if display_mode is not None and display_mode not in MODES:
            raise ValueError(f"Model3D: display_mode must be one of {', '.join(MODES)}; it was {display_mode!r}.")
        self.display_mode = display_mode or "solid"
        self.clear_color = _numbers("clear_color", clear_color, 4)
        self.camera_position = _numbers("camera_position", camera_position, 3)
        self.zoom_speed, self.pan_speed = zoom_speed, pan_speed
        self.height = f"{height}px" if isinstance(height, int) else height

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if wire is None:
            return None
        file = incoming(self, wire, files, name="model")
        stem = os.path.splitext(file.name)[0]
        path = scratch_path(f"{stem}.model")
        file.copy_to(path)
        try:
            kind = models3d.kind_of(path)
        except models3d.ModelError as error:
            field = self.label or self.kind
            raise InvalidValueError(
                f"{field}: the file {error}.", "Use a .glb, .gltf, .obj or .stl file.", field=field
            ) from error
        named = scratch_path(stem + kind)
        os.rename(path, named)
        return named

    def accept(self, value: Any, files: Files) -> Any:
        """A path, or a wire value."""
        if value is None or isinstance(value, dict) or (isinstance(value, str) and value.startswith("data:")):
            return self.preprocess(value, files)
        if not isinstance(value, (str, os.PathLike)):
            raise self.refuse("must be the path of a file", value)
        return self.preprocess({"h": files.put_path(local_path(self, value))["h"]}, files)

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no path of a model."""
        if value is None:
            return None
        if not isinstance(value, (str, os.PathLike)):
            cannot_return(self, value, "the path of a .glb, .gltf, .obj or .stl file")
        path = returned_path(self, value, "model")
        try:
            kind = models3d.kind_of(path)
        except models3d.ModelError as error:
            raise ValueError(f"{self.label or self.kind}: the file {path!r} {error}.") from error
        return files.put_path(path, os.path.splitext(os.path.basename(path))[0] + kind)

    def initial(self, files: Files) -> Wire:
        return self.example_wire(self.value, files)

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "null"}, HANDLE_SCHEMA, DATA_URL_SCHEMA]}

    def output_schema(self) -> Schema:
        return {"anyOf": [{"type": "null"}, MEDIA_OUT_SCHEMA]}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """`label/N.glb`."""
        if wire is None:
            return None
        if isinstance(wire, dict):
            wire = {"h": wire.get("h")}  # the page may send back what the server gave, with name and size
        file = incoming(self, wire, media, name="model")  # type: ignore[arg-type]  # only `get` is used
        path = file.path
        if path is None:
            path = scratch_path(file.name)
            file.copy_to(path)
        try:
            kind = models3d.kind_of(path)
        except models3d.ModelError:
            kind = ".bin"
        return media.keep(self.label or self.kind, path, kind)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return kept_path(folder, cell) if cell else None

    def example_wire(self, value: Any, files: Files) -> Wire:
        return self.postprocess(local_path(self, value) if isinstance(value, (str, os.PathLike)) else value, files)

    def example_html(self, wire: Wire) -> Markup:
        return escape(wire["name"] if isinstance(wire, dict) else "")

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {
            "mode": self.display_mode,
            "clear": self.clear_color,
            "camera": self.camera_position,
            "zoom": self.zoom_speed,
            "pan": self.pan_speed,
            "height": self.height,
        }

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div class="model"><label class="drop"><span><b>Drop a model</b>, or choose a file</span>'
            '<small>.glb, .gltf, .obj or .stl</small><input class="visually-hidden" type="file"{}></label></div>'
        ).format(
            attributes(id=id, accept=",".join(models3d.KINDS), aria_describedby=f"{id}-info" if self.info else None)
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="model" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)


def _numbers(name: str, given: Sequence[Any] | None, count: int) -> list[float | None] | None:
    if given is None:
        return None
    numbers = list(given)
    right = all(n is None or (isinstance(n, (int, float)) and not isinstance(n, bool)) for n in numbers)
    if len(numbers) != count or not right:
        raise ValueError(f"Model3D: {name} takes {count} numbers; it was {given!r}.")
    return [None if n is None else float(n) for n in numbers]
