"""Groups of problems on SQLite: written by the book with what they are about, read beside it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from tandemgate.core import problems
from tandemgate.core.beacon import CONTEXT
from tandemgate.model.event import Channel
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.problem import (
    Origin,
    ProblemFilter,
    ProblemGroup,
    ProblemKey,
    Sample,
    Share,
    Stand,
    Status,
)
from tandemgate.storage.gathering import begin_of, hour_of
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import add_act
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.statements import listed
from tandemgate.storage.sqlite.writer import Writer

_A_DAY: Final = 24
_sample = msgspec.json.Decoder(Sample).decode


class SqliteProblems:
    """Keeps the promises of :class:`tandemgate.ports.Problems`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def groups(self, wanted: ProblemFilter, now: Epoch) -> list[ProblemGroup]:
        return await self._readers.run(partial(_groups, wanted=wanted, now=now))

    async def find(self, problem_id: str, now: Epoch) -> ProblemGroup | None:
        return await self._readers.run(partial(_find, problem_id=problem_id, now=now))

    async def news(self, after: int, now: Epoch) -> list[ProblemGroup]:
        return await self._readers.run(partial(_news, after=after, now=now))

    async def resolve(self, problem_id: str, act: Act) -> bool:
        return await self._decide(
            problem_id, act, lambda stand: problems.resolved(stand, act.at, act.who, act.reason)
        )

    async def mute(self, problem_id: str, until: Epoch | None, act: Act) -> bool:
        return await self._decide(
            problem_id, act, lambda stand: problems.muted(stand, act.at, until, act.who, act.reason)
        )

    async def unmute(self, problem_id: str, act: Act) -> bool:
        return await self._decide(
            problem_id, act, lambda stand: problems.unmuted(stand, act.who, act.reason)
        )

    async def _decide(self, problem_id: str, act: Act, decide: Callable[[Stand], Stand]) -> bool:
        return await self._writer.run(
            partial(_decide, problem_id=problem_id, act=act, decide=decide)
        )


def _decide(book: Book, problem_id: str, act: Act, decide: Callable[[Stand], Stand]) -> bool:
    stand = book.sightings.stand(problem_id)
    if stand is None:
        return False
    book.sightings.put(problem_id, decide(stand))
    add_act(book, problems.told(act, problem_id))
    return True


def _groups(reader: Reader, wanted: ProblemFilter, now: Epoch) -> list[ProblemGroup]:
    rows = reader.problems.rows("groups + all", (wanted.pixel_id,))
    seen = [row for row in rows if wanted.pixels is None or row[1] in wanted.pixels]
    return _told(reader, seen, now)


def _find(reader: Reader, problem_id: str, now: Epoch) -> ProblemGroup | None:
    found = _told(reader, reader.problems.rows("groups + one", (problem_id,)), now)
    return found[0] if found else None


def _news(reader: Reader, after: int, now: Epoch) -> list[ProblemGroup]:
    told = _told(reader, reader.problems.rows("groups + since", (after,)), now)
    return [group for group in told if problems.status_of(group.stand, now) is Status.OPEN]


def _told(reader: Reader, rows: list[tuple[Any, ...]], now: Epoch) -> list[ProblemGroup]:
    if not rows:
        return []
    since = hour_of(now) - _A_DAY + 1
    lately = dict(reader.problems.rows("lately", (since,)))
    received = _received(reader, begin_of(since))
    return [_group(row, lately.get(row[0], 0), received) for row in rows]


def _received(reader: Reader, since: Epoch) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Events ever received, and lately, by pixel, channel and event; "" stands for all events."""
    received: dict[tuple[str, str, str], tuple[int, int]] = {}
    asked = (since, listed(sorted(CONTEXT)))
    for pixel_id, channel, event, ever, lately in reader.problems.rows("received", asked):
        for where in {(pixel_id, channel, event), (pixel_id, channel, "")}:
            before = received.get(where, (0, 0))
            received[where] = (before[0] + ever, before[1] + lately)
    return received


def _group(
    row: tuple[Any, ...], lately: int, received: dict[tuple[str, str, str], tuple[int, int]]
) -> ProblemGroup:
    (
        problem_id, pixel_id, channel, source, event, origin, code, reason, field, count, before,
        first_seen, last_seen, sample, news, *stand,
    ) = row  # fmt: skip
    key = ProblemKey(pixel_id, Channel(channel), source, event, Origin(origin), code, reason, field)
    ever_of, lately_of = received.get((pixel_id, channel, event), (0, 0))
    return ProblemGroup(
        problem_id,
        key,
        first_seen,
        last_seen,
        _sample(sample),
        Share(lately, lately_of),
        Share(count, max(0, ever_of - before)),
        news,
        Stand(*stand),
    )
