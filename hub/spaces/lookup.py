"""What the Hub says of a Space, asked once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from quickdemo.hub.cache import Cache
from quickdemo.hub.errors import HubError
from quickdemo.hub.outbound import Outbound, seconds_until
from quickdemo.hub.tokens import HUB, Token, hub_address, warn_of_mirror
from quickdemo.hub.wording import upper

if TYPE_CHECKING:  # a reload is answered by the cache, and imports nothing of the network
    import requests

ASK_S = 20.0
MOST_BYTES = 8_000_000
_LOGIN = "set HF_TOKEN, or run `hf auth login`"
_KEPT = ("id", "sha", "private", "sdk", "host", "lastModified", "runtime", "siblings")


@dataclass(frozen=True)
class Space:
    """host: where it is served, with a slash at the end; "" where the Hub names none. stage: such as "RUNNING" or
    "SLEEPING". reason: why it failed. hardware: such as "cpu-basic". files: their names."""

    id: str
    sdk: str
    host: str
    stage: str
    is_private: bool = False
    reason: str = ""
    hardware: str = ""
    commit: str = ""
    last_modified: str = ""
    files: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        return f"the Space {self.id}"

    @classmethod
    def of(cls, id: str, facts: dict[str, Any]) -> Space:
        """Of the Hub's own words. Raises HubError."""
        runtime = facts.get("runtime")
        runtime = runtime if isinstance(runtime, dict) else {}
        hardware = runtime.get("hardware")
        hardware = hardware.get("current") or hardware.get("requested") if isinstance(hardware, dict) else hardware
        host = facts.get("host")
        files = [one.get("rfilename") for one in facts.get("siblings") or () if isinstance(one, dict)]
        return cls(
            str(facts.get("id") or id),
            str(facts.get("sdk") or ""),
            host.rstrip("/") + "/" if isinstance(host, str) and host else "",
            str(runtime.get("stage") or "RUNNING"),
            facts.get("private") is True,
            " ".join(str(runtime.get("errorMessage") or "").split())[:300],
            str(hardware or ""),
            str(facts.get("sha") or ""),
            str(facts.get("lastModified") or ""),
            tuple(name for name in files if isinstance(name, str)),
        )


class Hub:
    """The part of the Hub's API that Spaces take."""

    def __init__(self, token: Token) -> None:
        self._token = token
        address = hub_address()
        self._api = address + "/api/spaces/"
        self._outbound = Outbound(address, token.for_hub, is_ours=address != HUB)

    def space(self, id: str, cache: Cache) -> Space:
        """What the Hub says of it. Raises HubError (not_found, token, gated, not_gradio, ...)."""
        key = ("space", self._api, id, self._token.mark)
        return Space.of(id, cache.kept(lambda: self.facts(id), *key))

    def facts(self, id: str, revision: str = "") -> dict[str, Any]:
        """The same, as the Hub puts it, of a revision. Raises HubError."""
        warn_of_mirror(self._token)
        facts = self._ask(f"{id}/revision/{quote(revision, safe='')}" if revision else id, f"the Space {id}")
        return {name: facts.get(name) for name in _KEPT}

    def stage(self, space: Space) -> Space:
        """The Space as it is now."""
        runtime = self._ask(f"{space.id}/runtime", space.what)
        now = Space.of(space.id, {"runtime": runtime})
        return Space(**{**vars(space), "stage": now.stage, "reason": now.reason, "hardware": now.hardware})

    def _ask(self, path: str, what: str) -> dict[str, Any]:
        import requests

        try:
            found = self._outbound.json(
                "GET", self._api + path, what=upper(what), most_bytes=MOST_BYTES, timeout_s=ASK_S
            )
        except requests.HTTPError as error:
            assert error.response is not None
            raise self._refusal(error.response, what) from error
        if not isinstance(found, dict):
            raise HubError("server", f"The Hub answers with something that is no description of {what}.")
        return found

    def _refusal(self, answer: requests.Response, what: str) -> HubError:
        status, code = answer.status_code, answer.headers.get("x-error-code", "")
        if code == "GatedRepo" or status == 403:
            hint = "Ask for access on its page." if self._token else f"Ask for access on its page, then {_LOGIN}."
            return HubError("gated", f"{upper(what)} is gated, and you have no access yet.", hint)
        if status == 401 and self._token and code != "RepoNotFound":
            return HubError("token", f"Hugging Face refused your token for {what}.", f"Another one? Then {_LOGIN}.")
        if status in (401, 404):
            hint = "Check the spelling" + ("." if self._token else f"; if it is private, {_LOGIN}.")
            return HubError("not_found", f"There is no {what.removeprefix('the ')} that you may see.", hint)
        if status == 429:
            wait = seconds_until(answer.headers)
            hint = f"Try again in {wait:.0f} s." if wait else "Try again in some minutes."
            return HubError("rate_limit", "Too many requests to the Hub.", hint, retry_after=wait)
        return HubError("server", f"The Hub failed (HTTP {status}).", "Try again later.", transient=True)


def check_sdk(space: Space) -> None:
    """Raises HubError (not_gradio) for a Space that no program can call."""
    if space.sdk == "gradio":
        return
    said = f"a {space.sdk} Space" if space.sdk else "of no SDK that it names"
    raise HubError(
        "not_gradio", f"{upper(space.what)} is {said}, and has no function that could be called.", "gradio ones have."
    )
