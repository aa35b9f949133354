"""What can go wrong with a model or Space, in one sentence for a visitor."""

from __future__ import annotations

from typing import Literal

from quickdemo.runtime.errors import Error

ErrorKind = Literal[
    "not_found", "token", "gated", "forbidden", "credits", "no_provider", "no_task", "rate_limit", "loading", "server",
    "timeout", "network", "offline", "space_down", "space_waking", "space_error", "login", "busy", "not_gradio",
    "too_large", "hostile", "input", "extra",
]  # fmt: skip


class HubError(Error):
    """A model or Space did not answer. It is shown to a visitor as it stands.

    kind: what happened, for programs. retry_after: seconds after which it may work, where that is known.
    transient: trying again by oneself may help.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        hint: str = "",
        *,
        retry_after: float | None = None,
        transient: bool = False,
    ) -> None:
        super().__init__(message, hint, print_exception=False)
        self.kind = kind
        self.code = f"hub.{kind}"
        self.retry_after = retry_after
        self.transient = transient

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.kind, self.message, self.hint, self.retry_after, self.transient)


def _again(kind: ErrorKind, message: str, hint: str, retry_after: float | None, transient: bool) -> HubError:
    return HubError(kind, message, hint, retry_after=retry_after, transient=transient)
