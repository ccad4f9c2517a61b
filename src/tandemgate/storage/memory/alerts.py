"""What is remembered of alerts, in memory."""

from collections.abc import Sequence

from tandemgate.model.alert import Alert, Group


class MemoryAlerts:
    """Keeps the promises of :class:`tandemgate.ports.Alerts`, until the process ends."""

    def __init__(self) -> None:
        self._kept: dict[Group, Alert] = {}

    async def kept(self) -> list[Alert]:
        return [self._kept[group] for group in sorted(self._kept)]

    async def keep(self, changed: Sequence[Alert], gone: Sequence[Group]) -> None:
        for group in gone:
            self._kept.pop(group, None)
        self._kept.update({alert.group: alert for alert in changed})
