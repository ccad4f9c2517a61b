"""What becomes of a copy of an event: the rules of "the same key again", shared by every store.

A store looks up what it knows, asks :func:`resolve`, and applies the answer. Three rules stand
above all: what was frozen by an attempt never changes, consent only tightens unless nobody had been
asked before, and a copy that carries no server key neither overrules nor completes one that does.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msgspec import structs

from tandemgate.catalog.reasons import finding
from tandemgate.core.amend import fill, names_nobody, same_but_for_time, tighten
from tandemgate.core.consent import suppress
from tandemgate.core.denial import (
    NOBODY_ASKED,
    WITHDRAWN,
    denials,
    grants_more,
    stricter,
    told_otherwise,
)
from tandemgate.core.resolution import Insert, Refuse, Repeat, Replace, Resolution, standing
from tandemgate.core.signals.timing import LATE_CONSENT_UNTIL
from tandemgate.core.traces import emptied, kept_back
from tandemgate.model.admission import Known
from tandemgate.model.consent import Decision, Export
from tandemgate.model.event import Event, Fingerprint
from tandemgate.model.finding import Finding
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.state import EDGES, SETTLING, State

DOUBLE_FIRE_WITHIN: Seconds = 300.0
"""Two reports of one session this close are likely one action; TikTok merges copies as long."""

_WAITING: Final = frozenset({State.QUEUED, State.HELD})
_EMPTIED: Final = {State.QUEUED: State.CANCELLED, State.HELD: State.SUPPRESSED}
"""Where an event goes of which a denial leaves nothing to send."""


def resolve(
    known: Known | None, same_order: Known | None, same_action: Known | None, arriving: Event
) -> Resolution:
    """Decide what *arriving* does to the ledger.

    *known* is what is stored under its key. Only when there is nothing: *same_order* is the first
    stored event of the same order, *same_action* the last one of the same action, both under other
    event_ids.
    """
    if known is None:
        return _first_of_its_key(same_order, same_action, arriving)
    return _dated(_again(known, arriving), known, arriving.received_at)


def _again(known: Known, arriving: Event) -> Resolution:
    """Decide what a copy of something known does."""
    differing = known.event.fingerprint.differs_in(arriving.fingerprint)
    if successor := _successor(known, arriving, differing=bool(differing)):
        return successor
    if (
        differing
        and known.event.verified == arriving.verified
        and not _amends(known.event, arriving)
    ):
        return Refuse("event_id_conflict", differing)
    return _repeat(known, arriving, differing=bool(differing))


def _amends(stands: Event, arriving: Event) -> bool:
    """Tell whether one system tells anew how its own order stands, which is no contradiction."""
    told_by = (stands.source, stands.verified)
    return arriving.amends and told_by == (arriving.source, arriving.verified)


def _dated(resolution: Resolution, known: Known, at: Epoch) -> Resolution:
    """Note in the event that is kept when its decision was made, if that was not at its arrival."""
    match resolution:
        case Replace(event):
            return replace(resolution, event=structs.replace(event, decided_at=at))
        case Repeat(event) if event.decision != known.event.decision:
            return replace(resolution, event=structs.replace(event, decided_at=at))
        case _:
            return resolution


def _first_of_its_key(
    same_order: Known | None, same_action: Known | None, arriving: Event
) -> Resolution:
    if arriving.order_repeats:
        same_order = None
    if same_order is not None and (same_order.event.verified or not arriving.verified):
        other = same_order.event.key.event_id
        return Refuse("same_order_two_event_ids", ("order_id",), other)
    if arriving.paid_once and same_action is not None:
        return Refuse("same_payment_two_event_ids", (), same_action.event.key.event_id)
    if arriving.struck:
        return Insert(arriving, standing(arriving), (finding(arriving.struck, "/consent"),))
    twin = same_order or (same_action if _close(same_action, arriving) else None)
    if twin is None:
        return Insert(arriving, standing(arriving))
    note = f"the same action came as {twin.event.key.event_id}"
    found = finding("probable_double_fire", "/event_id", note)
    return Insert(arriving, standing(arriving), (found,))


def _close(same_action: Known | None, arriving: Event) -> bool:
    if same_action is None:
        return False
    return abs(same_action.event.event_time - arriving.event_time) <= DOUBLE_FIRE_WITHIN


def _successor(known: Known, arriving: Event, *, differing: bool) -> Resolution | None:
    """Return the copy that takes the place of the stored one, if this is one of the few cases."""
    stands = known.event
    if stands.verified and not arriving.verified:
        return None
    if _lifts(known, arriving) and (not differing or arriving.verified > stands.verified):
        return _lifted(known, arriving)
    overrules = (
        (arriving.verified > stands.verified or _amends(stands, arriving))
        and differing
        and known.state in _WAITING
        and not known.frozen
    )
    if overrules or _corrects(known, arriving, differing=differing):
        found = told_otherwise(stands, arriving)
        successor = _next_revision(known, _joined(arriving, stands.decision))
        return replace(successor, findings=(found,)) if successor and found else successor
    return None


def _lifts(known: Known, arriving: Event) -> bool:
    """Tell whether *arriving* states in time the consent that the stored copy lacks."""
    stands, decision = known.event, arriving.decision
    if known.state not in {State.SUPPRESSED, State.HELD} or decision.stated_ad_user_data is None:
        return False
    held_for = (stands.held_until or stands.received_at) - stands.received_at
    collected_at = decision.collected_at or arriving.received_at
    in_time = collected_at <= stands.event_time + max(held_for, LATE_CONSENT_UNTIL)
    return stands.decision.rule == NOBODY_ASKED and in_time


def _lifted(known: Known, arriving: Event) -> Resolution:
    """Let go what waited for a consent, with what the stated one keeps; or end the wait.

    What was denied beside the missing consent stays denied.
    """
    arriving = _joined(arriving, known.event.decision)
    event = _completed(arriving, known.event)
    if resolution := _next_revision(known, event):
        return resolution
    begins = standing(event)
    stands = emptied(structs.replace(known.event, decision=arriving.decision))
    findings = (finding("consent_tightened", "/consent"),)
    if known.state is begins.state:
        return Repeat(stands, None, begins.reason, findings=findings)
    return Repeat(stands, begins.state, begins.reason, findings=findings)


def _completed(arriving: Event, stands: Event) -> Event:
    """Complete *arriving* with what a held copy knows and *arriving*'s decision keeps."""
    if not stands.wire or arriving.decision.export is not Export.SEND:
        return arriving
    held = _under(stands, arriving.decision)
    if not arriving.wire:
        return structs.replace(
            arriving,
            wire=held.wire,
            presence=held.presence,
            fingerprint=held.fingerprint,
            traces=held.traces,
        )
    return _filled(arriving, held)


def _corrects(known: Known, arriving: Event, *, differing: bool) -> bool:
    """Tell whether *arriving* says something else than the copy that TikTok refused."""
    if known.state is not State.REJECTED or known.unknown or known.withdrawn or not arriving.wire:
        return False
    if differing or not known.event.wire:
        return differing
    one = _joined(arriving, known.event.decision)
    other = _joined(known.event, arriving.decision)
    return bool(one.wire and other.wire) and not same_but_for_time(one.wire, other.wire)


def _next_revision(known: Known, event: Event) -> Replace | None:
    """Return the replacement, if the stored event can go to where *event* begins."""
    begins = standing(event).state
    sends = begins is State.QUEUED or known.state is begins is State.HELD
    if not sends or not (known.state is begins or (known.state, begins) in EDGES):
        return None
    return Replace(structs.replace(event, received_at=known.event.received_at))


def _repeat(known: Known, arriving: Event, *, differing: bool) -> Repeat:
    stands = known.event
    findings: list[Finding] = []
    if differing and _amends(stands, arriving):
        findings.append(finding("order_changed_since", ""))
    elif differing and arriving.verified and known.frozen:
        findings.append(finding("unverified_copy_sent_first", ""))
    if found := told_otherwise(stands, arriving):
        findings.append(found)
    if not differing and arriving.event_time > stands.event_time:
        findings.append(finding("late_refire", "/event_time"))
    event = stands if differing else _merged(known, arriving)
    if event.wire != stands.wire:
        findings.append(finding("context_filled", "/user"))
    if grants_more(stands.decision, arriving.decision):
        findings.append(finding("looser_consent_ignored", "/consent"))
    if denials(arriving.decision) <= denials(stands.decision):
        return Repeat(event, findings=tuple(findings))
    return _tightened(known, event, arriving.decision, findings)


def _merged(known: Known, arriving: Event) -> Event:
    """Return the stored copy with what *arriving* adds to it, if it may and can still change."""
    stands = known.event
    if stands.verified and not arriving.verified:
        return stands
    event = structs.replace(stands, verified=arriving.verified)
    if known.state not in _WAITING or known.frozen or not (stands.wire and arriving.wire):
        return event
    return _filled(event, _under(arriving, stands.decision))


def _filled(event: Event, other: Event) -> Event:
    """Return *event* with what only *other* knows."""
    if not other.wire:
        return event
    return structs.replace(
        event,
        wire=fill(event.wire, other.wire),
        presence=_present_in_either(event.presence, other.presence),
        fingerprint=Fingerprint({**other.fingerprint.fields, **event.fingerprint.fields}),
        order=event.order or other.order,
        action=event.action or other.action,
        traces=tuple(dict.fromkeys((*event.traces, *other.traces))),
        worth=event.worth or other.worth,
    )


def _joined(event: Event, decision: Decision) -> Event:
    """Return *event* as it is when *decision* holds for it as well as its own."""
    joined = stricter(event.decision, decision)
    return event if joined == event.decision else _under(event, joined)


def _under(event: Event, decision: Decision) -> Event:
    """Return *event* with what *decision* keeps of it; without a wire, if that is nothing."""
    wire = b""
    if decision.export is not Export.NONE and event.wire:
        tightened = tighten(event.wire, decision)
        wire = b"" if names_nobody(tightened) else tightened
    under = structs.replace(
        event,
        decision=decision,
        presence=suppress(event.presence, decision),
        fingerprint=kept_back(event.fingerprint, decision.remove),
        wire=wire,
    )
    return under if wire else emptied(under)


def _tightened(known: Known, event: Event, asked: Decision, findings: list[Finding]) -> Repeat:
    """Apply a denial that the stored copy did not know of, as far as that is still possible."""
    if known.state is State.DELIVERED:
        late = finding("consent_tightened_too_late", "/consent")
        return Repeat(event, findings=(*findings, late))
    said = (*findings, finding("consent_tightened", "/consent"))
    if not known.frozen:
        event = _joined(event, asked)
        ends = None if event.wire or not known.event.wire else _EMPTIED.get(known.state)
        return Repeat(event, ends, standing(event).reason if ends else None, findings=said)
    event = structs.replace(event, decision=stricter(event.decision, asked))
    if (known.state, State.CANCELLED) in SETTLING:
        reason = "maybe_delivered" if known.unknown else WITHDRAWN
        return Repeat(
            emptied(event, known.unknown), State.CANCELLED, reason, withdrawn=True, findings=said
        )
    return Repeat(event, withdrawn=True, findings=said)


def _present_in_either(
    stands: Mapping[MatchKey, Presence], other: Mapping[MatchKey, Presence]
) -> dict[MatchKey, Presence]:
    sent = {key for key, presence in other.items() if presence is Presence.SENT}
    return {
        key: Presence.SENT if key in sent and presence is not Presence.SUPPRESSED else presence
        for key, presence in stands.items()
    }
