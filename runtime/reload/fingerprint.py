"""What a file holds, short enough to be compared: supervisor and child must compute it the same way."""

from __future__ import annotations

import hashlib
import os

WHOLE_BYTES = 8 * 1024 * 1024  # larger files are told apart by size and times, smaller ones by content


def of_bytes(content: bytes) -> str:
    """The fingerprint of a small file's content."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def of_file(path: str) -> str | None:
    """The fingerprint of a file as it is now; None when it cannot be read."""
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size > WHOLE_BYTES:
                return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}"
            return of_bytes(file.read())
    except OSError:
        return None


def stamp(path: str) -> tuple[int, int, int] | None:
    """(change time in ns, size, inode): differs after every writing, however the times were set."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ctime_ns, status.st_size, status.st_ino
