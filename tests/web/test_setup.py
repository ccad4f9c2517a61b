"""How far each setup has come, and a person's word for what no traffic shows."""

from typing import Any

import pytest

from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.event import Lane
from tandemgate.model.state import State
from tests.build import PIXEL
from tests.web.gateway import ADMIN_KEY, OTHER_PIXEL, READ_KEY, SERVER_KEY, Gateway

CONFIRM = "/api/setup/confirm"


async def of_pixel(gateway: Gateway, key: str = SERVER_KEY) -> dict[str, Any]:
    """How far the first pixel is."""
    told: dict[str, Any] = (await gateway.get("/api/setup", key)).json["pixels"][0]
    return told


async def delivered(gateway: Gateway) -> None:
    """Let TikTok take what waits."""
    due = await gateway.store.claim(Lane(PIXEL), 50, gateway.clock.at)
    batch = Batch("b-1", Lane(PIXEL), tuple(due), b"")
    await gateway.store.intend(batch, gateway.clock.at)
    answer = Answer(gateway.clock.at, "delivered", 0.05, 200, 0, "OK", "r-1")
    await gateway.store.record("b-1", answer, [Change(one.seq, State.DELIVERED) for one in due])


async def test_nothing_is_lit_before_the_first_event() -> None:
    """And each step says what brings it about."""
    told = await of_pixel(Gateway())
    assert {one["stands"] for one in told["prerequisites"]} == {"open"}
    assert not any(one["lit"] for one in told["ladder"])
    assert all(one["fix"] for one in (*told["prerequisites"], *told["ladder"]))


async def test_a_delivered_purchase_lights_what_it_shows() -> None:
    """With the event that did, to be looked up."""
    gateway = Gateway()
    await gateway.sent()
    await delivered(gateway)
    told = await of_pixel(gateway)
    assert {one["name"] for one in told["ladder"] if one["lit"]} == {
        "endpoint",
        "match_keys",
        "value",
        "consent",
    }
    assert told["ladder"][0]["event_id"] == "ord_10492_complete_payment"
    stands = {one["name"]: one["stands"] for one in told["prerequisites"]}
    assert (stands["token"], stands["endpoint"]) == ("proven", "proven")


async def test_a_persons_word_has_a_name_and_a_date() -> None:
    """And is a line of the audit log."""
    gateway = Gateway()
    body = {"pixel": PIXEL, "prerequisite": "domain"}
    assert (await gateway.post(body, path=CONFIRM)).status == 200
    (domain,) = (
        one for one in (await of_pixel(gateway))["prerequisites"] if one["name"] == "domain"
    )
    assert (domain["stands"], domain["by"]) == ("confirmed", "orders")
    (act,) = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert (act["what"], act["pixel_id"], act["reason"]) == (
        "confirmed",
        PIXEL,
        "a verified domain",
    )


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        ({"pixel": OTHER_PIXEL, "prerequisite": "domain"}, SERVER_KEY, 403),
        ({"pixel": PIXEL, "prerequisite": "luck"}, SERVER_KEY, 400),
        ({"pixel": PIXEL}, SERVER_KEY, 400),
        ({"pixel": PIXEL, "prerequisite": "domain"}, READ_KEY, 403),
    ],
)
async def test_a_word_that_does_not_count(body: dict[str, object], key: str, status: int) -> None:
    """Nothing of it is kept."""
    gateway = Gateway()
    assert (await gateway.post(body, key=key, path=CONFIRM)).status == status
    assert await gateway.store.confirmations.confirmed() == []


async def test_a_key_sees_its_pixels() -> None:
    """An agency's shops are strangers to each other."""
    told = (await Gateway().get("/api/setup", SERVER_KEY)).json["pixels"]
    assert [one["pixel_id"] for one in told] == [PIXEL]
