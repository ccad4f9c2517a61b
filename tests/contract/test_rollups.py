from pathlib import Path

import pytest
from msgspec import structs

from tandemgate.core.histogram import bucket_of
from tandemgate.model.admission import Tally
from tandemgate.model.delivery import Batch, Change
from tandemgate.model.event import Channel, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act, Again, Settlement
from tandemgate.model.rollup import HOUR, HOURS_KEPT, Hop, Rollup, minute_of
from tandemgate.model.state import State
from tandemgate.ports import IllegalEdge, Ledger
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tests.build import NOW, PIXEL
from tests.contract.conftest import STORE_KEY, Store
from tests.contract.steps import LANE, an_answer, begin, numbered, send, without_consent
from tests.contract.test_retention import MovedClock

HERE = minute_of(NOW)


def told(rollup: Rollup) -> dict[tuple[str, str], int]:
    """The counts by name and reason."""
    return {(cell.name, cell.reason): cell.count for cell in rollup.cells}


async def of_now(store: Store) -> Rollup:
    """What happened in this minute."""
    return await store.rollups.between(NOW, NOW + 60)


async def test_what_arrives_is_counted_in_its_minute(store: Store) -> None:
    """Rates and shares are read from it, however many events there are."""
    later = structs.replace(numbered(9), received_at=HERE + 60.0)
    early = [numbered(1), numbered(1), without_consent(event_id="x"), later]
    store.ledger.tally([Tally(PIXEL, "", Channel.LIVE, "rejected", "event_missing", NOW)] * 2)
    await store.ledger.admit(
        [structs.replace(one, received_at=max(NOW, one.received_at)) for one in early]
    )
    assert told(await of_now(store)) == {
        ("accepted", ""): 1,
        ("duplicate", ""): 1,
        ("suppressed", "consent_missing"): 1,
        ("SUPPRESSED", "consent_missing"): 1,
        ("rejected", "event_missing"): 2,
    }
    assert told(await store.rollups.between(HERE + 60, HERE + 120)) == {("accepted", ""): 1}
    assert told(await store.rollups.between(HERE - 60, HERE)) == {}


async def test_an_answer_is_counted_with_what_it_did(store: Store) -> None:
    """How many were sent, by what TikTok said, and what became of them."""
    await store.ledger.admit([numbered(number) for number in range(4)])
    batch = await begin(store.ledger)
    ends = (State.DELIVERED, State.DELIVERED, State.REJECTED, State.RETRY)
    changes = [
        Change(due.seq, to, "payload_refused" if to is State.REJECTED else None)
        for due, to in zip(batch.events, ends, strict=True)
    ]
    await store.ledger.record(
        "b1", an_answer(verdict="partial", latency=0.05, delivered_after={9: 2}), changes
    )
    rollup = await of_now(store)
    assert told(rollup) == {
        ("accepted", ""): 4,
        ("sent", "partial"): 4,
        ("DELIVERED", ""): 2,
        ("REJECTED", "payload_refused"): 1,
    }
    assert rollup.latencies == {
        (LANE, Hop.ANSWER): {bucket_of(0.05): 1},
        (LANE, Hop.DELIVERED): {9: 2},
    }


async def test_a_request_without_an_answer_has_no_latency(store: Store) -> None:
    """A refused connection in a millisecond would make a dead TikTok look fast."""
    await store.ledger.admit([numbered(1)])
    batch = await begin(store.ledger)
    kept = an_answer(verdict="retry_not_sent", http_status=None)
    await store.ledger.record("b1", kept, [Change(batch.events[0].seq, State.RETRY)])
    rollup = await of_now(store)
    assert told(rollup) == {("accepted", ""): 1, ("sent", "retry_not_sent"): 1}
    assert rollup.latencies == {}


async def test_every_other_way_to_an_end_is_counted(store: Store) -> None:
    """Expiry, a replay, a person's word."""
    await store.ledger.admit([numbered(number) for number in range(3)])
    await store.ledger.settle([Change(1, State.EXPIRED, "too_old")], NOW)
    batch = await begin(store.ledger)
    changes = [Change(due.seq, State.REVIEW, "unclassified") for due in batch.events]
    await store.ledger.record("b1", an_answer(verdict="review"), changes)
    act = Act(NOW, "root", "replay")
    await store.controls.replay([Again(1, State.EXPIRED, revise=True, remark="again")], act)
    by_hand = Settlement(2, State.REVIEW, State.DELIVERED, "seen")
    assert await store.controls.decide(by_hand, act)
    assert told(await of_now(store)).items() >= {
        (("EXPIRED", "too_old"), 1),
        (("REVIEW", "unclassified"), 2),
        (("DELIVERED", "settled_by_hand"), 1),
    }


async def test_what_did_not_take_place_is_not_counted(store: Store) -> None:
    """The counts are part of the commit."""
    await store.ledger.admit([numbered(1)])
    batch = await begin(store.ledger)
    with pytest.raises(IllegalEdge):
        await store.ledger.record("b1", an_answer(), [Change(batch.events[0].seq, State.HELD)])
    assert told(await of_now(store)) == {("accepted", ""): 1}


async def filled(ledger: Ledger, at: Epoch, first: int) -> None:
    """Store and deliver two events at *at*."""
    await ledger.admit([structs.replace(numbered(first + n), received_at=at) for n in range(2)])
    batch = await begin(ledger, f"b{first}", at=at)
    changes = [Change(due.seq, State.DELIVERED) for due in batch.events]
    kept = an_answer(at=at + 1, delivered_after={9: 2})
    await ledger.record(f"b{first}", kept, changes)


async def test_minutes_become_hours_and_hours_end(tmp_path: Path) -> None:
    """A fortnight is kept in a bounded number of rows, also over a restart."""
    path, clock = tmp_path / "ledger.db", MovedClock(NOW)
    store = await SqliteStore.open(path, STORE_KEY, clock)
    hour = NOW // HOUR * HOUR
    for number in range(3):
        await filled(store.ledger, hour + 600 * number, 10 * number)
    clock.at = hour + 5 * HOUR
    await store.retention.sweep(Keep())
    await store.aclose()
    store = await SqliteStore.open(path, STORE_KEY, clock)
    assert told(await store.rollups.between(hour, hour + HOUR))["DELIVERED", ""] == 6
    assert told(await store.rollups.between(hour + 60, hour + HOUR)) == {}
    rollup = await store.rollups.between(hour, hour + HOUR)
    assert rollup.latencies[LANE, Hop.DELIVERED] == {9: 6}
    clock.at = hour + HOURS_KEPT + 2 * HOUR
    await store.retention.sweep(Keep())
    assert await store.rollups.between(0, clock.at) == Rollup(0, minute_of(clock.at))
    await store.aclose()


async def test_folding_twice_counts_once(tmp_path: Path) -> None:
    """The sweep comes every hour, and after each start."""
    clock = MovedClock(NOW)
    store = await SqliteStore.open(tmp_path / "ledger.db", STORE_KEY, clock)
    hour = NOW // HOUR * HOUR
    await filled(store.ledger, hour, 0)
    clock.at = hour + 5 * HOUR
    await store.retention.sweep(Keep())
    await filled(store.ledger, hour + 60, 10)
    await store.retention.sweep(Keep())
    await store.retention.sweep(Keep())
    assert told(await store.rollups.between(hour, hour + HOUR))["accepted", ""] == 4
    await store.aclose()


async def test_a_test_lane_has_latencies_of_its_own(store: Store) -> None:
    """A session with test events must not change the figures of the live ones."""
    lane = Lane(PIXEL, "TEST1")
    tested = numbered(1)
    key = structs.replace(tested.key, channel=Channel.TEST)
    await store.ledger.admit([structs.replace(tested, key=key, lane=lane)])
    due = tuple(await store.ledger.claim(lane, 50, NOW))
    await store.ledger.intend(Batch("t1", lane, due, b"body"), NOW)
    await store.ledger.record("t1", an_answer(), [Change(due[0].seq, State.DELIVERED)])
    await store.ledger.admit([numbered(2)])
    await send(store.ledger, State.DELIVERED)
    rollup = await of_now(store)
    assert {lane for lane, _ in rollup.latencies} == {lane, LANE}
    assert {(cell.channel, cell.name): cell.count for cell in rollup.cells} == {
        (channel, name): 1
        for channel in ("test", "live")
        for name in ("accepted", "sent", "DELIVERED")
    }
