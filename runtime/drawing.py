"""matplotlib figures as pictures: what belongs to a figure, what it shows in words, SVG or pixels.

matplotlib is the author's package: nothing here imports it before a value of it has come.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from dataclasses import dataclass
from itertools import islice
from typing import Any
from weakref import WeakSet

from PIL import Image

from quickdemo.runtime import media
from quickdemo.runtime.errors import first_lines

FORMATS = ("auto", "svg", "png", "webp")
MIMES = {"svg": "image/svg+xml", "png": "image/png", "webp": "image/webp"}

SCALE = 2  # device pixels for a pixel of the page
MOST_POINTS = 4_000  # with more of them, SVG is larger and slower than pixels
MOST_SVG_BYTES = 400_000
_LIMIT_CHARACTERS = 300
_WINDOWLESS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template", "module://")

#: matplotlib's fonts, its settings and a figure that two calls return are not made for several threads
_lock = threading.Lock()


class DrawingError(ValueError):
    """A figure that cannot be drawn; the text says why, as the end of a sentence."""


@dataclass(frozen=True)
class Drawing:
    """A picture of a figure: `width` in pixels of the page, `alt` says in words what it is of."""

    data: bytes
    format: str  #: "svg", "png" or "webp"
    width: int
    alt: str


def figure_of(value: Any) -> Any:
    """The matplotlib figure that a value is or belongs to: a Figure, the pyplot module, Axes, what `plot` and `hist`
    return, a seaborn grid. None when there is none; DrawingError when pyplot has no figure."""
    figures = sys.modules.get("matplotlib.figure")
    if figures is None:
        return None
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and value is pyplot:
        if not pyplot.get_fignums():
            raise DrawingError("was given matplotlib.pyplot, but nothing has been drawn in it")
        return pyplot.gcf()
    return _search(value, figures.Figure)


def _search(value: Any, kind: type, depth: int = 3) -> Any:
    if isinstance(value, (list, tuple)) or (type(value).__module__ == "numpy" and hasattr(value, "flat")):
        items = list(islice(getattr(value, "flat", value), 10)) if depth else []
        return next((found for item in items if (found := _search(item, kind, depth - 1)) is not None), None)
    for _ in range(3):  # axes of a part of a figure belong to the part, and that to the figure
        owner = getattr(value, "figure", None)
        if owner is None or owner is value:
            break
        value = owner
    return value if isinstance(value, kind) else None


def no_windows() -> None:
    """Let pyplot draw without windows: it is used in threads now, where a window ends the process on some systems."""
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is None:
        os.environ.setdefault("MPLBACKEND", "agg")  # read when it is imported
        return
    chosen = dict.__getitem__(matplotlib.rcParams, "backend")  # the usual way would choose one now
    if not isinstance(chosen, str) or not chosen.lower().startswith(_WINDOWLESS):
        matplotlib.use("agg")


def kept_figures() -> WeakSet[Any]:
    """The figures that pyplot holds now. Those that are there when the component is made are the script's own."""
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    return WeakSet(manager.canvas.figure for manager in helpers.Gcf.get_all_fig_managers()) if helpers else WeakSet()


def close(figure: Any) -> None:
    """Take the figure out of pyplot, which would hold it for ever. It can still be drawn by who has it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def draw(figure: Any, format: str = "auto") -> Drawing:
    """The figure in that format; "auto" is SVG for a figure of few points, else PNG. Raises DrawingError."""
    with _lock:
        try:
            return _drawn(figure, format)
        except (DrawingError, media.PictureError):
            raise
        except Exception as error:  # a label's formula, an endless axis: whatever its parts stumble upon
            raise DrawingError(f"could not be drawn by matplotlib: {first_lines(error)}") from error


def _drawn(figure: Any, format: str) -> Drawing:
    extent = _extent(figure)
    width = round((extent.width if extent is not None else figure.get_figwidth()) * figure.dpi)
    alt = described(figure)
    if format == "svg" or (format == "auto" and points(figure) <= MOST_POINTS):
        data = _saved(figure, "svg", extent, metadata={"Date": None})
        if format == "svg" or len(data) <= MOST_SVG_BYTES:
            return Drawing(data, "svg", width, alt)
    size = extent.size if extent is not None else figure.get_size_inches()
    data = _saved(figure, "png", extent, dpi=figure.dpi * _scale(*(size * figure.dpi)))
    if format == "webp":
        out = io.BytesIO()
        with Image.open(io.BytesIO(data)) as picture:
            picture.save(out, "WEBP", lossless=True, method=1)
        return Drawing(out.getvalue(), "webp", width, alt)
    return Drawing(data, "png", width, alt)


def _saved(figure: Any, format: str, extent: Any, **options: Any) -> bytes:
    from matplotlib import rcParams

    if rcParams["svg.hashsalt"] is None:
        rcParams["svg.hashsalt"] = "quickdemo"  # the same figure is the same file, and kept once
    out = io.BytesIO()
    # `savefig` draws on a canvas of its own for the format and gives the figure its canvas back: pyplot sees nothing.
    figure.savefig(out, format=format, bbox_inches=extent, **options)
    return out.getvalue()


def _scale(width: float, height: float) -> float:
    """SCALE, or as much of it as the budget of pixels allows. Raises DrawingError."""
    for scale in (SCALE, 1.5, 1):
        if width * height * scale**2 <= media.max_pixels():
            return scale
    raise DrawingError(
        f"is {width:.0f} x {height:.0f} pixels large, and at most {media.max_pixels() / 1e6:.4g} million are drawn; "
        "give it a smaller figsize or dpi"
    )


def _extent(figure: Any) -> Any:
    """In inches, what must be drawn so that no label is cut off; None when that is just the figure."""
    from matplotlib import rcParams
    from matplotlib.transforms import Bbox

    if rcParams["savefig.bbox"] is not None:
        return None  # the author has decided
    whole = Bbox.from_bounds(0, 0, *figure.get_size_inches())
    if max(whole.size) * figure.dpi > 8_000:
        return None  # it takes a canvas of that size to measure it
    figure.draw_without_rendering()
    tight = figure.get_tightbbox()
    if tight is None or not all(abs(side) < 1e6 for side in tight.extents):  # also false for NaN
        return None
    joined = Bbox.union([whole, tight.padded(0.05)])
    grown = joined.width - whole.width + joined.height - whole.height
    # What lies further out was put there on purpose, or by mistake: the figure's own edge counts.
    return joined if 0.06 < grown < whole.width + whole.height else None


def points(figure: Any) -> int:
    """About how many points the figure draws: a measure of what an SVG of it would hold."""
    count = 0
    for axes in figure.axes:
        count += sum(len(line.get_xdata(orig=False)) for line in axes.lines)
        count += 20 * (len(axes.patches) + len(axes.texts))
        for collection in axes.collections:
            held: Any = getattr(collection, "get_offsets", list)()
            paths: Any = getattr(collection, "get_paths", list)()
            count += max(len(held), sum(len(path.vertices) for path in paths))
            count += int(getattr(getattr(collection, "get_array", lambda: None)(), "size", 0) or 0)
    return count


def described(figure: Any) -> str:
    """Title and axes in words, for those who do not see the picture."""
    parts = [figure.get_suptitle() if hasattr(figure, "get_suptitle") else ""]
    for axes in figure.axes[:6]:
        title = axes.get_title() or axes.get_title("left") or axes.get_title("right")
        names = [f"{side}: {name}" for side, name in (("x", axes.get_xlabel()), ("y", axes.get_ylabel())) if name]
        parts.append(", ".join(filter(None, [title, *names])))
    text = ". ".join(" ".join(part.split()) for part in parts if part.strip())
    return text if len(text) <= _LIMIT_CHARACTERS else text[: _LIMIT_CHARACTERS - 1] + "…"
