from collections.abc import Sequence

import pytest
from msgspec import structs

from tandemgate.model.admission import Filter, Tally
from tandemgate.model.delivery import Change
from tandemgate.model.event import Channel, Event
from tandemgate.model.state import State
from tandemgate.ports import Archive, Ledger
from tandemgate.storage.sqlite import lists
from tests.build import NOW, PIXEL, an_event
from tests.contract.steps import LANE, an_answer, begin, end, numbered, send, without_consent

OTHER_PIXEL = "C0OTHER"


def of_pixel(event: Event, pixel_id: str) -> Event:
    """The same event of another pixel."""
    lane = structs.replace(event.lane, pixel_id=pixel_id)
    return structs.replace(
        event, key=structs.replace(event.key, pixel_id=pixel_id), lane=lane, order=None
    )


async def a_mixed_ledger(ledger: Ledger) -> None:
    """Twelve events: two pixels, three names, and every second one came a minute later."""
    names = ("CompletePayment", "AddToCart", "ViewContent")
    events = [numbered(number, event=names[number % 3]) for number in range(12)]
    events = [
        of_pixel(event, OTHER_PIXEL if at % 4 == 3 else PIXEL) for at, event in enumerate(events)
    ]
    await ledger.admit(
        [structs.replace(event, received_at=NOW + 60 * at) for at, event in enumerate(events)]
    )
    batch = await begin(ledger, limit=4, at=NOW + 3600)
    ends = (State.DELIVERED, State.REJECTED, State.RETRY, State.DELIVERED)
    pairs = zip(batch.events, ends, strict=True)
    changes = [Change(due.seq, to, due_at=NOW + 9000) for due, to in pairs]
    await ledger.record("b1", an_answer(code=20001), changes)
    await begin(ledger, "b2", limit=2, at=NOW + 3600)


async def shown(archive: Archive, wanted: Filter, limit: int = 50) -> list[str]:
    """The event_ids of one page."""
    return [entry.event_id for entry in await archive.page(wanted, limit)]


async def test_a_page_tells_the_same_stories_as_each_event(
    ledger: Ledger, archive: Archive
) -> None:
    """A list says of an event what its own page says, without asking for each by itself."""
    await a_mixed_ledger(ledger)
    told = await archive.told(Filter(after=12), 5)
    assert [story.entry for story in told] == await archive.page(Filter(after=12), 5)
    assert [[story] for story in told] == [
        await archive.stories(story.entry.event_id, story.entry.pixel_id, None) for story in told
    ]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(), range(11, -1, -1)),
        (Filter(pixel_id=OTHER_PIXEL), (11, 7, 3)),
        (Filter(pixel_id="unheard of"), ()),
        (Filter(pixels=frozenset({OTHER_PIXEL})), (11, 7, 3)),
        (Filter(pixels=frozenset()), ()),
        (Filter(pixel_id=PIXEL, pixels=frozenset({OTHER_PIXEL})), ()),
        (Filter(event="AddToCart"), (10, 7, 4, 1)),
        (Filter(event="AddToCart", pixel_id=OTHER_PIXEL), (7,)),
        (Filter(state=State.DELIVERED), (4, 0)),
        (Filter(state=State.REJECTED), (1,)),
        (Filter(state=State.RETRY), (2,)),
        (Filter(state=State.SENDING), (6, 5)),
        (Filter(state=State.QUEUED, pixel_id=PIXEL), (10, 9, 8)),
        (Filter(state=State.EXPIRED), ()),
        (Filter(code=20001), (4, 2, 1, 0)),
        (Filter(code=20001, state=State.RETRY), (2,)),
        (Filter(code=40002), ()),
        (Filter(q="ord_1"), (11, 10, 1)),
        (Filter(q="ord_11"), (11,)),
        (Filter(q="ord_1", pixel_id=OTHER_PIXEL), (11,)),
        (Filter(q="ORD_1"), ()),
        (Filter(q="%"), ()),
        (Filter(since=NOW + 120), range(11, 1, -1)),
        (Filter(until=NOW + 120), (1, 0)),
        (Filter(since=NOW + 60, until=NOW + 180), (2, 1)),
        (Filter(after=3), (1, 0)),
        (Filter(after=3, q="ord_1"), (1,)),
        (Filter(after=7, state=State.SENDING), (5,)),
    ],
)
async def test_a_filter_shows_what_it_says_newest_first(
    ledger: Ledger, archive: Archive, wanted: Filter, numbers: Sequence[int]
) -> None:
    """Whatever way finds the rows, the list is the same."""
    await a_mixed_ledger(ledger)
    assert await shown(archive, wanted) == [f"ord_{number}" for number in numbers]
    assert await shown(archive, wanted, 1) == [f"ord_{number}" for number in numbers][:1]


async def test_a_common_beginning_is_found_by_walking(
    ledger: Ledger, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sorting a million matches for one page would take seconds."""
    monkeypatch.setattr(lists, "FEW_MATCHES", 3)
    await a_mixed_ledger(ledger)
    assert await shown(archive, Filter(q="ord_1")) == ["ord_11", "ord_10", "ord_1"]
    assert await shown(archive, Filter(q="ord_", pixel_id=OTHER_PIXEL), 2) == ["ord_11", "ord_7"]


async def test_many_kinds_are_found_by_walking(
    ledger: Ledger, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that may see everything must not pay for each name of an event."""
    monkeypatch.setattr(lists, "FEW_KINDS", 1)
    await a_mixed_ledger(ledger)
    assert await shown(archive, Filter(pixels=frozenset({OTHER_PIXEL}))) == [
        "ord_11",
        "ord_7",
        "ord_3",
    ]


async def test_pages_are_complete_and_without_repeats_while_rows_arrive(
    ledger: Ledger, archive: Archive
) -> None:
    """Whoever pages through a list during traffic sees each row once."""
    await ledger.admit([numbered(number) for number in range(10)])
    seen: list[str] = []
    after = None
    for number in range(4):
        page = await archive.page(Filter(after=after), 3)
        await ledger.admit([numbered(100 + number)])
        seen += [entry.event_id for entry in page]
        after = page[-1].seq
    assert seen == [f"ord_{number}" for number in range(9, -1, -1)]
    assert await archive.page(Filter(after=after), 3) == []


async def test_times_that_came_out_of_order_are_found(ledger: Ledger, archive: Archive) -> None:
    """Two requests may be stored in another order than they arrived."""
    times = [NOW, NOW + 900, NOW + 300, NOW + 600, NOW + 1200]
    await ledger.admit([structs.replace(numbered(n), received_at=at) for n, at in enumerate(times)])
    assert await shown(archive, Filter(since=NOW + 500, until=NOW + 1000)) == ["ord_3", "ord_1"]


async def test_one_event_id_may_tell_several_stories(ledger: Ledger, archive: Archive) -> None:
    """The key has four parts, and people know one of them."""
    purchase = an_event(event_id="x1")
    cart = an_event(event_id="x1", event="AddToCart")
    await ledger.admit([purchase, cart, of_pixel(purchase, OTHER_PIXEL)])

    async def told(pixel_id: str | None, event: str | None) -> list[tuple[str, str]]:
        stories = await archive.stories("x1", pixel_id, event)
        return [(story.entry.pixel_id, story.entry.event) for story in stories]

    assert await told(None, None) == [
        (PIXEL, "CompletePayment"),
        (PIXEL, "AddToCart"),
        (OTHER_PIXEL, "CompletePayment"),
    ]
    assert await told(OTHER_PIXEL, None) == [(OTHER_PIXEL, "CompletePayment")]
    assert await told(None, "AddToCart") == [(PIXEL, "AddToCart")]
    assert await told(OTHER_PIXEL, "AddToCart") == []
    assert await archive.stories("x", None, None) == []


async def test_counters_tell_where_events_stand(ledger: Ledger, archive: Archive) -> None:
    """Pages and metrics read them instead of counting rows."""
    await ledger.admit([numbered(1), numbered(2), without_consent(event_id="x")])
    await send(ledger, State.DELIVERED)
    await ledger.admit([numbered(3)])
    stats = await archive.stats()
    assert {cell.name: cell.count for cell in stats.states} == {
        "DELIVERED": 2,
        "QUEUED": 1,
        "SUPPRESSED": 1,
    }
    assert {cell.event for cell in stats.states} == {"CompletePayment"}
    assert (stats.recorded, stats.imbalance) == (4, 0)


async def test_counters_tell_how_reports_were_received(ledger: Ledger, archive: Archive) -> None:
    """Every received event has exactly one outcome, and they add up."""
    conflict = numbered(1, properties={"value": 1, "currency": "EUR"})
    events = [numbered(1), numbered(1), conflict, without_consent(event_id="x")]
    ledger.tally([Tally(PIXEL, "", Channel.LIVE, "rejected", "event_missing", NOW)] * 2)
    ledger.tally([Tally(PIXEL, "Pageview", Channel.LIVE, "noted", "page_view_not_sent", NOW)])
    await ledger.admit(events)
    received = (await archive.stats()).received
    assert {(cell.event, cell.name, cell.reason): cell.count for cell in received} == {
        ("", "rejected", "event_missing"): 2,
        ("CompletePayment", "accepted", ""): 1,
        ("CompletePayment", "conflict", "event_id_conflict"): 1,
        ("CompletePayment", "duplicate", ""): 1,
        ("CompletePayment", "suppressed", "consent_missing"): 1,
        ("Pageview", "noted", "page_view_not_sent"): 1,
    }


async def test_the_oldest_pending_event_is_known(ledger: Ledger, archive: Archive) -> None:
    """How long conversions wait is the first thing to alert on."""
    assert (await archive.stats()).oldest_pending_at is None
    await ledger.admit([structs.replace(numbered(n), received_at=NOW + n) for n in range(4)])
    first = await begin(ledger, "b1", limit=1, at=NOW + 9)
    assert (await archive.stats()).oldest_pending_at == NOW
    await end(ledger, first, State.DELIVERED)
    assert (await archive.stats()).oldest_pending_at == NOW + 1
    await ledger.settle([Change(2, State.EXPIRED)], NOW)
    await end(ledger, await begin(ledger, "b2", limit=1, at=NOW + 9), State.RETRY, due_at=NOW + 99)
    assert (await archive.stats()).oldest_pending_at == NOW + 2
    assert LANE in await ledger.lanes(NOW)
