"""``python -m benchmarks.growth``: does anything cost more because the ledger is large?

Fills a store step by step, as the gateway does it, and measures at each size. Of each cost the p50
of the calmest of nine rounds is taken, since a machine has other things to do, and of a gateway's
start the calmest. Exit 1 when one is more than half as much again as in the smallest ledger.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import blake2b
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from msgspec import structs
from rich.console import Console
from rich.table import Table

from benchmarks.calmest import Measure, calmest, calmest_start
from benchmarks.orders import EVENT, PIXEL, envelope, event_id
from benchmarks.stage import STORE, STORE_KEY
from tandemgate.catalog.problems import SEVERITIES
from tandemgate.catalog.reasons import finding
from tandemgate.core.days import day_of
from tandemgate.core.encode import request_body
from tandemgate.core.envelope import Unreadable, raw_events, read_envelope
from tandemgate.core.figures import WINDOW, figures, lanes_of
from tandemgate.core.pipeline import process
from tandemgate.core.problems import problem_id
from tandemgate.core.quality import assess
from tandemgate.core.reconcile import EVENTS, marks
from tandemgate.model.admission import Filter, Tally
from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Channel, Event, EventKey, Lane, Source
from tandemgate.model.finding import Finding
from tandemgate.model.outcome import Accepted
from tandemgate.model.pair import Copy, Evidence, Name, Nameless, PairFilter, Place
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.problem import Origin, ProblemFilter, ProblemKey, Sample, Sighting
from tandemgate.model.quality import CoverageFilter
from tandemgate.model.rollup import MINUTE
from tandemgate.model.rules import PixelRules
from tandemgate.model.state import State
from tandemgate.settings import PixelSettings, TikTokSettings
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.wiring.clock import SystemClock
from tandemgate.wiring.pixels import pixel_rules

SIZES: Final = (10_000, 100_000, 1_000_000)
LONG: Final = (*SIZES, 10_000_000)
MOST: Final = 1.5
TIMES: Final = 20
WAITING: Final = 5_000
"""Events that are left to be sent at every size, so that each claim finds as many."""

START: Final = "start to /readyz"
"""The one cost that is measured from outside, with a gateway's process."""

KEY: Final = b"growth" * 5 + b".."
GROUP: Final = 4_000
BATCH: Final = 1_000
PAGE: Final = 50
LANE: Final = Lane(PIXEL)


CALLS: Final = 25
"""Calls of the Pixel that are reported in one go when that is measured."""

RECENT: Final = 5_000
"""Among so many of the newest orders are those that are reported without an event_id."""

ORDERS: Final = 500
"""Orders of a file that are asked about at once, and rows of a page of an export."""

UNSEEN: Final = 5
"""Of so many events one has no call of the Pixel, and one call in as many has no event."""


PRESENCES: Final = 300
"""Ways in which match keys are there or missing: a shop has some dozens."""

TROUBLES: Final = 500
"""Groups of problems; a shop that has so many has other worries than their list."""

REASONS_SEEN: Final = tuple(SEVERITIES)[:25]
REMARKS: Final = tuple(
    finding(reason, f"/data/0/{field}")
    for reason, field in (
        ("page_url_missing", "page/url"),
        ("no_strong_key", "user"),
        ("ip_missing", "user/ip"),
    )
)
"""What is remarked on an event whose backend knows the order alone."""


class Ledger:
    """A growing store of events, nearly all of them delivered, and of calls of the Pixel.

    ``store`` may be closed and opened again between two measurements.
    """

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self._secret = store.fingerprint_key
        self._numbers = count()
        self._early = count(1 << 40, CALLS)
        self._template = _accepted(pixel_rules(PixelSettings(PIXEL), TikTokSettings(), store))
        self._random = Random(1)  # noqa: S311 - the same rows in every run
        self._presences = [
            {key: self._random.choice(tuple(Presence)) for key in MatchKey}
            for _ in range(PRESENCES)
        ]
        self.size = 0

    async def grow(self, size: int) -> None:
        """Store events until there are *size*, and deliver all but the last ones."""
        while self.size < size:
            events = min(GROUP, size - self.size)
            await self._admit(events)
            await self._call(range(self.size - events, self.size))
            while await self._waiting() > WAITING:
                await self._deliver()

    def costs(self) -> dict[str, Measure]:
        """Return what is measured, by its name."""
        archive, middle = self.store.archive, self.size // 2
        return {
            **self.pair_costs(),
            **self.problem_costs(),
            "claim 1,000 events": self._claim,
            "story": lambda: archive.stories(self._some_id(), PIXEL, EVENT),
            "list, newest": lambda: archive.page(Filter(), PAGE),
            "list, in the middle": lambda: archive.page(Filter(after=middle), PAGE),
            "list of one event name": lambda: archive.page(Filter(event=EVENT), PAGE),
            "list of what waits": lambda: archive.page(Filter(state=State.QUEUED), PAGE),
            "list by beginning of id": lambda: archive.page(Filter(q=self._some_id()[:-1]), PAGE),
            "stats": archive.stats,
            "delivery view": self._view,
            "quality of a week": self._quality,
            "reconcile 500 orders": self._reconcile,
            "export a page of 500": lambda: archive.page(Filter(after=middle), ORDERS),
            "admit 25 events": lambda: self._admit(25),
        }

    def pair_costs(self) -> dict[str, Measure]:
        """Return what is measured of pairs."""
        pairs, middle = self.store.pairs, self.size // 2
        return {
            "pairs: note 25 known calls": lambda: self._call(range(middle, middle + CALLS)),
            "pairs: note 25 new calls": self._call_new,
            "pairs: both sides of 50 events": lambda: pairs.of(range(middle, middle + PAGE)),
            "pairs: page, newest": lambda: pairs.page(PairFilter(), PAGE),
            "pairs: page, in the middle": lambda: pairs.page(
                PairFilter(after=Place(middle, middle)), PAGE
            ),
            "pairs: page of one event name": lambda: pairs.page(PairFilter(event=EVENT), PAGE),
            "pairs: name 25 events without id": self._name,
            "pairs: counts of the newest 2,000": lambda: pairs.counts(PairFilter(), 2_000),
        }

    async def _reconcile(self) -> None:
        """Look up a batch of a shop's orders, as old as the ledger is long."""
        asked = []
        for _ in range(ORDERS):
            number = self._random.randrange(self.size)
            known = marks(str(number), PIXEL, EVENTS, self._secret)
            asked.append(replace(known, digests=(_order(number), *known.digests[1:])))
        found = await self.store.orders.sales(asked)
        assert all(found)  # noqa: S101 - a fast answer that is wrong is no answer

    def problem_costs(self) -> dict[str, Measure]:
        """Return what is measured of problems."""
        problems, named = self.store.problems, problem_id(_trouble(0).key)
        return {
            f"problems: all {TROUBLES} groups": lambda: problems.groups(
                ProblemFilter(), time.time()
            ),
            "problems: one of them": lambda: problems.find(named, time.time()),
            "problems: news since the last": lambda: problems.news(1 << 40, time.time()),
            "problems: admit 25 events with 3 remarks": lambda: self._admit(25, REMARKS),
        }

    async def begin(self) -> None:
        """Let everything go wrong that may, once."""
        seen = [_trouble(number) for number in range(TROUBLES)]
        self.store.ledger.tally(
            [
                Tally(PIXEL, EVENT, Channel.LIVE, "rejected", one.key.reason, time.time(), (one,))
                for one in seen
            ]
        )
        await self.store.ledger.flush()

    async def _admit(self, events: int, remarks: tuple[Finding, ...] = ()) -> None:
        numbers = [next(self._numbers) for _ in range(events)]
        made = (self._event(number) for number in numbers)
        await self.store.ledger.admit(
            [structs.replace(event, findings=(*event.findings, *remarks)) for event in made]
            if remarks
            else [*made]
        )
        self.size += events

    async def _call_new(self) -> None:
        first = next(self._early)
        await self._call(range(first, first + CALLS))

    async def _call(self, numbers: Iterable[int]) -> None:
        """Report the Pixel's calls of these orders; some under an id that no server knows."""
        now = time.time()
        called = []
        for number in numbers:
            if number % UNSEEN:
                name = event_id(number) if number % UNSEEN > 1 else f"px_{number}"
                told, order = self._template.fingerprint, _order(number)
                copy = Copy(EVENT, name, now, now, told, order[:8])
                called.append(Evidence(PIXEL, now, copy, order, order))
        await self.store.pairs.note(called)

    async def _name(self) -> list[list[Name]]:
        newest = range(self.size - RECENT, self.size)
        some = [_order(self._random.choice(newest)) for _ in range(CALLS)]
        asked = [
            Nameless(PIXEL, EVENT, time.time(), order, order[:8], self._some_id()) for order in some
        ]
        return await self.store.pairs.names(asked)

    async def _claim(self) -> list[Due]:
        return await self.store.ledger.claim(LANE, BATCH, time.time())

    async def _view(self) -> object:
        """Gather what ``GET /api/delivery`` tells."""
        now = time.time()
        rollup = await self.store.rollups.between(now - WINDOW + MINUTE, now + MINUTE)
        waiting = await self.store.archive.waiting()
        return figures(rollup, waiting, lanes_of(rollup, waiting))

    async def _quality(self) -> object:
        """Gather what ``GET /api/quality`` tells."""
        today = day_of(time.time())
        return assess(await self.store.quality.coverage(CoverageFilter(today - 6, today)))

    async def _deliver(self) -> None:
        due = tuple(await self._claim())
        body = request_body(LANE, [one.wire for one in due])
        batch = Batch(f"batch-{due[0].seq}", LANE, due, body)
        await self.store.ledger.intend(batch, time.time())
        answer = Answer(time.time(), "delivered", 0.05, 200, 0, "OK", batch.batch_id)
        changes = [Change(one.seq, State.DELIVERED) for one in due]
        await self.store.ledger.record(batch.batch_id, answer, changes)

    async def _waiting(self) -> int:
        stats = await self.store.archive.stats()
        return sum(cell.count for cell in stats.states if cell.name == State.QUEUED)

    def _some_id(self) -> str:
        return event_id(self._random.randrange(self.size))

    def _event(self, number: int) -> Event:
        digest = _order(number)
        key = EventKey(PIXEL, EVENT, event_id(number))
        return structs.replace(
            self._template,
            key=key,
            order=digest,
            received_at=time.time(),
            presence=self._presences[number % len(self._presences)],
        )


def _trouble(number: int) -> Sighting:
    """Make a problem of its own; at most 50 are alike."""
    reason = REASONS_SEEN[number % len(REASONS_SEEN)]
    key = ProblemKey(
        PIXEL, Channel.LIVE, Source.BACKEND, EVENT, Origin.LOCAL, None, reason, f"field{number}"
    )
    return Sighting(key, Sample(time.time(), event_id(number), f"/data/0/field{number}"))


def _order(number: int) -> bytes:
    """Make the digest of an order."""
    return blake2b(number.to_bytes(8, "big"), digest_size=16).digest()


def _accepted(rules: PixelRules) -> Event:
    """Make one event as intake makes it; the others differ from it in their keys."""
    read = read_envelope(envelope(range(1)))
    assert not isinstance(read, Unreadable)  # noqa: S101 - we wrote it
    (raw,) = raw_events(read, source=Source.BACKEND, verified=True)
    outcome = process(raw, rules, time.time())
    assert isinstance(outcome, Accepted)  # noqa: S101 - as above
    return outcome.event


async def measured(
    folder: Path, sizes: tuple[int, ...], times: int, only: tuple[str, ...] = ("",)
) -> dict[str, list[float]]:
    """Return the seconds of each cost at each of *sizes*, whose name begins with one of *only*."""
    (folder / STORE_KEY).write_text(KEY.hex(), "ascii")
    ledger: Ledger | None = None
    told: dict[str, list[float]] = {}
    for size in sizes:
        async with _opened(folder) as store:
            if ledger is None:
                ledger = Ledger(store)
                await ledger.begin()
            ledger.store = store
            started = time.perf_counter()
            await ledger.grow(size)
            took = time.perf_counter() - started
            Console(stderr=True).print(f"{size:,} events after {took:.0f} s", style="dim")
            _keep_in_memory(folder)
            costs = {name: cost for name, cost in ledger.costs().items() if name.startswith(only)}
            found = await calmest(costs, times)
        if START.startswith(only):
            found[START] = calmest_start(folder)
        for name, seconds in found.items():
            told.setdefault(name, []).append(seconds)
    return told


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[SqliteStore]:
    """Open the store; a gateway is to have it between two sizes."""
    store = await SqliteStore.open(folder / STORE, KEY, SystemClock())
    try:
        yield store
    finally:
        await store.aclose()


def _keep_in_memory(folder: Path) -> None:
    """Read the store through, so that all of it is in the system's memory as far as it fits.

    What the file grew by minutes ago the system may have let go of, and then a look-up would take
    as long as the disk does.
    """
    for file in folder.iterdir():
        with file.open("rb") as content:
            while content.read(1 << 24):
                pass


def show(told: dict[str, list[float]], sizes: tuple[int, ...]) -> bool:
    """Print the table; tell whether no cost grew beyond MOST."""
    table = Table(title="p50 in ms, by events in the ledger", title_justify="left", box=None)
    for heading in ("", *(f"{size:,}" for size in sizes), "last / first", f"≤ {MOST}"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, taken in told.items():
        ratio = taken[-1] / taken[0]
        shown = (f"{seconds * 1e3:.3g}" for seconds in taken)
        table.add_row(name, *shown, f"{ratio:.2f}", "met" if ratio <= MOST else "MISSED")
    Console(highlight=False).print(table)
    return all(taken[-1] <= MOST * taken[0] for taken in told.values())


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("make bench-growth", description=__doc__)
    parser.add_argument("--long", action="store_true", help="up to 10 million events")
    parser.add_argument("--sizes", nargs="+", type=int, help="other sizes, the smallest first")
    parser.add_argument("--times", type=int, default=TIMES, help="measurements in each round")
    parser.add_argument("--only", nargs="+", default=[""], help="what begins so, such as pairs")
    parser.add_argument("--folder", type=Path, help="where the store lies (a temporary folder)")
    options = parser.parse_args(arguments)
    sizes = tuple(options.sizes or (LONG if options.long else SIZES))
    with tempfile.TemporaryDirectory(prefix="growth-", dir=options.folder) as folder:
        told = asyncio.run(measured(Path(folder), sizes, options.times, tuple(options.only)))
    return 0 if show(told, sizes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
