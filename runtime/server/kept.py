"""Kept answers of examples (`cache_examples`): looked up when one is chosen, stored when one was computed.

Loaded only where an Interface keeps some.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.caching.entries import Entries, EntryName, State
from quickdemo.runtime.caching.keys import as_input, function_key, inputs_key
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.errors import QuickdemoError
from quickdemo.runtime.server.examples import mark_of

if TYPE_CHECKING:
    from quickdemo.runtime.interface import Interface
    from quickdemo.runtime.server.context import Context

logger = logging.getLogger("quickdemo.examples")

_SAY_EVERY_S = 5.0
_MOST_REMEMBERED = 256  # small answers that are kept in memory, too
_SMALL = 100_000  # characters of JSON


@dataclass(frozen=True)
class Chosen:
    """One example: whose, which (counted from 0), its wire values, and the name of its answer; None: it has none."""

    interface: Interface
    place: int
    wires: list[Wire]
    name: EntryName


@dataclass(frozen=True)
class Computed:
    """What became of one example. error: "" when all went well."""

    chosen: Chosen
    seconds: float
    error: str = ""


class KeptExamples:
    """For all endpoints of a server. Whatever reads files or takes values apart blocks: call it in a thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entries = Entries(context.settings.store_dir, os.path.basename(context.settings.script) or "app")
        self._lock = threading.Lock()
        self._keys: dict[str, str | None] = {}
        self._remembered: dict[EntryName, str] = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server answers: find out what the functions depend on, before calls change their globals; then compute
        what is missing where `cache_mode` is "eager"."""
        kept = [(name, i) for name, i in self._context.endpoints.items() if i.cache_examples and i.examples]
        if kept:
            threading.Thread(target=self._begin, args=(kept, loop), name="examples", daemon=True).start()

    def _begin(self, kept: list[tuple[str, Interface]], loop: asyncio.AbstractEventLoop) -> None:
        for name, interface in kept:
            self._key(name, interface)
        eager = [name for name, interface in kept if interface.cache_mode == "eager"]
        missing = [chosen for name in eager for chosen in self.all(name) if self.state(chosen) != "cached"]
        if missing and not loop.is_closed():
            asyncio.run_coroutine_threadsafe(self._compute_and_tell(missing), loop)

    # ------------------------------------------------------------------ one example

    def chosen(self, interface: Interface, place: Any, mark: Any) -> Chosen | None:
        """The example that a page says was chosen; None when its answer is not kept, or the page shows another one."""
        if not interface.cache_examples or type(place) is not int:
            return None
        name = next(name for name, other in self._context.endpoints.items() if other is interface)
        try:
            return self._example(name, place, mark)
        except (ValueError, OSError, IndexError, QuickdemoError) as error:
            logger.warning("example %r of %s has no kept answer: %s", place, name, error)
            return None

    def all(self, endpoint: str) -> list[Chosen]:
        """Every example of an endpoint whose answer may be kept; the log names those that cannot be shown."""
        examples = self._context.endpoints[endpoint].examples
        places = range(len(examples.samples)) if examples else range(0)
        found = [self.chosen(self._context.endpoints[endpoint], place, None) for place in places]
        return [chosen for chosen in found if chosen is not None]

    def load(self, chosen: Chosen) -> list[Wire] | None:
        """Its answer, when it is kept."""
        if chosen.name in self._remembered:
            return json.loads(self._remembered[chosen.name])  # type: ignore[no-any-return]
        values = self._entries.load(chosen.name, self._context.files.public())
        if values is not None:
            self._remember(chosen.name, values)
        return values

    def save(self, chosen: Chosen, values: Sequence[Wire], files: Files, seconds: float) -> None:
        """Keep its answer, unless a time limit may have cut it off."""
        limit = chosen.interface.time_limit
        if limit is None or seconds < limit:
            self._entries.save(chosen.name, values, files, seconds)

    def state(self, chosen: Chosen) -> State:
        """Whether its answer is kept, outdated or missing."""
        return self._entries.state(chosen.name)

    def clear(self, endpoint: str) -> int:
        """Drop all answers of an endpoint; how many there were. Raises OSError."""
        self._remembered.clear()
        return self._entries.clear(endpoint)

    def _example(self, name: str, place: int, mark: Any) -> Chosen | None:
        interface, files = self._context.endpoints[name], self._context.files.public()
        view = next(view for view in self._context.page.views if view.interface is interface)
        wires = view.example_wires(place)
        if mark is not None and mark != mark_of(wires):
            return None
        columns = interface.examples.columns if interface.examples else []
        for index, component in enumerate(interface.inputs):
            if index not in columns:
                if component.loader is not None:
                    return None  # it may be another one for each visitor
                wires[index] = component.initial(files)
        key = self._key(name, interface)
        if key is None:
            return None
        inputs = inputs_key(wires, files)
        whole = hashlib.sha256(f"{key} {inputs}".encode()).hexdigest()
        return Chosen(interface, place, [as_input(wire) for wire in wires], EntryName(name, inputs, whole))

    def _key(self, name: str, interface: Interface) -> str | None:
        with self._lock:
            if name not in self._keys:
                try:
                    self._keys[name] = function_key(interface)
                except Exception as error:  # the author's objects may do anything when they are looked at
                    logger.warning(
                        "answers of examples of %s are not kept: what %s depends on cannot be found out (%s: %s)",
                        *(name, interface.name, type(error).__name__, error),
                    )
                    self._keys[name] = None
            return self._keys[name]

    def _remember(self, name: EntryName, values: list[Wire]) -> None:
        text = json.dumps(values)
        if len(text) <= _SMALL:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[name] = text

    # ------------------------------------------------------------------ many of them

    async def compute(self, missing: Sequence[Chosen]) -> AsyncIterator[Computed]:
        """Run the function for one after the other. An error of one does not keep the others from being computed."""
        runner, files = self._context.runner, self._context.files.public()
        for chosen in missing:
            started, error = time.perf_counter(), ""

            def finish(values: list[Wire], chosen: Chosen = chosen, started: float = started) -> None:
                self.save(chosen, values, files, time.perf_counter() - started)

            try:
                await runner.run_behind(chosen.interface, chosen.wires, LocalCall(files), finish)
            except Exception as raised:
                error = (
                    f"{type(raised).__name__}: {raised}" if not isinstance(raised, QuickdemoError) else raised.message
                )
            yield Computed(chosen, time.perf_counter() - started, error)

    async def _compute_and_tell(self, missing: list[Chosen]) -> None:
        logger.info("examples: computing %d answers in the background", len(missing))
        done, failed, said = 0, 0, time.monotonic()
        async for computed in self.compute(missing):
            done += 1
            if computed.error:
                failed += 1
                chosen = computed.chosen
                logger.error("example %d of %s failed: %s", chosen.place, chosen.name.endpoint, computed.error)
            if time.monotonic() - said > _SAY_EVERY_S and done < len(missing):
                said = time.monotonic()
                logger.info("examples: %d of %d answers, %.1f s the last", done, len(missing), computed.seconds)
        logger.info("examples: %d answers are kept%s", done - failed, f", {failed} failed" if failed else "")
