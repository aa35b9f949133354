"""Files without a name: nothing is left of one when those that have it open have ended, however they do."""

from __future__ import annotations

import os
import tempfile


def nameless_file() -> int:
    """The descriptor of an empty one, in memory where the system can. Raises OSError."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("quickdemo", os.MFD_CLOEXEC)
    fd, path = tempfile.mkstemp(prefix="quickdemo-")
    os.unlink(path)
    return fd
