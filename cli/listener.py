"""The listening socket."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from dataclasses import dataclass

from quickdemo.cli.options import RunOptions

BACKLOG = 2048
DEFAULT_PORT = 7860


class PortInUseError(Exception):
    """The address cannot be had; the text says what to do."""


@dataclass
class Listener:
    """A socket that listens, where it does, and what to tell the person about it."""

    sock: socket.socket
    host: str
    port: int
    notice: str = ""
    uds: str | None = None

    def close(self) -> None:
        """Close it, and remove a Unix socket's file."""
        self.sock.close()
        if self.uds:
            with contextlib.suppress(OSError):
                os.unlink(self.uds)


def listen(host: str, port: int, *, strict: bool, count: int = 100, option: str = "--port") -> Listener:
    """Bind `port` (0: any free one), or the next free one of `count`. option: that chooses another.

    Raises PortInUseError, OSError.
    """
    last = port if strict or port == 0 else min(port + count - 1, 65535)
    for candidate in range(port, last + 1):
        try:
            sock = _bind(host, candidate)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES) or (error.errno == errno.EACCES and strict):
                raise OSError(error.errno, f"{host}:{candidate} cannot be bound: {error.strerror}.") from None
            continue
        notice = f"port {port} is in use; serving on {candidate}" if port and candidate != port else ""
        return Listener(sock, host, sock.getsockname()[1], notice)
    if strict:
        raise PortInUseError(f"Port {port} on {host} is in use. Stop what uses it, or choose another: {option} 0")
    raise PortInUseError(f"All ports from {port} to {last} on {host} are in use. Choose another: {option} 0")


def listen_at(path: str) -> Listener:
    """A Unix socket, for the same user and group. Raises PortInUseError, OSError."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise PortInUseError(f"{path} exists and is not a socket; give another path to --uds.")
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(path) == 0:
                raise PortInUseError(f"Somebody listens at {path} already; give another path to --uds.")
        os.unlink(path)
    sock = socket.socket(socket.AF_UNIX)
    before = os.umask(0o117)
    try:
        sock.bind(path)
    finally:
        os.umask(before)
    sock.listen(BACKLOG)
    return Listener(sock, "127.0.0.1", 0, uds=path)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def listen_as_asked(options: RunOptions, host: str | None, port: int | None) -> Listener:
    """The socket that the command line asks for, else what launch() asks for (`host`, `port`), else the default.

    Raises PortInUseError, OSError.
    """
    if options.uds:
        return listen_at(options.uds)
    address = options.host or host or "127.0.0.1"
    if options.port is None and port:
        return listen(address, port, strict=True)
    wanted = options.port if options.port is not None else port if port is not None else DEFAULT_PORT
    option = "--metrics" if options.mode == "worker" else "--port"
    return listen(address, wanted, strict=options.strict_port, count=options.ports, option=option)
