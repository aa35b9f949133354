"""How flagged samples are stored: the contract for own callbacks, and the two CSV loggers."""

from __future__ import annotations

import inspect
import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from quickdemo.runtime.components.base import Component, Wire
from quickdemo.runtime.errors import FlagError, InvalidValueError, shown
from quickdemo.runtime.flagging.cells import JSONText, distinct
from quickdemo.runtime.flagging.log import AppendLog
from quickdemo.runtime.flagging.media import FlagMedia, current_explanation, current_files

#: what stands after the components' columns: the option, who, when (UTC) and a random id of the row
EXTRA_COLUMNS = ("flag", "username", "timestamp", "id")


class FlaggingCallback(ABC):
    """Subclass it to store samples elsewhere, and give an instance as `flagging_callback=`."""

    @abstractmethod
    def setup(self, components: Sequence[Component], flagging_dir: str) -> None:
        """Called once, when the Interface is built: what a sample consists of, and where it should go."""

    @abstractmethod
    def flag(
        self,
        flag_data: Sequence[Wire],
        flag_option: str | None = None,
        flag_index: int | None = None,
        username: str | None = None,
    ) -> int:
        """Store one sample; returns how many there are. It is called from several threads at once.

        flag_data: the wire values of inputs and outputs, in order.
        flag_option: which of the `flagging_options` was chosen.
        flag_index: always None from the page; kept for callbacks written for Gradio 3.0.
        username: who was logged in.
        """


class _FileLogger(FlaggingCallback):
    """What both loggers share: components to cells, media beside the log, all or nothing."""

    _components: list[Component] | None = None
    _folder: str
    _log: AppendLog

    def setup(self, components: Sequence[Component], flagging_dir: str) -> None:
        """Creates nothing: the folder appears with the first flag.

        Raises FlagError when this logger serves another folder already: two Interfaces need a logger each.
        """
        if self._components is not None and (list(components), flagging_dir) != (self._components, self._folder):
            name = type(self).__name__
            raise FlagError(
                f"One {name} was given to two Interfaces, and their samples do not fit into one log.",
                f"Give each its own: flagging_callback={name}().",
            )
        self._components = list(components)
        self._folder = flagging_dir
        self._log = self._make_log(self._components, flagging_dir)

    def _make_log(self, components: list[Component], folder: str) -> AppendLog:
        raise NotImplementedError

    def _store(self, flag_data: Sequence[Wire], extra: Sequence[str], id: str = "") -> int:
        """id: of the row; the explanation of the sample, if there is one, becomes explanations/ID.json."""
        if self._components is None:
            raise FlagError("This logger was not set up.", "Call setup(components, flagging_dir) before flag().")
        if len(flag_data) != len(self._components):
            raise InvalidValueError(
                f"A sample has {len(self._components)} values here; {len(flag_data)} were given.",
                f"They are: {', '.join(labels(self._components))}.",
            )
        pairs = zip(self._components, flag_data, strict=True)
        media = FlagMedia(self._folder, current_files.get())
        try:
            cells = [_cell(c, wire, media, i) for i, (c, wire) in enumerate(pairs)]
            if id and (explanation := current_explanation.get()) is not None:
                media.keep_bytes("explanations", f"{id}.json", explanation)
            return self._log.append([*cells, *extra])
        except BaseException:
            media.discard()
            raise


class CSVLogger(_FileLogger):
    """Samples as rows of FLAGGING_DIR/log.csv: a column per component, then flag, username, timestamp, id.

    The explanation of a sample, where the page shows one, is beside it: FLAGGING_DIR/explanations/ID.json.
    Another set of columns goes to log-2.csv, and so on. `quickdemo.runtime.flagging.cells` says how cells are kept
    exact and harmless in a spreadsheet.
    """

    def __init__(self, *, sync: bool = True) -> None:
        """sync: wait for the disk at each flag; without it a power failure may cost the last ones."""
        self._sync = sync

    def _make_log(self, components: list[Component], folder: str) -> AppendLog:
        names = distinct(labels(components), EXTRA_COLUMNS)
        return AppendLog(folder, [*names, *EXTRA_COLUMNS], sync=self._sync)

    def flag(
        self,
        flag_data: Sequence[Wire],
        flag_option: str | None = None,
        flag_index: int | None = None,
        username: str | None = None,
    ) -> int:
        """Append one sample; returns how many the log has. Raises OSError, FlagError, InvalidValueError."""
        now = datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
        id = "s" + secrets.token_hex(10)
        return self._store(flag_data, [flag_option or "", username or "", now, id], id)


class SimpleCSVLogger(_FileLogger):
    """Samples as rows of FLAGGING_DIR/log.csv without a header and without further columns."""

    def _make_log(self, components: list[Component], folder: str) -> AppendLog:
        return AppendLog(folder, None, width=len(components))

    def flag(
        self,
        flag_data: Sequence[Wire],
        flag_option: str | None = None,
        flag_index: int | None = None,
        username: str | None = None,
    ) -> int:
        """Append one sample; returns how many the log has. Raises OSError, FlagError, InvalidValueError."""
        return self._store(flag_data, [])


def call_flag(callback: FlaggingCallback, sample: Sequence[Wire], option: str, username: str | None) -> int:
    """Call a callback written for this package, for Gradio 3.0 (with flag_index) or for 6.31 (without)."""
    offered: dict[str, Any] = {"flag_option": option, "flag_index": None, "username": username}
    parameters = inspect.signature(callback.flag).parameters.values()
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        names = {parameter.name for parameter in parameters}
        offered = {name: value for name, value in offered.items() if name in names}
    return callback.flag(list(sample), **offered)


def labels(components: Sequence[Component]) -> list[str]:
    """The components' labels; `component N`, counted from 0, where there is none."""
    return [component.label or f"component {index}" for index, component in enumerate(components)]


def _cell(component: Component, wire: Wire, media: FlagMedia, index: int) -> Any:
    """The CSV cell; a wire value of the wrong shape is an InvalidValueError that names the component."""
    if component.stateful:
        return None
    try:
        cell = component.flag_cell(wire, media)
    except InvalidValueError as error:
        error.index = index
        raise
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        name = component.label or component.kind
        raise InvalidValueError(
            f"{name} cannot be stored: {shown(wire)} is not a value of this {type(component).__name__}.",
            field=name,
            index=index,
        ) from error
    # Text that a visitor wrote stays text; what a component made of a list or dict is JSON.
    return JSONText(cell) if isinstance(cell, str) and not isinstance(wire, str) else cell
