"""What hosts that share a broker have in common beside the queue: sessions' states, and visitors' files."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import hashlib
import json
import logging
import os
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from quickdemo.runtime.errors import AppError, RefusedError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.limits import Launched, group_of
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.server.sessions import Sessions
from quickdemo.runtime.server.store import Store
from quickdemo.runtime.server.upload import full

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.cluster.shared import SharedQueue

T = TypeVar("T")
logger = logging.getLogger("quickdemo.files")
_LIMIT_S = 60.0  #: that a thread waits for the broker


@dataclass(frozen=True)
class SharedStore:
    """What `--store` says. name: of the app, the same on all its hosts. version: digest of the script's text.
    slots: starts at a time here; None is as usual, 0 none. creds: path of a file. groups: whose jobs are taken here;
    none are all. front: this host serves pages. counts: it tells those of jobs."""

    url: str
    name: str
    version: str
    creds: str | None = None
    slots: int | None = None
    groups: tuple[str, ...] = ()
    front: bool = True
    counts: bool = False


def workable(store: SharedStore, functions: Mapping[str, Interface]) -> list[str]:
    """The functions whose jobs this host takes. Raises AppError for a group that none of them is in."""
    groups = {name: group_of(name, interface) for name, interface in functions.items()}
    for group in store.groups:
        if group not in groups.values():
            raise AppError(
                f"No function of this script is in the group {group!r}.",
                f"--group takes: {', '.join(sorted(set(groups.values())))}. A function is in the group that its "
                "concurrency_id names, else in one of its own, under the name of its endpoint.",
            )
    return [name for name, group in groups.items() if not store.groups or group in store.groups]


def shared_queue(store: SharedStore, functions: Mapping[str, Interface], launched: Launched) -> SharedQueue:
    """The queue that the hosts share; opened later. Raises AppError for what only one host could do."""
    from quickdemo.runtime.jobs.cluster.engine import Clustered  # needs the extra `cluster`
    from quickdemo.runtime.jobs.cluster.shared import SharedQueue
    from quickdemo.runtime.jobs.cluster.tuning import Bounds

    for interface in functions.values():
        _check_states(interface)
    limits = {name: launched.of(interface) for name, interface in functions.items()}
    bounds = {
        name: Bounds(launched.asked(interface), limits[name].waiting, _sharing(interface, launched), limits[name].batch)
        for name, interface in functions.items()
    }
    versions = {name: version_of(store.version, name, interface) for name, interface in functions.items()}
    whole = {name for name, interface in functions.items() if any(c.cumulative for c in interface.outputs)}
    engine = Clustered(store.url, store.name, creds=store.creds, versions=versions, bounds=bounds)
    groups = {name: group_of(name, interface) for name, interface in functions.items()}
    watched = groups if store.front or store.counts else None
    return SharedQueue(engine, limits, store.slots, whole, watched, front=store.front)


def _sharing(interface: Interface, launched: Launched) -> str:
    """The group whose places a function shares; "" where it has its own."""
    return interface.concurrency_id if interface.concurrency_id in launched.groups else ""


def version_of(script: str, name: str, interface: Interface) -> str:
    """Hosts with the same one can run each other's jobs: of the script's text and the endpoint's declaration."""
    fields = [[type(c).__name__, c.label, c.schema()] for c in (*interface.inputs, *interface.outputs)]
    told = [script, name, interface.function.flavour, interface.batch, fields]
    return hashlib.sha256(strict_json(told)).hexdigest()[:16]


def _check_states(interface: Interface) -> None:
    for component in interface.inputs:
        if component.stateful:
            try:
                same = json.loads(json.dumps(component.value, allow_nan=False)) == component.value
            except (TypeError, ValueError):
                same = False
            if not same:
                raise AppError(
                    f"The state of {interface.name} begins as {component.value!r:.60}, which is no JSON value: hosts "
                    "that share --store keep sessions in the broker.",
                    "Use dicts with text keys, lists, texts, numbers, booleans and None; or run it without --store.",
                )


class Bridge:
    """Lets threads wait for what runs on the server's loop."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None  #: set when the queue is open

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Not to be called on the loop itself. Raises what the work raises, RefusedError (503) when it takes long."""
        assert self.loop is not None
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(_LIMIT_S)
        except (TimeoutError, concurrent.futures.TimeoutError):  # two, up to Python 3.10
            future.cancel()
            message = "The broker that the hosts of this demo share does not answer."
            raise RefusedError(503, "store_away", message, "Try again.", headers={"retry-after": "5"}) from None

    @property
    def is_here(self) -> bool:
        """Whether this is the loop's own thread, or there is none yet: nothing can be waited for."""
        try:
            return self.loop is None or asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False


class SharedSessions(Sessions):
    """States are JSON values in the broker, the same on every host."""

    def __init__(self, store: Store, secret: bytes, queue: SharedQueue, bridge: Bridge) -> None:
        super().__init__(store, secret)
        self._queue, self._bridge = queue, bridge

    def load(self, id: str, slot: str, default: Any) -> Any:
        states = self._bridge.wait(self._queue.engine.session(id))
        return states[slot] if states and slot in states else copy.deepcopy(default)

    def save(self, id: str, slot: str, value: Any) -> None:
        """Raises TypeError for a value that is no JSON, RefusedError (413) for one that is too large."""

        def changed(states: Any) -> Any:
            return {**(states or {}), slot: value}

        self._bridge.wait(self._queue.engine.session(id, changed))

    def clear(self) -> None:
        logger.warning("sessions that several hosts share are not cleared from one of them")


class SharedFiles:
    """Uploads and results of all hosts. A value is a line of JSON about the file, and its bytes."""

    def __init__(self, queue: SharedQueue, bridge: Bridge) -> None:
        self._queue, self._bridge = queue, bridge
        self._own: dict[str, tuple[dict[str, Any], str]] = {}  # the author's files, as long as this process lives

    def put(self, handle: str, about: dict[str, Any], path: str) -> None:
        """Let other hosts find it. Raises RefusedError (507)."""
        if about["role"] == "public":
            self._own[handle] = about, path
        if not self._bridge.is_here:
            self._bridge.wait(self._put(handle, about, path))
        elif about["role"] != "public":
            raise AssertionError("files of visitors are written in threads")

    async def renew(self) -> None:
        """The author's files are there from the beginning to the end."""
        while True:
            for handle, (about, path) in list(self._own.items()):
                try:
                    await self._put(handle, about, path)
                except (OSError, RefusedError) as error:
                    logger.warning("%s is not to be had on other hosts: %s", about["name"], error)
            await asyncio.sleep(self._queue.engine.tuning.files_s / 3)

    async def _put(self, handle: str, about: dict[str, Any], path: str) -> None:
        from quickdemo.runtime.jobs.cluster.broker import FullError

        data = await asyncio.to_thread(_read, path)
        try:
            await self._queue.engine.files.put(f"{handle}.file", strict_json(about) + b"\n" + data)
        except FullError as error:
            raise full("the broker that the hosts share has no room") from error

    def get(self, handle: str) -> tuple[dict[str, Any], bytes] | None:
        """What another host put there; None where this thread cannot wait for it."""
        return None if self._bridge.is_here else self._bridge.wait(self.fetch(handle))

    async def fetch(self, handle: str) -> tuple[dict[str, Any], bytes] | None:
        from quickdemo.runtime.jobs.cluster.blobs import BlobGoneError

        try:
            value = await self._queue.engine.files.get(f"{handle}.file")
        except BlobGoneError:
            return None
        about, _, data = value.partition(b"\n")
        return json.loads(about), data


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def written(data: bytes, path: str) -> None:
    """Write a file in one step, for its owner alone."""
    new = f"{path}.{os.getpid()}.{id(data)}"
    with open(new, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
    os.replace(new, path)
