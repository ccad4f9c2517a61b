"""Whether the wall clock can be believed, told as soon as that changes."""

from tandemgate.core.clocks import Watch, check, hear
from tandemgate.model.delivery import Answered, Reply
from tandemgate.model.happening import ClockStepped
from tandemgate.model.instant import Seconds
from tandemgate.ports import Clock, Observer


class ClockWatch:
    """Holds the wall clock against the monotonic one, and against the date of TikTok's answers."""

    def __init__(self, clock: Clock, observer: Observer) -> None:
        self._clock = clock
        self._observer = observer
        self._watch = Watch(clock.now(), clock.monotonic())

    def steady(self) -> bool:
        """Look at both clocks now; while this says no, nothing may end because of its age."""
        return self._turn(check(self._watch, self._clock.now(), self._clock.monotonic()))

    def hear(self, reply: Reply) -> bool:
        """Look at the date of *reply* as well, if it has one."""
        match reply:
            case Answered(date=float(date)):
                now, monotonic = self._clock.now(), self._clock.monotonic()
                return self._turn(hear(self._watch, date, now, monotonic))
            case _:
                return self.steady()

    def apart(self) -> Seconds | None:
        """How far this clock is ahead of TikTok's, where TikTok told its time lately."""
        return self._watch.apart

    def _turn(self, watch: Watch) -> bool:
        before, self._watch = self._watch, watch
        if watch.steady != before.steady:
            self._observer.notice(ClockStepped(watch.steady))
        return watch.steady
