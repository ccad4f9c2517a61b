"""What people said is there, in memory."""

from tandemgate.model.operation import Act
from tandemgate.model.setup import Confirmed, Prerequisite


class MemoryConfirmations:
    """Keeps the promises of :class:`tandemgate.ports.Confirmations`. *acts* is the audit log."""

    def __init__(self, acts: list[Act]) -> None:
        self._acts = acts
        self._said: dict[tuple[str, Prerequisite], Confirmed] = {}

    async def confirm(self, prerequisite: Prerequisite, act: Act) -> None:
        said = Confirmed(act.pixel_id, prerequisite, act.at, act.who)
        self._said[act.pixel_id, prerequisite] = said
        self._acts.append(act)

    async def confirmed(self) -> list[Confirmed]:
        return [self._said[key] for key in sorted(self._said)]
