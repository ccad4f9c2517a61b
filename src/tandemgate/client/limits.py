"""How much is sent at once, how long anything is waited for, and how much is remembered."""

from dataclasses import dataclass, fields
from typing import Final

MOST_EVENTS: Final = 1_000
LARGEST_BODY: Final = 1 << 20
"""Of one request, as the gateway takes it: events, bytes."""

MOST_WAITING_BYTES: Final = 64 << 20
"""Of all events that wait, whatever their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a client may take of its process. Times are seconds.

    ``waiting``: events that are kept while the gateway is out of reach; further ones are dropped.
    ``batch`` and ``age``: a request leaves when so many events wait, or one waits for so long.
    ``timeout``: of one request. ``ending``: how long the end of the process may be held up.
    """

    waiting: int = 10_000
    batch: int = 100
    age: float = 1.0
    timeout: float = 10.0
    ending: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what can't be meant."""
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"Limits.{one.name} is {value!r}; state a number above 0")
        if self.batch > MOST_EVENTS:
            took = f"the gateway takes at most {MOST_EVENTS} events a request"
            raise ValueError(f"Limits.batch is {self.batch}, but {took}; set it to less")
