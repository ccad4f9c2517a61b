"""Comparing a sheet with the ledger, a batch of orders after the other; memory stays flat."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import msgspec

from tandemgate.cli.ending import Failure
from tandemgate.cli.export import What, rows
from tandemgate.cli.gateway import Gateway, need
from tandemgate.cli.reconcile.seen import Places, Seen
from tandemgate.cli.reconcile.sheetfile import Sheet
from tandemgate.core.reconcile import Reckoning
from tandemgate.core.sheet import LeftOut, LineFault, SheetOrder, SheetReader, Survey, Undecided
from tandemgate.core.spelling import DecimalMark
from tandemgate.model.order import Judged, OrderOutcome, SheetField

BATCH: Final = 500
AHEAD: Final = 3_600.0
OLDEST: Final = 28 * 86_400.0
"""Seconds: the most that ``tiktok.event_age_limit`` can be."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the gateway says about a comparison: see ``GET /api/reconcile``."""

    pixel_id: str
    value_rule: str
    amounts: tuple[SheetField, ...]
    at_least: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller stated about the file and the events."""

    events: Sequence[str]
    event_ids: Sequence[str] = ()
    currency: str | None = None
    decimal: DecimalMark | None = None
    most: int = 20


@dataclass(slots=True)
class Books:
    """What was found so far. Of each list the first ``most`` are kept, all are counted."""

    most: int
    reckoning: Reckoning = field(default_factory=Reckoning)
    faults: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    shown_faults: list[LineFault] = field(default_factory=list)
    absent: list[Judged] = field(default_factory=list)
    differing: list[Judged] = field(default_factory=list)
    twice: list[Judged] = field(default_factory=list)
    extra: list[Mapping[str, Any]] = field(default_factory=list)
    places: Places = field(default_factory=Places)
    since: float | None = None
    until: float | None = None
    untimed: int = 0

    def fault(self, fault: LineFault) -> None:
        """Take note of a line that can't be read."""
        self.faults += 1
        self._keep(self.shown_faults, fault)

    def timed(self, order: SheetOrder) -> None:
        """Widen the span of the file."""
        if order.paid_at is None:
            self.untimed += 1
            return
        self.since = min(order.paid_at, self.since or order.paid_at)
        self.until = max(order.paid_at, self.until or order.paid_at)

    def judged(self, one: Judged) -> None:
        """Count one order."""
        self.reckoning.add(one)
        for place in (one.place, *(other.place for other in one.others)):
            if place is not None:
                self.places.add(place)
        if one.outcome is not OrderOutcome.DELIVERED:
            self._keep(self.absent, one)
        if one.others:
            self._keep(self.twice, one)
        if set(one.remarks) - {"sent_twice"}:
            self._keep(self.differing, one)

    def unknown(self, event: Mapping[str, Any]) -> None:
        """Count an event that was delivered and that the file knows nothing of."""
        self.reckoning.add_extra(event["value"], event["currency"])
        self._keep(self.extra, event)

    def _keep(self, kept: list[Any], one: object) -> None:
        if len(kept) < self.most:
            kept.append(one)


def terms_of(gateway: Gateway, pixel: str | None) -> Terms:
    """Ask what the pixel's value means."""
    told = need(gateway.get("/api/reconcile", {"pixel": pixel}), 200)
    return msgspec.convert(told, Terms, strict=False)


def surveyed(
    sheet: Sheet, terms: Terms, stated: DecimalMark | None
) -> tuple[dict[SheetField, DecimalMark], int]:
    """Look over the whole file; return the decimal mark of each amount, and the last line.

    Raises:
        Failure: a column leaves its mark open, and the caller did not state it.

    """
    survey, last = Survey(), 0
    places = {name: sheet.columns.at[name] for name in terms.amounts}
    for row in sheet.rows():
        last = row.last
        for name, place in places.items():
            if place < len(row.cells):
                survey.look(row.line, name, row.cells[place])
    if stated is not None:
        return dict.fromkeys(terms.amounts, stated), last
    marks = {name: survey.mark(name) for name in terms.amounts}
    for mark in marks.values():
        if isinstance(mark, Undecided):
            raise _undecided(sheet.name, mark)
    return {name: mark for name, mark in marks.items() if isinstance(mark, DecimalMark)}, last


def _undecided(file: str, found: Undecided) -> Failure:
    said = " and ".join(f"{text.strip()} (line {line})" for line, text in found.amounts)
    if len(found.amounts) > 1:
        return Failure(
            f"{file} writes {found.name} in two ways: {said}",
            "--decimal point or --decimal comma; the lines of the other way are told as errors",
        )
    return Failure(
        f"{file} may mean two things by {found.name}: {said}, and no other amount says which mark "
        "is the decimal one",
        "--decimal point, if it is a little more than one; --decimal comma, if it is a thousand",
    )


def compare(
    gateway: Gateway,
    sheet: Sheet,
    terms: Terms,
    asked: Asked,
    *,
    tick: Callable[[int, int], None],
    write: Callable[[Judged], None],
) -> Books:
    """Ask about every order; *tick* hears of the line and the last, *write* of each answer."""
    marks, last = surveyed(sheet, terms, asked.decimal)
    books = Books(asked.most)
    reader = SheetReader(sheet.columns, marks, terms.amounts, asked.currency)
    with Seen() as seen:
        orders = _orders(sheet, reader, books, seen)
        while batch := list(islice(orders, BATCH)):
            for one in _answers(gateway, terms, asked, batch, books):
                books.judged(one)
                write(one)
            tick(batch[-1].line, last)
    return books


def find_extra(
    gateway: Gateway,
    terms: Terms,
    asked: Asked,
    books: Books,
    write: Callable[[Mapping[str, Any]], None],
) -> None:
    """Look for purchases that were delivered in the span of the file and that it knows not of.

    What happened in the span came to the gateway from an hour before it, by a clock that is ahead,
    until the oldest events that are taken at all.
    """
    since, until = books.since, books.until
    if since is None or until is None:
        return
    for event in asked.events:
        wanted = {
            "pixel": terms.pixel_id,
            "event": event,
            "state": "DELIVERED",
            "since": since - AHEAD,
            "until": until + OLDEST,
        }
        for row in rows(gateway, What.EVENTS, wanted):
            known = row["channel"] != "live" or row["place"] in books.places
            if not known and since <= row["event_time"] <= until:
                books.unknown(row)
                write(row)


def _orders(sheet: Sheet, reader: SheetReader, books: Books, seen: Seen) -> Iterator[SheetOrder]:
    """Read the orders; what is none of them is noted in *books*."""
    for row in sheet.rows():
        read = LineFault(row.line, row.broken) if row.broken else reader.read(row.line, row.cells)
        match read:
            case LineFault():
                books.fault(read)
            case LeftOut(why=why):
                books.left_out[why] += 1
            case SheetOrder():
                if _is_new(read, books, seen):
                    books.timed(read)
                    yield read


def _is_new(order: SheetOrder, books: Books, seen: Seen) -> bool:
    """Tell whether an order stands here for the first time; the same again is no mistake."""
    said = f"{' '.join(f'{amount.normalize():f}' for amount in order.amounts.values())}"
    total = f"{said} {order.currency}"
    before = seen.note(order.order, order.line, total)
    if before is None:
        return True
    if before.total == total:
        books.left_out["repeated"] += 1
    else:
        text = (
            f"order {order.order} is {total} here and {before.total} in line {before.line}; that "
            "line counts"
        )
        books.fault(LineFault(order.line, text))
    return False


def _answers(
    gateway: Gateway, terms: Terms, asked: Asked, batch: Sequence[SheetOrder], books: Books
) -> Iterable[Judged]:
    body = {
        "pixel": terms.pixel_id,
        "events": list(asked.events),
        "event_ids": list(asked.event_ids),
        "orders": [
            {
                "order": one.order,
                "currency": one.currency,
                **{name: f"{amount:f}" for name, amount in one.amounts.items()},
            }
            for one in batch
        ],
    }
    told = need(gateway.post("/api/reconcile", json.dumps(body).encode()), 200)
    for problem in told["problems"]:
        line = batch[int(problem["field"].split("/")[2])].line
        said = f"{problem['reason']}: {problem['received']} came, expected {problem['expected']}"
        books.fault(LineFault(line, said))
    return msgspec.convert(told["results"], list[Judged])
