"""How `Outbound` connects: as requests does, but to addresses that were checked, and it is known where is waited."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from quickdemo.hub.opened import note

#: a host's name -> its addresses; raises where it may not be asked
Look = Callable[[str], list[str]]


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        note(self.sock)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        note(self.sock)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _checked_pool(look: Look) -> type[HTTPSConnectionPool]:
    class Connection(_TlsConnection):
        """Looks the name up itself: a second answer might be another one. The certificate is still that of the name."""

        def _new_conn(self) -> socket.socket:
            name, failed = self._dns_host, None
            for address in look(name):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except HTTPError as error:
                    failed = error
                finally:
                    self._dns_host = name
            raise failed or OSError(f"{name} has no address")

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    return Pool


class Adapter(HTTPAdapter):
    """For `session.mount`. look: of hosts that are asked without a proxy, over TLS; None leaves it to the library."""

    def __init__(self, look: Look | None) -> None:
        self._direct = _TlsPool if look is None else _checked_pool(look)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": self._direct}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):  # these have pools of their own
            manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager
