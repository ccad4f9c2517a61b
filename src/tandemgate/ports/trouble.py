"""What a store raises when the world, or a caller, is not as it should be."""


class StoreUnavailable(Exception):  # noqa: N818 - it is a state of the world, not a mistake
    """The store can't take more now (full, locked, failing); nothing of the call was stored.

    ``reason`` is the word for probes and logs.
    """

    reason = "store_unavailable"


class StoreFull(StoreUnavailable):
    """What room is left is kept for the events that are stored already; goes on by itself."""

    reason = "store_full"


class StoreDamaged(StoreUnavailable):
    """The file is not as it was written. A person has to look, nothing is guessed."""

    reason = "store_damaged"


class OutOfStep(StoreUnavailable):
    """An event is not where the caller saw it last, so nothing of the call was stored: look again.

    Between a claim and its intent, another copy of the event may have withdrawn or amended it.
    """

    reason = "out_of_step"


class IllegalEdge(Exception):  # noqa: N818 - named after the rule that was broken
    """A change that is no edge of :data:`tandemgate.model.state.EDGES`: a bug; nothing changed."""
