"""When each shop system was last heard, and whether it was believed."""

from dataclasses import dataclass, field
from typing import Final

from tandemgate.model.instant import Epoch
from tandemgate.model.shop import Refused


@dataclass(slots=True)
class Hearings:
    """What happened since the start, by each source's address; nothing of a delivery is kept."""

    heard: Final[dict[str, Epoch]] = field(default_factory=dict)
    refused: Final[dict[str, Refused]] = field(default_factory=dict)

    def believe(self, source: str, now: Epoch) -> None:
        """Note a delivery that was signed rightly: whatever was the matter is over."""
        self.heard[source] = now
        self.refused.pop(source, None)

    def doubt(self, source: str, reason: str, now: Epoch) -> None:
        """Note one that was not."""
        stands = self.refused.get(source)
        self.refused[source] = Refused(source, reason, stands.since if stands else now)
