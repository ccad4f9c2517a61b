"""Predicates over decoded JSON values: each says whether one value keeps one rule."""

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from tiktok_simulator.contract import EMPTY_DIGEST, MAX_TTCLID_CHARACTERS

Check = Callable[[object], bool]

_SHA256: Final = re.compile(r"[0-9a-f]{64}").fullmatch
_HEX64: Final = re.compile(r"[0-9a-fA-F]{64}").fullmatch
_WEB_URL: Final = re.compile(r"https?://[^\s/?#]+\S*")
_BCP47: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646, its outline

# Addresses that are nobody's on the public internet (RFC 1918, 1122, 3927, 5771, 1112, 4291, 4193).
# The documentation ranges (RFC 5737, 3849) are left out: the examples of every manual use them.
_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(cidr)
    for cidr in (
        *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/127", "fc00::/7", "fe80::/10", "ff00::/8"),
    )
)


def is_text(value: object) -> bool:
    """Any string."""
    return isinstance(value, str)


def is_filled(value: object) -> bool:
    """A string with something in it."""
    return isinstance(value, str) and value.strip() != ""


def is_texts(value: object) -> bool:
    """A list of strings with something in each."""
    return isinstance(value, list) and all(map(is_filled, value))


def is_text_or_texts(value: object) -> bool:
    """A string, or a list of at least one string."""
    return isinstance(value, str) or (value != [] and is_texts(value))


def is_integer(value: object) -> bool:
    """A whole JSON number; ``true`` is none, and neither is ``1.0``."""
    return type(value) is int


def is_count(value: object) -> bool:
    """A whole JSON number, zero or more."""
    return type(value) is int and value >= 0


def is_amount(value: object) -> bool:
    """A JSON number, zero or more. NaN and infinities never get past the JSON parser."""
    return type(value) in (int, float) and value >= 0  # type: ignore[operator]  # mypy does not narrow by type() in (...)


def is_flag(value: object) -> bool:
    """True or false."""
    return isinstance(value, bool)


def is_object(value: object) -> bool:
    """A JSON object."""
    return isinstance(value, dict)


def is_objects(value: object) -> bool:
    """A list of JSON objects."""
    return isinstance(value, list) and all(map(is_object, value))


def is_digest(value: object) -> bool:
    """The lower-case hex SHA-256 of something that is not the empty string."""
    return isinstance(value, str) and _SHA256(value) is not None and value != EMPTY_DIGEST


def is_digest_or_digests(value: object) -> bool:
    """One digest, or a list of at least one."""
    if isinstance(value, list):
        return value != [] and all(map(is_digest, value))
    return is_digest(value)


def is_raw(value: object) -> bool:
    """A string with something in it that nobody has hashed."""
    return is_filled(value) and _HEX64(str(value)) is None


def is_click_id(value: object) -> bool:
    """A click id as TikTok gave it: not blank, not hashed, not over-long."""
    return is_raw(value) and len(str(value)) <= MAX_TTCLID_CHARACTERS


def is_place(value: object) -> bool:
    """A city, state or country: lower-case letters and digits without marks, and not hashed."""
    return isinstance(value, str) and value.isalnum() and value == value.lower() and is_raw(value)


def is_public_address(value: object) -> bool:
    """An IPv4 or IPv6 address that can be a person's."""
    return isinstance(value, str) and _is_public_address(value)


@lru_cache(maxsize=16_384)
def _is_public_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return not any(address in network for network in _NOT_PUBLIC)


def is_web_url(value: object) -> bool:
    """An absolute http or https address."""
    return isinstance(value, str) and _WEB_URL.fullmatch(value) is not None


def is_locale(value: object) -> bool:
    """A language tag by BCP 47."""
    return isinstance(value, str) and _BCP47.fullmatch(value) is not None


def one_of(words: frozenset[str]) -> Check:
    """Build the check that a value is one of *words*."""
    return lambda value: isinstance(value, str) and value in words
