"""Saying what would become of events, by everything that is known, and leaving no trace of it."""

from collections.abc import Sequence

from tandemgate.model.event import RawEvent
from tandemgate.model.outcome import Outcome
from tandemgate.model.rules import PixelRules
from tandemgate.web.desk import Desk


class Preview(Desk):
    """Decides like the desk; nothing is stored, counted, or known when it comes again."""

    async def take(self, raws: Sequence[RawEvent], rules: PixelRules) -> list[Outcome]:
        """Return what would become of each event, were it the first of its name."""
        _, processed = await self.decided(raws, rules)
        return [*processed]

    def count(
        self, raws: Sequence[RawEvent], outcomes: Sequence[Outcome], rules: PixelRules | None
    ) -> None:
        """Count nothing."""
