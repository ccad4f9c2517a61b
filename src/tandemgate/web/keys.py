"""Who asks, and what they may do."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from tandemgate.catalog.reasons import problem
from tandemgate.core.rate import Bucket, take
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Seconds
from tandemgate.settings import KeyKind, KeySettings, Scope

HEADER = "header Authorization"


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """What one key opens. ``pixels`` is ``None`` for all of them; ``rate`` 0 is unlimited."""

    name: str
    kind: KeyKind
    pixels: frozenset[str] | None
    scopes: frozenset[Scope]
    origins: frozenset[str] = frozenset()
    rate: float = 0

    def opens(self, pixel_id: str) -> bool:
        """Whether the key is for this pixel."""
        return self.pixels is None or pixel_id in self.pixels


def grant(key: KeySettings) -> KeyGrant:
    """Read a key's settings as what it opens: admins everything, browsers no server endpoint."""
    scopes = {KeyKind.ADMIN: frozenset(Scope), KeyKind.BROWSER: frozenset[Scope]()}
    return KeyGrant(
        name=key.name,
        kind=key.kind,
        pixels=None if key.kind is KeyKind.ADMIN else frozenset(key.pixels),
        scopes=scopes.get(key.kind, frozenset(key.scopes)),
        origins=frozenset(key.origins),
        rate=key.max_requests_per_second,
    )


class KeyRing:
    """The configured keys, kept as digests: what a caller presents is never compared as text."""

    def __init__(self, keys: Iterable[KeySettings]) -> None:
        self._grants = {_digest(key.secret.reveal().encode()): grant(key) for key in keys}

    def find(self, authorization: bytes | None, scope: Scope) -> KeyGrant | Problem:
        """Who presents this ``Authorization`` header, if they may do what *scope* says."""
        presented = _bearer(authorization)
        if presented is None:
            came = "nothing" if authorization is None else "no Bearer key"
            return problem("key_missing", HEADER, came)
        digest = _digest(presented)
        for known, found in self._grants.items():
            if hmac.compare_digest(known, digest):
                if scope in found.scopes:
                    return found
                return problem("key_without_right", HEADER, f'the {found.kind} key "{found.name}"')
        return problem("key_unknown", HEADER, f"{len(presented)} characters")

    def public(self, presented: str) -> KeyGrant | Problem:
        """Whose browser key this is. It is no secret, and opens nothing but its own pages."""
        found = self._grants.get(_digest(presented.encode(errors="replace")))
        if found is not None and found.kind is KeyKind.BROWSER:
            return found
        return problem("key_unknown", "/key", f"{len(presented)} characters")

    def origins(self, pixel_id: str | None = None) -> frozenset[str]:
        """Pages that may send a pixel's events without a key (``None``: any pixel's)."""
        return frozenset[str]().union(
            *(
                found.origins
                for found in self._grants.values()
                if found.kind is KeyKind.BROWSER and (pixel_id is None or found.opens(pixel_id))
            )
        )


@dataclass(slots=True)
class Quotas:
    """Requests a second of each key that has a limit. State is one bucket per configured key."""

    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def wait(self, asking: KeyGrant, now: Seconds) -> Seconds:
        """Take one request from the key's share: 0, or how long to wait for the next."""
        if not asking.rate:
            return 0.0
        size = max(1.0, asking.rate)
        bucket = self._buckets.get(asking.name) or Bucket(size, now)
        self._buckets[asking.name], wait = take(bucket, asking.rate, size, now)
        return wait


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _bearer(authorization: bytes | None) -> bytes | None:
    if authorization is None:
        return None
    scheme, _, key = authorization.partition(b" ")
    return key.strip() or None if scheme.lower() == b"bearer" else None
