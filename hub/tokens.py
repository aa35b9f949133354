"""The token of the Hub: where it comes from, and whom it may be sent to."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from quickdemo.runtime.settings import setting

log = logging.getLogger("quickdemo.hub")

HUB = "https://huggingface.co"


def hub_address() -> str:
    """The Hub's own address, or that of a mirror (HF_ENDPOINT), without a slash at the end."""
    return (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")


def warn_of_mirror(token: Token) -> None:
    """Say that the token goes to somebody else than the Hub, where it does."""
    if token and hub_address() != HUB:
        log.warning("HF_ENDPOINT is %s: your Hugging Face token is sent there.", hub_address())


@dataclass(frozen=True)
class Token:
    """text: the token; it is in no repr. explicit: it was given for this one thing, not found in the environment."""

    text: str = field(default="", repr=False)
    explicit: bool = False

    @classmethod
    def of(cls, given: str | None) -> Token:
        """The one that was given, else HF_TOKEN, else what `hf auth login` has stored. HF_HUB_DISABLE_IMPLICIT_TOKEN
        leaves it at what was given."""
        if given:
            return cls(given.strip(), True)
        if os.environ.get("HF_HUB_DISABLE_IMPLICIT_TOKEN", "").lower() in ("1", "true", "yes", "on"):
            return cls()
        return cls(os.environ.get("HF_TOKEN", "").strip() or _stored())

    def __bool__(self) -> bool:
        return bool(self.text)

    def for_hub(self, url: str) -> dict[str, str]:
        """Headers for the Hub itself."""
        return {"authorization": f"Bearer {self.text}"} if self and url.startswith(hub_address() + "/") else {}

    def for_space(self, url: str, host: str, *, is_private: bool) -> dict[str, str]:
        """Headers for a Space. host: that which the Hub gave for it. Only a private one gets a token, or one whose
        token was given for it; only over TLS, and only at a host of the Hub's."""
        parts = urlsplit(url)
        its_own = parts.netloc == urlsplit(host).netloc and (parts.hostname or "").endswith(".hf.space")
        if not self or not its_own or parts.scheme != "https" or not (is_private or self.explicit):
            return {}
        return {"x-hf-authorization": f"Bearer {self.text}"}

    @property
    def mark(self) -> str:
        """Tells tokens apart without telling them."""
        import hashlib

        return mark_of(hashlib.sha256(b"quickdemo " + self.text.encode()).hexdigest()[:16] if self else "none")


def mark_of(who: str) -> str:
    """Under what is kept what `who` was told; what is recorded, is replayed by whoever has it."""
    return "anybody" if setting("HUB_RECORD") or setting("HUB_REPLAY") else who


def _stored() -> str:
    home = os.environ.get("HF_HOME") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache"), "huggingface"
    )
    path = os.environ.get("HF_TOKEN_PATH") or os.path.join(home, "token")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
