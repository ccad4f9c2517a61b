"""Who watches, and who is told: the alerts of one gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tandemgate.core.alerts import Limits
from tandemgate.model.alert import Family
from tandemgate.notify.webhook import Receiver, Webhook
from tandemgate.ports import Clock
from tandemgate.settings import AlertSettings, Settings


@asynccontextmanager
async def receiver(settings: Settings, clock: Clock) -> AsyncIterator[Webhook | None]:
    """Open the way to whoever is told, if anybody is."""
    alerts = settings.alerts
    if alerts.webhook is None:
        yield None
        return
    where = Receiver(alerts.webhook, alerts.signing_secret, alerts.allow_private)
    async with Webhook(where, clock, settings.server.public_url) as webhook:
        yield webhook


def limits(alerts: AlertSettings) -> Limits:
    """Return the number of each kind of alert that is switched on."""
    stated: dict[Family, bool | float] = {
        family: getattr(alerts, family.value) for family in Family
    }
    return {family: float(number) for family, number in stated.items() if number is not False}
