"""What a failure of the Hub, or of who serves a model, means: one sentence, and what to do."""

from __future__ import annotations

from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.models.patience import SOON_S
from quickdemo.hub.offline import told_offline
from quickdemo.hub.outbound import seconds_until
from quickdemo.hub.tokens import Token
from quickdemo.hub.wording import upper

LOG_IN = "Set HF_TOKEN or run `hf auth login`."
ELSEWHERE = "Pass base_url= of your own endpoint, or local=True to run it here with transformers."
MOST_TEXT = 300
_PERMISSION = "Your token lacks the permission 'Make calls to Inference Providers'."


def explained(error: BaseException, what: str, token: Token, *, at_the_hub: bool = False) -> HubError:
    """what: "model acme/cats". at_the_hub: the Hub itself was asked, not who serves the model."""
    if isinstance(error, HubError):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    response = getattr(error, "response", None)
    if "OfflineModeIsEnabled" in names:
        return offline(what)
    if names & {"ConnectError", "ConnectTimeout", "ProxyError"}:
        hint = f"Is there a network here, or a proxy to name in HTTPS_PROXY? ({type(error).__name__})"
        return HubError("network", f"{upper(what)} cannot be reached from this machine.", hint, transient=True)
    if names & {"TimeoutException", "TimeoutError"}:
        return HubError("timeout", f"{upper(what)} did not answer in time.", "Try again, or pass a larger timeout=.")
    if names & {"TransportError", "StreamError"}:
        return HubError("network", f"The answer of {what} broke off.", "Try again.")
    if response is not None:
        return _of_answer(response, what, token, at_the_hub)
    if "StopIteration" in names or (isinstance(error, ValueError) and "not supported" in str(error)):
        return no_provider(what)
    if isinstance(error, TypeError) and "keyword argument" in str(error):
        name = str(error).rpartition(" ")[2]
        return HubError("input", f"{upper(what)} has no parameter {name}.", "Mend parameters=.")
    if "TextGenerationError" in names:
        return HubError("server", f"{upper(what)} failed: {_clean(str(error), token)}")
    return HubError("server", f"{upper(what)} answered in a form that is not known here ({type(error).__name__}).")


def offline(what: str) -> HubError:
    return HubError("offline", *told_offline(upper(what)))


def no_provider(what: str, through: str | None = None) -> HubError:
    by = f" through {through}" if through else ""
    return HubError("no_provider", f"No inference provider serves {what} today{by}.", ELSEWHERE)


def no_token(what: str) -> HubError:
    return HubError("token", f"{upper(what)} needs a Hugging Face token.", LOG_IN)


def _of_answer(response: Any, what: str, token: Token, at_the_hub: bool) -> HubError:
    status, code = response.status_code, response.headers.get("x-error-code", "")
    said = _clean(_text_of(response), token)
    if code == "GatedRepo":
        hint = f"Ask for it on its page, https://huggingface.co/{what.rpartition(' ')[2]}."
        return HubError("gated", f"{upper(what)} is gated and your account has no access yet.", hint)
    if code in ("RepoNotFound", "RevisionNotFound") or (at_the_hub and status == 404):
        private = "" if token else f" If it is private: {LOG_IN}"
        return HubError("not_found", f"No {what} that you may see.", f"Check the spelling.{private}")
    if at_the_hub and status >= 500:
        passes = status in (502, 504)
        return HubError("server", f"The Hub cannot tell about {what} now: {said}", "Try again.", transient=passes)
    if status in (401, 402, 403):
        return _not_allowed(status, what, said, token)
    if status in (404, 410):
        return no_provider(what)
    if status == 429:
        return _too_many(response, what, token)
    return _failed(response, what, said)


def _not_allowed(status: int, what: str, said: str, token: Token) -> HubError:
    if status == 401 and not token:
        return no_token(what)
    if status == 401:
        new = "Make one at https://huggingface.co/settings/tokens."
        return HubError("token", f"Hugging Face refused your token for {what}.", new)
    if status == 402:
        return HubError("credits", "Your Hugging Face inference credits are used up.", said)
    allowed = "Inference Providers" not in said
    return HubError("forbidden", f"You may not use {what}: {said}" if allowed else _PERMISSION)


def _failed(response: Any, what: str, said: str) -> HubError:
    status = response.status_code
    if status == 503:
        return _loading(response, what)
    if status >= 500:
        return HubError("server", f"{upper(what)} failed: {said}", transient=status in (502, 504))
    return HubError("input", f"{upper(what)} did not take this: {said}")


def _too_many(response: Any, what: str, token: Token) -> HubError:
    after = seconds_until(response.headers)
    when = f"Try again in {after:.0f} s." if after else "Try again later."
    more = "" if token else " A token raises the limit."
    soon = after is not None and after <= SOON_S
    return HubError("rate_limit", f"Too many requests to {what}.", when + more, retry_after=after, transient=soon)


def _loading(response: Any, what: str) -> HubError:
    try:
        about = float(response.json()["estimated_time"])
    except Exception:  # not the JSON that one expects, or not read yet
        about = 0.0
    for_about = f" (about {about:.0f} s)" if about >= 1 else ""
    return HubError(
        "loading", f"{upper(what)} is loading{for_about}.", "Try again.", retry_after=about or None, transient=True
    )


def _text_of(response: Any) -> str:
    """What the server says went wrong, in few words."""
    try:
        said = response.json()
        said = said.get("error", said) if isinstance(said, dict) else said
        said = said.get("message", said) if isinstance(said, dict) else said
        said = " ".join(map(str, said)) if isinstance(said, list) else str(said)
    except Exception:  # a page for people
        said = ""
    return said or f"HTTP {response.status_code}"


def _clean(text: str, token: Token) -> str:
    """On one line, not long, and without the token, whatever the server says."""
    text = " ".join(text.split())
    text = text.replace(token.text, "***") if token else text
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
