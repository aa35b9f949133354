"""Spaces of the Hub, and other Gradio apps, of every version since 2.

`lookup` asks the Hub, `waking` waits, `app` reads what an app says of itself, `mapping` and `facts` make it ours,
`connection` and the `era_*` modules call it, `values` and `media` carry what goes in and out.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from quickdemo.hub.cache import Cache
from quickdemo.hub.errors import HubError
from quickdemo.hub.loaded import Loaded
from quickdemo.hub.reference import Reference
from quickdemo.hub.spaces.app import fetch_config
from quickdemo.hub.spaces.building import app_of, built
from quickdemo.hub.spaces.connection import CALL_S, Answered, Connection
from quickdemo.hub.spaces.lookup import Hub, Space, check_sdk
from quickdemo.hub.spaces.remote import SpaceRemote
from quickdemo.hub.spaces.waking import running
from quickdemo.hub.tokens import HUB, Token, hub_address, mark_of
from quickdemo.hub.waiting import Told
from quickdemo.hub.wording import upper


def load(
    reference: Reference,
    token: Token,
    alias: str | None,
    *,
    api: str | int | None = None,
    auth: tuple[str, str] | None = None,
    wake: bool = True,
    timeout: float = CALL_S,
    local: bool = False,
    trust: bool = False,
    told: Told | None = None,
    **options: Any,
) -> Loaded:
    """A Space as an Interface.

    api: the name or number of the endpoint; None is the one that is the demo. auth: user and password, where it asks
    for them. wake: whether one that sleeps is woken. timeout: seconds for which one call may go on.
    local: run the Space's own code here, in an environment of its own; trust: the word that this may be. Without it,
    what would be done is said and nothing else.
    told: told of what is waited for, where no call is running. options: of an Interface, in place of what the Space
    says.

    Raises HubError, and ValueError for an option that does not fit.
    """
    if auth is not None and (len(auth) != 2 or not all(isinstance(one, str) for one in auth)):
        raise ValueError('auth= is ("user", "password").')
    if local:
        from quickdemo.hub.spaces.local import load_local

        return load_local(
            reference, token, alias, trust=trust, api=api, auth=auth, timeout=timeout, told=told, **options
        )
    if reference.revision:
        raise ValueError("A running Space has no revisions to choose from: only local=True can take @revision.")
    if reference.url:
        return by_address(reference, alias, api, auth, timeout, options)
    hub, cache = Hub(token), Cache()
    space = hub.space(reference.id, cache)
    check_sdk(space)
    connection = _connection(space, token, auth)

    def awake() -> None:
        running(hub, hub.stage(space), connection, wake, told)

    def fetch() -> Any:
        if space.stage != "RUNNING":
            awake()
        try:
            return fetch_config(connection)
        except Answered as error:
            if error.told or error.status < 404 or error.status == 429:
                raise
            awake()
            return fetch_config(connection)

    app = app_of(connection, cache, f"{token.mark} {_mark(auth)}", fetch)
    about = {
        "state": space.stage,
        "hardware": space.hardware,
        "commit": space.commit[:12],
        "updated": space.last_modified,
    }
    endpoint = app.endpoint(api, space.what)
    remote = SpaceRemote(reference, app, endpoint, connection, awake, timeout, about=about)
    return built(remote, alias, space.id, options)


def by_address(
    reference: Reference,
    alias: str | None,
    api: str | int | None,
    auth: tuple[str, str] | None,
    timeout: float,
    options: dict[str, Any],
) -> Loaded:
    """A Gradio app at an address that the user wrote. No token is ever sent there. Raises as `load` does."""
    connection = Connection(reference.url, f"the app at {reference.url}", auth=auth, is_ours=True)
    app = app_of(connection, Cache(), _mark(auth))
    remote = SpaceRemote(reference, app, app.endpoint(api, connection.what), connection, None, timeout)
    return built(remote, alias, reference.url.rstrip("/"), options)


def _connection(space: Space, token: Token, auth: tuple[str, str] | None) -> Connection:
    if not space.host:
        raise HubError("space_down", f"The Hub does not say where {space.what} is served.", "Does it run?")
    parts = urlsplit(space.host)
    if hub_address() == HUB and not (parts.scheme == "https" and (parts.hostname or "").endswith(".hf.space")):
        raise HubError("hostile", f"{upper(space.what)} is served at {space.host:.100}, which is no address of Spaces.")
    private, host = space.is_private, space.host

    def headers(url: str) -> dict[str, str]:
        return token.for_space(url, host, is_private=private)

    return Connection(host, space.what, headers, auth=auth, secrets=[token.text])


def _mark(auth: tuple[str, str] | None) -> str:
    """Who asks. What is kept under it holds no password, and no trace of one."""
    return mark_of(f"as {auth[0]}" if auth else "none")
