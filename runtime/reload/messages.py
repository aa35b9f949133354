"""JSON messages, with file descriptors, between supervisor and child over a Unix socket pair.

supervisor -> child: start, bound (with the listening socket unless under --reload), connection (with the socket),
    drain, fault, mended, css, content, clear, terminal (it may ask the person)
child -> supervisor: wants (an address), unit (a file begins to run), checkpoint (with the copy's channel), unsafe,
    fixed (lines moved that cannot), ready (with the file of its pulse), failed, summary, connection (an idle one that
    comes back), handed_over, running, drained, content, terminal; for `quickdemo examples`: endpoint, example,
    computed, end; for `quickdemo explain`: progress, explained, refused
supervisor -> frozen copy: twin (with its channel), groups (of processes, to the root); -> twin: resume
frozen copy -> supervisor: frozen; twin -> supervisor: twin, awake
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_HEADER = struct.Struct("!II")  # payload bytes, number of descriptors
_CHUNK_BYTES = 1 << 16
_MOST_FDS = 4
MOST_BYTES = 64 * 1024 * 1024


@dataclass
class Message:
    """One message: what it is, its facts, and the descriptors that came along (the receiver owns them)."""

    type: str
    facts: dict[str, Any] = field(default_factory=dict)
    fds: list[int] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.facts[name]


class Channel:
    """One end. `send` blocks and may be called from any thread; `post` never blocks, for an event loop."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._received = bytearray()
        self._fds: deque[int] = deque()
        self._waiting: deque[tuple[bytes, list[int]]] = deque()
        self._lock = threading.Lock()

    @classmethod
    def pair(cls) -> tuple[Channel, Channel]:
        """Two ends that are connected."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(ours), cls(theirs)

    @classmethod
    def from_fd(cls, fd: int) -> Channel:
        """The end that was inherited as a descriptor; it is not inherited any further."""
        os.set_inheritable(fd, False)
        return cls(socket.socket(fileno=fd))

    def fileno(self) -> int:
        """The descriptor, -1 when closed."""
        return self.sock.fileno()

    def close(self) -> None:
        """Close this end and every descriptor that still waits in it."""
        for fd in (*self._fds, *(fd for _, fds in self._waiting for fd in fds)):
            os.close(fd)
        self._fds.clear()
        self._waiting.clear()
        self.sock.close()

    # ------------------------------------------------------------------ sending

    def send(self, type: str, fds: Sequence[int] = (), **facts: Any) -> bool:
        """Send one message; False when nobody is on the other side."""
        data = _encode(type, facts, len(fds))
        with self._lock:
            try:
                sent = socket.send_fds(self.sock, [data], list(fds)) if fds else 0
                self.sock.sendall(data[sent:])
            except OSError:
                return False
        return True

    def post(self, type: str, fds: Sequence[int] = (), **facts: Any) -> None:
        """Queue one message (descriptors are duplicated) and send what can be sent without waiting."""
        self._waiting.append((_encode(type, facts, len(fds)), [os.dup(fd) for fd in fds]))
        self.flush()

    @property
    def pending(self) -> bool:
        """Whether `flush` has more to send."""
        return bool(self._waiting)

    def flush(self) -> bool:
        """Send queued messages without waiting; whether none is left. What nobody can take is dropped."""
        while self._waiting:
            data, fds = self._waiting[0]
            try:
                if fds:
                    sent = socket.send_fds(self.sock, [data], fds, socket.MSG_DONTWAIT)
                else:
                    sent = self.sock.send(data, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                sent = len(data)
            for fd in fds:
                os.close(fd)
            self._waiting.popleft()
            if sent < len(data):
                self._waiting.appendleft((data[sent:], []))
        return True

    # ------------------------------------------------------------------ receiving

    def read(self) -> list[Message]:
        """The messages that one read completes (maybe none); waits for the first byte.

        Raises EOFError when the other side is gone.
        """
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, _CHUNK_BYTES, _MOST_FDS)
        except (ConnectionError, OSError) as error:
            raise EOFError(str(error)) from error
        for fd in fds:
            os.set_inheritable(fd, False)  # recv_fds ignores the flag that would do it
        self._fds.extend(fds)
        if not data:
            raise EOFError("the other side is gone")
        self._received += data
        return list(self._complete())

    def _complete(self) -> list[Message]:
        found = []
        while len(self._received) >= _HEADER.size:
            size, count = _HEADER.unpack_from(self._received)
            if size > MOST_BYTES:
                raise EOFError(f"a message of {size} bytes cannot be right")
            end = _HEADER.size + size
            if len(self._received) < end:
                break
            facts = json.loads(bytes(self._received[_HEADER.size : end]).decode("utf-8", "surrogatepass"))
            del self._received[:end]
            found.append(Message(facts.pop("type"), facts, [self._fds.popleft() for _ in range(count)]))
        return found


def _encode(type: str, facts: dict[str, Any], fds: int) -> bytes:
    payload = json.dumps({**facts, "type": type}).encode("utf-8", "surrogatepass")
    return _HEADER.pack(len(payload), fds) + payload


def close_all(fds: Sequence[int]) -> None:
    """Close descriptors that nobody wants."""
    for fd in fds:
        with contextlib.suppress(OSError):
            os.close(fd)
