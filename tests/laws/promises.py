"""The promises of the ledger, held against both sides: its own books, and TikTok's."""

from collections import Counter

from tandemgate.core.verdict import HTTP_OK
from tandemgate.model.admission import Cell, Entry, Stats, Story
from tandemgate.model.event import EventKey
from tandemgate.model.state import FINAL, State
from tests.laws.tiktok import Conversion, TikTok, counted
from tests.laws.watched import Books

OK = 0
DUPLICATE = {40050, 40900}


def conversion(key: EventKey) -> Conversion:
    """What TikTok calls *key*."""
    return Conversion(key.pixel_id, key.event, key.event_id, key.channel == "test")


def hold_books(stats: Stats, books: Books) -> None:
    """The counters are what counting would give."""
    entries = books.entries.values()
    states = Counter((it.pixel_id, it.event, it.channel, it.state.value) for it in entries)
    books.must(stats.imbalance == 0, f"the ledger is off by {stats.imbalance}")
    books.must(stats.recorded == len(entries), f"{stats.recorded} recorded, {len(entries)} stored")
    books.must(_sums(stats.states) == states, f"{stats.states} instead of {states}")
    received: Counter[str] = Counter()
    for cell in stats.received:
        received[cell.name] += cell.count
    books.must(received == books.answers, f"{received} instead of {books.answers}")


def _sums(cells: tuple[Cell, ...]) -> Counter[tuple[str, str, str, str]]:
    return Counter({(it.pixel_id, it.event, it.channel, it.name): it.count for it in cells})


def hold_copies(key: EventKey, entry: Entry, tiktok: TikTok, books: Books) -> None:
    """No copy too many, none that differs, none that counts."""
    name, copies = key.event_id, tiktok.copies(conversion(key))
    told = f"{name} is {entry.state} with {entry.unknown} unknown and {len(copies)} copies"
    books.must(len(copies) <= 1 + entry.unknown, told)
    books.must(len({copy.wire for copy in copies}) <= 1, f"{name}: copies differ: {copies}")
    delivered_at_once = entry.state is State.DELIVERED and not entry.unknown
    books.must(not delivered_at_once or len(copies) == 1, told)
    never_arrived = entry.state not in {State.DELIVERED, State.SENDING} and not entry.unknown
    books.must(not never_arrived or not copies, told)
    books.must(entry.state is not State.EXPIRED or not copies, told)
    kept = entry.state in {State.SUPPRESSED, State.CANCELLED} and entry.has_payload
    books.must(not kept, f"{name} is {entry.state}, and what could be sent of it is kept")
    innocent = entry.state is State.REJECTED and conversion(key) not in tiktok.blamed
    books.must(not innocent, f"{name} is REJECTED, and TikTok never said a word about it")
    books.must(counted(copies) <= 1, f"{name} is counted more than once: {copies}")


def hold_story(key: EventKey, story: Story, tiktok: TikTok, books: Books) -> None:
    """An event has ended; its history says the truth about it."""
    entry, name = story.entry, key.event_id
    told = f"{name} ended as {entry.state}: {story}"
    books.must(entry.state in FINAL, told)
    books.must(all(attempt.answered_at is not None for attempt in story.attempts), told)
    if entry.state is not State.DELIVERED:
        return
    last = story.attempts[-1]
    known = bool(tiktok.arrivals[conversion(key)])
    accepted = last.code in {OK, 20001} and last.http_status == HTTP_OK
    repeated = last.code in DUPLICATE and entry.unknown > 0
    books.must(known and (accepted or repeated) and last.request_id is not None, told)
