"""Which rungs traffic lights, and what needs a person's word."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from tandemgate.catalog.setup import PREREQUISITES, RUNGS
from tandemgate.core.setup import climb, standings
from tandemgate.model.consent import Flag
from tandemgate.model.money import Money
from tandemgate.model.setup import Confirmed, Prerequisite, Rung, Standing
from tandemgate.model.state import State
from tandemgate.storage.memory.rows import Row, as_entry
from tests.build import NOW, PIXEL, an_event

G, D = Flag.GRANTED, Flag.DENIED


def entry(event: str = "ViewContent", state: State = State.DELIVERED, **shown: Any) -> Any:  # noqa: ANN401
    """A stored event that shows what the test is about."""
    stated = shown.pop("stated", (None, None))
    found = as_entry(Row(1, an_event(), state, None, None, NOW))
    decision = structs.replace(
        found.decision, stated_ad_user_data=stated[0], stated_ad_personalization=stated[1]
    )
    keys = dict.fromkeys(shown.pop("sent", ()), "sent")
    return replace(
        found,
        event=event,
        state=state,
        decision=decision,
        match_keys=keys,
        **{"worth": None, **shown},
    )


CASES = {
    "a delivered event": (entry(), {"endpoint"}),
    "a refused one": (entry(state=State.REJECTED, sent=("email",), stated=(G, G)), set[str]()),
    "a click without the visitor's browser": (entry(sent=("ttclid",)), {"endpoint"}),
    "a visit": (entry(sent=("ttp", "ip", "user_agent")), {"endpoint", "browser_ids"}),
    "an email": (entry(sent=("email",)), {"endpoint", "match_keys"}),
    "a page view with a value": (entry(worth=None), {"endpoint"}),
    "one signal": (entry(stated=(G, None)), {"endpoint"}),
    "a denial": (entry(stated=(D, D)), {"endpoint", "consent"}),
}


@pytest.mark.parametrize(("seen", "lit"), CASES.values(), ids=CASES)
def test_an_event_lights_what_it_shows(seen: Any, lit: set[str]) -> None:  # noqa: ANN401
    """The table is the specification."""
    assert {one.rung.value for one in climb([seen]) if one.at is not None} == lit


def test_a_purchase_with_its_value_lights_the_value() -> None:
    """The last layer before consent."""
    paid = replace(entry("CompletePayment"), worth=Money(12995, "EUR"))
    assert {one.rung for one in climb([paid]) if one.at} == {Rung.ENDPOINT, Rung.VALUE}


def test_the_newest_event_is_named() -> None:
    """Whoever doubts looks it up."""
    old = replace(entry(), event_id="old", received_at=NOW - 1)
    new = replace(entry(), event_id="new", received_at=NOW)
    assert climb([new, old])[0].event_id == "new"


def test_what_traffic_proves_needs_nobodys_word() -> None:
    """And what it can't prove has a name and a date."""
    said = [
        Confirmed(PIXEL, Prerequisite.DOMAIN, NOW - 5, "anna"),
        Confirmed(PIXEL, Prerequisite.TOKEN, NOW - 5, "anna"),
    ]
    assert standings(NOW, NOW - 1, "7123", climb([entry()]), said) == [
        Standing(Prerequisite.BUSINESS_CENTER),
        Standing(Prerequisite.PIXEL, NOW - 1),
        Standing(Prerequisite.TOKEN, NOW),
        Standing(Prerequisite.ENDPOINT, NOW),
        Standing(Prerequisite.DOMAIN, NOW - 5, "anna"),
    ]


def test_a_pixel_without_its_advertiser_is_not_proven() -> None:
    """It may be the Pixel of another account."""
    stand = standings(NOW, NOW, "", climb([]), [])
    assert [one.at for one in stand] == [None, None, None, NOW, None]


def test_every_step_is_explained() -> None:
    """In the guide's order."""
    assert list(PREREQUISITES) == list(Prerequisite)
    assert list(RUNGS) == list(Rung)
