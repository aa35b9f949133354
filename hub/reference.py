"""What a name refers to: a model or a Space, or the address of one that somebody serves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from quickdemo.runtime.errors import shown

Kind = Literal["model", "space"]

_KINDS: dict[str, Kind] = {
    "model": "model",
    "models": "model",
    "huggingface": "model",
    "space": "space",
    "spaces": "space",
}
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_ID = re.compile(rf"{_PART}(?:/{_PART})?")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")
_WRITE = "Write models/OWNER/NAME, huggingface/NAME or spaces/OWNER/NAME."


@dataclass(frozen=True)
class Reference:
    """kind and id: as on the Hub. revision: a branch, tag or commit; "" is the newest. url: of a Space that is served
    elsewhere, with its slash at the end; then there is no id."""

    kind: Kind
    id: str
    revision: str = ""
    url: str = ""

    @classmethod
    def of(cls, name: str, src: str | None = None) -> Reference:
        """Read "models/gpt2", "huggingface/gpt2", "spaces/owner/name", "gpt2" with src="models", "…@revision", or an
        address (of a Space's page on the Hub, or of a Gradio app). Raises ValueError that says what to write."""
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"A model or Space is named by a text; it was {shown(name)}. {_WRITE}")
        name = name.strip()
        if "://" in name:
            return _of_address(name)
        name = name.rstrip("/")
        name, _, revision = name.partition("@")
        if revision and not _REVISION.fullmatch(revision):
            raise ValueError(f"{shown(revision)} is no branch, tag or commit.")
        if src is None:
            src, slash, rest = name.partition("/")
            if not slash:
                raise ValueError(f"{shown(name)} does not say whether it is a model or a Space. {_WRITE}")
            name = rest
        kind = _KINDS.get(src.lower())
        if kind is None:
            raise ValueError(f"{shown(src)} is not a source. {_WRITE}")
        if not _ID.fullmatch(name) or (kind == "space" and "/" not in name):
            raise ValueError(f"{shown(name)} cannot be the name of a {kind}. {_WRITE}")
        return cls(kind, name, revision)

    def __str__(self) -> str:
        if self.url:
            return self.url
        return f"{self.kind}s/{self.id}" + (f"@{self.revision}" if self.revision else "")


def _of_address(address: str) -> Reference:
    parts = urlsplit(address)
    if "@" in parts.netloc:
        raise ValueError("The address of a Space holds no user name and no password.")  # and is not repeated here
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{shown(address)} is no address of a Space: it begins with https://.")
    path = parts.path.strip("/")
    if parts.hostname in ("huggingface.co", "hf.co"):
        first, _, rest = path.partition("/")
        return Reference.of(path if first in _KINDS else f"models/{path}") if rest or first else Reference.of(path)
    return Reference("space", "", url=f"{parts.scheme}://{parts.netloc}/{path + '/' if path else ''}")
