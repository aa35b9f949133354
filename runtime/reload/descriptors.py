"""The open descriptors and shared memory of this process (Linux), and how a forked copy gets its own."""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import stat
from typing import NamedTuple

from quickdemo.runtime.own_process import descriptors, memory_maps

_HARMLESS_DEVICES = {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty"}
UNSHARED_BYTES = 64 << 20  # larger shared mappings are not copied
_FIXED = 0x10


class SharedMap(NamedTuple):
    """A writable mapping shared between processes. start, end: addresses. name: of its file, "" for none."""

    start: int
    end: int
    name: str

    @property
    def is_private_in_effect(self) -> bool:
        """Small, and nobody else can come to it: it is anonymous, or its file has no name any more."""
        nameless = not self.name or self.name.endswith("(deleted)")
        return nameless and self.end - self.start <= UNSHARED_BYTES


class OpenFile(NamedTuple):
    """A regular file that is open for reading."""

    fd: int
    path: str
    flags: int
    offset: int


class Baseline:
    """What the process held before the first statement of the user."""

    def __init__(self) -> None:
        self.descriptors = dict(descriptors())
        self.shared_maps = shared_maps()

    def know(self, fd: int) -> None:
        """It is ours."""
        if fd >= 0:
            self.descriptors[fd] = os.readlink(f"/proc/self/fd/{fd}")

    def new_descriptors(self) -> list[tuple[int, str]]:
        """(descriptor, what it is) of those opened since."""
        return [(fd, target) for fd, target in descriptors() if self.descriptors.get(fd) != target]


def shared_maps() -> set[SharedMap]:
    """The writable shared mappings."""
    found = set()
    for line in memory_maps():
        fields = line.split(None, 5)
        if fields[1][3] == "s" and fields[1][1] == "w":
            start, _, end = fields[0].partition("-")
            found.add(SharedMap(int(start, 16), int(end, 16), fields[5] if len(fields) > 5 else ""))
    return found


def why_not_copied(fd: int, target: str) -> str | None:
    """Why a copy of the process would not own this descriptor for itself; None when it would."""
    try:
        mode = os.fstat(fd).st_mode
        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    except OSError:
        return None
    if stat.S_ISDIR(mode):
        return None
    if stat.S_ISREG(mode):
        if flags & os.O_ACCMODE != os.O_RDONLY:
            return f"{target} is open for writing"
        if not os.path.exists(target):
            return f"{target.removesuffix(' (deleted)')} was deleted while it is open"
        return None  # opened anew, at its offset, in each copy
    if stat.S_ISCHR(mode) and (target in _HARMLESS_DEVICES or target.startswith("/dev/pts/")):
        return None
    if target.startswith("/dev/nvidia"):
        return "CUDA is in use"
    kind = target.partition(":")[0]
    names = {"socket": "a socket is open", "pipe": "a pipe is open"}
    return names.get(kind, f"{target} is open")


# ---------------------------------------------------------------- a copy's own


def open_files(base: Baseline) -> list[OpenFile]:
    """The regular files opened since the baseline, with their offsets."""
    found = []
    for fd, target in base.new_descriptors():
        try:
            if stat.S_ISREG(os.fstat(fd).st_mode):
                flags = fcntl.fcntl(fd, fcntl.F_GETFL)
                found.append(OpenFile(fd, target, flags, os.lseek(fd, 0, os.SEEK_CUR)))
        except OSError:
            continue
    return found


def reopen(files: list[OpenFile]) -> None:
    """In a copy: offsets of its own instead of ones shared with other copies."""
    now = dict(descriptors()) if files else {}
    for fd, path, flags, offset in files:
        if now.get(fd) != path:
            continue  # an at-fork handler closed it (matplotlib does with its fonts)
        inheritable = os.get_inheritable(fd)
        new = os.open(path, flags & ~(os.O_CREAT | os.O_TRUNC | os.O_EXCL))
        os.lseek(new, offset, os.SEEK_SET)
        os.dup2(new, fd, inheritable)
        os.close(new)


def shared_memory(base: Baseline) -> list[tuple[int, bytes]]:
    """(address, content) of small nameless shared mappings: semaphores, multiprocessing.Value and the like."""
    return [(m.start, ctypes.string_at(m.start, m.end - m.start)) for m in shared_maps() - base.shared_maps]


def unshare(memory: list[tuple[int, bytes]]) -> None:
    """In a copy: the same bytes at the same address, shared only with this copy's own children."""
    if not memory:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    for start, content in memory:
        flags = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | _FIXED
        if libc.mmap(start, len(content), mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0) != start:
            raise OSError(ctypes.get_errno(), "shared memory could not be mapped anew")
        ctypes.memmove(start, content, len(content))
