"""Internet addresses: which ones can be a person's, how one is cut short, where one leads."""

import re
from enum import Enum
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final

NOT_A_PERSON_V4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared by a carrier's customers, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "169.254.0.0/16",  # link-local, RFC 3927
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.168.0.0/16",  # private, RFC 1918
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved and broadcast, RFC 1112
    )
)
"""Special-purpose blocks of IANA's registry, without those for documentation: examples use them."""

PEOPLE_V6: Final = IPv6Network("2000::/3")
"""Global unicast: all that IANA has ever given to people (RFC 4291)."""

NOT_A_PERSON_V6: Final = (
    IPv6Network("2001::/23"),  # protocol assignments, Teredo and benchmarking among them, RFC 2928
)

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = re.compile(rf"({_OCTET})\.{_OCTET}\.{_OCTET}\.{_OCTET}")
_CLEAN_FIRST_OCTETS: Final = frozenset(
    str(first)
    for first in range(256)
    if not any(block.overlaps(IPv4Network((first << 24, 8))) for block in NOT_A_PERSON_V4)
)


def public_ip(text: str) -> str | None:
    """Return *text* in its usual spelling when it can be the address of a person, else ``None``.

    Refused: private, loopback, link-local, multicast, unspecified, reserved, shared by a carrier,
    malformed. An IPv4 address inside an IPv6 one (``::ffff:203.0.113.9``) is taken out of it.
    """
    shape = _IPV4.fullmatch(text)
    if shape is not None:
        # Most first octets have no special block in them, and ipaddress costs three times as much.
        clean = shape[1] in _CLEAN_FIRST_OCTETS or _is_a_persons(IPv4Address(text))
        return text if clean else None
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    if address.scope_id is not None:
        return None
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped) if _is_a_persons(address.ipv4_mapped) else None
    return str(address) if _is_a_persons(address) else None


def cut_short(ip: str) -> str:
    """Zero the last octet of an IPv4 address, or the last 80 bits of an IPv6 address."""
    if ":" in ip:
        return str(IPv6Network((ip, 48), strict=False).network_address)
    return ip.rpartition(".")[0] + ".0"


def _is_a_persons(address: IPv4Address | IPv6Address) -> bool:
    match address:
        case IPv4Address():
            return not any(address in block for block in NOT_A_PERSON_V4)
        case IPv6Address():
            return address in PEOPLE_V6 and not any(address in block for block in NOT_A_PERSON_V6)


class Reach(Enum):
    """Where an address leads, for a gateway that is asked to send something there."""

    PUBLIC = "public"
    PRIVATE = "private"
    NOWHERE = "nowhere"
    """Where nothing that is meant to be told may ever go."""


NOWHERE_V4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # "this network"; connecting to it reaches loopback on Linux
        "169.254.0.0/16",  # link-local, where clouds have their metadata services
        "168.63.129.16/32",  # Azure's, "What is IP address 168.63.129.16"
        "100.100.100.200/32",  # Alibaba Cloud's
        "192.0.0.192/32",  # Oracle Cloud's
        "224.0.0.0/4",  # multicast
        "255.255.255.255/32",  # broadcast
    )
)
NOWHERE_V6: Final = tuple(
    IPv6Network(block)
    for block in (
        "::/128",  # unspecified
        "fe80::/10",  # link-local
        "ff00::/8",  # multicast
        "fd00:ec2::254/128",  # AWS's metadata service
    )
)
TUNNELS_V6: Final = (
    IPv6Network("2002::/16"),  # 6to4, which carries an IPv4 address in bits 16 to 47 (RFC 3056)
    IPv6Network("2001:db8::/32"),  # documentation
)


def reach(text: str) -> Reach:
    """Tell where the address *text* leads; what is no address leads nowhere."""
    try:
        address = ip_address(text)
    except ValueError:
        return Reach.NOWHERE
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return Reach.NOWHERE
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
    nowhere = NOWHERE_V4 if isinstance(address, IPv4Address) else NOWHERE_V6
    if any(address in block for block in nowhere):
        return Reach.NOWHERE
    tunnelled = any(address in block for block in TUNNELS_V6)
    return Reach.PUBLIC if _is_a_persons(address) and not tunnelled else Reach.PRIVATE
