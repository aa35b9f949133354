"""What things are called in the broker. Everything of one app begins with its name, so that permissions can follow."""

from __future__ import annotations

import hashlib
import re

#: lanes of one function; an owner's jobs are all in one of them, in their order
LANES = tuple(str(n) for n in range(8))
#: the lane behind all others
LOW = "low"


class Names:
    """Of one app, whose versions share sessions and jobs' logs but no queue."""

    def __init__(self, app: str) -> None:
        self.app = token(app)
        self.root = f"quickdemo.{self.app}"

    def stream(self, *what: str) -> str:
        """A stream's name."""
        return "-".join(["quickdemo", self.app, *what])

    def subject(self, *what: str) -> str:
        """A subject; every part is a token already."""
        return ".".join([self.root, *what])


def token(name: str) -> str:
    """A name as one token of a subject: readable where it can be, and different for different names."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:40]
    return plain if plain == name else f"{plain}_{digest(name)}"


def digest(*parts: str) -> str:
    """A token for what must not be read, or is no token."""
    text = "\0".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def lane_of(owner: str, low: bool) -> str:
    """The lane of an owner's jobs."""
    if low:
        return LOW
    hashed = hashlib.blake2b(owner.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return LANES[int.from_bytes(hashed, "big") % len(LANES)]
