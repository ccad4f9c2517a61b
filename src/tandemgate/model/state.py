"""The states of an event in the ledger, and the only ways from one to another."""

from tandemgate.model.word import Word


class State(Word):
    """Where an event stands. Stored by name."""

    QUEUED = "QUEUED"
    HELD = "HELD"
    SENDING = "SENDING"
    RETRY = "RETRY"
    DELIVERED = "DELIVERED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SUPPRESSED = "SUPPRESSED"
    CANCELLED = "CANCELLED"
    INDETERMINATE = "INDETERMINATE"
    REVIEW = "REVIEW"


_S = State

STAYS_HERE: frozenset[State] = frozenset({_S.SUPPRESSED, _S.REJECTED, _S.EXPIRED, _S.CANCELLED})
"""Ends at which TikTok has no copy of ours, unless an attempt before had an unknown outcome."""

EDGES: frozenset[tuple[State | None, State]] = frozenset(
    {
        (None, _S.QUEUED),
        (None, _S.HELD),
        (None, _S.SUPPRESSED),
        (_S.HELD, _S.QUEUED),
        (_S.HELD, _S.SUPPRESSED),
        (_S.HELD, _S.CANCELLED),
        (_S.HELD, _S.EXPIRED),
        (_S.QUEUED, _S.SENDING),
        (_S.QUEUED, _S.EXPIRED),
        (_S.QUEUED, _S.CANCELLED),
        (_S.QUEUED, _S.INDETERMINATE),
        # A due RETRY passes through QUEUED in the commit that writes the next intent.
        (_S.RETRY, _S.QUEUED),
        (_S.RETRY, _S.EXPIRED),
        (_S.RETRY, _S.CANCELLED),
        (_S.RETRY, _S.INDETERMINATE),
        (_S.SENDING, _S.DELIVERED),
        (_S.SENDING, _S.RETRY),
        (_S.SENDING, _S.QUEUED),
        (_S.SENDING, _S.REJECTED),
        (_S.SENDING, _S.REVIEW),
        (_S.SENDING, _S.CANCELLED),
        (_S.SENDING, _S.INDETERMINATE),
        # The store can't open the payload any more, so nothing can be sent; a person decides.
        (_S.QUEUED, _S.REVIEW),
        (_S.RETRY, _S.REVIEW),
        # A stated consent lifts a suppression for *missing* consent; a denial is absorbing.
        (_S.SUPPRESSED, _S.QUEUED),
        (_S.REJECTED, _S.QUEUED),
        (_S.EXPIRED, _S.QUEUED),
        (_S.REVIEW, _S.QUEUED),
        (_S.INDETERMINATE, _S.QUEUED),
        (_S.REVIEW, _S.DELIVERED),
        (_S.REVIEW, _S.REJECTED),
        (_S.INDETERMINATE, _S.DELIVERED),
        (_S.INDETERMINATE, _S.REJECTED),
    }
)
"""(from, to); ``None`` is "not in the ledger yet"."""

FINAL: frozenset[State] = frozenset(
    {
        _S.DELIVERED,
        _S.REJECTED,
        _S.EXPIRED,
        _S.SUPPRESSED,
        _S.CANCELLED,
        _S.INDETERMINATE,
        _S.REVIEW,
    }
)

SETTLING: frozenset[tuple[State | None, State]] = frozenset(
    edge for edge in EDGES if _S.SENDING not in edge
)
"""The edges that no attempt is part of: an intent leads into SENDING, only an answer out of it."""

EMPTYING: frozenset[tuple[State | None, State]] = frozenset(
    edge for edge in EDGES if edge[1] in {_S.CANCELLED, _S.SUPPRESSED}
) | {(_S.HELD, _S.EXPIRED)}
"""The edges on which an event's payload is dropped: no consent lets it leave any more."""

IN_FLIGHT: frozenset[State] = frozenset(State) - FINAL
