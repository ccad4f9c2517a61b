"""Storing what arrives: look up, ask the rules, apply."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias, TypeVar

from tandemgate.core import admission
from tandemgate.core import resolution as resolving
from tandemgate.core.problems import of_clash
from tandemgate.core.resolution import Insert, Refuse, Repeat, Replace, standing
from tandemgate.core.withdrawal import strikes, struck
from tandemgate.model.admission import Admission, Known
from tandemgate.model.event import Channel, Event, EventKey, Lane, Source
from tandemgate.model.instant import Epoch
from tandemgate.model.state import State
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.newcomers import Newcomers
from tandemgate.storage.sqlite.rows import (
    decision_of,
    detail_columns,
    findings_of,
    fingerprint_of,
    presence_of,
    presence_text,
    traces_of,
    worth_of,
)
from tandemgate.storage.sqlite.statements import listed
from tandemgate.storage.telling import MOST_REMARKS

Mark: TypeAlias = tuple[str, int] | bytes | None
"""event_id and kind, or the digest of an order or an action."""

M = TypeVar("M", bound=Mark)


def admit(book: Book, events: Sequence[Event]) -> list[Admission]:
    """Admit *events* in their order.

    Nearly all are new: they are looked up together and stored together. Whatever shares its key,
    its order or its action with another is looked at by itself, once what came before is stored.
    """
    events = [_screened(book, event) for event in events] if book.withdrawals.any else events
    kinds = [book.kind(event.key) for event in events]
    shared = _shared_marks(book, events, kinds)
    newcomers = Newcomers(book)
    answers = []
    for event, kind in zip(events, kinds, strict=True):
        marks = (event.key.event_id, kind), event.order, event.action
        if shared and not shared.isdisjoint(marks):
            newcomers.store()
            answers.append(_admit(book, newcomers, event, kind, *_alike(book, event, kind)))
        else:
            answers.append(_admit(book, newcomers, event, kind))
    newcomers.store()
    return answers


def apply(book: Book, kind: int, known: Known, resolution: Repeat | Replace, at: Epoch) -> None:
    """Let a stored event become what *resolution* says."""
    match resolution:
        case Replace(stored):
            _replace(book, kind, known, stored, at)
        case Repeat():
            _repeat(book, kind, known, resolution, at)


def _screened(book: Book, event: Event) -> Event:
    """Return *event*, or what is left of it when its consent was withdrawn since."""
    withdrawal = book.withdrawals.of(event.key.pixel_id, event.traces)
    reason = strikes(withdrawal, event) if withdrawal else None
    return struck(event, reason) if reason else event


def _shared_marks(book: Book, events: Sequence[Event], kinds: Sequence[int]) -> set[Mark]:
    """Return what *events* have in common with one another, or with what the ledger holds."""
    ids = [event.key.event_id for event in events]
    orders = [event.order for event in events if event.order]
    actions = [event.action for event in events if event.action]
    asked = listed(ids), listed(orders), listed(actions)
    shared: set[Mark] = {
        mark if kind is None else (mark, kind)
        for mark, kind in book.sql.rows("stored_marks", asked)
    }
    keys = list(zip(ids, kinds, strict=True))
    return shared.union(_repeated(keys), _repeated(orders), _repeated(actions))


def _repeated(marks: Sequence[M]) -> Iterable[M]:
    if len(set(marks)) == len(marks):
        return ()
    return [mark for mark, times in Counter(marks).items() if times > 1]


def _alike(book: Book, event: Event, kind: int) -> tuple[Known | None, Known | None, Known | None]:
    """Return what is known under the event's key, or else of its order and of its action."""
    known = _known(book, "find_event", event.key.event_id, kind)
    if known is not None:
        return known, None, None
    same_order = _known(book, "find_order", event.order) if event.order else None
    same_action = _known(book, "find_action", event.action) if event.action else None
    return None, same_order, same_action


def _admit(  # noqa: PLR0913, PLR0917 - what is known is three things
    book: Book,
    newcomers: Newcomers,
    event: Event,
    kind: int,
    known: Known | None = None,
    same_order: Known | None = None,
    same_action: Known | None = None,
) -> Admission:
    resolution = admission.resolve(known, same_order, same_action, event)
    if isinstance(resolution, Insert):
        return newcomers.add(resolution, kind)
    book.count(kind, *resolving.outcome(resolution), event.received_at)
    if found := resolving.findings(resolution, event):
        book.sightings.remark(kind, event, found)
    if isinstance(resolution, Refuse):
        book.sightings.see(of_clash(resolution, event))
    elif known is not None:
        apply(book, kind, known, resolution, event.received_at)
    subject = known or same_order
    if subject is not None:
        for remark in resolving.remarks(resolution, event):
            columns = (subject.seq, remark.at, remark.stage, remark.detail, MOST_REMARKS)
            book.sql.run("add_remark", columns)
    return resolving.answer(resolution, known)


def _replace(book: Book, kind: int, known: Known, event: Event, at: Epoch) -> None:
    begins = standing(event)
    state = known.state
    if begins.state is not state:
        state = book.step(state, begins.state, {kind: 1}, at, begins.reason)
    columns = (
        book.lane(event.lane),
        event.event_time,
        at,
        event.source,
        event.verified,
        state,
        begins.reason,
        begins.due_at,
        event.order,
        event.action,
        known.seq,
    )
    book.sql.run("replace_event", columns)
    book.retraced.append(known.seq)
    _put_detail(book, kind, known, event)
    _put_payload(book, known.seq, event, at)


def _repeat(book: Book, kind: int, known: Known, repeat: Repeat, at: Epoch) -> None:
    state, event = known.state, repeat.event
    if repeat.state is not None:
        state = book.step(state, repeat.state, {kind: 1}, at, repeat.reason)
        book.sql.run("end_wait", (known.seq,))
    anew = event.wire != known.event.wire
    columns = (
        at,
        event.verified,
        state,
        repeat.reason,
        event.order,
        event.action,
        anew,
        repeat.withdrawn,
        known.seq,
    )
    book.sql.run("amend_event", columns)
    if event.traces != known.event.traces:
        book.retraced.append(known.seq)
    if event != known.event:
        _put_detail(book, kind, known, event)
    if anew:
        _put_payload(book, known.seq, event, at)


def _put_detail(book: Book, kind: int, known: Known, event: Event) -> None:
    presence = presence_text(event.presence)
    columns = (book.decision(event.decision), *detail_columns(event, presence), known.seq)
    book.sql.run("put_detail", columns)
    for stands, times in ((known.event, -1), (event, 1)):
        presence, number = presence_text(stands.presence), book.decision(stands.decision)
        book.coverage.add((kind, event.received_at, presence, number, stands.findings), times)


def _put_payload(book: Book, seq: int, event: Event, at: Epoch) -> None:
    if event.wire:
        columns = (seq, *book.seal(event.key, event.wire, at))
        book.sql.run("put_payload", columns)
    else:
        book.sql.run("drop_payload", (seq,))


def _known(book: Book, finder: str, *words: object) -> Known | None:
    found = book.sql.row(finder, words)
    return None if found is None else read_known(book, found[0])


def read_known(book: Book, seq: int) -> Known:
    """Read a stored event as the rules see it."""
    (
        state, revision, unknown, frozen, event_time, received_at,
        source, verified, order, action, event_id,
        pixel_id, name, channel, test_event_code,
        decision, collected_at, decided_at, sources, held_until, presence,
        fingerprint, findings, traces, day, sealed, withdrawn,
        worth, currency,
    ) = book.sql.only("known", (seq,))  # fmt: skip
    key = EventKey(pixel_id, name, event_id, Channel(channel))
    event = Event(
        key=key,
        lane=Lane(pixel_id, test_event_code),
        event_time=event_time,
        received_at=received_at,
        source=Source(source),
        verified=bool(verified),
        decision=decision_of(decision, collected_at, sources),
        presence=presence_of(presence),
        findings=findings_of(findings),
        fingerprint=fingerprint_of(fingerprint),
        wire=book.open(key, day, sealed),
        order=order,
        action=action,
        held_until=held_until,
        decided_at=decided_at,
        traces=traces_of(traces),
        worth=worth_of(worth, currency),
    )
    return Known(seq, State(state), revision, unknown, bool(frozen), event, bool(withdrawn))
