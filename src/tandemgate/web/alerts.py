"""``/api/alerts``: what is the matter, what was told of it, and a message to try the receiver."""

from starlette.requests import Request

from tandemgate.catalog.alerts import RULES, Unit
from tandemgate.catalog.reasons import REASONS
from tandemgate.core import alarm
from tandemgate.model.alert import Alert, Family
from tandemgate.settings import KeyKind
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.keys import KeyGrant
from tandemgate.web.operate import refused_stranger
from tandemgate.web.parts import Parts


class Alerting:
    """Answers about alerts, of the pixels that the asking key opens and of the gateway itself."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def listed(self, _request: Request, key: KeyGrant) -> Answer:
        """List the alerts that are open, those of the last week, and what is watched for."""
        watch, teller = self._parts.watch, self._parts.teller
        alerts = sorted(watch.alerts.values(), key=lambda alert: -alert.began_at)
        shown = [one for one in alerts if not one.group.pixel_id or key.opens(one.group.pixel_id)]
        unheard = teller.unheard() if teller else None
        return as_json(
            200,
            {
                "receiver": teller is not None,
                "failing": None
                if unheard is None
                else {"since": iso(unheard.since), "why": unheard.why, "messages": unheard.count},
                "open": [self._json(one) for one in shown if one.open],
                "over": [self._json(one) for one in shown if not one.open],
                "watched": [_rule_json(family, watch.limits.get(family)) for family in RULES],
            },
        )

    async def test(self, _request: Request, key: KeyGrant) -> Answer | Refusal:
        """Send one message, and say whether the receiver took it."""
        if key.kind is not KeyKind.ADMIN:
            return refused_stranger(key)
        teller = self._parts.teller
        if teller is None:
            return as_json(200, {"told": False, "why": "alerts.webhook is not set"})
        why = await teller.test()
        return as_json(200, {"told": not why, "why": why or None})

    def _json(self, alert: Alert) -> Json:
        group = alert.group
        return {
            "family": group.family,
            "pixel_id": group.pixel_id or None,
            "about": group.subject or None,
            "urgent": RULES[group.family].urgent,
            "title": REASONS[group.family].title,
            "said": alert.said,
            "fix": REASONS[group.family].fix,
            "began_at": iso(alert.began_at),
            "ended_at": iso(alert.ended_at),
            "began_told_at": iso(alert.began_told_at),
            "ended_told_at": iso(alert.ended_told_at),
            "waits_to_be_told": self._parts.teller is not None and alarm.phase(alert) is not None,
            "given_up_at": iso(alert.given_up_at),
        }


def _rule_json(family: Family, number: float | None) -> Json:
    rule = RULES[family]
    return {
        "family": family,
        "on": number is not None,
        "number": None if rule.unit is Unit.SWITCH else number,
        "unit": rule.unit,
        "window_seconds": rule.window or None,
        "events": rule.events or None,
        "urgent": rule.urgent,
        "meaning": rule.meaning,
    }
