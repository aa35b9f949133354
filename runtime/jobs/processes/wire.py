"""Messages between processes on a Unix socket pair. Large ones lie in memory that both map; the socket carries its
descriptor."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import pickle
import select
import socket
import struct
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any

from quickdemo.runtime.nameless import nameless_file

#: a message of at most so many bytes goes through the socket itself
LARGE_BYTES = 64 * 1024
_HEADER = struct.Struct("!BI")  # number of descriptors, bytes of the body
_PLACE = struct.Struct("!QQ")  # of one piece in the mapped memory: offset, bytes
_ALIGNED = 64  # arrays begin at such offsets
_CHUNK_BYTES = 128 * 1024
_BUFFER_BYTES = 512 * 1024  # of the socket: a message fits in as a whole, so that sending one does not wait
_MOST_FDS = 4
_FAILED = ctypes.c_void_p(-1).value  # mmap's answer
_MAPPED = 0x80  # in the header's number: the first descriptor holds the message


class Packed:
    """A message as it is sent. It owns the memory that holds a large one, until it is sent or closed."""

    def __init__(self, message: tuple[Any, ...]) -> None:
        """Raises what pickle raises for values that it cannot take: PicklingError, TypeError, AttributeError, ..."""
        stream, buffers = _Stream(), list[pickle.PickleBuffer]()
        pickle.Pickler(stream, protocol=5, buffer_callback=buffers.append).dump(message)
        arrays = [buffer.raw() for buffer in buffers]
        self.fd = -1
        if stream.size + sum(array.nbytes for array in arrays) > LARGE_BYTES:
            self.fd, self.body = _laid_out([stream.pieces, *([array] for array in arrays)])
        else:
            self.body = b"".join(stream.pieces) if not arrays else pickle.dumps(message, protocol=5)

    def close(self) -> None:
        """Give the memory back."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class _Stream:
    """What pickle writes, kept in the pieces that it gives: large ones are not copied."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes) -> int:
        self.pieces.append(piece)
        self.size += len(piece)
        return len(piece)


class Wire:
    """One end. `send` may be called from any thread, `receive` from one."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            with contextlib.suppress(OSError):  # then sending waits for the other side at times
                sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
        self._sending = threading.Lock()
        self._received = bytearray()
        self._fds: deque[int] = deque()
        self._poll = select.poll()
        self._poll.register(sock.fileno(), select.POLLIN)

    def fileno(self) -> int:
        return self.sock.fileno()

    def close(self) -> None:
        """Close this end, and what has come and was not taken."""
        for fd in self._fds:
            os.close(fd)
        self._fds.clear()
        self.sock.close()

    def hang_up(self) -> None:
        """Let `receive` end with EOFError in whatever thread waits there."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def send(self, message: tuple[Any, ...] | Packed, fds: Sequence[int] = ()) -> bool:
        """False when nobody is on the other side. fds: descriptors that go along; they stay open here.

        Raises what `Packed` raises.
        """
        packed = message if isinstance(message, Packed) else Packed(message)
        mapped = packed.fd >= 0
        along = [packed.fd, *fds] if mapped else list(fds)
        data = _HEADER.pack(len(along) | (_MAPPED if mapped else 0), len(packed.body)) + packed.body
        try:
            with self._sending:
                sent = socket.send_fds(self.sock, [data], along) if along else 0
                self.sock.sendall(memoryview(data)[sent:])
        except OSError:
            return False
        finally:
            packed.close()
        return True

    def receive(self, timeout_s: float | None = None) -> tuple[tuple[Any, ...], list[int]]:
        """The next message, and the descriptors that came along, which are the receiver's now.

        Raises TimeoutError, EOFError when the other side is gone.
        """
        while (found := self._complete()) is None:
            if timeout_s is not None and not self._poll.poll(max(timeout_s, 0) * 1000):
                raise TimeoutError
            self._read()
        return found

    def _read(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, _CHUNK_BYTES, _MOST_FDS)
        except OSError as error:
            raise EOFError(str(error)) from error
        for fd in fds:
            os.set_inheritable(fd, False)  # recv_fds ignores the flag that would do it
        self._fds.extend(fds)
        if not data:
            raise EOFError("the other side is gone")
        self._received += data

    def _complete(self) -> tuple[tuple[Any, ...], list[int]] | None:
        if len(self._received) < _HEADER.size:
            return None
        count, size = _HEADER.unpack_from(self._received)
        end = _HEADER.size + size
        if len(self._received) < end:
            return None
        body = bytes(self._received[_HEADER.size : end])
        del self._received[:end]
        fds = [self._fds.popleft() for _ in range(count & ~_MAPPED)]
        if not count & _MAPPED:
            return pickle.loads(body), fds
        return _read_out(fds.pop(0), body), fds


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends that are connected."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def _laid_out(pieces: Sequence[Sequence[bytes | memoryview]]) -> tuple[int, bytes]:
    """A descriptor of memory without a name that holds the pieces, and where each of them lies.

    Raises OSError when there is no room.
    """
    fd = nameless_file()
    places, offset = [], 0
    try:
        for parts in pieces:
            start = offset
            for part in parts:
                offset = _write(fd, memoryview(part), offset)
            places.append(_PLACE.pack(start, offset - start))
            offset += -offset % _ALIGNED
        os.ftruncate(fd, max(offset, 1))
    except BaseException:
        os.close(fd)
        raise
    return fd, b"".join(places)


def _write(fd: int, view: memoryview, offset: int) -> int:
    view = view.cast("B") if view.nbytes else view
    done = 0
    while done < view.nbytes:
        done += os.pwrite(fd, view[done:], offset + done)
    return offset + view.nbytes


def _mapped(fd: int, size: int) -> memoryview:
    """The memory, for as long as anything refers to it; `mmap.mmap` would keep the descriptor open as well."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    start = libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, fd, 0)
    if start in (None, _FAILED):
        raise OSError(ctypes.get_errno(), f"{size} bytes could not be mapped")
    holder = (ctypes.c_ubyte * size).from_address(start)
    weakref.finalize(holder, libc.munmap, start, size).atexit = False
    return memoryview(holder).cast("B")


def _read_out(fd: int, body: bytes) -> Any:
    try:
        memory = _mapped(fd, os.fstat(fd).st_size)
    finally:
        os.close(fd)
    stream, *buffers = (memory[start : start + size] for start, size in _PLACE.iter_unpack(body))
    return pickle.loads(stream, buffers=buffers)
