"""What is remembered of alerts, in memory."""

from collections.abc import Sequence

from tandemgate.model.alert import Alert, Family, Group, Mute
from tandemgate.model.operation import Act


class MemoryAlerts:
    """Keeps the promises of :class:`tandemgate.ports.Alerts`. *acts* is the audit log."""

    def __init__(self, acts: list[Act]) -> None:
        self._acts = acts
        self._kept: dict[Group, Alert] = {}
        self._mutes: dict[tuple[Family, str], Mute] = {}

    async def kept(self) -> list[Alert]:
        return [self._kept[group] for group in sorted(self._kept)]

    async def keep(self, changed: Sequence[Alert], gone: Sequence[Group]) -> None:
        for group in gone:
            self._kept.pop(group, None)
        self._kept.update({alert.group: alert for alert in changed})

    async def mutes(self) -> list[Mute]:
        return [self._mutes[key] for key in sorted(self._mutes)]

    async def mute(self, mute: Mute, act: Act) -> None:
        self._mutes[mute.family, mute.pixel_id] = mute
        self._acts.append(act)

    async def unmute(self, family: Family, pixel_id: str, act: Act) -> bool:
        found = self._mutes.pop((family, pixel_id), None)
        if found is not None:
            self._acts.append(act)
        return found is not None
