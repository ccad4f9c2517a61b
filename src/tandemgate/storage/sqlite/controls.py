"""What people decide, on SQLite: each decision in one commit with its line of the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b

import msgspec

from tandemgate.core.amend import rename_fields
from tandemgate.model.event import Channel, EventKey
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act, Again, Pause, PixelStand, Settlement
from tandemgate.model.state import State
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.writer import Writer
from tandemgate.storage.telling import MOST_REMARKS, SETTLED_BY_HAND

_encode = msgspec.json.Encoder(order="deterministic").encode
_counts = msgspec.json.Decoder(dict[str, int]).decode

MOST_ACT_REMARKS = 2 * MOST_REMARKS
"""Per event, with those about copies: a full history must still tell that people stepped in."""


class SqliteControls:
    """Keeps the promises of :class:`tandemgate.ports.Controls`. *secret* keys its digests."""

    def __init__(self, writer: Writer, readers: Readers, secret: bytes) -> None:
        self._writer = writer
        self._readers = readers
        self._secret = secret

    async def pixels(self) -> dict[str, PixelStand]:
        return await self._readers.run(_pixels)

    async def pause(self, act: Act) -> None:
        await self._writer.run(partial(_pause, act=act))

    async def resume(self, act: Act) -> None:
        await self._writer.run(partial(_resume, act=act))

    async def configured(self, settings: Mapping[str, bytes], at: Epoch) -> None:
        digests = {
            pixel_id: blake2b(said, digest_size=16, key=self._secret).digest()
            for pixel_id, said in settings.items()
        }
        await self._writer.run(partial(_configure, digests=digests, at=at))

    async def replay(self, events: Sequence[Again], act: Act) -> list[int]:
        return await self._writer.run(partial(_replay, events=events, act=act))

    async def decide(self, settlement: Settlement, act: Act) -> bool:
        return await self._writer.run(partial(_decide, settlement=settlement, act=act))

    async def note(self, act: Act) -> None:
        await self._writer.run(partial(add_act, act=act))

    async def acts(
        self, limit: int, *, before: int | None = None, since: Epoch | None = None
    ) -> list[Act]:
        return await self._readers.run(partial(_acts, values=(before, since, limit)))


def add_act(book: Book, act: Act) -> None:
    """Write one line of the audit log."""
    counts = _encode(act.counts).decode()
    book.operation.run("add_act", (act.at, act.who, act.what, act.pixel_id, act.reason, counts))


def _pixels(reader: Reader) -> dict[str, PixelStand]:
    return {
        pixel_id: PixelStand(None if since is None else Pause(since, why), changed_at)
        for pixel_id, since, why, changed_at in reader.operation.rows("pixels")
    }


def _pause(book: Book, act: Act) -> None:
    book.operation.run("pause", (act.pixel_id, act.at, act.reason))
    add_act(book, act)


def _resume(book: Book, act: Act) -> None:
    book.operation.run("resume", (act.pixel_id,))
    add_act(book, act)


def _configure(book: Book, digests: Mapping[str, bytes], at: Epoch) -> None:
    for pixel_id, digest in digests.items():
        book.operation.run("configure", (pixel_id, digest, at))


def _replay(book: Book, events: Sequence[Again], act: Act) -> list[int]:
    queued = [again.seq for again in events if _queue_again(book, again, act.at)]
    if queued:
        add_act(book, replace(act, counts={**act.counts, "sent": len(queued)}))
    return queued


def _queue_again(book: Book, again: Again, at: Epoch) -> bool:
    kind, state, event_id, pixel_id, event, channel, day, sealed, withdrawn = book.operation.only(
        "standing", (again.seq,)
    )
    if state != again.state or withdrawn:
        return False
    book.step(State(state), State.QUEUED, {kind: 1}, at)
    book.operation.run("queue_again", (at, again.revise, again.seq))
    book.sql.run("add_remark", (again.seq, at, "replayed", again.remark, MOST_ACT_REMARKS))
    if again.wire is not None:
        key = EventKey(pixel_id, event, event_id, Channel(channel))
        stored = book.open(key, day, sealed)
        named = rename_fields(stored, again.wire)
        if named != stored:
            book.sql.run("put_payload", (again.seq, *book.seal(key, named, at)))
    return True


def _decide(book: Book, settlement: Settlement, act: Act) -> bool:
    kind, state, *_ = book.operation.only("standing", (settlement.seq,))
    if state != settlement.state:
        return False
    book.step(settlement.state, settlement.to, {kind: 1}, act.at, SETTLED_BY_HAND)
    end = (settlement.to, SETTLED_BY_HAND, act.at, settlement.seq)
    book.operation.run("settle_by_hand", end)
    remark = (settlement.seq, act.at, "settled", settlement.remark, MOST_ACT_REMARKS)
    book.sql.run("add_remark", remark)
    add_act(book, act)
    return True


def _acts(reader: Reader, values: tuple[int | None, Epoch | None, int]) -> list[Act]:
    rows = reader.operation.rows("acts", values)
    return [
        Act(at, who, what, pixel_id, reason, _counts(counts), number)
        for number, at, who, what, pixel_id, reason, counts in rows
    ]
