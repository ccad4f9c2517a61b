"""Which events belong to a test session, and which never do.

A visit joins one by its link. From then on what happens in it goes to the test's lane, also what a
server reports of it: what decides is the visit that an event is found to belong to. What happened
before it joined or after the test ended is live. So is what leads to it by an order that was bound
before: a test must never swallow a purchase that was meant.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import structs

from tandemgate.core.reading import stated
from tandemgate.core.scrub import holds_identifier
from tandemgate.core.visit import label
from tandemgate.model.beacon import Call
from tandemgate.model.event import Lane, RawEvent, Reported
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.outcome import Conflict, Outcome, Rejected
from tandemgate.model.person import Identifiers
from tandemgate.model.trial import Sight, Sighting, Trial
from tandemgate.model.visit import Binding, Found, Reference, Wanted

_NOBODY: Final = Identifiers()

WINDOW: Final[Seconds] = 600.0
"""How long the traffic of one window counts: the guide asks for ten minutes after every fix."""

LED_FOR: Final[Seconds] = 86_400.0
"""How long after its end a test is still looked for by every order: as late as pages report."""

JOINED_FOR: Final[Seconds] = 86_400.0
"""How long a browser stays in a test that nobody ends."""


def placed(raw: RawEvent, found: Found | None, trials: Mapping[str, Trial]) -> RawEvent:
    """Return *raw* in the lane where it belongs, as the visit that it was *found* to be of tells.

    *trials* are test sessions by their ids, also those that ended. An event that names a
    test_event_code itself stays where it says.
    """
    if found is None or found.visit.trial is None or raw.lane.test_event_code:
        return raw
    trial = trials.get(found.visit.trial.value)
    if trial is None or trial.pixel_id != raw.lane.pixel_id:
        return raw
    # Times of events are whole seconds: that of the end is no more the test's.
    until = math.inf if trial.ended is None else math.floor(trial.ended.at)
    moment = min(found.as_of, _event_time(raw, found.as_of))
    if not math.floor(found.visit.trial.at) <= moment < until:
        return raw
    return structs.replace(raw, lane=lane_of(trial))


def joined_at(stated_at: Epoch, trial: Trial, now: Epoch) -> Epoch | None:
    """Return since when a browser takes part in *trial* that says when it joined, if it does."""
    if trial.ended is not None or now - stated_at > JOINED_FOR:
        return None
    return min(max(stated_at, trial.windows[0].opened_at), now)


def lane_of(trial: Trial) -> Lane:
    """Return the lane of a test session's events."""
    return Lane(trial.pixel_id, trial.test_event_code)


def sightings(raws: Iterable[RawEvent], lane: Lane, now: Epoch) -> list[Sighting]:
    """Tell which ids of the browser each call of a page in the test of *lane* had."""
    return [
        Sighting(Sight.PAGE, now, ttclid=_has(raw.item, "ttclid"), ttp=_has(raw.item, "ttp"))
        for raw in raws
        if raw.lane == lane
    ]


def by_order(raw: RawEvent) -> Wanted | None:
    """Say by what order the visit of *raw* may be found that names it among its properties alone.

    Only where it belongs is told by it: what the visit knew is not filled in, as it would not be
    outside of a test.
    """
    item = raw.item
    if isinstance(item, Reported):
        order = label(item.commerce.order_id)
    else:
        properties = stated(item, "properties")
        order = label(properties.get("order_id")) if isinstance(properties, Mapping) else None
    return Wanted(raw.lane.pixel_id, None, ((Reference.ORDER, order),)) if order else None


def orders_in(calls: Iterable[Call], pixels: Sequence[str]) -> list[Binding]:
    """Return the orders that a page in a test names among the properties of its calls."""
    named = {order for call in calls if (order := label(call.properties.get("order_id")))}
    return [Binding(pixel, Reference.ORDER, order) for pixel in pixels for order in sorted(named)]


def refusals(
    raws: Iterable[RawEvent],
    outcomes: Iterable[Outcome],
    ids: Iterable[str | None],
    lane: Lane,
    now: Epoch,
) -> list[Sighting]:
    """Tell what of the test of *lane* was refused, and why; the ledger never sees it."""
    return [
        Sighting(
            Sight.REFUSED,
            now,
            event_id=event_id,
            reason=found.reason,
            field=_harmless(found.field.removeprefix(raw.pointer)),
        )
        for raw, outcome, event_id in zip(raws, outcomes, ids, strict=True)
        if raw.lane == lane
        for found in _problems(outcome)
    ]


def _harmless(pointer: str) -> str:
    """Leave out where something stood in a field whose very name tells of somebody."""
    return "" if holds_identifier(pointer, _NOBODY) else pointer


def _problems(outcome: Outcome) -> Sequence[Problem]:
    match outcome:
        case Rejected(problems):
            return problems
        case Conflict(_, problem):
            return (problem,)
        case _:
            return ()


def _event_time(raw: RawEvent, otherwise: Epoch) -> Epoch:
    """Return when the action took place; a time that can't be read is refused elsewhere."""
    at = stated(raw.item, "event_time")
    if isinstance(at, str) and at.strip().isdecimal():
        at = int(at[:16])
    return float(at) if isinstance(at, int | float) and not isinstance(at, bool) else otherwise


def _has(item: object, name: str) -> bool:
    user = stated(item, "user")
    return isinstance(user, Mapping) and bool(user.get(name))
