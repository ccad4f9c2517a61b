"""What an arriving event does to the ledger, and how that is answered, counted and remarked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

import msgspec

from tandemgate.model.admission import Admission, Admitted, AlreadyKnown, Clash, Known, Remark
from tandemgate.model.consent import Export
from tandemgate.model.event import Event
from tandemgate.model.finding import Finding
from tandemgate.model.instant import Epoch
from tandemgate.model.state import State

_OUTCOMES: Final = {
    State.QUEUED: "accepted",
    State.HELD: "held",
    State.SUPPRESSED: "suppressed",
}
_NOBODY_LEFT: Final = "no_match_keys_left"


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Where an event stands when it is stored, why, and when its turn comes."""

    state: State
    reason: str | None
    due_at: Epoch | None

    @property
    def outcome(self) -> tuple[str, str]:
        """The outcome that is counted for an event that begins here, and its reason or ""."""
        return _OUTCOMES[self.state], self.reason or ""


class Insert(msgspec.Struct, frozen=True, gc=False):
    """Nothing is known of this key: store *event*, which ``begins`` as :func:`standing` says."""

    event: Event
    begins: Standing
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Replace:
    """Store *event* in place of the one that is known, as its next revision."""

    event: Event
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same event again. ``event`` is the stored copy as it stands from now on.

    ``state`` and ``reason`` are where it goes, if anywhere. ``withdrawn`` means that it must not be
    sent (again): if an attempt is under way, its outcome decides what remains to be said.
    """

    event: Event
    state: State | None = None
    reason: str | None = None
    withdrawn: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """Two reports contradict each other: the stored one stands, this one is not stored."""

    reason: str
    fields: tuple[str, ...] = ()
    other_event_id: str | None = None


Resolution: TypeAlias = Insert | Replace | Repeat | Refuse


def standing(event: Event) -> Standing:
    """Return where *event* begins."""
    decision = event.decision
    if event.struck:
        return Standing(State.SUPPRESSED, event.struck, None)
    if decision.export is Export.NONE:
        return Standing(State.SUPPRESSED, decision.rule, None)
    if not event.wire:
        return Standing(State.SUPPRESSED, _NOBODY_LEFT, None)
    if decision.export is Export.HOLD:
        return Standing(State.HELD, decision.rule, event.held_until)
    return Standing(State.QUEUED, None, event.received_at)


def answer(resolution: Resolution, known: Known | None) -> Admission:
    """Say to the caller what *resolution* was."""
    match resolution:
        case Insert(event, begins, findings):
            return Admitted(begins.state, 1, findings, event.struck)
        case Replace(event, findings):
            assert known is not None  # noqa: S101 - resolve replaces only what it was given
            return Admitted(standing(event).state, known.revision + 1, findings)
        case Repeat(event, state, findings=findings):
            assert known is not None  # noqa: S101 - as above
            return AlreadyKnown(state or known.state, event.received_at, findings)
        case Refuse(reason, fields, other_event_id):
            return Clash(reason, fields, other_event_id)
        case _:
            assert_never(resolution)


def outcome(resolution: Resolution) -> tuple[str, str]:
    """Return the outcome that is counted for *resolution*, and its reason or ""."""
    match resolution:
        case Insert(begins=begins):
            return begins.outcome
        case Replace(event):
            return standing(event).outcome
        case Repeat():
            return "duplicate", ""
        case Refuse(reason):
            return "conflict", reason
        case _:
            assert_never(resolution)


def findings(resolution: Resolution, arriving: Event) -> tuple[Finding, ...]:
    """Return everything that is remarked on *arriving*, as its answer tells it."""
    if isinstance(resolution, Refuse):
        return ()
    return (*arriving.findings, *resolution.findings) if resolution.findings else arriving.findings


def contradiction(fields: Sequence[str], other_event_id: str | None) -> str:
    """Say what came instead of the copy that stands."""
    return f"other values of {', '.join(fields)}" if fields else f"after {other_event_id}"


def remarks(resolution: Resolution, arriving: Event) -> list[Remark]:
    """Return what the history of the stored event keeps of *arriving*, without its content."""
    at, source = arriving.received_at, arriving.source.value
    match resolution:
        case Insert():
            return []
        case Replace(findings=findings):
            took = Remark(at, "replaced", f"a copy from {source} took its place")
            return [took, *(Remark(at, one.reason, one.note) for one in findings)]
        case Repeat(findings=()):
            return [Remark(at, "duplicate", f"the same event came again from {source}")]
        case Repeat(findings=findings):
            return [Remark(at, one.reason, one.note) for one in findings]
        case Refuse(reason, fields):
            said = f"a copy from {source} says otherwise: {', '.join(fields)}"
            return [Remark(at, reason, said)]
        case _:
            assert_never(resolution)
