"""What the Hub says of a model: one question, kept on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from quickdemo.hub.cache import Cache
from quickdemo.hub.models.failures import explained, offline
from quickdemo.hub.models.patience import Patience
from quickdemo.hub.offline import is_offline
from quickdemo.hub.reference import Reference
from quickdemo.hub.tokens import HUB, Token, hub_address, warn_of_mirror

EXPAND = "pipeline_tag inferenceProviderMapping cardData widgetData mask_token".split()
TIMEOUT_S = 10.0
MOST_EXAMPLES = 5
MOST_CHARACTERS = 20_000  #: of one of them
MOST_BYTES = 5_000_000
#: providers name some tasks by what they were
_TASKS = {"text2text-generation": "text-generation"}


@dataclass(frozen=True)
class Provider:
    """Who serves a model: its name, what it calls the model, and the task."""

    name: str
    id: str
    task: str


@dataclass(frozen=True)
class Facts:
    """id: the canonical one. tag: its pipeline_tag. providers: those that serve it now, in the Hub's order.
    widget: the examples of its card."""

    id: str
    tag: str | None = None
    providers: tuple[Provider, ...] = ()
    widget: tuple[Mapping[str, Any], ...] = ()
    mask_token: str | None = None

    @classmethod
    def of(cls, told: Any, asked: str) -> Facts:
        """Of the Hub's JSON; what has not the form that is known is left out."""
        told = told if isinstance(told, dict) else {}
        card = told.get("cardData")
        widget = told.get("widgetData") or (card.get("widget") if isinstance(card, dict) else None)
        return cls(
            str(told.get("id") or asked),
            _text(told.get("pipeline_tag")),
            _providers(told.get("inferenceProviderMapping"), asked),
            tuple(filter(_is_small, widget))[:MOST_EXAMPLES] if isinstance(widget, list) else (),
            _text(told.get("mask_token")),
        )


def _text(told: Any) -> str | None:
    return told if isinstance(told, str) and told else None


def _is_small(card: Any) -> bool:
    return isinstance(card, dict) and len(repr(card)) <= MOST_CHARACTERS


def _providers(told: Any, id: str) -> tuple[Provider, ...]:
    if isinstance(told, dict):
        told = [{"provider": name, **entry} for name, entry in told.items() if isinstance(entry, dict)]
    found = []
    for entry in told if isinstance(told, list) else ():
        if isinstance(entry, dict) and entry.get("status") == "live" and entry.get("provider"):
            task = str(entry.get("task"))
            named = str(entry.get("providerId") or id)
            found.append(Provider(str(entry["provider"]), named, _TASKS.get(task, task)))
    return tuple(found)


def look_up(reference: Reference, token: Token) -> Facts:
    """From the cache, or else from the Hub; where the Hub cannot tell, from an older entry of the cache.

    Raises HubError.
    """
    key = "model", hub_address(), str(reference), token.mark
    return Facts.of(Cache().kept(lambda: _asked(reference, token), *key), reference.id)


def _asked(reference: Reference, token: Token) -> Any:
    what = f"model {reference.id}"
    if is_offline():
        raise offline(what)
    import requests  # with what needs it: most loads are answered by the cache

    from quickdemo.hub.outbound import Outbound

    hub = hub_address()
    warn_of_mirror(token)
    revision = f"/revision/{quote(reference.revision, safe='')}" if reference.revision else ""
    url = f"{hub}/api/models/{reference.id}{revision}?" + "&".join(f"expand={name}" for name in EXPAND)
    out = Outbound(hub, token.for_hub, is_ours=hub != HUB)
    try:
        with Patience(0.0) as patience:
            while True:
                try:
                    return out.json("GET", url, what=what, timeout_s=TIMEOUT_S, most_bytes=MOST_BYTES)
                except requests.HTTPError as error:
                    patience.after(explained(error, what, token, at_the_hub=True), error)
    finally:
        out.close()
