"""The newest first: how new events get past an old backlog."""

from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.state import State
from tandemgate.ports import Ledger
from tests.build import NOW, an_event
from tests.contract.steps import LANE


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
