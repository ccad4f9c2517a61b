"""Test sessions on SQLite."""

from collections.abc import Sequence
from functools import partial

import msgspec

from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.trial import Sighting, Trial
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import add_act
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.writer import Writer

_encode = msgspec.json.Encoder().encode
_trial = msgspec.json.Decoder(Trial).decode
_sighting = msgspec.json.Decoder(Sighting).decode


class SqliteTrials:
    """Keeps the promises of :class:`tandemgate.ports.Trials`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def keep(self, trial: Trial, act: Act) -> bool:
        return await self._writer.run(partial(_keep, trial=trial, act=act))

    async def newest(self, limit: int) -> list[Trial]:
        return await self._readers.run(partial(_newest, limit=limit))

    async def note(self, trial_id: str, seen: Sequence[Sighting]) -> None:
        await self._writer.run(partial(_note, trial_id=trial_id, seen=seen))

    async def seen(self, trial_id: str, since: Epoch) -> list[Sighting]:
        return await self._readers.run(partial(_seen, trial_id=trial_id, since=since))


def _keep(book: Book, trial: Trial, act: Act) -> bool:
    columns = (
        trial.trial_id,
        trial.pixel_id,
        trial.revision,
        trial.ended is None,
        _encode(trial).decode(),
    )
    name = "begin_trial" if trial.revision == 1 else "change_trial"
    if book.trials.row(name, columns) is None:
        return False
    if trial.ended is not None:
        book.trials.run("forget", (trial.trial_id,))
    add_act(book, act)
    return True


def _newest(reader: Reader, limit: int) -> list[Trial]:
    return [_trial(content) for (content,) in reader.trials.rows("trials", (limit,))]


def _note(book: Book, trial_id: str, seen: Sequence[Sighting]) -> None:
    for one in seen:
        book.trials.run("note", (trial_id, one.at, _encode(one).decode()))


def _seen(reader: Reader, trial_id: str, since: Epoch) -> list[Sighting]:
    rows = reader.trials.rows("seen", (trial_id, since))
    return [_sighting(content) for (content,) in rows]
