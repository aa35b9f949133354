"""How often a login may fail: per account and per address, free at first, then slower and slower."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

FREE_FAILURES = 5
LONGEST_S = 60.0
DECAY_S = 15 * 60.0
MOST_KEYS = 10_000  # accounts and addresses remembered; the least recently used go first


class Throttle:
    """Counts failures. Not a lock-out: an address from which an account has logged in before is let through."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()  # key -> (count, time of the last)
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def pause_s(self, account: str, address: str) -> float:
        """Seconds until this account or address may try again; 0 when it may now."""
        now = self._clock()
        return max(self._wait(account, now), self._wait(address, now))

    def trusts(self, account: str, address: str) -> bool:
        """Whether this account has logged in from this address before."""
        return (account, address) in self._trusted

    def tries_left(self, account: str, address: str) -> int:
        """Failures that are free before the first pause."""
        now = self._clock()
        found = (self._failures.get(key, (0, now)) for key in (account, address))
        worst = max(count if now - last <= DECAY_S else 0 for count, last in found)
        return max(FREE_FAILURES - worst, 0)

    def failed(self, account: str, address: str) -> None:
        """Count a failure of both."""
        now = self._clock()
        for key in (account, address):
            count, last = self._failures.pop(key, (0, now))
            self._failures[key] = (1 if now - last > DECAY_S else count + 1, now)
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the account's failures and the last of the address, and trust the pair from now on.

        The address keeps its other failures: with an account of one's own one could else guess without end.
        """
        self._failures.pop(account, None)
        count, last = self._failures.get(address, (0, 0.0))
        if count > 1:
            self._failures[address] = (count - 1, last)
        else:
            self._failures.pop(address, None)
        self._trusted[account, address] = None
        self._trusted.move_to_end((account, address))
        while len(self._trusted) > MOST_KEYS:
            self._trusted.popitem(last=False)

    def _wait(self, key: str, now: float) -> float:
        count, last = self._failures.get(key, (0, now))
        if count < FREE_FAILURES or now - last > DECAY_S:
            return 0.0
        delay = min(2.0 ** min(count - FREE_FAILURES, 10), LONGEST_S)
        return max(last + delay - now, 0.0)


def network(address: str) -> str:
    """What counts as one address: an IPv4 address (in IPv6 form too), or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))
