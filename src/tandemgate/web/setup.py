"""``/api/setup``: how far each setup has come, and people's word for what no event shows."""

from typing import Final

from msgspec import Struct
from starlette.requests import Request

from tandemgate.catalog.events import PURCHASES
from tandemgate.catalog.reasons import problem
from tandemgate.catalog.setup import PREREQUISITES, RUNGS
from tandemgate.core.reading import shape
from tandemgate.core.setup import climb, standings
from tandemgate.model.admission import Entry, Filter
from tandemgate.model.operation import Act
from tandemgate.model.setup import Confirmed, Lit, Prerequisite, Standing
from tandemgate.model.taxonomy import NameSeen
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.body import Bodies, read_as
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts, PixelCard

NEWEST: Final = 200
"""Events of a pixel that are looked at."""

PURCHASES_LOOKED_AT: Final = 20
"""Of each name; among page views, an order may be further back than the newest events."""


class ConfirmBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is there, by the word of whoever asks."""

    pixel: str
    prerequisite: Prerequisite


class Setup:
    """Answers how far setups have come."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._bodies = Bodies()

    async def __call__(self, _request: Request, key: KeyGrant) -> Answer:
        """Tell of each pixel what is there and what its traffic has shown."""
        parts = self._parts
        said, spoken = await parts.confirmations.confirmed(), await parts.pairs.spoken()
        told = [
            await self._told(pixel_id, parts.pixels.get(pixel_id, PixelCard()), said, spoken)
            for pixel_id in parts.rules
            if key.opens(pixel_id)
        ]
        return as_json(200, {"pixels": told, "sources": self._sources(key)})

    async def confirm(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Take a person's word that something is there."""
        body = await read_as(self._bodies, request, ConfirmBody)
        if isinstance(body, Refusal):
            return body
        if not (body.pixel in self._parts.rules and key.opens(body.pixel)):
            return Refusal(403, problem("pixel_not_allowed", "/pixel", shape(body.pixel)))
        now = self._parts.clock.now()
        act = Act(now, key.name, "confirmed", body.pixel, PREREQUISITES[body.prerequisite].title)
        await self._parts.confirmations.confirm(body.prerequisite, act)
        return await self(request, key)

    def _sources(self, key: KeyGrant) -> list[Json]:
        """Tell when each shop system whose orders the key may see was last heard."""
        hearings = self._parts.hearings
        return [
            {
                "name": one.name,
                "address": f"{self._parts.public_url}{one.address}",
                "heard_at": iso(hearings.heard.get(one.address)),
                "refused": getattr(hearings.refused.get(one.address), "reason", None),
            }
            for one in self._parts.sources
            if any(key.opens(pixel_id) for pixel_id in one.pixels)
        ]

    async def _told(
        self, pixel_id: str, card: PixelCard, said: list[Confirmed], spoken: list[NameSeen]
    ) -> Json:
        entries = await self._entries(pixel_id)
        ladder = climb(entries)
        fired = [one.pixel_at for one in spoken if one.pixel_id == pixel_id and one.pixel_at]
        stand = standings(
            entries[0].received_at if entries else None,
            max(fired, default=None),
            card.advertiser_id,
            ladder,
            [one for one in said if one.pixel_id == pixel_id],
        )
        return {
            "pixel_id": pixel_id,
            "prerequisites": [_standing_json(one) for one in stand],
            "ladder": [_rung_json(one) for one in ladder],
        }

    async def _entries(self, pixel_id: str) -> list[Entry]:
        archive = self._parts.archive
        entries = await archive.page(Filter(pixel_id=pixel_id), NEWEST)
        for name in sorted(PURCHASES):
            wanted = Filter(pixel_id=pixel_id, event=name)
            entries += await archive.page(wanted, PURCHASES_LOOKED_AT)
        return sorted(entries, key=lambda entry: -entry.seq)


def _standing_json(one: Standing) -> Json:
    step = PREREQUISITES[one.prerequisite]
    return {
        "name": one.prerequisite,
        "title": step.title,
        "stands": "open" if one.at is None else "confirmed" if one.who else "proven",
        "at": iso(one.at),
        "by": one.who or None,
        "done": step.done,
        "fix": step.fix,
    }


def _rung_json(one: Lit) -> Json:
    step = RUNGS[one.rung]
    return {
        "name": one.rung,
        "title": step.title,
        "lit": one.at is not None,
        "at": iso(one.at),
        "event": one.event or None,
        "event_id": one.event_id or None,
        "done": step.done,
        "fix": step.fix,
    }
