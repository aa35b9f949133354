"""What this process holds (Linux): its open descriptors and its memory maps."""

from __future__ import annotations

import os
from collections.abc import Iterator


def descriptors() -> Iterator[tuple[int, str]]:
    """(descriptor, what it is) of all that are open."""
    for name in os.listdir("/proc/self/fd"):
        try:
            yield int(name), os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # listdir's own


def memory_maps() -> list[str]:
    """The lines of /proc/self/maps."""
    with open("/proc/self/maps", "rb") as file:
        return file.read().decode("utf-8", "replace").splitlines()
