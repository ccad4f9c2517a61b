"""Who asks, and what they may do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from tandemgate.catalog.reasons import problem
from tandemgate.core.rate import Bucket, take
from tandemgate.delivery.keysmith import digest_of
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.key import KeyKind, KeyRights, MadeKey, Scope
from tandemgate.ports import Clock
from tandemgate.settings import KeySettings
from tandemgate.settings.relations import rights_of

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


def grant(rights: KeyRights) -> KeyGrant:
    """Say what *rights* open: admins everything, browsers no server endpoint."""
    scopes = {KeyKind.ADMIN: frozenset(Scope), KeyKind.BROWSER: frozenset[Scope]()}
    return KeyGrant(
        name=rights.name,
        kind=rights.kind,
        pixels=None if rights.kind is KeyKind.ADMIN else frozenset(rights.pixels),
        scopes=scopes.get(rights.kind, frozenset(rights.scopes)),
        origins=frozenset(rights.origins),
        rate=rights.rate,
    )


class KeyRing:
    """All keys that count, as digests: what a caller presents is never compared as text.

    Those of the settings, and those that were made since. ``used`` tells when each name was last
    let in since the start.
    """

    def __init__(self, keys: Collection[KeySettings], clock: Clock) -> None:
        self.configured: Final = {key.name: rights_of(key) for key in keys}
        self._clock = clock
        self._fixed = {
            digest_of(key.secret.reveal().encode()): grant(self.configured[key.name])
            for key in keys
        }
        self._grants = dict(self._fixed)
        self._ends: dict[bytes, Epoch] = {}
        self.used: Final[dict[str, Epoch]] = {}

    def take_up(self, made: Sequence[MadeKey]) -> None:
        """Let in by these keys beside those of the settings, and by no others."""
        now = self._clock.now()
        counting = [one for one in made if one.counts(now)]
        self._grants = {one.digest: grant(one.rights) for one in counting} | self._fixed
        self._ends = {one.digest: one.until for one in counting if one.until is not None}

    def find(self, authorization: bytes | None, scope: Scope) -> KeyGrant | Problem:
        """Who presents this ``Authorization`` header, if they may do what *scope* says."""
        presented = _bearer(authorization)
        if presented is None and authorization is not None:
            return problem("key_missing", HEADER, "no Bearer key")
        return self.present(presented, scope)

    def present(self, presented: bytes | None, scope: Scope) -> KeyGrant | Problem:
        """Who presents this key, wherever it stood, if they may do what *scope* says."""
        if presented is None:
            return problem("key_missing", HEADER, "nothing")
        found = self._known(presented)
        if found is None:
            return problem("key_unknown", HEADER, f"{len(presented)} characters")
        if scope in found.scopes:
            return found
        return problem("key_without_right", HEADER, f'the {found.kind} key "{found.name}"')

    def public(self, presented: str) -> KeyGrant | Problem:
        """Whose browser key this is. It is no secret, and opens nothing but its own pages."""
        found = self._known(presented.encode(errors="replace"))
        if found is not None and found.kind is KeyKind.BROWSER:
            return found
        return problem("key_unknown", "/key", f"{len(presented)} characters")

    def origins(self, pixel_id: str | None = None) -> frozenset[str]:
        """Pages that may send a pixel's events without a key (``None``: any pixel's)."""
        now = self._clock.now()
        return frozenset[str]().union(
            *(
                found.origins
                for digest, found in self._grants.items()
                if found.kind is KeyKind.BROWSER
                and (pixel_id is None or found.opens(pixel_id))
                and self._counts(digest, now)
            )
        )

    def _known(self, presented: bytes) -> KeyGrant | None:
        # How long a look-up of a digest takes tells nothing of the keys: what is compared is the
        # digest of a guess, by its hash, which is keyed anew in every process (PEP 456).
        digest = digest_of(presented)
        found = self._grants.get(digest)
        now = self._clock.now()
        if found is None or not self._counts(digest, now):
            return None
        self.used[found.name] = now
        return found

    def _counts(self, digest: bytes, now: Epoch) -> bool:
        ends = self._ends.get(digest)
        return ends is None or now < ends


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


def _bearer(authorization: bytes | None) -> bytes | None:
    if authorization is None:
        return None
    scheme, _, key = authorization.partition(b" ")
    return key.strip() or None if scheme.lower() == b"bearer" else None
