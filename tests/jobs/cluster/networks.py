"""Hosts that are far from their broker: each behind a long line, in a network of its own where that can be."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass

from tests.browser.wire import Wire

_CABLE = "cable"


@dataclass(frozen=True)
class Place:
    """url: where the broker is, seen from there. address: how the host is reached. prefix: the command to run
    something there."""

    url: str
    address: str = "127.0.0.1"
    prefix: tuple[str, ...] = ()


class Network:
    """Every byte between a host and the broker takes `delay_s`, each way.

    Network namespaces need root and Linux: a host in one has only a cable to this machine, and no loopback in common
    with others. Where there are none, hosts are processes on this machine, behind lines that are as long: `about` says
    which it is. The delay is made by the line in both cases, since few kernels have netem.
    """

    def __init__(self, stack: ExitStack, delay_s: float) -> None:
        self._stack, self._delay_s = stack, delay_s
        self._number = 0
        self.separate = self._try()
        kind = "network namespaces" if self.separate else "one network (no namespaces: not root, or no `ip netns`)"
        self.about = f"hosts in {kind}, {1000 * delay_s:.0f} ms each way between them and the broker"

    def place(self, port: int) -> Place:
        """A new host's. port: of the broker."""
        if not self.separate:
            return Place(f"nats://{self._line('127.0.0.1', port)}")
        self._number += 1
        name, here, there = self._name(self._number), self._address(1), self._address(2)
        self._stack.callback(_ip, "netns", "del", name)  # and the cable with it
        _ip("netns", "add", name)
        _ip("link", "add", name, "type", "veth", "peer", "name", _CABLE, "netns", name)
        _ip("addr", "add", f"{here}/30", "dev", name)
        _ip("link", "set", name, "up")
        for arguments in (("addr", "add", f"{there}/30", "dev", _CABLE), ("link", "set", _CABLE, "up")):
            _ip("-n", name, *arguments)
        return Place(f"nats://{self._line(here, port)}", there, ("ip", "netns", "exec", name))

    def _line(self, address: str, port: int) -> str:
        line = Wire(address, self._delay_s)
        line.port = port
        self._stack.callback(line.close)
        return line.host

    def _address(self, end: int) -> str:
        """Of a subnet for this process and host: tests may run beside each other."""
        return f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 256}.{4 * self._number + end}"

    def _name(self, number: int) -> str:
        return f"qd{os.getpid()}n{number}"

    def _try(self) -> bool:
        """Whether a namespace can be made, with a cable to it."""
        name = self._name(0)
        try:
            _ip("netns", "add", name)
        except (OSError, subprocess.CalledProcessError):
            return False
        try:
            _ip("link", "add", name, "type", "veth", "peer", "name", _CABLE, "netns", name)
            return True
        except subprocess.CalledProcessError:
            return False
        finally:
            _ip("netns", "del", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
