"""What each state of an event means, and who moves an event from one to another, and when.

Which ways there are is said by ``tandemgate.model.state.EDGES`` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tandemgate.model.state import State
from tandemgate.model.word import Word


class Mover(Word):
    """Who moves an event."""

    REPORT = "a report"
    """An event that arrives, from a page or a server."""

    DISPATCHER = "the dispatcher"
    """What sends batches and judges their answers."""

    CLOCK = "the clock"
    """The two clocks that bound every send, looked at before each."""

    STATEMENT = "a statement"
    """A withdrawal, an erasure, or a decision about consent that comes by itself."""

    PERSON = "a person"
    """``tandemgate replay`` and ``tandemgate events settle``."""


@dataclass(frozen=True, slots=True)
class Way:
    """Who moves an event along one edge, and when."""

    who: Mover
    when: str


STATES: Final[Mapping[str, tuple[str, str]]] = {
    "QUEUED": ("Stored, and waiting for its turn.", "Nothing."),
    "HELD": (
        "Stored, and waiting for the visitor's decision about consent.",
        "Report the event again with its consent once the visitor has decided.",
    ),
    "SENDING": ("On its way to TikTok; the answer is not known yet.", "Nothing."),
    "RETRY": ("TikTok could not take it yet; it will be sent again.", "Nothing."),
    "DELIVERED": ("TikTok said that it has the event.", "Nothing."),
    "REJECTED": (
        "TikTok refused this event, whatever else was in its batch.",
        "Read the last attempt's message, correct the event at its source and send it again.",
    ),
    "EXPIRED": (
        "It could not be delivered in the time in which TikTok takes events.",
        "Find out why delivery took so long; a late copy would be counted twice or refused.",
    ),
    "SUPPRESSED": (
        "The consent policy lets nothing of it leave; no identifier of it is stored.",
        "Nothing, if the visitor said no; else send the consent with the event.",
    ),
    "CANCELLED": ("Consent was withdrawn, or the person was erased, before it left.", "Nothing."),
    "INDETERMINATE": (
        "An answer was lost, so TikTok may have it, and it is too late to send it again safely.",
        "Compare with TikTok's Events Manager, then settle it by hand.",
    ),
    "REVIEW": (
        "TikTok's answer fits no known meaning; it is neither sent again nor counted.",
        "Read the last attempt's message, and settle the event by hand.",
    ),
}
"""State -> what it means, and what to do."""

_M = Mover
_S = State
_WITHDRAWN: Final = Way(_M.STATEMENT, "its consent is withdrawn, or its person is erased")
_LATE: Final = Way(
    _M.CLOCK, "it is too old, or the window that the Pixel's copy began is over; no copy left"
)
_MAYBE_LATE: Final = Way(
    _M.CLOCK, "a copy may have arrived, and TikTok's window is over or can't be told any more"
)
_UNREADABLE: Final = Way(_M.CLOCK, "its turn comes, and the store can't open its payload")
_REPLAYED: Final = Way(_M.PERSON, "replays it, inside TikTok's window")
_SEEN: Final = Way(_M.PERSON, "settles it as delivered")
_NOT_SEEN: Final = Way(_M.PERSON, "settles it as rejected")

WAYS: Final[Mapping[tuple[State | None, State], Way]] = {
    (None, _S.QUEUED): Way(_M.REPORT, "consent lets something leave that TikTok can use"),
    (None, _S.HELD): Way(_M.REPORT, "it lacks consent, and its pixel has `hold_for_consent`"),
    (None, _S.SUPPRESSED): Way(
        _M.REPORT, "the policy lets nothing leave, nothing is left to match by, or it was withdrawn"
    ),
    (_S.HELD, _S.QUEUED): Way(_M.REPORT, "it comes again with a consent, or one is stated"),
    (_S.HELD, _S.SUPPRESSED): Way(_M.CLOCK, "the wait is over, or the consent that came is a no"),
    (_S.HELD, _S.CANCELLED): _WITHDRAWN,
    (_S.HELD, _S.EXPIRED): _LATE,
    (_S.QUEUED, _S.SENDING): Way(_M.DISPATCHER, "the intent is on disk, before any byte leaves"),
    (_S.QUEUED, _S.EXPIRED): _LATE,
    (_S.QUEUED, _S.CANCELLED): _WITHDRAWN,
    (_S.QUEUED, _S.INDETERMINATE): _MAYBE_LATE,
    (_S.QUEUED, _S.REVIEW): _UNREADABLE,
    (_S.RETRY, _S.QUEUED): Way(_M.DISPATCHER, "it is due; in the commit of the next intent"),
    (_S.RETRY, _S.EXPIRED): _LATE,
    (_S.RETRY, _S.CANCELLED): _WITHDRAWN,
    (_S.RETRY, _S.INDETERMINATE): _MAYBE_LATE,
    (_S.RETRY, _S.REVIEW): _UNREADABLE,
    (_S.SENDING, _S.DELIVERED): Way(
        _M.DISPATCHER, "code 0, or only others were refused, or a duplicate of an unanswered copy"
    ),
    (_S.SENDING, _S.RETRY): Way(
        _M.DISPATCHER, "no answer, one that says later, or a neighbour in the batch was refused"
    ),
    (_S.SENDING, _S.QUEUED): Way(_M.DISPATCHER, "the lane is held; the attempt is not counted"),
    (_S.SENDING, _S.REJECTED): Way(_M.DISPATCHER, "the answer refuses this very event"),
    (_S.SENDING, _S.REVIEW): Way(_M.DISPATCHER, "nobody can say what the answer means for it"),
    (_S.SENDING, _S.CANCELLED): Way(
        _M.DISPATCHER, "it was withdrawn under way, and the answer is not that it arrived"
    ),
    (_S.SENDING, _S.INDETERMINATE): Way(
        _M.DISPATCHER, "the outcome is unknown, and the next turn would be after TikTok's window"
    ),
    (_S.SUPPRESSED, _S.QUEUED): Way(
        _M.REPORT, "its consent was missing and is stated now; a denial stays"
    ),
    (_S.REJECTED, _S.QUEUED): Way(_M.REPORT, "a corrected copy comes, or a person replays it"),
    (_S.EXPIRED, _S.QUEUED): _REPLAYED,
    (_S.REVIEW, _S.QUEUED): _REPLAYED,
    (_S.INDETERMINATE, _S.QUEUED): _REPLAYED,
    (_S.REVIEW, _S.DELIVERED): _SEEN,
    (_S.REVIEW, _S.REJECTED): _NOT_SEEN,
    (_S.INDETERMINATE, _S.DELIVERED): _SEEN,
    (_S.INDETERMINATE, _S.REJECTED): _NOT_SEEN,
}
"""Every edge of the ledger; ``None`` is "not in the ledger yet"."""
