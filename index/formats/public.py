"""Which addresses are public, for web addresses that come from strangers."""

from __future__ import annotations

import ipaddress

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
