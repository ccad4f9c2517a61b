"""Link tokens: how a visit goes on at another host, whose pages can't have its cookie.

A token is 42 bytes: the digest of the visit, until when it holds, some chance, and a seal of these
and of the pixels that it is for. It is sealed by the store's own key, so nothing is stored before
one is used, and no other library has to sign it. The session can't be told from its digest.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from tandemgate.catalog.reasons import problem
from tandemgate.core.traces import session_digest
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.link import Crossing

LIFETIME: Final[Seconds] = 300.0
"""From the page that may be left to the page that is reached, its consent banner included."""

CHANCE: Final = 6
"""Random bytes in a token: two of one visit and second are told apart."""

_VISIT: Final = slice(0, 16)
_UNTIL: Final = slice(16, 20)
_SIGNED: Final = slice(0, 20 + CHANCE)
_SEAL: Final = slice(20 + CHANCE, 36 + CHANCE)
_TEXT: Final = (36 + CHANCE) * 4 // 3


def seal_link(session: str, pixels: Iterable[str], now: Epoch, chance: bytes, key: bytes) -> str:
    """Make a token that lets another host's visit follow *session*, in the shops of *pixels*.

    *chance* are ``CHANCE`` bytes that nobody can guess, *key* is the store's blind index key.
    """
    until = int(now + LIFETIME).to_bytes(4, "big")
    signed = session_digest(session, key) + until + chance
    return urlsafe_b64encode(signed + _seal(signed, pixels, key)).decode()


def open_link(
    token: str | None, pixels: Iterable[str], now: Epoch, key: bytes, at: str
) -> Crossing | Problem:
    """Read a token that a page hands in for *pixels*; *at* points to it. No answer repeats it."""
    raw = _decoded(token)
    if raw is None:
        return problem("link_invalid", at, "nothing" if not token else f"{len(token)} characters")
    if not hmac.compare_digest(raw[_SEAL], _seal(raw[_SIGNED], pixels, key)):
        return problem("link_invalid", at, "a token with another seal")
    age = now - int.from_bytes(raw[_UNTIL], "big")
    if age > 0:
        return problem("link_expired", at, f"a token that ended {int(age)} s ago")
    return Crossing(raw[_VISIT], raw[_SEAL])


def _decoded(token: str | None) -> bytes | None:
    """Read the one way in which a token is written."""
    if token is None or len(token) != _TEXT or not token.isascii():
        return None
    raw = urlsafe_b64decode(token)
    return raw if urlsafe_b64encode(raw).decode() == token else None


def _seal(signed: bytes, pixels: Iterable[str], key: bytes) -> bytes:
    text = b"\x1f".join([signed, *(pixel.encode() for pixel in sorted(pixels))])
    return blake2b(text, digest_size=16, key=key, person=b"link").digest()
