"""What is counted of one event: what became of its match keys, and why some are missing.

Every store counts by these functions, event by event, in the commits that store or change one. So
whoever changes what they return has to count anew what is stored already.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from tandemgate.catalog.consent import CLICK_IDS, EVERYTHING
from tandemgate.core.denial import NOBODY_ASKED
from tandemgate.model.consent import Decision, Export, Flag
from tandemgate.model.finding import Finding
from tandemgate.model.person import MatchKey, Presence

CLICK_LOST: Final = "click_id_missing"
VISIT_UNKNOWN: Final = "visit_unknown"

_SHOWN_BY_VISITS: Final = (MatchKey.TTP, MatchKey.IP, MatchKey.USER_AGENT)
"""What a visit always shows; a ttclid only where an ad led to it."""

_STAYED: Final = frozenset({"no_match_keys_left", "consent_withdrawn", "person_erased"})
"""Why nothing of an event left although its decision would have let it."""

_KEYS: Final[Mapping[str, MatchKey]] = {key.value: key for key in MatchKey}
_OPEN: Final = frozenset({Presence.MISSING, Presence.INVALID})
_NOTHING: Final[frozenset[MatchKey]] = frozenset()


class Why(NamedTuple):
    """Why an event lacks a match key; ``None`` for the key: why all of it stays here."""

    key: MatchKey | None
    reason: str


class Mark(NamedTuple):
    """What matters here of a finding: its reason, and the match keys that it is about."""

    reason: str
    keys: tuple[MatchKey, ...]


def marks(findings: Iterable[Finding]) -> tuple[Mark, ...]:
    """Return what matters of *findings*; most are about something else."""
    found = [_mark(one.reason, one.field) for one in findings]
    return tuple([mark for mark in found if mark is not None])


def judged(presence: Mapping[MatchKey, Presence], decision: Decision) -> dict[MatchKey, Presence]:
    """Return what became of each match key, where consent is no fault of the data.

    What waits for consent, or never got it, is kept back. So is a key that did not come where the
    person's denial would have kept it here anyway, or had the browser forget it.
    """
    kept_back = {Presence.MISSING: _withheld(decision)}
    if decision.export is not Export.SEND:
        kept_back[Presence.SENT] = EVERYTHING
    return {
        key: Presence.SUPPRESSED if key in kept_back.get(was, _NOTHING) else was
        for key, was in presence.items()
    }


def is_paid(presence: Mapping[MatchKey, Presence], marks: Iterable[Mark]) -> bool:
    """Tell whether the visit came from an ad: it has a click id, or lost one."""
    came = presence.get(MatchKey.TTCLID, Presence.MISSING) is not Presence.MISSING
    return came or any(mark.reason == CLICK_LOST for mark in marks)


def reasons(
    judged: Mapping[MatchKey, Presence], decision: Decision, marks: Iterable[Mark]
) -> frozenset[Why]:
    """Return why match keys are missing or invalid, each reason once, and why the event stayed."""
    told = tuple(marks)
    why = {Why(key, mark.reason) for mark in told for key in mark.keys if judged.get(key) in _OPEN}
    if Presence.SENT not in judged.values():
        stayed = [mark.reason for mark in told if mark.reason in _STAYED]
        row = [decision.rule] if decision.export is not Export.SEND else []
        why |= {Why(None, reason) for reason in [*row, *stayed][:1]}
    return frozenset(why)


def _withheld(decision: Decision) -> frozenset[MatchKey]:
    if decision.rule == NOBODY_ASKED:
        return _NOTHING
    forgotten = CLICK_IDS if decision.stated_ad_user_data is Flag.DENIED else _NOTHING
    return decision.remove | forgotten


@lru_cache(maxsize=4_096)
def _mark(reason: str, field: str) -> Mark | None:
    """Read a finding: one at ``/data/3/user/email/0`` is about the email."""
    if reason == VISIT_UNKNOWN:
        return Mark(reason, _SHOWN_BY_VISITS)
    _, user, rest = field.rpartition("/user/")
    key = _KEYS.get(rest.partition("/")[0]) if user else None
    if key is not None:
        return Mark(reason, (key,))
    return Mark(reason, ()) if reason in _STAYED else None
