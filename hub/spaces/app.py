"""What a Gradio app of any version says of itself, as far as it is used here: its endpoints and their components."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.spaces.connection import Answered, Connection
from quickdemo.hub.spaces.json_text import read
from quickdemo.hub.wording import upper

log = logging.getLogger("quickdemo.hub")

_SAID: set[tuple[str, tuple[str, ...]]] = set()
MOST_NAMES = 20
_BEFORE, _AFTER = "window.gradio_config = ", re.compile(r";\s*</script>")
_NUMBERS = re.compile(r"\d{1,9}")
_PREFIX = re.compile(r"/?[A-Za-z0-9_-]{0,40}/?")
MOST_ENDPOINTS, MOST_PARTS = 1000, 5000
MOST_VALUES = 200  #: that an endpoint takes, or gives
STATES = ("state", "variable", "browserstate")
PROTOCOLS = ("2", "post", "ws", "sse", "sse_v1", "sse_v2", "sse_v2.1", "sse_v3")


@dataclass(frozen=True)
class Part:
    """A component there. kind: its type in lower case. props: whatever the app says of it, believed by nobody."""

    kind: str
    props: dict[str, Any] = field(repr=False)
    is_video_pair: bool = False  #: a video travels as {"video", "subtitles"}

    @property
    def is_state(self) -> bool:
        return self.kind in STATES


@dataclass(frozen=True)
class Endpoint:
    """name: without a slash; "" has none. index: its number in calls. queued: whether calls go through the queue.
    streams: whether its answer grows. is_public: whether the app offers it to programs."""

    name: str
    index: int
    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    queued: bool = False
    streams: bool = False
    is_public: bool = True
    trigger: int | None = None

    @property
    def has_state(self) -> bool:
        return any(part.is_state for part in (*self.inputs, *self.outputs))


@dataclass(frozen=True)
class App:
    """version: the two first numbers of Gradio's. protocol: one of PROTOCOLS. prefix: of its routes, "" or with a slash
    at the end. most_file_bytes: of an upload; None sets no limit. config: all of what it says."""

    version: tuple[int, int]
    protocol: str
    prefix: str
    endpoints: tuple[Endpoint, ...]
    most_file_bytes: int | None
    config: dict[str, Any] = field(repr=False)

    @property
    def named(self) -> list[Endpoint]:
        """Those that one may ask for by name."""
        return [endpoint for endpoint in self.endpoints if endpoint.name and endpoint.is_public]

    def endpoint(self, api: str | int | None, what: str) -> Endpoint:
        """The one of that name or number; without one, the one that is the demo. Raises HubError."""
        if api is None:
            with_outputs = [endpoint for endpoint in self.endpoints if endpoint.outputs]
            main = next((e for e in with_outputs if e.name and e.is_public), None) or next(iter(with_outputs), None)
            if main is None:
                raise HubError("not_gradio", f"{upper(what)} has no function that could be called.")
            self._say_others(main, what)
            return main
        wanted = api.strip().strip("/") if isinstance(api, str) else api
        for endpoint in self.endpoints:
            if wanted in (endpoint.name, endpoint.index) and wanted != "" and not isinstance(wanted, bool):
                return endpoint
        names = ", ".join(f"/{e.name}" for e in self.named[:MOST_NAMES]) or "none with a name"
        raise HubError("input", f"{upper(what)} has no endpoint {api!r}.", f"There are {names}: api=...")

    def _say_others(self, main: Endpoint, what: str) -> None:
        """Once in a process for each app: which one was taken of several."""
        others = tuple(f"/{one.name}" for one in self.named if one.outputs and one is not main)
        if others and (what, others) not in _SAID:
            _SAID.add((what, others))
            names = ", ".join(others[:MOST_NAMES]) + (" ..." if len(others) > MOST_NAMES else "")
            log.warning(
                "%s has several functions; /%s is loaded. api= takes another: %s.", upper(what), main.name, names
            )


def fetch_config(connection: Connection) -> dict[str, Any]:
    """What the app says of itself. Raises HubError (not_gradio, login, ...)."""
    try:
        config = connection.json("GET", "config")
    except Answered as error:
        if error.status != 404:
            raise
        config = None
    except HubError as error:
        if error.kind != "server":  # a page in place of JSON
            raise
        config = None
    config = _in_page(connection) if config is None else config
    if not isinstance(config, dict) or not ("dependencies" in config or "input_components" in config):
        raise _not_gradio(connection.what)
    return config


def _in_page(connection: Connection) -> Any:
    _, found, text = connection.text("").partition(_BEFORE)
    end = _AFTER.search(text)
    if not found or end is None:
        raise _not_gradio(connection.what)
    try:
        return read(text[: end.start()].encode(), connection.what)
    except HubError as error:
        raise _not_gradio(connection.what) from error


def _not_gradio(what: str) -> HubError:
    return HubError("not_gradio", f"{upper(what)} is no Gradio app.", "Only those of the SDK gradio can be loaded.")


def read_config(config: dict[str, Any], what: str) -> App:
    """The app of its own words. Raises HubError (not_gradio) where they make no sense."""
    try:
        version = _version(config.get("version"))
        protocol = _protocol(config, version)
        prefix = config.get("api_prefix") or ""
        if protocol not in PROTOCOLS or not _PREFIX.fullmatch(prefix):
            hint = "quickdemo knows those of Gradio 2 to 6."
            raise HubError("not_gradio", f"{upper(what)} speaks a protocol that is not known here.", hint)
        endpoints = _of_two(config) if protocol == "2" else _of_blocks(config, version)
        most = config.get("max_file_size")
        prefix = prefix.strip("/") and prefix.strip("/") + "/"
        return App(version, protocol, prefix, endpoints, most if type(most) is int else None, config)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise HubError("not_gradio", f"{upper(what)} describes itself in a way that is not understood.") from error


def _version(text: Any) -> tuple[int, int]:
    numbers = [int(number) for number in _NUMBERS.findall(str(text)[:40])] if text else [2, 0]
    return (numbers + [0, 0])[0], (numbers + [0, 0])[1]


def _protocol(config: dict[str, Any], version: tuple[int, int]) -> str:
    if "input_components" in config:
        return "2"
    return str(config.get("protocol") or ("post" if version < (3, 1) else "ws"))


def _of_two(config: dict[str, Any]) -> tuple[Endpoint, ...]:
    inputs, outputs = (
        tuple(Part(_kind(one["name"]), dict(one)) for one in config[name][:MOST_PARTS])
        for name in ("input_components", "output_components")
    )
    _check_count(inputs, outputs)
    return (Endpoint("predict", 0, inputs, outputs, queued=config.get("queue") is True),)


def _of_blocks(config: dict[str, Any], version: tuple[int, int]) -> tuple[Endpoint, ...]:
    parts = {one["id"]: _part(one, version) for one in config["components"][:MOST_PARTS]}
    #: what a button stops: before types were told, only a generator had one
    stopped = {index for one in config["dependencies"][:MOST_ENDPOINTS] for index in one.get("cancels") or ()}
    found = []
    for place, given in enumerate(config["dependencies"][:MOST_ENDPOINTS]):
        if not given.get("backend_fn"):
            continue
        queue = given.get("queue")
        index = given.get("id", place)
        if type(index) is not int:
            raise ValueError("the number of an endpoint is no number")
        _check_count(given["inputs"], given["outputs"])
        found.append(
            Endpoint(
                _name(given.get("api_name")),
                index,
                tuple(parts[id] for id in given["inputs"]),
                tuple(parts[id] for id in given["outputs"]),
                queued=bool(config.get("enable_queue", version >= (4, 0)) if queue is None else queue),
                streams=bool(types.get("generator")) if (types := given.get("types")) else index in stopped,
                is_public=_is_public(given),
                trigger=_trigger(given.get("targets")),
            )
        )
    return tuple(found)


def _check_count(*sides: Any) -> None:
    if any(len(side) > MOST_VALUES for side in sides):
        raise ValueError("more values than are taken here")


def _part(given: dict[str, Any], version: tuple[int, int]) -> Part:
    props = given.get("props")
    kind = _kind(given["type"])
    fields = (given.get("api_info") or {}).get("properties")
    pair = "video" in fields if isinstance(fields, dict) else (4, 0) <= version < (6, 0)
    return Part(kind, props if isinstance(props, dict) else {}, kind == "video" and pair)


def _kind(name: Any) -> str:
    return str(name)[:60].lower().replace("_", "")


def _name(given: Any) -> str:
    return given.strip("/") if isinstance(given, str) and len(given) <= 200 else ""


def _is_public(given: dict[str, Any]) -> bool:
    hidden = given.get("api_name") is False or given.get("show_api") is False
    return bool(given.get("api_visibility", "private" if hidden else "public") == "public")


def _trigger(targets: Any) -> int | None:
    first = targets[0] if isinstance(targets, list) and targets else None
    first = first[0] if isinstance(first, list) and first else first
    return first if type(first) is int else None
