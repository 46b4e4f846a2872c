"""Connections of one fetch: a time limit for all of it, and, for addresses from strangers, to public addresses only."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from index.errors import SourceError
from index.formats import public

_of_thread = threading.local()  # the Patience of the fetch that runs in a thread


class Patience:
    """How long a fetch may take altogether. Its connections are cut when that is over, whatever they wait for.

    A time-out of a socket counts anew with each byte: headers that come a byte at a time would never meet it.
    """

    def __init__(self, total_s: float, wait_s: float) -> None:
        """`wait_s` is the longest wait for one thing: the connection, some bytes."""
        self._total_s = total_s
        self._wait_s = wait_s
        self._until = time.monotonic() + total_s
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []

    def left(self) -> float:
        """Seconds until the next thing must have come. Raises SourceError where there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise SourceError(f"took longer than {self._total_s:.0f} seconds. Try again later, or save it as a file.")
        return min(self._wait_s, left)

    def hold(self, connected: socket.socket) -> None:
        """Cut this connection, too, in the end."""
        with self._lock:
            self._held.append(connected.dup())  # TLS takes the socket itself for its own
        self.left()

    def cut(self) -> None:
        """End all connections now."""
        with self._lock:
            for each in self._held:
                with suppress(OSError):  # it has ended
                    each.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """For the fetch in the block, in this thread."""
        timer = threading.Timer(max(0.0, self._until - time.monotonic()), self.cut)
        timer.daemon = True
        timer.start()
        before = getattr(_of_thread, "patience", None)  # robots.txt is fetched in the middle of a page's redirects
        _of_thread.patience = self
        try:
            yield
        finally:
            timer.cancel()
            _of_thread.patience = before
            with self._lock:
                for each in self._held:
                    each.close()
                self._held.clear()


class _Connection(HTTPConnection):
    """Looks its host up once, and connects to one of the addresses that were found.

    Where they must be public, the name is not looked up again in between, so a name server that changes its mind
    changes nothing. All addresses of the name are checked before the first is tried: whether a port in this network is
    open cannot be found out.
    """

    public_only = False

    def _new_conn(self) -> socket.socket:
        patience: Patience = _of_thread.patience
        name = self._dns_host
        try:
            found = socket.getaddrinfo(name.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as exc:
            raise NameResolutionError(self.host, self, exc) from exc
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if self.public_only and not all(public.is_public(address) for address in addresses):
            raise SourceError(
                f"{self.host} is an address inside this network; only public web addresses can be added here."
            )
        try:
            for address in addresses:
                self._dns_host = address
                self.timeout = patience.left()
                try:
                    connected = super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError):
                    if address == addresses[-1]:
                        raise
                else:
                    patience.hold(connected)
                    return connected
        finally:
            self._dns_host = name  # which the certificate and the Host header are about
        raise NameResolutionError(self.host, self, socket.gaierror("no address"))


class _TLSConnection(_Connection, HTTPSConnection):
    pass


class _PublicConnection(_Connection):
    public_only = True


class _PublicTLSConnection(_TLSConnection):
    public_only = True


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicTLSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTLSConnection


class Adapter(HTTPAdapter):
    """For a requests Session that is used while a Patience is in force."""

    _POOLS: ClassVar[Any] = {"http": _Pool, "https": _TLSPool}

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pool of such connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._POOLS

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        """The pool of such connections to a proxy."""
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self._POOLS
        return manager


class PublicAdapter(Adapter):
    """The same; every connection it makes is to a public address, or SourceError is raised."""

    _POOLS: ClassVar[Any] = {"http": _PublicPool, "https": _PublicTLSPool}
