"""What a later word about consent does to events: those that are stored, and those still to come.

A withdrawal undoes every consent that was collected before it. It makes no difference whether an
event with such a consent came a moment before it or comes a moment after: nothing of it leaves.
"""

from collections.abc import Iterable
from dataclasses import astuple
from typing import Final, TypeAlias

from msgspec import structs

from tandemgate.core.admission import resolve
from tandemgate.core.consent import decide, withheld
from tandemgate.core.denial import denials
from tandemgate.core.policy import asked_profile
from tandemgate.core.resolution import Repeat, Replace
from tandemgate.core.traces import emptied, erased
from tandemgate.model.admission import Known
from tandemgate.model.consent import Decision, Flag, Profile, Signals
from tandemgate.model.event import Event
from tandemgate.model.instant import Epoch
from tandemgate.model.rights import Statement, Withdrawal
from tandemgate.model.state import SETTLING, State

WITHDRAWN: Final = "consent_withdrawn"
STATED: Final = "consent_stated"
ERASED: Final = "person_erased"

EFFECTS: Final = (
    "cancelled",
    "released",
    "tightened",
    "suppressed",
    "in_flight",
    "delivered",
    "unchanged",
)
"""What a statement may do to an event, in the order in which it is told."""

Effect: TypeAlias = tuple[str, Repeat | Replace | None]
"""A word of :data:`EFFECTS`, and what the store has to apply."""

_NOTHING: Final = Withdrawal()
_ENDED: Final = frozenset({State.REJECTED, State.EXPIRED, State.REVIEW, State.INDETERMINATE})
"""States that only a person's replay leaves, which a withdrawal forbids."""


def withdrawal_of(statement: Statement) -> Withdrawal:
    """Return what is to be remembered of *statement*: its denials."""
    at, denied = statement.collected_at, Flag.DENIED
    return Withdrawal(
        ad_user_data=at if statement.ad_user_data is denied else None,
        ad_personalization=at if statement.ad_personalization is denied else None,
    )


def joined(one: Withdrawal, other: Withdrawal) -> Withdrawal:
    """Return both: of each denial the newest."""
    return Withdrawal(
        ad_user_data=_newest(one.ad_user_data, other.ad_user_data),
        ad_personalization=_newest(one.ad_personalization, other.ad_personalization),
        erased=_newest(one.erased, other.erased),
    )


def erasure(before: Iterable[Withdrawal], at: Epoch) -> Withdrawal:
    """Return what is remembered of an erasure, in place of all that was withdrawn *before*.

    It reaches as far as the newest of those: the clock may have been set back in between.
    """
    earlier = (astuple(one) for one in before)
    moments = [moment for one in earlier for moment in one if moment is not None]
    return Withdrawal(erased=max([at, *moments]))


def strikes(withdrawal: Withdrawal, event: Event) -> str | None:
    """Name the reason why *withdrawal* lets nothing of *event* leave, or say ``None``.

    A consent counts as collected when it says so, but not after the event came; without a word
    about it, at the action. A denial strikes only what the event's own decision does not deny.
    """
    collected_at = event.decision.collected_at
    given_at = event.event_time if collected_at is None else collected_at
    given_at = min(given_at, event.received_at)
    if _since(withdrawal.erased, given_at):
        return ERASED
    denied = denials(event.decision)
    news = (
        "ad_user_data" not in denied and _since(withdrawal.ad_user_data, given_at),
        "ad_personalization" not in denied and _since(withdrawal.ad_personalization, given_at),
    )
    return WITHDRAWN if any(news) else None


def struck(event: Event, reason: str) -> Event:
    """Return an arriving *event* with nothing in it that could leave."""
    return structs.replace(
        emptied(event), presence=withheld(event.presence), struck=reason, held_until=None
    )


def stated(known: Known, statement: Statement, remembered: Withdrawal = _NOTHING) -> Effect:
    """Decide what *statement* does to a stored event of the person.

    *remembered* is what was withdrawn before. A held event gets its decision, by the policy of its
    pixel, if that was collected in time.
    """
    held = known.state is State.HELD
    event = _decided(known.event, statement) if held else known.event
    reason = strikes(joined(remembered, withdrawal_of(statement)), event)
    if reason:
        # What is under way is recognized until its answer decides what remains to be said.
        flying = known.state is State.SENDING
        left = known.event if flying else emptied(_never_left(known), known.unknown)
        return _stopped(known, left, reason)
    return _told(known, event) if held else ("unchanged", None)


def forgotten(known: Known) -> Effect:
    """Decide what the erasure of the person does to a stored event: what is left is a tombstone."""
    left = erased(_never_left(known))
    word, stopped = _stopped(known, left, ERASED)
    return word, stopped or Repeat(left)


def _never_left(known: Known) -> Event:
    """Return a stored event that is stopped here, with its match keys kept back if none left."""
    event = known.event
    return event if known.frozen else structs.replace(event, presence=withheld(event.presence))


def _told(known: Known, event: Event) -> Effect:
    """Let a held event go, or end its wait, by the decision of *event*."""
    resolution = resolve(known, None, None, event)
    match resolution:
        case Replace():
            return "released", resolution
        case Repeat(state=State.SUPPRESSED):
            return "suppressed", resolution
        case Repeat(left) if left.decision != known.event.decision:
            return "tightened", resolution
        case _:
            return "unchanged", None


def _stopped(known: Known, left: Event, reason: str) -> Effect:
    """Let nothing more of a stored event leave; *left* is what stays of it."""
    if known.state is State.DELIVERED:
        return "delivered", None
    if known.state is State.SENDING:
        return "in_flight", Repeat(left, withdrawn=True)
    if (known.state, State.CANCELLED) in SETTLING:
        why = "maybe_delivered" if known.unknown else reason
        return "cancelled", Repeat(left, State.CANCELLED, why, withdrawn=True)
    if known.state in _ENDED:
        return "unchanged", Repeat(left, withdrawn=True)
    return "unchanged", None


def _decided(event: Event, statement: Statement) -> Event:
    """Return a copy of a held event that states what *statement* does."""
    policy = statement.policies[event.key.pixel_id]
    signals = _signals(event.decision, statement, asked_profile(event.decision.policy, policy))
    decision = decide(signals, event.decision.region, policy)
    return structs.replace(event, decision=decision, received_at=statement.received_at, wire=b"")


def _signals(decision: Decision, statement: Statement, profile: Profile | None) -> Signals:
    return Signals(
        ad_user_data=statement.ad_user_data,
        ad_personalization=statement.ad_personalization or decision.stated_ad_personalization,
        opt_out=decision.opt_out,
        child=decision.child,
        region=decision.region.code,
        cmp=decision.cmp,
        cmp_version=decision.cmp_version,
        collected_at=statement.collected_at,
        sources=decision.sources,
        profile=profile,
    )


def _since(moment: Epoch | None, given_at: Epoch) -> bool:
    return moment is not None and given_at <= moment


def _newest(one: Epoch | None, other: Epoch | None) -> Epoch | None:
    return max((at for at in (one, other) if at is not None), default=None)
