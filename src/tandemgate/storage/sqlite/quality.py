"""Coverage of match keys on SQLite: read from the counts that every commit keeps."""

from functools import partial

from tandemgate.model.operation import Act
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.quality import Coverage, CoverageFilter, Covered, Gap, Score
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import add_act
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.rows import presence_of
from tandemgate.storage.sqlite.writer import Writer


class SqliteQuality:
    """Keeps the promises of :class:`tandemgate.ports.Quality`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def coverage(self, wanted: CoverageFilter) -> Coverage:
        return await self._readers.run(partial(_coverage, wanted=wanted))

    async def note(self, score: Score, act: Act) -> None:
        await self._writer.run(partial(_note, score=score, act=act))

    async def scores(self, wanted: CoverageFilter) -> list[Score]:
        return await self._readers.run(partial(_scores, wanted=wanted))


def _coverage(reader: Reader, wanted: CoverageFilter) -> Coverage:
    sql = reader.quality
    covered: list[Covered] = []
    gaps: list[Gap] = []
    presences: dict[str, dict[MatchKey, Presence]] = {}
    words = (wanted.channel, wanted.pixel_id, wanted.event)
    for kind, pixel_id, event in sql.rows("kinds", words):
        if wanted.pixels is not None and pixel_id not in wanted.pixels:
            continue
        days = (kind, wanted.first, wanted.last)
        for _, day, text, paid, count in sql.rows("coverage + of_kind", days):
            presence = presences.get(text)
            if presence is None:
                presence = presences[text] = presence_of(text)
            covered.append(Covered(pixel_id, event, day, presence, bool(paid), count))
        for _, day, key, reason, count in sql.rows("gaps + of_kind", days):
            gaps.append(Gap(pixel_id, event, day, MatchKey(key) if key else None, reason, count))
    return Coverage(tuple(covered), tuple(gaps))


def _note(book: Book, score: Score, act: Act) -> None:
    columns = (score.pixel_id, score.event, score.day, score.value, score.noted_at, score.who)
    book.quality.run("note", columns)
    add_act(book, act)


def _scores(reader: Reader, wanted: CoverageFilter) -> list[Score]:
    words = (wanted.first, wanted.last, wanted.pixel_id, wanted.event)
    scores = (Score(*row) for row in reader.quality.rows("scores", words))
    return [one for one in scores if wanted.pixels is None or one.pixel_id in wanted.pixels]
