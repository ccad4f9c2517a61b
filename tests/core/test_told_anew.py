"""A shop system tells its order again, as it stands now: what becomes of what it told before."""

from typing import Any

import pytest
from hypothesis import given
from msgspec import structs

from tandemgate.core.admission import resolve
from tandemgate.core.denial import denials
from tandemgate.core.resolution import Insert, Refuse, Repeat, Replace
from tandemgate.model.admission import Known
from tandemgate.model.consent import Export
from tandemgate.model.event import Event, Source
from tandemgate.model.state import State
from tests.build import an_event
from tests.core.test_admission import (
    DENIED,
    OTHER_VALUE,
    SENT,
    events,
    known,
    reasons,
    stored,
)


def told(**overrides: Any) -> Event:  # noqa: ANN401 - as an_item takes them
    """An order as a shop system tells it."""
    return structs.replace(an_event(**overrides), source=Source.WOOCOMMERCE, amends=True)


def test_while_it_waits_the_newer_amounts_are_sent() -> None:
    """A refund before anything left makes the purchase smaller, not a contradiction."""
    edited = told(properties=OTHER_VALUE)
    resolution = resolve(known(told()), None, None, edited)
    assert isinstance(resolution, Replace)
    assert resolution.event.wire == edited.wire


@pytest.mark.parametrize("state", sorted(SENT - {State.REJECTED}))
def test_once_it_was_sent_it_stays_as_it_was(state: State) -> None:
    """TikTok takes no correction, so nobody needs to be woken for an order that was edited."""
    stands = known(told(), state=state)
    resolution = resolve(stands, None, None, told(properties=OTHER_VALUE))
    assert isinstance(resolution, Repeat)
    assert resolution.event.wire == stands.event.wire
    assert reasons(resolution) == ["order_changed_since"]


@pytest.mark.parametrize(
    "arriving",
    [
        structs.replace(told(properties=OTHER_VALUE), source=Source.BACKEND),
        structs.replace(told(properties=OTHER_VALUE), amends=False),
    ],
)
def test_another_system_contradicts(arriving: Event) -> None:
    """Two systems that tell one order differently are worth a look."""
    assert isinstance(resolve(known(told()), None, None, arriving), Refuse)


def test_the_same_again_is_a_duplicate() -> None:
    """Deliveries are repeated until they are answered."""
    assert reasons(resolve(known(told()), None, None, told())) == []


def test_a_denial_stays_whatever_is_told_anew() -> None:
    """Telling the order anew is no consent."""
    stands = known(told(consent=DENIED))
    resolution = resolve(stands, None, None, told(properties=OTHER_VALUE))
    assert isinstance(resolution, Replace)
    assert b'"email"' not in resolution.event.wire


def test_a_payment_under_another_event_id_is_refused() -> None:
    """TikTok would count it twice, however the order is called."""
    paid = structs.replace(told(), paid_once=True)
    other = structs.replace(paid, key=structs.replace(paid.key, event_id="ord_pi_1"))
    resolution = resolve(None, None, known(paid), other)
    assert resolution == Refuse("same_payment_two_event_ids", (), paid.key.event_id)
    assert isinstance(resolve(None, None, None, other), Insert)


@given(stored(), events)
def test_what_is_told_anew_contradicts_nothing_and_loosens_nothing(
    stands: Known, arriving: Event
) -> None:
    """Whatever stands: what was denied stays denied, and sent bytes never change."""
    source, verified = stands.event.source, stands.event.verified
    anew = structs.replace(arriving, amends=True, source=source, verified=verified)
    resolution = resolve(stands, None, None, anew)
    assert isinstance(resolution, Repeat | Replace)
    before, after = stands.event.decision, resolution.event.decision
    assert after.export is Export.NONE or denials(before) <= denials(after)
    sent = stands.frozen and stands.state is not State.REJECTED
    assert not (sent and isinstance(resolution, Replace))
