"""Visits that go on at another host: tokens for links are made here, and used once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Final

from tandemgate.catalog.reasons import problem
from tandemgate.core.link import CHANCE, open_link, seal_link
from tandemgate.model.beacon import Beacon
from tandemgate.model.finding import Problem
from tandemgate.model.outcome import Noted, Rejected
from tandemgate.model.rules import PixelRules
from tandemgate.ports import Clock, Visits

_KIND: Final = "link"


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of each ``link`` call, by its place; and the token for the next link, if any."""

    said: dict[int, Noted | Rejected] = field(default_factory=dict)
    token: str | None = None


class Links:
    """Makes and takes tokens. A token is for the pixels of the page's key, and for no others."""

    def __init__(self, visits: Visits, clock: Clock) -> None:
        self._visits = visits
        self._clock = clock

    async def take(
        self, beacon: Beacon, pixels: Sequence[PixelRules], *, recognized: bool
    ) -> Linked:
        """Answer the ``link`` calls of a page: with a token it came by a link, without it asks.

        Where consent does not allow to know the browser again, no token is made or used up.

        Raises:
            StoreUnavailable: nothing of it took place.

        """
        calls = {at: call for at, call in enumerate(beacon.events) if call.kind == _KIND}
        session = beacon.session if recognized and pixels else None
        if session is None:
            return Linked(dict.fromkeys(calls, Noted("link_without_consent")))
        said: dict[int, Noted | Rejected] = {
            at: Noted("link_asked")
            if call.token is None
            else await self._follow(session, call.token, pixels, f"/events/{at}/token")
            for at, call in calls.items()
        }
        asked = Noted("link_asked") in said.values()
        return Linked(said, self._token(session, pixels) if asked else None)

    def _token(self, session: str, pixels: Sequence[PixelRules]) -> str:
        key, now = pixels[0].blind_index_key, self._clock.now()
        return seal_link(session, _ids(pixels), now, token_bytes(CHANCE), key)

    async def _follow(
        self, session: str, token: str, pixels: Sequence[PixelRules], at: str
    ) -> Noted | Rejected:
        now = self._clock.now()
        read = open_link(token, _ids(pixels), now, pixels[0].blind_index_key, at)
        if isinstance(read, Problem):
            return Rejected((read,))
        if await self._visits.follow(session, read, now):
            return Noted("link_followed")
        return Rejected((problem("link_used", at, "a token that another visit used"),))


def _ids(pixels: Sequence[PixelRules]) -> list[str]:
    return [rules.pixel_id for rules in pixels]
