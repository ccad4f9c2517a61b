"""Browser and server tell of one event; what they say about consent is compared."""

import pytest

from tandemgate.model.admission import Admitted, AlreadyKnown
from tandemgate.model.event import Event
from tandemgate.ports import Archive, Ledger
from tests.build import an_event
from tests.contract.steps import denied, unverified, waiting_item

ID = "ord_10492_complete_payment"
MISMATCH = "consent_mismatch"


def silent() -> Event:
    """A copy that says nothing about personalization."""
    return an_event(consent={"ad_user_data": "GRANTED", "region": "DE"})


async def reasons(archive: Archive) -> list[str]:
    """What the history of the event says."""
    (story,) = await archive.stories(ID, None, None)
    return [remark.stage for remark in story.remarks]


@pytest.mark.parametrize(
    ("first", "second"),
    [(an_event(), unverified(denied())), (denied(), unverified(an_event()))],
    ids=["the browser denies", "the server denies"],
)
async def test_a_browser_that_says_otherwise_is_remarked_on(
    ledger: Ledger, archive: Archive, first: Event, second: Event
) -> None:
    """Two records of one person's consent contradict each other: somebody has to mend that."""
    await ledger.admit([first])
    (answer,) = await ledger.admit([second])
    assert isinstance(answer, AlreadyKnown)
    assert MISMATCH in {one.reason for one in answer.findings}
    assert MISMATCH in await reasons(archive)
    item = await waiting_item(ledger)
    assert item["properties"]["ad_user_data"] == "DENIED"
    assert "email" not in item["user"]


async def test_a_server_copy_that_takes_the_browsers_place_is_compared_as_well(
    ledger: Ledger, archive: Archive
) -> None:
    """The browser's decision must not be forgotten with its copy."""
    await ledger.admit([unverified(denied(properties={"value": 1, "currency": "EUR"}))])
    (answer,) = await ledger.admit([an_event()])
    assert isinstance(answer, Admitted)
    assert [one.reason for one in answer.findings] == [MISMATCH]
    assert await reasons(archive) == ["replaced", MISMATCH]
    assert (await waiting_item(ledger))["properties"]["ad_user_data"] == "DENIED"


@pytest.mark.parametrize(
    ("first", "second"),
    [(an_event(), unverified(silent())), (an_event(), denied()), (denied(), unverified(denied()))],
    ids=["silence", "two of the server", "the same"],
)
async def test_silence_and_agreement_are_no_mismatch(
    ledger: Ledger, archive: Archive, first: Event, second: Event
) -> None:
    """Only browser against server, and only what both state."""
    await ledger.admit([first])
    await ledger.admit([second])
    assert MISMATCH not in await reasons(archive)
