"""People's word for what no traffic shows is kept with who gave it."""

from tandemgate.model.operation import Act
from tandemgate.model.setup import Confirmed, Prerequisite
from tests.build import NOW, PIXEL
from tests.contract.conftest import Store

DOMAIN = Prerequisite.DOMAIN


def act(at: float, who: str = "anna") -> Act:
    """A line of the audit log about it."""
    return Act(at, who, "confirmed", PIXEL, "a verified domain")


async def test_the_last_word_counts(store: Store) -> None:
    """A domain that was verified anew has a newer date; the audit log keeps both."""
    await store.confirmations.confirm(DOMAIN, act(NOW))
    await store.confirmations.confirm(DOMAIN, act(NOW + 1, "ben"))
    assert await store.confirmations.confirmed() == [Confirmed(PIXEL, DOMAIN, NOW + 1, "ben")]
    assert [one.who for one in await store.controls.acts(10)] == ["ben", "anna"]


async def test_nothing_is_there_until_somebody_says_so(store: Store) -> None:
    """A setup begins in the dark."""
    assert await store.confirmations.confirmed() == []
