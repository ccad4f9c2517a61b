"""The ways of an event, in the words of the tests."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import structs

from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Event, Lane, Source
from tandemgate.model.quality import Coverage, CoverageFilter
from tandemgate.model.state import State
from tandemgate.ports import Ledger
from tests.build import NOW, PIXEL, an_event

LANE = Lane(PIXEL)
EVER = CoverageFilter(0, 100_000)


def numbered(number: int, **overrides: Any) -> Event:  # noqa: ANN401 - any JSON
    """A purchase of its own order."""
    properties = {"value": 10.0 + number, "currency": "EUR", "order_id": f"o{number}"}
    return an_event(**({"event_id": f"ord_{number}", "properties": properties} | overrides))


def unverified(event: Event) -> Event:
    """The same as a page reports it, without a server key."""
    return structs.replace(event, verified=False, source=Source.BROWSER)


def without_consent(**overrides: Any) -> Event:  # noqa: ANN401
    """The default purchase of somebody in a governed region whom nobody asked."""
    return an_event(**({"consent": {"region": "DE"}} | overrides))


def denied(**overrides: Any) -> Event:  # noqa: ANN401
    """The default purchase of somebody who denied ad_user_data."""
    consent = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
    return an_event(**({"consent": consent} | overrides))


async def begin(
    ledger: Ledger,
    batch_id: str = "b1",
    *,
    lane: Lane = LANE,
    limit: int = 50,
    at: float = NOW,
) -> Batch:
    """Claim what is due and write the intent to send it."""
    due = await ledger.claim(lane, limit, at)
    batch = Batch(batch_id, lane, tuple(due), b"body of " + batch_id.encode())
    await ledger.intend(batch, at)
    return batch


async def end(ledger: Ledger, batch: Batch, to: State, **change: Any) -> None:  # noqa: ANN401
    """Record one answer that takes every event of *batch* to *to*."""
    changes = [Change(due.seq, to, **change) for due in batch.events]
    await ledger.record(batch.batch_id, an_answer(), changes)


async def send(ledger: Ledger, to: State, batch_id: str = "b1", **change: Any) -> Batch:  # noqa: ANN401
    """Do both."""
    batch = await begin(ledger, batch_id)
    await end(ledger, batch, to, **change)
    return batch


def an_answer(**overrides: Any) -> Answer:  # noqa: ANN401
    """TikTok's friendliest answer."""
    answer = Answer(NOW + 1, "delivered", 0.05, 200, 0, "OK", "r-1")
    return replace(answer, **overrides)


def seqs(events: Sequence[Due]) -> list[int]:
    """The seqs of *events*."""
    return [due.seq for due in events]


async def claim_then_admit_then_intend(ledger: Ledger, arriving: Event) -> None:
    """Let *arriving* slip in between a claim and its intent."""
    due = await ledger.claim(LANE, 50, NOW)
    await ledger.admit([arriving])
    await ledger.intend(Batch("stale", LANE, tuple(due), b"body"), NOW)


async def waiting_item(ledger: Ledger) -> dict[str, Any]:
    """Read the item of the one event that waits."""
    (due,) = await ledger.claim(LANE, 50, NOW + 86_400)
    item: dict[str, Any] = msgspec.json.decode(due.wire)
    return item


def counts(coverage: Coverage) -> Counter[object]:
    """Every count of *coverage* by what it counts, whatever their order."""
    told: Counter[object] = Counter()
    for one in coverage.covered:
        presence = tuple(one.presence.items())
        told[one.pixel_id, one.event, one.day, presence, one.paid] += one.count
    for gap in coverage.gaps:
        told[gap.pixel_id, gap.event, gap.day, gap.key, gap.reason] += gap.count
    return told
