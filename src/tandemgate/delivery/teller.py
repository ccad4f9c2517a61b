"""Tells alerts to whoever receives them: one message after the other, until each was taken."""

from dataclasses import dataclass, field
from typing import Final

from tandemgate.core import alarm
from tandemgate.core.attention import Unheard
from tandemgate.delivery.bell import Bell
from tandemgate.delivery.watch import Watch
from tandemgate.model.alert import Alert, Message, Phase
from tandemgate.model.happening import AlertTold
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.ports import Clock, Notifier, Observer

BETWEEN: Final[Seconds] = 1.0
"""Between two messages: chat services refuse more than about one a second."""

FIRST_PAUSE: Final[Seconds] = 2.0
LONGEST_PAUSE: Final[Seconds] = 300.0


@dataclass(slots=True)
class Teller:
    """Sends what the watch has to tell. A receiver that fails delays messages, and nothing else."""

    watch: Watch
    notifier: Notifier
    clock: Clock
    observer: Observer
    bell: Bell
    _failures: int = 0
    _why: str = ""
    _since: Epoch | None = field(default=None)

    async def run(self) -> None:
        """Tell what is untold whenever the bell rings, until cancelled."""
        while True:
            await self.bell.wait(None)
            while waiting := self._untold():
                await self.clock.sleep(await self._tell(waiting[0]))

    async def test(self) -> str:
        """Send one message at once; return "" when it was taken, else why not."""
        return await self._sent(alarm.TEST)

    def unheard(self) -> Unheard | None:
        """What could not be told, if there is anything."""
        count = len(self._untold())
        if self._since is None or not count:
            return None
        return Unheard(count, self._why, self._since)

    def _untold(self) -> list[Alert]:
        return alarm.untold(self.watch.alerts, self.watch.mutes, self.clock.now())

    async def _tell(self, alert: Alert) -> Seconds:
        """Tell one, or give it up; return how long to wait before the next."""
        now = self.clock.now()
        what = alarm.phase(alert) or Phase.BEGAN
        if old := alarm.given_up(alert, now):
            self.observer.notice(AlertTold(what, "given_up", self._why))
            await self.watch.put(old)
            return 0.0
        if await self._sent(alarm.message(alert, what)):
            return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10))
        current = self.watch.alerts.get(alert.group, alert)
        await self.watch.put(alarm.told(current, what, self.clock.now()))
        return BETWEEN

    async def _sent(self, message: Message) -> str:
        why = await self.notifier.tell(message)
        now = self.clock.now()
        if why:
            self._failures += 1
            self._why, self._since = why, self._since or now
        else:
            self._failures, self._why, self._since = 0, "", None
        self.observer.notice(AlertTold(message.phase, "failed" if why else "told", why))
        return why
