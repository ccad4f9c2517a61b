"""Traces: keyed digests by which the events of one person or session are found again.

Nobody can tell from a trace whose it is without the store's key, and no two stores have a trace in
common. An event that keeps anything to send has a trace of every identifier that came with it, also
of those that consent withholds from TikTok: otherwise a person could not have the rest (an ip, a
click id) withdrawn or erased. An event that keeps nothing has none, unless TikTok may have a copy.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from msgspec import structs

from tandemgate.model.event import Event, Fingerprint
from tandemgate.model.person import MatchKey, MatchKeys

TRACE_BYTES: Final = 8
"""Two of a hundred million traces are alike by chance once in 3,700 stores."""

IDENTITY: Final = frozenset({MatchKey.EMAIL, MatchKey.PHONE, MatchKey.EXTERNAL_ID})
"""What names a person: these and the session are what events are found by."""


def traces(match_keys: MatchKeys, session: str | None, key: bytes) -> tuple[bytes, ...]:
    """Digest everything by which a person may ask for their events."""
    found: list[bytes] = []
    identifiers = (match_keys.email, match_keys.phone, match_keys.external_id)
    for hasher, digests in zip(_hashers(key), identifiers, strict=True):
        for digest in digests:
            trace = hasher.copy()
            trace.update(digest.encode())
            found.append(trace.digest())
    if session is not None:
        found.append(session_digest(session, key)[:TRACE_BYTES])
    return tuple(found)


def session_digest(session: str, key: bytes) -> bytes:
    """Digest a session, 16 bytes; it begins with the trace that the session's events have."""
    return blake2b(session.encode(), digest_size=16, key=key, person=b"session").digest()


def kept_back(fingerprint: Fingerprint, names: frozenset[MatchKey]) -> Fingerprint:
    """Return *fingerprint* without the digests of identifiers among *names*."""
    gone = IDENTITY & names
    if gone.isdisjoint(fingerprint.fields):
        return fingerprint
    return Fingerprint({name: one for name, one in fingerprint.fields.items() if name not in gone})


def emptied(event: Event, unknown: int = 0) -> Event:
    """Return what stays of an event that nothing may leave of any more: not who it was about.

    After *unknown* attempts TikTok may have a copy; then it can still be found by the person.
    """
    nobody = kept_back(event.fingerprint, IDENTITY)
    return structs.replace(
        event, wire=b"", fingerprint=nobody, traces=event.traces if unknown else ()
    )


def erased(event: Event) -> Event:
    """Return the tombstone of *event*: its key and order, so that no second copy is ever sent."""
    return structs.replace(emptied(event), findings=(), action=None)


@lru_cache(maxsize=8)
def _hashers(key: bytes) -> tuple[blake2b, ...]:
    """Take in the key and the kind once: half of the work of digesting something short."""
    kinds = (b"email", b"phone", b"external_id")
    return tuple(blake2b(kind + b"\x1d", digest_size=TRACE_BYTES, key=key) for kind in kinds)
