"""The only form of a redirect target that may come from a visitor."""

from __future__ import annotations

import re

_TARGET = re.compile(r"/(?![/\\])[\x21-\x7e]*", re.ASCII)


def safe_target(target: str | None) -> str | None:
    """`target` when it is a path on this server; None for other hosts, schemes and control characters."""
    if target is None or len(target) > 2_000 or not _TARGET.fullmatch(target) or "\\" in target:
        return None
    return target
