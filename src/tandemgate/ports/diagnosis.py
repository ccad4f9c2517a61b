"""What tells how things go: counts, problems, test sessions, orders, coverage, alerts."""

from collections.abc import Sequence
from typing import Protocol

from tandemgate.model.alert import Alert, Family, Group, Mute
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.order import OrderMarks, Refusal, Sale
from tandemgate.model.problem import ProblemFilter, ProblemGroup
from tandemgate.model.quality import Coverage, CoverageFilter, Score
from tandemgate.model.rollup import Rollup
from tandemgate.model.trial import Sighting, Trial


class Rollups(Protocol):
    """What happened when, counted in the commits in which it did.

    Minutes are told apart for MINUTES_KEPT, then the hours that they were in, for HOURS_KEPT.
    """

    async def between(self, since: Epoch, until: Epoch) -> Rollup:
        """Sum up what began to be counted from the minute of *since* on, before that of *until*.

        An hour that is known as a whole counts when it began in that time.
        """
        ...


class Trials(Protocol):
    """Test sessions: a pixel has one at a time, and what came of each is kept for good."""

    async def keep(self, trial: Trial, act: Act) -> bool:
        """Store *trial*, in one commit with the act that made it what it is.

        False, and nothing took place, where its revision is not the next one, it has ended, or the
        pixel has another that is open. Raises :class:`StoreUnavailable`.
        """
        ...

    async def newest(self, limit: int) -> list[Trial]:
        """Test sessions, the one that was begun last first, at most *limit*."""
        ...

    async def note(self, trial_id: str, seen: Sequence[Sighting]) -> None:
        """Keep what it showed, until it ends. Raises :class:`StoreUnavailable`."""
        ...

    async def seen(self, trial_id: str, since: Epoch) -> list[Sighting]:
        """What it showed at *since* or later, the oldest first."""
        ...


class Problems(Protocol):
    """What goes wrong again and again, in groups. The ledger counts it in the commits it makes.

    What people decide about a group is durable in one commit with the act that records it, whose
    reason is the note. Every method raises :class:`StoreUnavailable`, and then nothing took place.
    """

    async def groups(self, wanted: ProblemFilter, now: Epoch) -> list[ProblemGroup]:
        """Every group that is wanted, in no order; their number is bounded."""
        ...

    async def find(self, problem_id: str, now: Epoch) -> ProblemGroup | None:
        """Return the group with this name, if there is one."""
        ...

    async def news(self, after: int, now: Epoch) -> list[ProblemGroup]:
        """Open groups that are new, or were seen again after they were settled, oldest news first.

        Go on with *after* = the last one's ``news``; 0 is the beginning.
        """
        ...

    async def resolve(self, problem_id: str, act: Act) -> bool:
        """Note that it is mended; it opens by itself when it is seen later than the act.

        Return whether there is such a group; so do the others.
        """
        ...

    async def mute(self, problem_id: str, until: Epoch | None, act: Act) -> bool:
        """Let nobody hear of it until *until*, or for good; when seen after that, it is news."""
        ...

    async def unmute(self, problem_id: str, act: Act) -> bool:
        """End a mute."""
        ...


class Orders(Protocol):
    """What the ledger holds of a shop's orders."""

    async def sales(self, orders: Sequence[OrderMarks]) -> list[list[Sale]]:
        """Return the live events of each order, oldest first. A cost per order that stays flat."""
        ...

    async def refusals(self, orders: Sequence[OrderMarks]) -> list[Refusal | None]:
        """Return why the purchase of each order was last refused when it came, if it was."""
        ...


class Quality(Protocol):
    """How many events carried which match key, counted in the commits that store and change them.

    So reading costs nothing, and what is told is what a recount of the stored events would find.
    """

    async def coverage(self, wanted: CoverageFilter) -> Coverage:
        """Return the counts of the wanted days, of events that are still stored."""
        ...

    async def note(self, score: Score, act: Act) -> None:
        """Keep a score that somebody read at TikTok; another one of the same day takes its place.

        Raises :class:`StoreUnavailable`, and then nothing took place.
        """
        ...

    async def scores(self, wanted: CoverageFilter) -> list[Score]:
        """Return the scores of the wanted days, oldest first; the channel makes no difference."""


class Alerts(Protocol):
    """What is remembered of alerts, so that a restart tells nothing twice."""

    async def kept(self) -> list[Alert]:
        """Every alert that is remembered, one for each group."""
        ...

    async def keep(self, changed: Sequence[Alert], gone: Sequence[Group]) -> None:
        """Remember *changed* in the place of those of the same groups, and forget *gone*.

        In one commit. Raises :class:`StoreUnavailable`, and then nothing took place.
        """
        ...

    async def mutes(self) -> list[Mute]:
        """Every mute that was not ended, also those whose time is over."""
        ...

    async def mute(self, mute: Mute, act: Act) -> None:
        """Remember *mute* in the place of one of the same family and pixel, with *act*."""
        ...

    async def unmute(self, family: Family, pixel_id: str, act: Act) -> bool:
        """Forget a mute, with *act*; ``False``, and no *act*, where there is none."""
        ...
