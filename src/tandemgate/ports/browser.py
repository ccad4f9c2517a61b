"""What browsers showed: their visits, and the Pixel's own copies."""

from collections.abc import Sequence
from typing import Protocol

from tandemgate.model.instant import Epoch
from tandemgate.model.link import Crossing
from tandemgate.model.pair import Evidence, Name, Nameless, PairCounts, PairFilter, PairPage, Sides
from tandemgate.model.taxonomy import NameSeen
from tandemgate.model.visit import Binding, Found, Visit, Wanted


class VisitSearch(Protocol):
    """Finds the visits that events belong to."""

    async def find(self, wanted: Sequence[Wanted], now: Epoch) -> list[Found | None]:
        """Find the visit of each by its session, else by the first of its references that is bound.

        With what the visits at other hosts show that it follows.

        Raises :class:`StoreUnavailable`.
        """
        ...


class Visits(VisitSearch, Protocol):
    """What browsers showed, for events that a server reports later. Kept as long as it is fresh."""

    async def note(
        self, session: str, seen: Visit, bindings: Sequence[Binding], at: Epoch
    ) -> list[Binding]:
        """Add *seen* to what is known of *session*, and bind references to it, in one commit.

        Return the bindings that were refused: a reference that leads to another session stays
        there, unless a server says otherwise. Raises :class:`StoreUnavailable`.
        """
        ...

    async def follow(self, session: str, crossing: Crossing, at: Epoch) -> bool:
        """Use a link token: from now on the visit of *session* has what the token's visit shows.

        False when another session used it before: then nothing changed, however many asked at
        once. The same session may ask again. Raises :class:`StoreUnavailable`.
        """
        ...


class Naming(Protocol):
    """Finds what events may be called that came without an event_id."""

    async def names(self, nameless: Sequence[Nameless]) -> list[list[Name]]:
        """Find the event_ids that each may have, at most a few.

        Those of the Pixel's calls of the same order, and of the same visit and event within
        SAME_ACTION_WITHIN; and the derived one where a copy of ours bears it already.
        """
        ...


class Pairs(Naming, Protocol):
    """The Pixel's copies, as pages report them, and what stands beside them.

    No cost grows with the ledger: nothing is matched when something arrives.
    """

    async def note(self, seen: Sequence[Evidence]) -> None:
        """Keep what the Pixel was seen to send. Raises :class:`StoreUnavailable`.

        From then on the ledger knows of each that TikTok may have had a copy at that time.
        """
        ...

    async def of(self, seqs: Sequence[int]) -> list[Sides]:
        """Both sides of each of these stored events."""
        ...

    async def page(self, wanted: PairFilter, limit: int) -> PairPage:
        """Both sides of the newest actions, at most *limit*.

        Where few of many match, a page may hold fewer, and go on.
        """
        ...

    async def counts(self, wanted: PairFilter, most: int) -> PairCounts:
        """Count the newest actions by verdict, at most about *most*."""
        ...

    async def spoken(self) -> list[NameSeen]:
        """Every name of live events, and when each side used it last."""
        ...
