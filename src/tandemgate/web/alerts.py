"""``/api/alerts``: what is the matter, what was told of it, and a message to try the receiver."""

from collections.abc import Sequence

from msgspec import Struct
from starlette.requests import Request

from tandemgate.catalog.alerts import RULES, Unit
from tandemgate.catalog.reasons import REASONS, problem
from tandemgate.core import alarm
from tandemgate.core.reading import shape
from tandemgate.model.alert import Alert, Family, Mute
from tandemgate.model.finding import Problem
from tandemgate.model.happening import Acted
from tandemgate.model.operation import Act
from tandemgate.settings import KeyKind
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.body import Bodies, read_as
from tandemgate.web.keys import KeyGrant
from tandemgate.web.operate import refused_reason, refused_stranger
from tandemgate.web.parts import Parts
from tandemgate.web.queries import read_until


class MuteBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which alerts nobody wants to hear of, until when (``None``: for good), and why."""

    family: str
    pixel_id: str | None = None
    until: str | float | None = None
    note: str = ""


class UnmuteBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which mute is ended, and why."""

    family: str
    pixel_id: str | None = None
    note: str = ""


class Alerting:
    """Answers about alerts, of the pixels that the asking key opens and of the gateway itself."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._bodies = Bodies()

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
                "muted": [_mute_json(one) for one in self._mutes(key)],
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

    async def mute(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Let nobody hear that alerts of a family begin, for a while or for good."""
        body = await read_as(self._bodies, request, MuteBody)
        if isinstance(body, Refusal):
            return body
        meant = self._meant(body, key)
        if isinstance(meant, Refusal):
            return meant
        until = read_until(body.until, self._parts.clock.now())
        if isinstance(until, Problem):
            return Refusal(400, until)
        act = self._act("alert_muted", meant, body.note, key)
        mute = Mute(*meant, act.at, until, key.name, body.note.strip())
        await self._parts.watch.mute(mute, act)
        self._parts.telemetry.notice(Acted(act))
        return as_json(200, _mute_json(mute))

    async def unmute(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """End a mute."""
        body = await read_as(self._bodies, request, UnmuteBody)
        if isinstance(body, Refusal):
            return body
        meant = self._meant(body, key)
        if isinstance(meant, Refusal):
            return meant
        act = self._act("alert_unmuted", meant, body.note, key)
        if not await self._parts.watch.unmute(*meant, act):
            return Refusal(409, problem("alert_not_muted", "/family", body.family))
        self._parts.telemetry.notice(Acted(act))
        return as_json(200, {"family": body.family, "pixel_id": body.pixel_id})

    def _meant(self, body: MuteBody | UnmuteBody, key: KeyGrant) -> tuple[Family, str] | Refusal:
        """Return whose alerts are meant, if the key may decide about them."""
        if body.family not in {*Family}:
            came, expected = shape(body.family), f"one of {', '.join(Family)}"
            return Refusal(400, problem("body_invalid", "/family", came, expected=expected))
        pixel_id = body.pixel_id
        if pixel_id is None and key.kind is not KeyKind.ADMIN:
            expected = "a pixel of this key; every pixel is an admin key's to mute"
            found = problem("key_without_right", "/pixel_id", "nothing", expected=expected)
            return Refusal(403, found)
        if pixel_id is not None and not (pixel_id in self._parts.rules and key.opens(pixel_id)):
            return Refusal(403, problem("pixel_not_allowed", "/pixel_id", shape(pixel_id)))
        return refused_reason(body.note, "/note") or (Family(body.family), pixel_id or "")

    def _act(self, what: str, meant: tuple[Family, str], note: str, key: KeyGrant) -> Act:
        family, pixel_id = meant
        said = f"{family}: {note.strip()}" if note.strip() else family.value
        return Act(self._parts.clock.now(), key.name, what, pixel_id, said)

    def _mutes(self, key: KeyGrant) -> Sequence[Mute]:
        now = self._parts.clock.now()
        return [
            one
            for one in self._parts.watch.mutes
            if alarm.lasts(one, now) and (not one.pixel_id or key.opens(one.pixel_id))
        ]

    def _json(self, alert: Alert) -> Json:
        watch, now = self._parts.watch, self._parts.clock.now()
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
            "waits_to_be_told": self._parts.teller is not None
            and bool(alarm.untold({group: alert}, watch.mutes, now)),
            "muted": alarm.muted(group, watch.mutes, now),
            "given_up_at": iso(alert.given_up_at),
        }


def _mute_json(mute: Mute) -> Json:
    return {
        "family": mute.family,
        "pixel_id": mute.pixel_id or None,
        "since": iso(mute.since),
        "until": iso(mute.until),
        "by": mute.by,
        "note": mute.note or None,
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
