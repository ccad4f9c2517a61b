"""Where another system's messages become events, whichever system it is."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from tandemgate.model.event import Lane, RawEvent, Source
from tandemgate.model.message import Message
from tandemgate.model.outcome import Noted, Outcome
from tandemgate.model.rules import PixelRules
from tandemgate.web.answers import OUTCOMES, Answer, Json, as_json, result
from tandemgate.web.desk import Desk
from tandemgate.web.outcomes import echoed_id
from tandemgate.web.parts import IntakeParts

__all__ = ["Inbox", "Told", "messages_answer", "told_json"]


class Told(NamedTuple):
    """What became of one message as an event of one pixel."""

    raw: RawEvent
    outcome: Outcome


class Inbox:
    """Takes messages; each becomes an event of each pixel that it is for.

    *desk* is where they are handed in, if it is none of its own.
    """

    def __init__(self, parts: IntakeParts, desk: Desk | None = None) -> None:
        self._desk: Final = desk or Desk(parts)

    async def take(
        self, messages: Sequence[Message], rules: PixelRules, source: Source, *, verified: bool
    ) -> list[Told]:
        """Say what became of each message, once everything kept is durable.

        Raises:
            StoreUnavailable: nothing was stored, and nothing of it is counted.

        """
        raws = [
            RawEvent(
                lane=Lane(rules.pixel_id),
                index=index,
                pointer=message.pointer,
                item=message.item,
                source=source,
                verified=verified,
                problems=message.problems,
                findings=message.findings,
                rehearsal=message.rehearsal,
                amends=message.amends,
                payment=message.payment,
                fallback=message.fallback,
            )
            for index, message in enumerate(messages)
        ]
        aside = [_aside(message, rules, verified=verified) for message in messages]
        events = [raw for raw, noted in zip(raws, aside, strict=True) if noted is None]
        outcomes = iter(await self._desk.take(events, rules))
        told = [
            Told(raw, next(outcomes) if noted is None else noted)
            for raw, noted in zip(raws, aside, strict=True)
        ]
        counted = [one for one, noted in zip(told, aside, strict=True) if noted is not None]
        self._desk.count([one.raw for one in counted], [one.outcome for one in counted], rules)
        return told


def _aside(message: Message, rules: PixelRules, *, verified: bool) -> Noted | None:
    """Name the reason why nothing of *message* is to be sent, if there is one."""
    if message.noted is not None:
        return Noted(message.noted, message.findings)
    name = message.item.get("event") if isinstance(message.item, dict) else None
    return None if verified or name not in rules.server_truth else Noted("server_is_truth")


def messages_answer(request_id: str, told: Sequence[Told]) -> Answer:
    """Say what became of each; always 200, since these clients drop or repeat on anything else."""
    return as_json(200, told_json(request_id, told))


def told_json(request_id: str, told: Sequence[Told]) -> Json:
    """Write down what became of each, and how often what did."""
    counted = Counter(OUTCOMES[type(one.outcome)] for one in told)
    pixels = {one.raw.lane.pixel_id for one in told}
    content: Json = {"request_id": request_id}
    content |= {word: counted[word] for word in OUTCOMES.values()}
    content["results"] = [_result(one, several=len(pixels) > 1) for one in told]
    return content


def _result(one: Told, *, several: bool) -> Json:
    told = result(one.raw.index, echoed_id(one.raw, one.outcome), one.outcome)
    return told | {"pixel_id": one.raw.lane.pixel_id} if several else told
