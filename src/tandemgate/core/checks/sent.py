"""What the server sends: whom it is about, what it is worth, and when it happened."""

from collections.abc import Iterator
from typing import Final

from tandemgate.catalog.events import PURCHASES
from tandemgate.catalog.trials import DEVICE, FRESH, STRONG_KEY, VALUE
from tandemgate.core.checks.view import View, about, all_well, conversions_of
from tandemgate.model.admission import Entry
from tandemgate.model.instant import Seconds
from tandemgate.model.person import MatchKey
from tandemgate.model.trial import Line, Mark

FRESH_FOR: Final[Seconds] = 300.0
"""TikTok merges two copies within so long; an event that comes later has waited somewhere."""

CENT: Final = 0.005
SENT: Final = "sent"
STRONG: Final = (MatchKey.EMAIL, MatchKey.PHONE, MatchKey.EXTERNAL_ID)
DEVICE_KEYS: Final = (MatchKey.IP, MatchKey.USER_AGENT)


def device(view: View) -> Iterator[Line]:
    """Look for ip and user agent on every event."""
    for entry in view.entries:
        lacking = [key.value for key in DEVICE_KEYS if entry.match_keys.get(key) != SENT]
        if lacking:
            told = ", ".join(f"{key} {entry.match_keys.get(key, 'missing')}" for key in lacking)
            yield about(DEVICE, Mark.RED, entry, f"{entry.event}: {told}")
            return
    yield all_well(view, DEVICE, "both on every event")


def strong_key(view: View) -> Iterator[Line]:
    """Look for who it was that bought, or signed up."""
    entries = view.conversions
    if not entries:
        yield Line(STRONG_KEY, Mark.WAITING, "no conversion from the server was seen")
        return
    weak = next((one for one in entries if not _strong(one)), None)
    if weak is None:
        yield about(STRONG_KEY, Mark.GREEN, entries[-1], ", ".join(_strong(entries[-1])))
    else:
        yield about(STRONG_KEY, Mark.RED, weak, f"{weak.event} has none")


def _strong(entry: Entry) -> list[str]:
    return [key.value for key in STRONG if entry.match_keys.get(key) == SENT]


def value(view: View) -> Iterator[Line]:
    """Hold a purchase's value against what was bought; a test without one has no such line."""
    bought = [one for one in view.conversions if one.event in PURCHASES]
    if not conversions_of(view.trial) & PURCHASES:
        return
    if not bought:
        yield Line(VALUE, Mark.WAITING, "no purchase from the server was seen")
        return
    lines = [_worth_line(view, entry) for entry in bought]
    yield next((one for one in lines if one.mark is Mark.RED), lines[-1])


def _worth_line(view: View, entry: Entry) -> Line:
    stated = view.traffic.worth.get(entry.seq)
    if stated is None:
        return about(VALUE, Mark.RED, entry, f"{entry.event} states no value that can be read")
    told = f"{stated.value:.2f} {stated.currency}"
    if stated.contents is None:
        return about(VALUE, Mark.GREEN, entry, f"{told}; the contents state no prices to compare")
    apart = abs(stated.value - stated.contents)
    if apart <= CENT + view.trial.tolerance * stated.value:
        return about(VALUE, Mark.GREEN, entry, f"{told}; the contents sum up to it")
    seen = f"{told}, but the contents sum up to {stated.contents:.2f}: {apart:.2f} apart"
    return about(VALUE, Mark.RED, entry, seen)


def fresh(view: View) -> Iterator[Line]:
    """Hold when an event came against when it happened."""
    ages = [
        (one.entry.received_at - one.entry.event_time, one.entry) for one in view.traffic.stories
    ]
    old = next(((age, entry) for age, entry in ages if age > FRESH_FOR), None)
    if old is not None:
        yield about(
            FRESH, Mark.RED, old[1], f"{old[1].event} came {old[0]:.0f} s after it happened"
        )
        return
    oldest = max((age for age, _ in ages), default=0.0)
    yield all_well(view, FRESH, f"each came within {max(oldest, 0):.0f} s")
