"""Whether a delivery was signed by the shop system that it is said to come from.

All three sign the raw bytes of the body with HMAC-SHA256. Shopify and WooCommerce write it in
base64 (Shopify, "Verify webhook deliveries"; WooCommerce, "Webhooks"). Stripe signs the moment as
well, so that nobody sends an old delivery again: ``t=1776943380,v1=<hex>``, with one ``v1`` for
each secret that counts (Stripe, "Verify webhook signatures manually").
"""

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final

from tandemgate.catalog.reasons import problem
from tandemgate.catalog.shops import SHOPS
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.secret import Secret
from tandemgate.model.shop import ShopKind

TOLERANCE: Final[Seconds] = 300.0
"""How far Stripe's clock and ours may be apart; what Stripe's own libraries take."""

_LONGEST_TIME: Final = 12
_MOST_SIGNATURES: Final = 8


def refused_signature(
    kind: ShopKind,
    headers: Mapping[bytes, bytes],
    body: bytes,
    secrets: Collection[Secret],
    now: Epoch,
) -> Problem | None:
    """Say why *body* is not believed to come from the shop; ``None`` where it is.

    *headers* have lower-case names. Every secret is tried, in constant time.
    """
    named = SHOPS[kind].signature
    came = headers.get(named.lower().encode(), b"").strip()
    where = f"header {named}"
    if not came:
        return problem("signature_missing", where, "nothing")
    if kind is ShopKind.STRIPE:
        return _stripe(came, body, secrets, now, where)
    return None if _any_matches([came], body, secrets) else _wrong(kind, where, came)


def _stripe(
    came: bytes, body: bytes, secrets: Collection[Secret], now: Epoch, where: str
) -> Problem | None:
    parts = [part.partition(b"=") for part in came.split(b",")]
    at = next((value for name, _, value in parts if name == b"t"), b"")
    signatures = [value for name, _, value in parts if name == b"v1"][:_MOST_SIGNATURES]
    if not (at.isdigit() and len(at) <= _LONGEST_TIME and signatures):
        return problem("signature_unreadable", where, f"{len(came)} characters")
    if not _any_matches(signatures, at + b"." + body, secrets, written=bytes.hex):
        return _wrong(ShopKind.STRIPE, where, came)
    apart = now - int(at)
    if abs(apart) > TOLERANCE:
        side = "before" if apart > 0 else "after"
        return problem("signature_stale", where, f"signed {abs(apart):.0f} s {side} our clock")
    return None


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _any_matches(
    signatures: Collection[bytes],
    signed: bytes,
    secrets: Collection[Secret],
    written: Callable[[bytes], str] = _base64,
) -> bool:
    made = [
        written(digest(secret.reveal().encode(), signed, sha256)).encode() for secret in secrets
    ]
    # All are compared, so that the time tells not which of them it was.
    return any([compare_digest(one, other) for one in made for other in signatures])  # noqa: C419


def _wrong(kind: ShopKind, where: str, came: bytes) -> Problem:
    fix = (
        f"compare the secret of the [[sources]] entry with {SHOPS[kind].secret}; nothing on the "
        "way may change the body"
    )
    return problem("signature_wrong", where, f"{len(came)} characters", fix=fix)
