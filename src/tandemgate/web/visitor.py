"""Where a browser's request comes from, however many proxies it came through."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from tandemgate.core.beacon import Visitor
from tandemgate.core.rate import Bucket, take
from tandemgate.model.instant import Seconds

Network: TypeAlias = IPv4Network | IPv6Network

REQUESTS_A_SECOND: Final = 20.0
"""Of one address; a burst of twice as many is taken. A whole office may be behind one."""

MOST_ADDRESSES: Final = 20_000
"""Addresses whose share is remembered; the one that was quiet for longest is forgotten first."""


_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
"""A language tag as browsers have them (RFC 5646)."""


class Proxies:
    """The proxies whose ``X-Forwarded-For`` is believed."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = [ip_network(network) for network in trusted]

    def address(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """Return the right-most address that is no trusted proxy's: the last one nobody made up.

        A header that a stranger sends is not read at all.
        """
        hops = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        client = peer
        for hop in reversed([hop.strip() for hop in hops if hop.strip()]):
            if not self._trusts(client):
                break
            client = hop
        return client

    def _trusts(self, text: str) -> bool:
        address = _read(text)
        return address is not None and any(address in network for network in self._trusted)


@dataclass(slots=True)
class Shares:
    """Requests a second of each address, in bounded memory."""

    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def wait(self, address: str, now: Seconds) -> Seconds:
        """Take one request from the share of *address*: 0, or how long to wait for the next."""
        size = 2 * REQUESTS_A_SECOND
        bucket = self._buckets.pop(address, None) or Bucket(size, now)
        self._buckets[address], wait = take(bucket, REQUESTS_A_SECOND, size, now)
        if len(self._buckets) > MOST_ADDRESSES:
            del self._buckets[next(iter(self._buckets))]
        return wait


def visitor(address: str, headers: Mapping[bytes, bytes]) -> Visitor:
    """Gather what the request shows of the visitor."""
    agent = headers.get(b"user-agent", b"").decode("latin-1").strip()
    opt_out = headers.get(b"sec-gpc", b"").strip() == b"1"
    best = headers.get(b"accept-language", b"").decode("latin-1").split(",")[0].split(";")[0]
    language = best.strip() if _LANGUAGE.fullmatch(best.strip()) else None
    return Visitor(address or None, agent or None, opt_out, language)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
