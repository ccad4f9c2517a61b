"""What every line of the checklist is judged by, and the shapes that lines have."""

from typing import NamedTuple

from tandemgate.catalog.events import LEGACY, PURCHASES
from tandemgate.model.admission import Entry
from tandemgate.model.instant import Epoch
from tandemgate.model.trial import Line, Mark, Traffic, Trial


class View(NamedTuple):
    """A test session, what its newest window showed, and the time."""

    trial: Trial
    traffic: Traffic
    now: Epoch

    @property
    def entries(self) -> list[Entry]:
        """The stored events, oldest first."""
        return [one.entry for one in self.traffic.stories]

    @property
    def conversions(self) -> list[Entry]:
        """Those of them that the test is about in the end."""
        wanted = conversions_of(self.trial)
        return [one for one in self.entries if one.event in wanted]


def conversions_of(trial: Trial) -> frozenset[str]:
    """Return the names of what the test ends in: purchases, else the last of its events."""
    wanted = frozenset[str]().union(*map(names_of, trial.events))
    return wanted & PURCHASES or names_of(trial.events[-1])


def names_of(event: str) -> frozenset[str]:
    """Return *event* with the name of the other generation that means the same."""
    others = {old for old, new in LEGACY.items() if new == event} | {LEGACY.get(event)}
    return frozenset({event, *(one for one in others if one)})


def all_well(view: View, check: str, seen: str) -> Line:
    """Make the line of a check that no event fails: green where there are any."""
    entries = view.entries
    if not entries:
        return Line(check, Mark.WAITING, "no event was seen")
    return about(check, Mark.GREEN, entries[-1], seen)


def about(check: str, mark: Mark, entry: Entry, seen: str, fix: str = "") -> Line:
    """Make a line whose evidence is one stored event."""
    return Line(check, mark, seen, entry.event_id, entry.received_at, fix)
