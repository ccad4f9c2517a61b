"""Storing what arrives: look up, ask the rules, apply."""

from collections.abc import Sequence
from dataclasses import replace

from tandemgate.core import admission
from tandemgate.core.admission import Insert, Refuse, Repeat, Replace, standing
from tandemgate.model.admission import Admission, Known
from tandemgate.model.event import Channel, Event, EventKey, Lane, Source
from tandemgate.model.instant import Epoch
from tandemgate.model.state import State
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.rows import (
    decision_of,
    detail_columns,
    findings_of,
    fingerprint_of,
    presence_of,
)
from tandemgate.storage.telling import MOST_REMARKS


def admit(book: Book, events: Sequence[Event]) -> list[Admission]:
    """Admit *events* in their order."""
    return [_admit(book, event) for event in events]


def _admit(book: Book, event: Event) -> Admission:
    kind = book.kind(event.key)
    known = _known(book, "find_event", event.key.event_id, kind)
    same_order = same_action = None
    if known is None:
        same_order = _known(book, "find_order", event.order) if event.order else None
        same_action = _known(book, "find_action", event.action) if event.action else None
    resolution = admission.resolve(known, same_order, same_action, event)
    book.count(kind, *admission.outcome(resolution), event.received_at)
    match resolution:
        case Insert(stored, ()):
            _insert(book, kind, stored)
        case Insert(stored, findings):
            _insert(book, kind, replace(stored, findings=(*stored.findings, *findings)))
        case Replace(stored) if known is not None:
            _replace(book, kind, known, stored, event.received_at)
        case Repeat() if known is not None:
            _repeat(book, kind, known, resolution, event.received_at)
        case Refuse() | Replace() | Repeat():
            pass
    subject = known or same_order
    if subject is not None:
        for remark in admission.remarks(resolution, event):
            columns = (subject.seq, remark.at, remark.stage, remark.detail, MOST_REMARKS)
            book.sql.run("add_remark", columns)
    return admission.answer(resolution, known)


def _insert(book: Book, kind: int, event: Event) -> None:
    begins = standing(event)
    seq = book.new_seq()
    columns = (
        seq,
        kind,
        book.lane(event.lane),
        event.key.event_id,
        event.event_time,
        event.received_at,
        event.received_at,
        event.source,
        event.verified,
        book.step(None, begins.state, {kind: 1}, event.received_at, begins.reason),
        begins.reason,
        begins.due_at,
        event.order,
        event.action,
    )
    book.sql.run("add_event", columns)
    detail = (seq, book.decision(event.decision), *detail_columns(event))
    book.sql.run("add_detail", detail)
    _put_payload(book, seq, event, event.received_at)


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
    _put_detail(book, known.seq, event)
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
    if event != known.event:
        _put_detail(book, known.seq, event)
    if anew:
        _put_payload(book, known.seq, event, at)


def _put_detail(book: Book, seq: int, event: Event) -> None:
    columns = (book.decision(event.decision), *detail_columns(event), seq)
    book.sql.run("put_detail", columns)


def _put_payload(book: Book, seq: int, event: Event, at: Epoch) -> None:
    if event.wire:
        columns = (seq, *book.seal(event.key, event.wire, at))
        book.sql.run("put_payload", columns)
    else:
        book.sql.run("drop_payload", (seq,))


def _known(book: Book, finder: str, *words: object) -> Known | None:
    found = book.sql.row(finder, words)
    return None if found is None else _read_known(book, found[0])


def _read_known(book: Book, seq: int) -> Known:
    (
        state, revision, unknown, frozen, event_time, received_at,
        source, verified, order, action, event_id,
        pixel_id, name, channel, test_event_code,
        decision, collected_at, decided_at, sources, held_until, presence,
        fingerprint, findings, day, sealed,
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
    )
    return Known(seq, State(state), revision, unknown, bool(frozen), event)
