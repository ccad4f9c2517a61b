"""The request rate of each access token, shared by all lanes that send with it."""

from tandemgate.core import rate
from tandemgate.model.delivery import LaneRules
from tandemgate.model.instant import Seconds
from tandemgate.model.secret import Secret
from tandemgate.ports import Clock


class Limiter:
    """Lets requests of one token leave, and learns from TikTok how many a second may."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._clock = clock
        self._pace = rate.start(per_second, clock.monotonic())

    @property
    def per_second(self) -> float | None:
        """The rate now; ``None`` if there is no limit."""
        return self._pace.rate or None

    def pause(self) -> Seconds:
        """Return how long until a request may leave, without taking its place."""
        return rate.leave(self._pace, self._clock.monotonic())[1]

    def leave(self) -> Seconds:
        """Let one request leave now and return 0, or return how long to wait."""
        self._pace, wait = rate.leave(self._pace, self._clock.monotonic())
        return wait

    def refused(self, after: Seconds | None) -> None:
        """Slow down: TikTok spoke of the rate."""
        self._pace = rate.refused(self._pace, self._clock.monotonic(), after)


class Limiters:
    """One limiter for each token; a changed setting begins a new one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of: dict[tuple[Secret, float], Limiter] = {}

    def of(self, rules: LaneRules) -> Limiter:
        """Return the limiter of the token in *rules*."""
        key = (rules.access_token, rules.max_requests_per_second)
        if key not in self._of:
            self._of[key] = Limiter(rules.max_requests_per_second, self._clock)
        return self._of[key]
