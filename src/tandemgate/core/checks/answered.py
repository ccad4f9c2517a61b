"""What came of the test's events: TikTok's answers, refusals, and what was remarked."""

from collections.abc import Iterator
from typing import Final

from tandemgate.catalog.codes import find
from tandemgate.catalog.reasons import REASONS
from tandemgate.catalog.trials import TAKEN, WARNING, WARNINGS
from tandemgate.core.checks.view import View, about, all_well
from tandemgate.model.admission import Entry, Story
from tandemgate.model.finding import Finding
from tandemgate.model.state import FINAL, State
from tandemgate.model.trial import Line, Mark, Sight

DOUBLE_FIRE: Final = "probable_double_fire"


def taken(view: View) -> Iterator[Line]:
    """Look for TikTok's word that it has each event."""
    stories = view.traffic.stories
    for story in stories:
        if _refused(story):
            yield _not_taken(story)
            return
    waiting = next((one for one in stories if one.entry.state is not State.DELIVERED), None)
    if waiting is not None:
        yield about(TAKEN, Mark.WAITING, waiting.entry, _still(waiting))
        return
    yield all_well(view, TAKEN, f"{len(stories)} of {len(stories)} events, code 0")


def _refused(story: Story) -> bool:
    """Tell whether an event ended elsewhere, or waits since TikTok does not take it."""
    state = story.entry.state
    ended = state in FINAL and state is not State.DELIVERED
    answer = story.attempts[-1].code if story.attempts else None
    return ended or (state not in FINAL and bool(answer))


def _not_taken(story: Story) -> Line:
    entry, last = story.entry, story.attempts[-1] if story.attempts else None
    code = find(last.code) if last and last.code else None
    parts = (
        f"{entry.event} is {entry.state}",
        f"code {last.code}" if last and last.code else entry.reason or "",
        last.message if last else "",
    )
    reason = REASONS.get(entry.reason or "")
    fix = code.fix if code else reason.fix if reason else ""
    return about(TAKEN, Mark.RED, entry, ": ".join(filter(None, parts)), fix)


def _still(story: Story) -> str:
    said = story.attempts[-1].message if story.attempts else ""
    return f"{story.entry.event} is {story.entry.state}{f': {said}' if said else ''}"


def warnings(view: View) -> Iterator[Line]:
    """Look for what was refused, and for remarks under which a pixel is not promoted."""
    for one in view.traffic.sightings:
        if one.sight is Sight.REFUSED:
            seen = f"an event was refused: {one.reason} at {one.field or 'the envelope'}"
            fix = REASONS[one.reason].fix if one.reason in REASONS else ""
            yield Line(WARNINGS, Mark.RED, seen, one.event_id, one.at, fix)
            return
    for entry in view.entries:
        for found in entry.findings:
            if _warns(view, entry, found):
                seen = f"{entry.event}: {found.reason}"
                yield about(WARNINGS, Mark.RED, entry, seen, REASONS[found.reason].fix)
                return
    yield all_well(view, WARNINGS, "nothing missing, stale or twice")


def _warns(view: View, entry: Entry, found: Finding) -> bool:
    """Tell whether a finding is one; who tests looks at a product twice, and again after a fix."""
    if found.reason != DOUBLE_FIRE:
        return found.reason in WARNING
    twin = found.note.rpartition(" ")[-1]
    return entry in view.conversions and any(
        one.entry.event_id == twin for one in view.traffic.stories
    )
