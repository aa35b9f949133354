"""DateTime: a date, or a date and a time of day."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, Schema, Wire, attributes
from quickdemo.runtime.errors import InvalidValueError, shown

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.number import OnePart

TYPES = ("timestamp", "datetime", "string")
_DAY = "%Y-%m-%d"
_SECOND = "%Y-%m-%d %H:%M:%S"
_DAY_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SECOND_PATTERN = _DAY_PATTERN + r" [0-9]{2}:[0-9]{2}:[0-9]{2}"


class DateTime(Component):
    """A moment. On the wire, in flags and as "string" it is "2022-07-01 12:30:00", or "2022-07-01" without a time.

    The function gets seconds since 1970 (float), a datetime, or that text. It may return any of these, or a date.
    """

    kind = "datetime"
    is_plain = True

    def __init__(
        self,
        value: float | str | dt.date | None = None,
        *,
        include_time: bool = True,
        type: str = "timestamp",
        timezone: str | None = None,
        **common: Any,
    ) -> None:
        """
        value: the moment at first; None starts empty.
        include_time: ask for the time of day, too.
        type: "timestamp" (seconds since 1970), "datetime" or "string".
        timezone: where the clock hangs that the visitor reads, such as "Europe/Berlin". With it, "datetime" knows its
            zone; without, it knows none, and timestamps are those of the server's own zone.

        Raises ValueError for another type, an unknown zone, or a value that is no moment.
        """
        if type not in TYPES:
            raise ValueError(f"DateTime: type must be one of {', '.join(TYPES)}; it was {type!r}.")
        self.include_time = include_time
        self.type = type
        self.timezone = timezone
        self._zone = _zone(timezone)
        super().__init__(None if value is None else self._written(value), **common)

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> float | str | dt.datetime | None:
        if wire is None:
            return None
        moment = self._read(wire) if isinstance(wire, str) else None
        if moment is None:
            example = "2022-07-01 12:30:00" if self.include_time else "2022-07-01"
            raise self.refuse(f"must be a moment such as {example}", wire)
        if self.type == "string":
            return str(wire)
        if self.type == "datetime":
            return moment
        try:
            return moment.timestamp()
        except (OverflowError, OSError, ValueError):  # years that the system's clock does not know
            raise self.refuse("must be a moment that can be counted in seconds since 1970", wire) from None

    def _read(self, text: str) -> dt.datetime | None:
        """The moment that a wire value names; None when it names none, such as the 30th of February."""
        if not re.fullmatch(_SECOND_PATTERN if self.include_time else _DAY_PATTERN, text):
            return None
        try:
            return dt.datetime.strptime(text, _SECOND if self.include_time else _DAY).replace(tzinfo=self._zone)
        except ValueError:
            return None

    def accept(self, value: Any, files: Files) -> float | str | dt.datetime | None:
        """Any form that the function may return."""
        try:
            wire = self.postprocess(value, files)
        except ValueError as error:
            field = self.label or self.kind
            raise InvalidValueError(f"{field}: {error}", field=field) from error
        return self.preprocess(wire, files)

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> str | None:
        value = _of_library(value)
        return None if value is None else self._written(value)

    def _written(self, value: Any) -> str:
        """The wire value of a timestamp, datetime, date or ISO 8601 text. Raises ValueError for anything else."""
        moment = _moment(value, self._zone)
        if moment.tzinfo is not None:
            moment = moment.astimezone(self._zone)
        text = moment.replace(tzinfo=None).isoformat(" ", "seconds")  # strftime writes the year 622 as "622"
        return text if self.include_time else text[:10]

    # ------------------------------------------------------------------ explanations

    def parts(self, value: float | str | dt.datetime | None, files: Files) -> OnePart:
        """Itself, against its baseline."""
        from quickdemo.interpret.parts.number import OnePart  # numpy is imported when it is needed

        return OnePart(value, self.baseline(files, value), written=lambda one: self.postprocess(one, files))

    def set_interpret_parameters(self, baseline: float | str | dt.date | None = None) -> Self:
        """baseline: what the moment is compared with; None is `value`, else the first example's. Without any of them
        the moment has no effect."""
        self.interpreted = {"baseline": baseline}
        return self

    # ------------------------------------------------------------------ flags and page

    def schema(self) -> Schema:
        return {
            "type": ["string", "null"],
            "pattern": f"^{_SECOND_PATTERN if self.include_time else _DAY_PATTERN}$",
            "description": "Local time" + (f" in {self.timezone}." if self.timezone else "."),
        }

    def from_flag_cell(self, cell: str, folder: str) -> str | None:
        return cell or None

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup("<input{}>").format(
            attributes(
                id=id,
                name=id,
                type="datetime-local" if self.include_time else "date",
                step=1 if self.include_time else None,
                value=wire and wire.replace(" ", "T"),
                aria_describedby=f"{id}-info" if self.info else None,
            )
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{}" class="text" aria-labelledby="{}-name">{}</output>').format(id, id, wire or "")


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"DateTime: there is no time zone {name!r} here; give one such as 'Europe/Berlin'. "
            "A system without a list of zones needs: pip install tzdata"
        ) from None


def _of_library(value: Any) -> Any:
    """A datetime of numpy's or pandas' moment; None of their NaT."""
    if isinstance(value, dt.datetime):
        return None if value != value else value  # NaT, which pandas calls a datetime
    if getattr(getattr(value, "dtype", None), "kind", "") == "M" and value.shape == ():
        return value.astype("datetime64[us]").item()
    return value


def _moment(value: Any, zone: ZoneInfo | None) -> dt.datetime:
    """Raises ValueError when it is none."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    try:
        if isinstance(value, str):
            return dt.datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        if not isinstance(value, bool) and hasattr(value, "__float__"):
            return dt.datetime.fromtimestamp(float(value), zone)
    except (ValueError, TypeError, OverflowError, OSError):
        pass
    raise ValueError(
        f"A moment is seconds since 1970, a datetime, a date or a text such as '2022-07-01 12:30:00'; "
        f"this is {shown(value)}."
    )
