"""Plot: a figure of matplotlib, Plotly, Bokeh or Altair."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime import drawing, figures
from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.uploads import (
    HANDLE_SCHEMA,
    MEDIA_OUT_SCHEMA,
    cannot_return,
    incoming,
    kept_path,
    parse_data_url,
)
from quickdemo.runtime.media import PictureError
from quickdemo.runtime.scratch import scratch_path
from quickdemo.runtime.sniff import PICTURES, sniff

LIBRARIES = ("matplotlib", *figures.PACKAGES)
ACCEPTED = "a figure of matplotlib, Plotly, Bokeh or Altair"

_ABOUT: Schema = {
    "alt": {"type": "string", "description": "What the picture shows, in words."},
    "width": {"type": "number", "description": "Of the picture, in CSS pixels; it may hold twice as many."},
    "parts": {"type": "array", "items": {"enum": list(figures.BOKEH_PARTS)}, "description": "Bokeh's extra scripts."},
}


class Plot(Display):
    """A figure. Functions return one of matplotlib (a Figure, Axes, or the pyplot module), Plotly, Bokeh or Altair.

    matplotlib is drawn on the server. The others are drawn in the page by the script of the author's own package, in
    a frame that can reach neither the page nor any host. A figure that pyplot holds is closed once it has been drawn,
    unless pyplot held it already when this component was made. pyplot has one current figure for all calls: with
    several visitors at once, return the figure instead of pyplot.
    """

    kind = "plot"
    extra_modules = ("components/plot_frame.js",)
    frames = True

    def __init__(self, value: Any = None, *, format: str = "auto", **common: Any) -> None:
        """
        value: the figure shown at first.
        format: how matplotlib is drawn: "svg", "png" or "webp"; "auto" is SVG for figures of a few thousand points,
            else PNG at twice the resolution.
        """
        super().__init__(value, **common)
        if format not in drawing.FORMATS:
            raise ValueError(f"Plot: format must be one of {', '.join(drawing.FORMATS)}; it was {format!r}.")
        self.format = format
        drawing.no_windows()
        self._kept = drawing.kept_figures()

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no figure, or one that cannot be drawn."""
        if value is None:
            return None
        try:
            if isinstance(value, dict) and value.get("type") == "matplotlib" and "plot" in value:
                return self._picture(value["plot"], files)
            figure = None if isinstance(value, dict) else drawing.figure_of(value)
            if figure is not None:
                return self._drawn(figure, files)
            found = figures.figure_json(value)
        except (drawing.DrawingError, figures.FigureError, PictureError) as error:
            raise ValueError(f"{self.label or self.kind}: the figure {error}.") from error
        if found is None:
            cannot_return(self, value, ACCEPTED)
        wire = files.put_bytes(found.text.encode(), f"{found.library}.json", "application/json")
        parts = {"parts": list(found.parts)} if found.parts else {}
        return {"type": found.library, "plot": wire, **parts}

    def _drawn(self, figure: Any, files: Files) -> Wire:
        try:
            drawn = drawing.draw(figure, self.format)
        finally:
            if figure not in self._kept:
                drawing.close(figure)
        wire = files.put_bytes(drawn.data, f"plot.{drawn.format}", drawing.MIMES[drawn.format])
        return {"type": "matplotlib", "plot": wire, "alt": drawn.alt, "width": drawn.width}

    def _picture(self, given: Any, files: Files) -> Wire:
        """A picture that was drawn already: its path or data: URL."""
        if isinstance(given, str) and given.startswith("data:"):
            data = parse_data_url(self, given)[1]
        elif isinstance(given, (str, os.PathLike)) and os.path.isfile(given):
            data = Path(given).read_bytes()
        else:
            raise figures.FigureError("is no path or data: URL of a picture")
        suffix = _suffix(data)
        if suffix is None:
            raise figures.FigureError("is no picture but something else")
        kind = next((mime for mime, ending in PICTURES.items() if ending == suffix), drawing.MIMES["svg"])
        return {"type": "matplotlib", "plot": files.put_bytes(data, f"plot{suffix}", kind)}

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> Any:
        """{"type", "plot"}, which the function may return again: `plot` is the path of a picture, or JSON text."""
        if wire is None:
            return None
        self._check(wire)
        data = incoming(self, wire["plot"], files, name="plot").read()
        if wire["type"] == "matplotlib":
            suffix = _suffix(data)
            if suffix is None:
                raise self.refuse("must be a picture", wire)
            path = scratch_path(f"plot{suffix}")
            Path(path).write_bytes(data)
            return {"type": "matplotlib", "plot": path}
        try:
            figures.checked(wire["type"], data.decode())
        except (figures.FigureError, UnicodeDecodeError):
            raise self.refuse(f"must be the JSON of a figure of {wire['type']}", wire) from None
        return {"type": wire["type"], "plot": data.decode()}

    def _check(self, wire: Wire) -> None:
        known = isinstance(wire, dict) and {"type", "plot"} <= set(wire) <= {"type", "plot", *_ABOUT}
        if not known or wire["type"] not in LIBRARIES:
            raise self.refuse(f'must be null or {{"type": {" | ".join(LIBRARIES)}, "plot": {{"h": handle}}}}', wire)
        if isinstance(wire["plot"], str):
            raise self.refuse('must have {"h": handle} as its plot', wire, "Upload it with POST /api/files.")
        alt, width, parts = wire.get("alt", ""), wire.get("width", 0), wire.get("parts", [])
        if not isinstance(alt, str) or type(width) not in (int, float) or not isinstance(parts, list):
            raise self.refuse("must have text as alt, a number as width and a list as parts", wire)
        if any(part not in figures.BOKEH_PARTS for part in parts):
            raise self.refuse(f"must have parts of {', '.join(figures.BOKEH_PARTS)}", wire)

    def accept(self, value: Any, files: Files) -> Any:
        """A figure, or what `preprocess` gives."""
        if isinstance(value, dict) and isinstance(value.get("plot"), dict) and "h" in value["plot"]:
            return self.preprocess(value, files)
        wire = self.postprocess(value, files)
        return (
            None if wire is None else self.preprocess({"type": wire["type"], "plot": {"h": wire["plot"]["h"]}}, files)
        )

    # ------------------------------------------------------------------ schema, flags, examples

    def schema(self) -> Schema:
        return self._schema(HANDLE_SCHEMA)

    def output_schema(self) -> Schema:
        return self._schema(MEDIA_OUT_SCHEMA)

    def _schema(self, plot: Schema) -> Schema:
        described = (
            "matplotlib: a picture (SVG, PNG or WebP). plotly: the figure as JSON (data, layout). bokeh: a json_item. "
            "altair: a Vega-Lite specification."
        )
        whole = {
            "type": "object",
            "properties": {"type": {"enum": list(LIBRARIES)}, "plot": plot, **_ABOUT},
            "required": ["type", "plot"],
            "additionalProperties": False,
            "description": described,
        }
        return {"anyOf": [{"type": "null"}, whole]}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """`label/N.svg` of a picture, `label/N.plotly` (bokeh, altair) of a figure's JSON."""
        if wire is None:
            return None
        handle = {"h": wire["plot"].get("h")}  # the page may send back what the server gave, with name and size
        file = incoming(self, handle, media, name="plot")  # type: ignore[arg-type]  # only `get` is used
        suffix = f".{wire['type']}"
        if wire["type"] == "matplotlib":
            suffix = _suffix(file.read()) or ".bin"
        return media.keep(self.label or self.kind, str(file.path), suffix)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if not cell:
            return None
        path = kept_path(folder, cell)
        library = os.path.splitext(path)[1][1:]
        if library in figures.PACKAGES:
            return {"type": library, "plot": Path(path).read_text(encoding="utf-8")}
        return {"type": "matplotlib", "plot": path}

    def example_html(self, wire: Wire) -> Markup:
        return escape("" if wire is None else f"{wire['type']} figure")

    # ------------------------------------------------------------------ page

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="plot" id="{id}" role="group" aria-labelledby="{id}-name"></div>').format(id=id)


def _suffix(data: bytes) -> str | None:
    """The extension of a picture by its bytes; None when it is none."""
    suffix = PICTURES.get(sniff(data[:32]) or "")
    if suffix is None and data.lstrip()[:5] in (b"<?xml", b"<svg ") and b"<svg" in data[:2000]:
        return ".svg"
    return suffix
