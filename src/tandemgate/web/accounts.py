"""What another system's client said of somebody, kept for their later events."""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from tandemgate.core.beacon import Visitor, agreed, may_recognize, shown_by
from tandemgate.core.parse import parse
from tandemgate.core.signals.weigh import weigh
from tandemgate.core.visit import merge
from tandemgate.model.event import Lane, RawEvent, Source
from tandemgate.model.message import Message
from tandemgate.model.rules import PixelRules
from tandemgate.model.visit import Wanted
from tandemgate.web.parts import Parts


class Accounts:
    """Notes who somebody is, and leads their events there."""

    def __init__(self, parts: Parts) -> None:
        self._visits: Final = parts.visits
        self._clock: Final = parts.clock

    async def meet(
        self, messages: Sequence[Message], rules: PixelRules, source: Source, *, verified: bool
    ) -> list[Message]:
        """Note what was said of people, then give each event the visit of its person, if known.

        An event that names the session of a page has its visit already.

        Raises:
            StoreUnavailable: the client has to send all of them again.

        """
        told = [one for one in messages if one.noted and one.account and one.item]
        await asyncio.gather(*(self._note(one, rules, source, verified=verified) for one in told))
        wanted = {
            place: Wanted(rules.pixel_id, one.account)
            for place, one in enumerate(messages)
            if one.account and not one.noted and "session" not in one.item
        }
        found = await self._visits.find([*wanted.values()], self._clock.now()) if wanted else []
        known = {place for place, visit in zip(wanted, found, strict=True) if visit is not None}
        return [
            replace(one, item=one.item | {"session": one.account}) if place in known else one
            for place, one in enumerate(messages)
        ]

    async def _note(
        self, message: Message, rules: PixelRules, source: Source, *, verified: bool
    ) -> None:
        """Keep digests of who it is while consent allows it, and what was said about consent."""
        raw = RawEvent(Lane(rules.pixel_id), 0, "", message.item, source, verified=verified)
        reported, now = parse(raw).reported, self._clock.now()
        if reported is None or message.account is None:
            return
        weighed, _ = weigh(reported, rules.tcf_vendors, "")
        visit = agreed(weighed.signals, now)
        if may_recognize(weighed.signals, rules):
            person = reported.person
            visit = merge(visit, shown_by([raw], Visitor(person.ip, person.user_agent), rules, now))
        await self._visits.note(message.account, visit, [], now)
