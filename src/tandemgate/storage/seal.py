"""Sealing: the store key wraps every other key, and a key for each UTC day seals its payloads.

AES-256-GCM throughout (NIST SP 800-38D) with random 96-bit nonces in front of the ciphertext. What
a sealed text belongs to is authenticated with it, so no payload passes for another event's.
"""

import os
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tandemgate.model.event import EventKey

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_NONCES_DRAWN: Final = 64


class Cipher:
    """One key, ready to seal."""

    __slots__ = ("_aead", "_nonces")

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._nonces: list[bytes] = []

    def seal(self, plain: bytes, belongs_to: bytes) -> bytes:
        """Encrypt *plain*; only with the same *belongs_to* can it be opened again."""
        nonce = self._nonce()
        return nonce + self._aead.encrypt(nonce, plain, belongs_to)

    def open(self, sealed: bytes, belongs_to: bytes) -> bytes | None:
        """Decrypt, or return ``None`` when the key, the bytes or what they belong to is another."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], belongs_to)
        except (InvalidTag, ValueError):
            return None

    def _nonce(self) -> bytes:
        """Take a random nonce. Many are drawn at once, since each draw is a call of the system."""
        try:
            return self._nonces.pop()
        except IndexError:
            drawn = os.urandom(_NONCE_BYTES * _NONCES_DRAWN)
            nonces = [drawn[at : at + _NONCE_BYTES] for at in range(0, len(drawn), _NONCE_BYTES)]
            nonce = nonces.pop()
            self._nonces = nonces  # another thread may have drawn as well; its are dropped unused
            return nonce


class DayCiphers:
    """The data keys of days, unwrapped once each.

    *load* returns the wrapped key of a day, or ``None`` where there is none (any more).
    """

    def __init__(self, store: Cipher, load: Callable[[int], bytes | None]) -> None:
        self._store = store
        self._load = load
        self._ciphers: dict[int, Cipher] = {}

    def get(self, day: int) -> Cipher | None:
        """Return the cipher of *day*, if its key is there and can be unwrapped."""
        cipher = self._ciphers.get(day)
        if cipher is None:
            wrapped = self._load(day)
            key = self._store.open(wrapped, day_name(day)) if wrapped else None
            if key is None:
                return None
            cipher = self._ciphers[day] = Cipher(key)
        return cipher

    def make(self, day: int) -> tuple[Cipher, bytes]:
        """Make a new key for *day*; return its cipher, and the key as it is to be stored."""
        key = new_key()
        self._ciphers[day] = cipher = Cipher(key)
        return cipher, self._store.seal(key, day_name(day))

    def forget(self) -> None:
        """Unwrap every key anew when it is needed next."""
        self._ciphers.clear()


def new_key() -> bytes:
    """Make a random key."""
    return os.urandom(KEY_BYTES)


def key_id(store_key: bytes) -> str:
    """Name a store key without telling anything about it; 8 hex digits."""
    return blake2b(store_key, digest_size=4, person=b"tandemgate key").hexdigest()


def owner(key: EventKey) -> bytes:
    """Digest what a payload belongs to; 16 bytes."""
    parts = (key.pixel_id, key.event, key.event_id, key.channel)
    return blake2b("\x1d".join(parts).encode(), digest_size=16).digest()


def day_name(day: int) -> bytes:
    """What the wrapped key of a day belongs to."""
    return b"data key of day %d" % day
