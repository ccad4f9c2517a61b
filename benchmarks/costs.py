"""What one event costs in the ledger, and what its consent and its encryption cost.

CPU in this process, on one thread: nothing waits here and nothing is shared.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.orders import PIXEL, envelope
from tandemgate.core.consent import decide, locate
from tandemgate.core.encode import request_body
from tandemgate.core.envelope import Unreadable, raw_events, read_envelope
from tandemgate.core.parse import parse
from tandemgate.core.pipeline import process
from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Event, Lane, RawEvent, Source
from tandemgate.model.outcome import Accepted
from tandemgate.model.rules import PixelRules
from tandemgate.model.state import State
from tandemgate.settings import PixelSettings, TikTokSettings
from tandemgate.storage.seal import Cipher, owner
from tandemgate.storage.sqlite import SqliteStore, admitting, claiming, delivering
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.readers import Reader
from tandemgate.wiring.clock import SystemClock
from tandemgate.wiring.pixels import pixel_rules

GROUP: Final = 1_000
SMALL: Final = (13, 30, 60)
"""Events of one commit when 64 callers send one each, in one process, and of several at once."""

IN_A_ROW: Final = 5
"""Small commits after one another, as they come: the first one after a large one costs twice as
much, since what it reads has left the processor's caches."""

LANE: Final = Lane(PIXEL)
_KEY: Final = b"costs" * 6 + b".."


class Costs:
    """Seconds of CPU of one event at each stage, group by group."""

    def __init__(self) -> None:
        self._taken: dict[str, list[float]] = {}

    @contextmanager
    def of(self, stage: str, events: int = GROUP) -> Iterator[None]:
        """Measure one group of *events*."""
        started = time.process_time()
        yield
        self._taken.setdefault(stage, []).append((time.process_time() - started) / events)

    def usual(self) -> dict[str, float]:
        """Return the median over the groups of each stage."""
        return {stage: median(taken) for stage, taken in self._taken.items()}


class Bench:
    """The gateway's parts on one store, called one after the other."""

    def __init__(self, folder: Path) -> None:
        path = folder / "costs.db"
        self._rules = asyncio.run(_rules_of(path))
        self._cipher = Cipher(_KEY)
        self._book, self._reader = Book(path, self._cipher), Reader(path, self._cipher)
        self._numbers = count()
        self.costs = Costs()

    def take_in(self) -> None:
        """Take one group in: decode, decide, seal, store."""
        costs, events = self.costs, self._accepted(GROUP)
        names = [owner(event.key) for event in events]
        with costs.of("seal a payload"):
            pairs = zip(events, names, strict=True)
            sealed = [self._cipher.seal(event.wire, name) for event, name in pairs]
        with costs.of("open a payload"):
            for text, name in zip(sealed, names, strict=True):
                self._cipher.open(text, name)
        self._book.begin()
        with costs.of("admit: look up, seal, three inserts"):
            admitting.admit(self._book, events)
        with costs.of("commit of 1,000"):
            self._book.commit()
        for size in SMALL:
            for few in [self._accepted(size) for _ in range(IN_A_ROW)]:
                with costs.of(f"admit and commit of {size}", size):
                    self._book.begin()
                    admitting.admit(self._book, few)
                    self._book.commit()

    def deliver(self) -> None:
        """Let one group leave: claim, intend, record."""
        costs, now = self.costs, time.time()
        with costs.of("claim: read and open"):
            self._reader.begin()
            due = tuple(claiming.claim(self._reader, LANE, GROUP, now))
            self._reader.end()
        with costs.of("build the request"):
            body = request_body(LANE, [one.wire for one in due])
        batch = Batch(f"batch-{due[0].seq}", LANE, due, body)
        with costs.of("intend and commit"):
            self._book.begin()
            delivering.intend(self._book, batch, now)
            self._book.commit()
        with costs.of("record and commit"):
            self._record(batch, now)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
        self._book.close()

    def _record(self, batch: Batch, now: float) -> None:
        answer = Answer(now, "delivered", 0.05, 200, 0, "OK", batch.batch_id)
        self._book.begin()
        delivering.record(self._book, batch.batch_id, answer, _delivered(batch.events))
        self._book.commit()

    def _accepted(self, events: int) -> list[Event]:
        body = envelope(range(first := next(self._numbers) * GROUP, first + events))
        raws = _raws(body)
        outcomes = [process(raw, self._rules, time.time()) for raw in raws]
        self._decide(raws)
        return [one.event for one in outcomes if isinstance(one, Accepted)]

    def _decide(self, raws: Sequence[RawEvent]) -> None:
        said = [parsed.signals for raw in raws if (parsed := parse(raw).reported)]
        with self.costs.of("decide about consent", len(said)):
            for signals in said:
                decide(signals, locate(signals.region, None), self._rules.policy)


async def _rules_of(path: Path) -> PixelRules:
    store = await SqliteStore.open(path, _KEY, SystemClock())
    rules = pixel_rules(PixelSettings(PIXEL), TikTokSettings(), store)
    await store.aclose()
    return rules


def _raws(body: bytes) -> list[RawEvent]:
    read = read_envelope(body)
    assert not isinstance(read, Unreadable)  # noqa: S101 - we wrote it
    return list(raw_events(read, source=Source.BACKEND, verified=True))


def _delivered(events: Sequence[Due]) -> list[Change]:
    return [Change(due.seq, State.DELIVERED) for due in events]


def measured(folder: Path, groups: int) -> dict[str, float]:
    """Return the seconds of CPU that one event takes at each stage."""
    bench = Bench(folder)
    for _ in range(groups):
        bench.take_in()
    for _ in range(groups):
        bench.deliver()
    bench.close()
    return bench.costs.usual()
