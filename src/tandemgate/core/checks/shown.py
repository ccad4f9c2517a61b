"""What the browser of the test shows: the click, the Pixel's cookie, and consent."""

from collections.abc import Callable, Iterator
from typing import Final

from tandemgate.catalog.trials import CONSENT, LANDING, TTP
from tandemgate.core.audit import tell
from tandemgate.core.checks.view import View, about
from tandemgate.model.admission import Entry
from tandemgate.model.consent import RegionClass
from tandemgate.model.trial import Line, Mark, Sight, Sighting

ASKS: Final = frozenset({RegionClass.GOVERNED, RegionClass.UNKNOWN})
"""Where nothing may be sent of whom nobody asked."""


def landing(view: View) -> Iterator[Line]:
    """Look for a page that had the click id."""
    yield _on_pages(view, LANDING, "ttclid", lambda seen: seen.ttclid)


def ttp(view: View) -> Iterator[Line]:
    """Look for a page that had the Pixel's cookie."""
    yield _on_pages(view, TTP, "_ttp", lambda seen: seen.ttp)


def _on_pages(view: View, check: str, name: str, has: Callable[[Sighting], bool]) -> Line:
    pages = [one for one in view.traffic.sightings if one.sight is Sight.PAGE]
    found = next(filter(has, pages), None)
    if found is not None:
        return Line(check, Mark.GREEN, f"a page of the visit had {name}", at=found.at)
    if pages:
        return Line(check, Mark.RED, f"pages were seen, none with {name}", at=pages[0].at)
    return Line(check, Mark.WAITING, "no page of a visit in the test was seen")


def consent(view: View) -> Iterator[Line]:
    """Look for what was stated with each event."""
    entries = view.entries
    if not entries:
        yield Line(CONSENT, Mark.WAITING, "no event was seen")
        return
    for entry in entries:
        if fault := _consent_fault(entry):
            yield about(CONSENT, Mark.RED, entry, fault)
            return
    first = entries[0]
    waited = tell(first.decision, first.event_time)["decided_after_ms"]
    stated = "the first event waited for it" if waited else "stated with every event"
    if not _states_consent(first):
        stated = f"nothing stated, and region {first.decision.region.code} asks for nothing"
    yield about(CONSENT, Mark.GREEN, first, stated)


def _consent_fault(entry: Entry) -> str:
    if any(one.reason == "consent_too_late" for one in entry.findings):
        return "the consent was collected too long after the event"
    if not _states_consent(entry) and entry.decision.region_class in ASKS:
        return f"{entry.event} states no consent"
    return ""


def _states_consent(entry: Entry) -> bool:
    decision = entry.decision
    stated = (decision.stated_ad_user_data, decision.stated_ad_personalization)
    return stated != (None, None) or decision.opt_out
