"""What a claim finds beside the oldest: the newest, and what a wrong clock left behind."""

from msgspec import structs

from tandemgate.model.consent import Export
from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.state import State
from tandemgate.ports import Ledger
from tests.build import NOW, an_event
from tests.contract.steps import LANE, an_answer, begin, numbered, send, seqs


async def test_the_newest_due_come_first(ledger: Ledger) -> None:
    """Half of the sending is theirs after an outage."""
    for number in range(4):
        await ledger.admit([an_event(event_id=f"ord_{number}", now=NOW + number)])
    due = await ledger.claim(LANE, 2, NOW + 2, newest=True)
    assert [one.key.event_id for one in due] == ["ord_2", "ord_1"]


async def test_no_suspect_is_among_the_newest(ledger: Ledger) -> None:
    """A bad event is isolated with its own kind, or healthy ones are refused with it."""
    await ledger.admit([an_event(event_id="ord_bad")])
    due = tuple(await ledger.claim(LANE, 1, NOW))
    await ledger.intend(Batch("b1", LANE, due, b"{}"), NOW)
    suspected = [Change(due[0].seq, State.RETRY, due_at=NOW + 1, suspect="b1/0")]
    await ledger.record("b1", Answer(NOW, "split", 0.1, 200, 40002), suspected)
    await ledger.admit([an_event(event_id="ord_good")])
    newest = await ledger.claim(LANE, 9, NOW + 2, newest=True)
    assert [one.key.event_id for one in newest] == ["ord_good"]


async def test_an_unknown_lane_has_no_newest(ledger: Ledger) -> None:
    """A lane may be asked for before its first event."""
    assert await ledger.claim(LANE, 9, NOW, newest=True) == []


async def test_what_a_clock_set_back_has_stranded_is_due(ledger: Ledger) -> None:
    """Else it would wait until the clock is where it was."""
    await ledger.admit([an_event(event_id="ord_1")])
    earlier = NOW - 200 * 3_600
    stranded = await ledger.claim(LANE, 9, earlier)
    assert [one.key.event_id for one in stranded] == ["ord_1"]
    assert await ledger.claim(LANE, 9, NOW - 600) == []


async def test_suspects_are_stranded_by_a_clock_as_well(ledger: Ledger) -> None:
    """They come after the others, and each suspicion by itself."""
    await ledger.admit([numbered(1), numbered(2), numbered(3)])
    batch = await begin(ledger)
    changes = [
        Change(due.seq, State.RETRY, due_at=NOW + 600, suspect=f"b1/{due.seq // 3}")
        for due in batch.events
    ]
    await ledger.record("b1", an_answer(), changes)
    await ledger.admit([numbered(4)])
    earlier = NOW - 200 * 3_600
    assert seqs(await ledger.claim(LANE, 9, earlier)) == [4]
    await send(ledger, State.DELIVERED, "b2")
    assert seqs(await ledger.claim(LANE, 9, earlier)) == [1, 2]
    assert seqs(await ledger.claim(LANE, 1, earlier)) == [1]


async def test_a_long_wait_for_consent_is_not_stranded(ledger: Ledger) -> None:
    """It may last for days, and ends by a decision."""
    decision = structs.replace(an_event().decision, export=Export.HOLD)
    held = structs.replace(an_event(), decision=decision, held_until=NOW + 86_400)
    await ledger.admit([held])
    assert await ledger.claim(LANE, 9, NOW) == []
