"""What Audio and Video share: sources, checked choices and lengths, the forms in which a file comes in, flags."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.uploads import DATA_URL_SCHEMA, Incoming, kept_path, local_path
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.scratch import scratch_path
from quickdemo.runtime.sniff import sniff_file

#: the {"name", "data"} of REST scripts from 2022
INLINE_SCHEMA: Schema = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "data": DATA_URL_SCHEMA, "is_example": {"type": "boolean"}},
    "required": ["name", "data"],
    "additionalProperties": False,
}


class Recorded(Component):
    """A file that is uploaded or recorded, and played."""

    def _set_sources(self, source: str | None, sources: Sequence[str] | str | None, allowed: Sequence[str]) -> None:
        """`source`, and `sources` in place of it, which is "upload" unless told. Raises ValueError."""
        given = sources if sources is not None else source if source is not None else "upload"
        self.sources = [given] if isinstance(given, str) else list(given)
        self._check_choice("source", self.sources, allowed)
        if not self.sources:
            raise ValueError(f"{type(self).__name__}: sources must name at least one of {', '.join(allowed)}.")
        self.source = self.sources[0]

    def _check_choice(self, name: str, chosen: Iterable[str | None], allowed: Iterable[str]) -> None:
        """Raises ValueError for one that is neither None nor allowed."""
        for choice in chosen:
            if choice is not None and choice not in allowed:
                listed = ", ".join(allowed)
                raise ValueError(f"{type(self).__name__}: {name} must be one of {listed}; it was {choice!r}.")

    def _set_lengths(self, shortest: float | None, longest: float | None) -> None:
        """`min_length` and `max_length`, in seconds. Raises ValueError."""
        name = type(self).__name__
        for which, length in (("min_length", shortest), ("max_length", longest)):
            if length is None:
                continue
            if isinstance(length, bool) or not isinstance(length, (int, float)) or not length > 0:
                raise ValueError(f"{name}: {which} must be a number of seconds above 0; it was {length!r}.")
        if shortest is not None and longest is not None and shortest > longest:
            raise ValueError(f"{name}: min_length ({shortest}) must not be above max_length ({longest}).")
        self.min_length, self.max_length = shortest, longest

    def _check_length(self, length_s: float, allowance_s: float) -> None:
        """Raises InvalidValueError. `allowance_s`: how much a recording of `max_length` may be longer."""
        if self.min_length is not None and length_s < self.min_length:
            wanted = f"at least {self.min_length:g}"
        elif self.max_length is not None and length_s > self.max_length + allowance_s:
            wanted = f"at most {self.max_length:g}"
        else:
            return
        field = self.label or self.kind
        raise InvalidValueError(f"{field} must be {wanted} s long; it was {length_s:.4g} s.", field=field)

    def _wrong(self, problem: str, hint: str = "") -> InvalidValueError:
        field = self.label or self.kind
        return InvalidValueError(f"{field}: {problem}.", hint, field=field)

    # ------------------------------------------------------------------ flags and examples

    def _kept(self, file: Incoming, media: MediaFolder, extensions: dict[str, str]) -> str:
        """The cell of a flag log, `label/N.wav`: with the extension of what the file is."""
        path = file.path
        if path is None:
            path = scratch_path(self.kind)
            file.copy_to(path)
        return media.keep(self.label or self.kind, path, extensions.get(sniff_file(path) or "", ".bin"))

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return None if cell == "" else kept_path(folder, cell)

    def example_wire(self, value: Any, files: Files) -> Wire:
        return self.postprocess(local_path(self, value) if isinstance(value, (str, os.PathLike)) else value, files)

    def initial(self, files: Files) -> Wire:
        return self.example_wire(self.value, files)

    def example_html(self, wire: Wire) -> Markup:
        return escape(wire["name"]) if isinstance(wire, dict) else Markup("")

    # ------------------------------------------------------------------ page

    def _drop(self, id: str, css: str, what: str, kinds: str, accept: Iterable[str]) -> Markup:
        """Where a file is dropped or chosen: `what` it is, and its `kinds` in words."""
        info = f"{id}-info" if self.info else None
        return Markup(
            '<div class="{}"><label class="drop"><span><b>Drop a {}</b>, paste it, or choose a file</span>'
            '<small>{}</small><input class="visually-hidden" type="file"{}></label></div>'
        ).format(css, what, kinds, attributes(id=id, accept=",".join(accept), aria_describedby=info))

    def _stage(self, id: str, css: str) -> Markup:
        return Markup('<div class="{}" id="{}" role="group" aria-labelledby="{}-name"></div>').format(css, id, id)


def without_inline_form(wire: Wire) -> Wire:
    """The data: URL in the {"name", "data"} of REST scripts from 2022; anything else as it is."""
    if isinstance(wire, dict) and "data" in wire and set(wire) <= {"name", "data", "is_example"}:
        return wire["data"]
    return wire
