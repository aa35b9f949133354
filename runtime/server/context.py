"""What the route modules share: one Context per child, built once at launch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quickdemo.runtime.interface import Interface
    from quickdemo.runtime.jobs.explanations import Explanations
    from quickdemo.runtime.jobs.queue import Queue
    from quickdemo.runtime.jobs.runner import Runner
    from quickdemo.runtime.jobs.worker import Worker
    from quickdemo.runtime.launch import LaunchOptions
    from quickdemo.runtime.server.auth import Auth
    from quickdemo.runtime.server.dev import Events
    from quickdemo.runtime.server.files import FileStore
    from quickdemo.runtime.server.kept import KeptExamples
    from quickdemo.runtime.server.long_texts import LongTexts
    from quickdemo.runtime.server.page import Page
    from quickdemo.runtime.server.sessions import Sessions
    from quickdemo.runtime.server.shared import Bridge, SharedStore
    from quickdemo.runtime.server.store import Store
    from quickdemo.runtime.server.visitors import Visitors
    from quickdemo.runtime.tabs import TabbedInterface


@dataclass(frozen=True)
class ServerSettings:
    """What the place where the server runs decides, as opposed to what the script's author asked for."""

    store_dir: str  #: folder of the SQLite file, 0700
    files_dir: str  #: folder of uploads and results, 0700
    secret: bytes  #: signs session ids and cookies; shared by the generations of one run
    generation: int = 1
    dev: bool = False  #: reload stream and tracebacks, on loopback only
    host: str = "127.0.0.1"
    port: int = 7860
    script: str = ""  #: the name of its file; the jobs of several in one folder are kept apart by it
    auth_file: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    metrics: bool | None = None  #: None: as the script says
    shared: SharedStore | None = None  #: the broker of a demo that runs on several hosts


@dataclass
class Context:
    """Everything that a route needs. `endpoints` are in the order of the page."""

    demo: Interface | TabbedInterface
    endpoints: dict[str, Interface]
    options: LaunchOptions
    settings: ServerSettings
    store: Store
    files: FileStore
    texts: LongTexts
    visitors: Visitors
    sessions: Sessions
    auth: Auth | None
    runner: Runner
    engine: Queue
    events: Events
    bridge: Bridge | None = None  #: where several hosts share a queue
    worker: Worker = field(init=False)  # made with the context, which it needs
    page: Page = field(init=False)  # made with the routes
    tasks: set[asyncio.Task[None]] = field(default_factory=set)  #: that nobody else refers to
    initial: dict[str, tuple[list[object], list[object]]] = field(default_factory=dict)
    """For each endpoint the wire values that the page starts with: (inputs, outputs)."""

    @property
    def has_frames(self) -> bool:
        """Whether a component of the page draws in a frame."""
        return any(c.frames for i in self.endpoints.values() for c in (*i.inputs, *i.outputs))

    @cached_property
    def kept(self) -> KeptExamples:
        """Kept answers of examples."""
        from quickdemo.runtime.server.kept import KeptExamples  # few demos keep any, and starts are counted in ms

        return KeptExamples(self)

    @cached_property
    def explanations(self) -> Explanations:
        """Explanations, and their kept answers."""
        from quickdemo.runtime.jobs.explanations import Explanations  # loads numpy, with the first explanation

        return Explanations(self.runner, self.options.show_error)
