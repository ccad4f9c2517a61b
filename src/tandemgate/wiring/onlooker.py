"""Who hears what delivery does: telemetry, and the probe that says whether traffic should come."""

from dataclasses import dataclass

from tandemgate.model.happening import Happening, StoreRefused
from tandemgate.ports import Clock, Observer, OutOfStep
from tandemgate.web.parts import Readiness


@dataclass(frozen=True, slots=True)
class Onlooker:
    """A :class:`tandemgate.ports.Observer`: a store that fails delivery is no place for intake."""

    telemetry: Observer
    readiness: Readiness
    clock: Clock

    def notice(self, happening: Happening) -> None:
        """Pass it on, and take note of a store in trouble."""
        self.telemetry.notice(happening)
        match happening:
            case StoreRefused(reason=reason) if reason != OutOfStep.reason:
                self.readiness.refuse(reason, self.clock.now())
            case _:
                pass
