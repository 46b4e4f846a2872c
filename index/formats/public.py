"""Connections to public addresses only, for web addresses that come from strangers."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from index.errors import SourceError

_UNICAST = ipaddress.IPv6Network("2000::/3")  # all of IPv6 that is given out to the public
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # how an IPv4 address reads in a network that has IPv6 only


def is_public(address: str) -> bool:
    """Whether an IP address leads out of this machine and its network, to one host.

    An IPv6 address that stands for one of IPv4 (mapped, 6to4, NAT64) is as public as that one.
    >>> is_public("::ffff:127.0.0.1")
    False
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(ip.packed[-4:]) if ip in _NAT64 else None)
        if inner is None:
            return ip in _UNICAST and ip.is_global
        ip = inner
    return ip.is_global and not ip.is_multicast


class _PublicConnection(HTTPConnection):
    """Looks its host up once, and connects to an address that was checked.

    The name is not looked up again in between, so a name server that changes its mind changes nothing. All addresses
    of the name are checked before the first is tried: whether a port in this network is open cannot be found out.
    """

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        try:
            found = socket.getaddrinfo(name.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as exc:
            raise NameResolutionError(self.host, self, exc) from exc
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(is_public(address) for address in addresses):
            raise SourceError(
                f"{self.host} is an address inside this network; only public web addresses can be added here."
            )
        try:
            for address in addresses:
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError):
                    if address == addresses[-1]:
                        raise
        finally:
            self._dns_host = name  # which the certificate and the Host header are about
        raise NameResolutionError(self.host, self, socket.gaierror("no address"))


class _PublicTLSConnection(_PublicConnection, HTTPSConnection):
    pass


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicTLSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTLSConnection


class PublicAdapter(HTTPAdapter):
    """For a requests Session: every connection it makes is to a public address, or SourceError is raised."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pool of connections that check."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicPool, "https": _PublicTLSPool}
