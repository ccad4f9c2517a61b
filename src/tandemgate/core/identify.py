"""What makes two reports the same action: event_id, fingerprint, digests of order and action.

All digests are blake2b keyed with the store's own key, so that nobody without it can tell from a
stored digest which order or person it stands for.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import msgspec

from tandemgate.catalog.currencies import MINOR_DIGITS
from tandemgate.catalog.events import PURCHASES
from tandemgate.catalog.reasons import finding, problem
from tandemgate.core.reading import MOST_NOTES, stated
from tandemgate.core.scrub import holds_identifier
from tandemgate.model.event import Commerce, EventKey, Fingerprint, RawEvent, Reported
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.outcome import Accepted, Held, Processed, Rejected, Suppressed
from tandemgate.model.person import Identifiers, MatchKeys

LONGEST_EVENT_ID = 256
"""Characters. TikTok publishes no limit; readable ids are far shorter."""

_LONG_DIGITS = re.compile(r"[0-9]{9,}")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOBODY = Identifiers()
_FIELDS = ("value", "currency", "order_id", "contents", "prices", "email", "phone", "external_id")
_SIZES: Final[Mapping[str, int]] = {**dict.fromkeys(_FIELDS, 8), "order": 16, "action": 16}
"""Bytes of each digest."""


class Named(msgspec.Struct, frozen=True, gc=False):
    """The event_id that an action goes by, and what there is to say about it."""

    event_id: str
    findings: tuple[Finding, ...] = ()


def event_id_fault(event_id: str, person: Identifiers) -> str | None:
    """Name the reason why *event_id* can't be used, if there is one.

    The person's ``external_id`` may stand in it, since it may well be the number of the lead.
    """
    if len(event_id) > LONGEST_EVENT_ID or not event_id.isprintable():
        return "event_id_invalid"
    if holds_identifier(event_id, person):
        return "event_id_holds_identifier"
    return None


def name_event(reported: Reported, at: str) -> Named | Problem:
    """Take the stated event_id, or derive one from the order or lead: ``ord_10492_add_to_cart``.

    What is about neither goes by what its report goes by, if there is such a thing.
    """
    where = f"{at}/event_id"
    if reported.event_id is not None:
        return Named(reported.event_id, _digit_findings(reported.event_id, where))
    derived = derived_id(reported)
    if derived is None:
        return problem("event_id_missing", where, "nothing")
    fault = event_id_fault(derived, reported.person)
    if fault is not None:
        return problem(fault, where, "an event_id derived from the order or lead")
    if reported.fallback is not None and _subject_of(reported) is None:
        return Named(derived, (reported.fallback.finding,))
    note = finding("event_id_derived", where, f"made from the order or lead: {derived}")
    return Named(derived, (note,))


def echo_event_id(raw: RawEvent, outcome: Processed) -> str | None:
    """Return the event_id that an answer may repeat: never one that holds an identifier."""
    if isinstance(outcome, Accepted | Held | Suppressed):
        return outcome.event.key.event_id
    said = stated(raw.item, "event_id")
    if not isinstance(said, str) or event_id_fault(said, _NOBODY) is not None:
        return None
    problems = outcome.problems if isinstance(outcome, Rejected) else ()
    # What was wrong with it may be among the problems that were too many to list.
    doubted = len(problems) >= MOST_NOTES or any(
        problem.field == f"{raw.pointer}/event_id" for problem in problems
    )
    return None if doubted else said


def derived_id(reported: Reported) -> str | None:
    """Make the event_id of an action that states none: of the order or lead that it is about.

    Of what is about neither, it is that of its report, if it has one.
    """
    subject, fallback = _subject_of(reported), reported.fallback
    if subject is None:
        return None if fallback is None else fallback.event_id
    return f"{subject}_{snake_case(reported.event)}" if reported.event else None


def _subject_of(reported: Reported) -> str | None:
    order = reported.commerce.order_id or reported.refs.get("order")
    lead = reported.refs.get("lead")
    if not (order or lead):
        return None
    return f"ord_{order}" if order else f"lead_{lead}"


def snake_case(name: str) -> str:
    """``CompletePayment`` -> ``complete_payment``."""
    return re.sub(r"\W+", "_", _HUMP.sub("_", name)).lower()


def _digit_findings(event_id: str, where: str) -> tuple[Finding, ...]:
    return (finding("event_id_long_digits", where),) if _LONG_DIGITS.search(event_id) else ()


def fingerprint(commerce: Commerce, match_keys: MatchKeys, key: bytes) -> Fingerprint:
    """Digest the fields by which two copies of one event can contradict; absent ones are left out.

    The value counts in whole minor units of its currency. Product lines are compared as a multiset,
    and their prices apart from it, since the Pixel's copy often states no price.
    """
    digits = f".{MINOR_DIGITS.get(commerce.currency or '', 2)}f"
    lines, prices = _contents(commerce, digits)
    told = {
        "value": "" if commerce.value is None else format(commerce.value, digits),
        "currency": commerce.currency,
        "order_id": commerce.order_id,
        "contents": lines,
        "prices": prices,
        "email": _joined(match_keys.email),
        "phone": _joined(match_keys.phone),
        "external_id": _joined(match_keys.external_id),
    }
    fields, begun = {}, _begun(key)
    for name, text in told.items():
        if text:
            hasher = begun[name].copy()
            hasher.update(text.encode())
            fields[name] = hasher.digest()
    return Fingerprint(fields)


def _contents(commerce: Commerce, digits: str) -> tuple[str, str]:
    """Write down the product lines, and their prices."""
    lines, prices = [], []
    for line in commerce.contents:
        lines.append(f"{line.content_id}\x1f{line.quantity or 1}")
        if line.price is not None:
            prices.append(f"{line.content_id}\x1f{line.price:{digits}}")
    return _joined(lines), _joined(prices)


def order_digest(key: EventKey, order_id: str | None, secret: bytes) -> bytes | None:
    """Digest one order of one purchase event, to find it under another event_id; 16 bytes."""
    return digest_of_order(key, order_id, secret) if key.event in PURCHASES else None


def digest_of_order(key: EventKey, order_id: str | None, secret: bytes) -> bytes | None:
    """Digest one order of any event, as :func:`order_digest` does for a purchase; 16 bytes."""
    if order_id is None:
        return None
    return _digest(secret, "order", key.pixel_id, key.channel, key.event, order_id)


def action_digest(
    key: EventKey, session: str | None, commerce: Commerce, secret: bytes
) -> bytes | None:
    """Digest one action of one session, to notice that it fired twice; 16 bytes."""
    if session is None:
        return None
    subject = commerce.order_id or _subject(commerce)
    return _digest(secret, "action", key.pixel_id, key.channel, session, key.event, subject)


def payment_digest(key: EventKey, payment: str, secret: bytes) -> bytes:
    """Digest one payment, whichever name and number its reports give it; 16 bytes."""
    return _digest(secret, "action", key.pixel_id, key.channel, "", "", payment)


def _subject(commerce: Commerce) -> str:
    lines, _ = _contents(commerce, ".2f")
    return f"{lines}\x1d{'' if commerce.value is None else format(commerce.value, '.2f')}"


def _joined(members: Sequence[str]) -> str:
    return members[0] if len(members) == 1 else "\x1e".join(sorted(members))


def _digest(key: bytes, subject: str, *parts: str) -> bytes:
    hasher = _begun(key)[subject].copy()
    hasher.update("\x1d".join(parts).encode())
    return hasher.digest()


@lru_cache(maxsize=8)
def _begun(key: bytes) -> Mapping[str, blake2b]:
    """Take in the key, and the name of what is digested, once: no event begins at the beginning."""
    return {
        name: blake2b(f"{name}\x1d".encode(), digest_size=size, key=key)
        for name, size in _SIZES.items()
    }
