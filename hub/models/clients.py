"""What asks a model: a client of huggingface_hub for each call. It is imported with the first one."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from quickdemo.hub.errors import HubError
from quickdemo.hub.models.facts import Provider
from quickdemo.hub.models.failures import no_provider
from quickdemo.hub.tokens import Token

if TYPE_CHECKING:
    from huggingface_hub import InferenceClient

HF = "hf-inference"
MOST_BYTES = 256_000_000  #: of an answer
MOST_LINE_BYTES = 4_000_000  #: of one that streams
MOST_S = 300.0  #: from its first byte to its last
_DRAWS = ("text-to-image", "image-to-image")
#: these have an address of their own for a model that could do another task as well
_FORCED = ("feature-extraction", "sentence-similarity")
_HUGGING_FACE = "huggingface.co"  #: Spaces and Inference Endpoints are other people's, whatever their address


class Clients:
    """Makes clients for one model and task.

    id: the model's. picks: who serves it, the first choice first. base_url: of an own endpoint, in place of them all.
    timeout_s: without a byte of an answer.

    A client is made with an address wherever that is possible: then huggingface_hub asks the Hub nothing (which it
    would do without the token that was given), and the token is the one that was given.
    """

    def __init__(
        self, id: str, task: str, token: Token, picks: tuple[Provider, ...], base_url: str | None, timeout_s: float
    ) -> None:
        self.id, self.task, self.token = id, task, token
        self.picks, self.base_url, self.timeout_s = picks, base_url, timeout_s

    def make(self) -> InferenceClient:
        """A client for one call. Raises HubError."""
        made: InferenceClient = _client_class()(**self._given())
        return made

    def _given(self) -> dict[str, Any]:
        if self.base_url is not None:
            return {"model": self.base_url, "timeout": self.timeout_s, **self._own_token(self.base_url)}
        pick = self._pick()
        token = self._checked(pick)
        if pick.name != HF:
            return {"model": self.id, "provider": pick.name, "token": token, "timeout": self.timeout_s}
        from huggingface_hub import constants

        url = f"{constants.INFERENCE_PROXY_TEMPLATE.format(provider=HF)}/models/{self.id}"
        forced = f"/pipeline/{self.task}" if self.task in _FORCED else ""
        return {"model": url + forced, "token": token, "timeout": self.timeout_s}

    def _pick(self) -> Provider:
        """The first that this huggingface_hub can ask; it is told of the model, so that it does not ask the Hub."""
        from huggingface_hub.hf_api import InferenceProviderMapping
        from huggingface_hub.inference._providers import PROVIDERS
        from huggingface_hub.inference._providers._common import HARDCODED_MODEL_INFERENCE_MAPPING

        known: dict[str, Any] = {str(name): tasks for name, tasks in PROVIDERS.items()}
        for pick in self.picks:
            if pick.name == HF:
                return pick
            if pick.task in known.get(pick.name, {}):
                made: Any = InferenceProviderMapping  # it is not typed
                mapping = made(
                    provider=pick.name, hf_model_id=self.id, providerId=pick.id, task=pick.task, status="live"
                )
                HARDCODED_MODEL_INFERENCE_MAPPING.setdefault(pick.name, {})[self.id] = mapping
                return pick
        raise no_provider(f"model {self.id}")

    def _checked(self, pick: Provider) -> str:
        """A key that is no token of Hugging Face's goes to the provider itself: only one that was given for it."""
        text = self.token.text
        if pick.name != HF and not text.startswith("hf_") and not self.token.explicit:
            what = "The token of the environment is not one of Hugging Face's (hf_...)."
            raise HubError("token", what, f"Pass token= with a key of {pick.name}, or set another HF_TOKEN.")
        return text

    def _own_token(self, url: str) -> dict[str, Any]:
        """An own endpoint gets the token that was given for it; that of the environment is for Hugging Face alone."""
        host = urlsplit(url).hostname or ""
        is_theirs = url.startswith("https://") and (host == _HUGGING_FACE or host.endswith(f".{_HUGGING_FACE}"))
        if self.token and (self.token.explicit or is_theirs):
            return {"token": self.token.text}
        return {"headers": {"authorization": None}}  # else the library would look for a token itself


@functools.lru_cache(maxsize=1)
def _client_class() -> Any:
    """InferenceClient, with bounds on an answer, whose bytes it keeps: some forms of answers it does not know."""
    from huggingface_hub import InferenceClient, utils

    library: Any = utils  # what it exports has no marks for type checkers

    class Client(InferenceClient):
        body = b""

        def _inner_post(self, request_parameters: Any, *, stream: bool = False) -> Any:
            sent = {"json": request_parameters.json, "content": request_parameters.data, "timeout": self.timeout}
            accepted = {"accept": "image/png"} if request_parameters.task in _DRAWS else {}
            headers = {**accepted, **request_parameters.headers}
            asked = library.get_session().stream("POST", request_parameters.url, headers=headers, **sent)
            answer = self.exit_stack.enter_context(asked)  # until the client is closed
            library.hf_raise_for_status(answer)
            if stream:
                return lines_of(bounded(answer.iter_bytes(), math.inf))
            self.body = b"".join(bounded(answer.iter_bytes(), MOST_S))
            return self.body

    return Client


def bounded(pieces: Iterable[bytes], most_s: float) -> Iterator[bytes]:
    """The same. Raises HubError (too_large, timeout)."""
    end, got = time.monotonic() + most_s, 0
    for piece in pieces:
        got += len(piece)
        if got > MOST_BYTES:
            raise HubError("too_large", f"The model sends more than the {MOST_BYTES / 1e6:.0f} MB that are taken here.")
        if time.monotonic() > end:
            raise HubError("timeout", f"The model's answer took more than {most_s / 60:.0f} minutes to arrive.")
        yield piece


def lines_of(pieces: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream, without their ends. Raises HubError (too_large)."""
    left = b""
    for piece in pieces:
        *lines, left = (left + piece).split(b"\n")
        if len(left) > MOST_LINE_BYTES:
            raise HubError("too_large", "The model sends a line without an end.")
        yield from (line.decode("utf-8", "replace").rstrip("\r") for line in lines)
    if left:
        yield left.decode("utf-8", "replace")
