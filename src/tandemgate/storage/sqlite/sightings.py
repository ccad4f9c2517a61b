"""Sightings of problems on their way into the book: gathered while it writes, stored with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import apsw
import msgspec

from tandemgate.catalog.problems import SEVERITIES
from tandemgate.core.beacon import CONTEXT
from tandemgate.core.problems import (
    fits,
    local_key,
    others,
    path_of,
    problem_id,
    seen_again,
)
from tandemgate.model.event import Event, Source
from tandemgate.model.finding import Finding
from tandemgate.model.instant import Epoch
from tandemgate.model.problem import ProblemKey, Sample, Sighting, Stand
from tandemgate.storage.gathering import Gathering, Seen, begin_of, hour_of
from tandemgate.storage.sqlite.statements import Statements, listed

_MOST_KNOWN: Final = 10_000
"""Groups that are remembered to exist, before that memory starts anew."""

_MOST_PATHS: Final = 10_000
"""Pointers whose paths are remembered: as many as places in a request times usual fields."""

_Place: TypeAlias = tuple[int, Source, str, str]
"""kind, source, reason, path"""

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _Remarks:
    """The same remark on so many events of one hour.

    ``event`` is the one that came last and ``one`` its remark; ``counted`` is the one that was
    counted last, since an event may have the same remark at several places.
    """

    count: int
    first: Epoch
    hour: int
    event: Event
    one: Finding
    counted: Event


class Sightings:
    """Gathers sightings from the begin of a transaction; :meth:`store` before its commit."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._sql = Statements(connection, "problems.sql")
        self._paths: dict[str, str] = {}
        self._remarks: dict[_Place, _Remarks] = {}
        self._gathering = Gathering()
        self._known: set[str] = set()
        self._settled = self._read_settled()

    def remark(self, kind: int, event: Event, findings: Sequence[Finding]) -> None:
        """Take the remarks on an event of *kind*: most events have some, so it is quick."""
        source, hour = event.source, hour_of(event.received_at)
        for one in findings:
            if one.reason not in SEVERITIES:
                continue
            path = self._paths.get(one.field)
            if path is None:
                path = self._path(one.field)
            place = (kind, source, one.reason, path)
            remarks = self._remarks.get(place)
            if remarks is None or remarks.hour != hour:
                self._begin(place, event, one)
            elif remarks.counted is not event:
                remarks.counted = event
                remarks.count += 1
                last, at = remarks.event, event.received_at
                if at > last.received_at or (
                    at == last.received_at and event.key.event_id > last.key.event_id
                ):
                    remarks.event, remarks.one = event, one
                elif at < remarks.first:
                    remarks.first = at

    def see(self, sighting: Sighting) -> None:
        """Take one sighting."""
        self._gathering.add(sighting.key, sighting.sample)

    def forget(self) -> None:
        """Forget everything since the begin, which is rolled back."""
        self._remarks.clear()
        self._gathering.clear()
        self._known.clear()
        self._settled = self._read_settled()

    def store(self) -> None:
        """Store what was taken; the counters of what was received have to be stored before."""
        for place, remarks in self._remarks.items():
            self._end(place, remarks)
        self._remarks.clear()
        for named, key, seen in self._gathering.take():
            self._add(self._group(named, key, seen), seen)

    def drop(self, before: Epoch, hour: int) -> None:
        """Forget groups that were last seen before *before*, and counts of hours before *hour*."""
        self._sql.run("drop", (before,))
        self._sql.run("drop_hours", (hour,))
        self._known.clear()

    def stand(self, named: str) -> Stand | None:
        """Return how a group stands, if there is one."""
        found = self._sql.row("stand", (named,))
        return None if found is None else Stand(*found)

    def put(self, named: str, stand: Stand) -> None:
        """Let a group stand otherwise."""
        columns = (
            stand.resolved_at,
            stand.muted_at,
            stand.muted_until,
            stand.returned_at,
            stand.returns,
            stand.note,
            stand.by,
        )
        self._sql.run("put_stand", (named, *columns))
        if stand.resolved_at is None and stand.muted_at is None:
            self._settled.discard(named)
        else:
            self._settled.add(named)

    def _path(self, pointer: str) -> str:
        if len(self._paths) >= _MOST_PATHS:
            self._paths.clear()
        path = self._paths[pointer] = path_of(pointer)
        return path

    def _begin(self, place: _Place, event: Event, one: Finding) -> None:
        if before := self._remarks.get(place):
            self._end(place, before)
        at = event.received_at
        self._remarks[place] = _Remarks(1, at, hour_of(at), event, one, event)

    def _end(self, place: _Place, remarks: _Remarks) -> None:
        _, source, reason, path = place
        event, one = remarks.event, remarks.one
        sample = Sample(event.received_at, event.key.event_id, one.field, one.note)
        key = local_key(event.key, source, reason, path)
        self._gathering.add(key, sample, first=remarks.first, times=remarks.count)

    def _group(self, named: str, key: ProblemKey, seen: Seen) -> str:
        """Return the name of *key*'s group; a new one is made if there is room."""
        if named in self._known or self._sql.row("exists", (named,)) is not None:
            self._remember(named)
            return named
        alike, of_pixel = self._sql.only(
            "room", (key.pixel_id, key.reason, key.source, key.channel)
        )
        beyond = others(key)
        if key != beyond and not fits(alike, of_pixel):
            return self._group(problem_id(beyond), beyond, seen)
        since, aside = begin_of(hour_of(seen.first)), listed(sorted(CONTEXT))
        where = (key.pixel_id, key.channel, key.event, since, aside)
        columns = (
            *msgspec.structs.astuple(key),
            *self._sql.only("received_before", where),
            seen.first,
            seen.sample.at,
            _encode(seen.sample).decode(),
            *self._sql.only("next_news"),
        )
        self._sql.run("add", (named, *columns))
        self._remember(named)
        return named

    def _add(self, named: str, seen: Seen) -> None:
        sample, count = seen.sample, seen.hours.total()
        self._sql.run("see", (named, count, seen.first, sample.at, _encode(sample).decode()))
        self._sql.many("see_hour", [(hour, named, times) for hour, times in seen.hours.items()])
        if named in self._settled:
            stand = self.stand(named) or Stand()
            again = seen_again(stand, sample.at)
            if again != stand:
                self.put(named, again)
                self._sql.run("put_news", (*self._sql.only("next_news"), named))

    def _remember(self, named: str) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known.add(named)

    def _read_settled(self) -> set[str]:
        return {named for (named,) in self._sql.rows("settled")}
