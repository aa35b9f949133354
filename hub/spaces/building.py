"""A Space's endpoint as an Interface of ours, with what its user wants otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quickdemo.hub.cache import Cache
from quickdemo.hub.errors import HubError
from quickdemo.hub.loaded import Loaded
from quickdemo.hub.spaces.app import App, Part, fetch_config, read_config
from quickdemo.hub.spaces.connection import Connection
from quickdemo.hub.spaces.facts import examples_of, texts_of
from quickdemo.hub.spaces.mapping import component_of, usual_kind
from quickdemo.hub.spaces.remote import SpaceRemote
from quickdemo.hub.wording import upper
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.state import State
from quickdemo.runtime.declaration import components_of


def app_of(connection: Connection, cache: Cache, mark: str, fetch: Callable[[], Any] | None = None) -> App:
    """What the app says of itself, asked once in ten minutes. mark: who asks. Raises HubError."""
    key = ("config", connection.base, mark)
    config = cache.kept(fetch or (lambda: fetch_config(connection)), *key)
    return read_config(config, connection.what)


def built(remote: SpaceRemote, alias: str | None, otherwise: str, options: dict[str, Any]) -> Loaded:
    """The Interface. otherwise: title of one that has none. options: of an Interface, and they win.

    Raises HubError, and ValueError for inputs or outputs that are too many or too few.
    """
    options = dict(options)
    endpoint, what = remote.endpoint, remote.connection.what
    try:
        inputs = _components(endpoint.inputs, "input", options.pop("inputs", None), what)
        facts = texts_of(remote.app, otherwise)
        if "examples" not in options:
            options["examples"] = examples_of(remote.app, endpoint, inputs)
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise HubError("not_gradio", f"{upper(what)} describes itself in a way that is not understood.") from error
    wanted = options.pop("outputs", None)
    outputs = _components(endpoint.outputs, "output", wanted, what)
    if wanted is not None:
        parts = [part for part in endpoint.outputs if not part.is_state]
        pairs = zip(outputs, parts, strict=True)
        remote.shown = tuple("" if our.kind == usual_kind(part) else our.kind for our, part in pairs)
    if remote.has_state:
        inputs, outputs = [*inputs, State()], [*outputs, State()]
    name = alias or remote.reference.id.rpartition("/")[2] or endpoint.name or "predict"
    return Loaded(remote, name, inputs, outputs, **{**facts, **options})


def _components(parts: tuple[Part, ...], role: str, given: Any, what: str) -> list[Component]:
    """One for each part but state. given: what the user wants in their place, None for nothing."""
    visible = [part for part in parts if not part.is_state]
    theirs = [component_of(part, role, what) for part in visible]
    if role == "output" and not any(component.visible for component in theirs):
        for component in theirs:  # as those of gr.ChatInterface, whose page shows the answer elsewhere
            component.visible = True
    if given is None:
        return theirs
    ours = [component for component in components_of(given) if not component.stateful]
    if len(ours) != len(theirs):
        names = ", ".join(one.label or one.kind for one in theirs)
        raise ValueError(f"{upper(what)} has {len(theirs)} {role}s ({names}); {role}s= has {len(ours)}.")
    for our, their in zip(ours, theirs, strict=True):
        our.label = our.label or their.label
    return ours
