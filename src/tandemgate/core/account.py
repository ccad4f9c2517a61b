"""Visits of people whom another system's client knows by an id of its own, not by our session.

What an ``identify`` call says of somebody completes their later events, as that of a page does for
its session. The visit goes by a keyed digest of the pixel and the id: nobody without the store's
key can name it, so that no page can read or change what a server said, and no shop another's.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from tandemgate.core.normalize import normalize
from tandemgate.core.traces import TRACE_BYTES, session_digest
from tandemgate.model.person import Identifiers, MatchKeys
from tandemgate.model.rules import PixelRules

_DIGEST_BYTES: Final = 16


def account_visit(user_id: str, rules: PixelRules) -> str | None:
    """Name the visit of whom a server calls *user_id*, that is the event's ``external_id``."""
    return next(_visits(match_keys_of(user_id, rules), rules), None)


def browser_visit(anonymous_id: str, rules: PixelRules) -> str:
    """Name the visit of a browser to which a library gave *anonymous_id*; servers have others."""
    return _named("browser", anonymous_id, rules)


def account_traces(match_keys: MatchKeys, rules: PixelRules) -> Iterator[bytes]:
    """Digest the visits of those accounts, so that who is erased by ``external_id`` leaves none."""
    key = rules.blind_index_key
    return (session_digest(name, key)[:TRACE_BYTES] for name in _visits(match_keys, rules))


def match_keys_of(user_id: str, rules: PixelRules) -> MatchKeys:
    """Normalize an id of the shop as the event's own will be."""
    return normalize(Identifiers(external_id=(user_id,)), None, rules, "").match_keys


def _visits(match_keys: MatchKeys, rules: PixelRules) -> Iterator[str]:
    return (_named("account", digest, rules) for digest in match_keys.external_id)


def _named(kind: str, who: str, rules: PixelRules) -> str:
    # Between parts stands what no id may hold that is read.
    text = f"{kind}\x00{rules.pixel_id}\x00{who}".encode(errors="replace")
    key = rules.blind_index_key
    return blake2b(text, digest_size=_DIGEST_BYTES, key=key, person=b"account").hexdigest()
