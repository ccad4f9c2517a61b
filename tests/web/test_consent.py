"""``GET /api/consent…``: every decision, and the proof of one."""

import pytest
from msgspec import structs

from tandemgate.model.admission import Entry
from tests.build import NOW, PIXEL, a_policy, an_envelope, an_event, an_item
from tests.web.gateway import ADMIN_KEY, OTHER_PIXEL, Gateway

ID = "ord_10492_complete_payment"
DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}


@pytest.fixture
async def registered(gateway: Gateway) -> Gateway:
    """A gateway whose policies are numbered, as at each start."""
    await gateway.store.register({PIXEL: a_policy()}, NOW)
    return gateway


async def test_a_decision_is_told_with_its_proof(registered: Gateway) -> None:
    """The officer asks once and has everything."""
    await registered.sent(an_item(consent=DENIED))
    told = (await registered.get(f"/api/consent/{ID}")).json
    assert told["consent"]["stated"] == {
        "ad_user_data": "DENIED",
        "ad_personalization": "DENIED",
        "opt_out": False,
        "child": False,
    }
    assert told["consent"]["removed"] == [
        "email", "external_id", "first_name", "last_name", "phone", "zip_code",
    ]  # fmt: skip
    assert told["rule_meaning"] == "ad_user_data is denied: what names the person stays here."
    assert (told["policy"]["name"], told["policy"]["in_force"]) == ("guide@1", True)
    assert told["again"] == {"verdict": "same", "differences": [], "asked_profile": None}
    assert "user.ip" in told["item"]["fields"]
    assert "user.email" not in told["item"]["fields"]


async def test_a_stricter_profile_of_the_event_is_told(registered: Gateway) -> None:
    """The pixel's policy would have let more go."""
    await registered.sent(an_item(consent=DENIED | {"profile": "strict"}))
    told = (await registered.get(f"/api/consent/{ID}")).json
    assert told["consent"]["policy"] == "strict@1"
    assert (told["again"]["verdict"], told["again"]["asked_profile"]) == ("same", "strict")
    assert told["item"]["fields"].count("user.ip") == 1
    assert "user.user_agent" not in told["item"]["fields"]


async def test_a_decision_that_somebody_changed_is_found_out(registered: Gateway) -> None:
    """A row edited in the store does not pass for a decision."""
    event = an_event(consent=DENIED)
    forged = structs.replace(event.decision, remove=frozenset())
    await registered.store.admit([structs.replace(event, decision=forged)])
    told = (await registered.get(f"/api/consent/{ID}")).json
    assert told["again"]["verdict"] == "differs"
    assert told["again"]["differences"] == ["remove"]


async def test_an_unknown_policy_proves_nothing(gateway: Gateway) -> None:
    """Better to say so than to compare with another one."""
    await gateway.sent()
    told = (await gateway.get(f"/api/consent/{ID}")).json
    assert (told["policy"], told["again"]["verdict"]) == (None, "policy_unknown")


async def test_a_later_denial_is_told_as_what_it_is(registered: Gateway) -> None:
    """What stands keeps back more than the first copy asked for, and says since when."""
    await registered.sent()
    registered.clock.at += 60
    await registered.sent(an_item(consent=DENIED))
    told = (await registered.get(f"/api/consent/{ID}")).json
    assert [one["what"] for one in told["changes"]] == ["consent_tightened"]
    assert told["again"]["verdict"] in {"same", "tightened"}
    assert told["consent"]["decided_at"] == "2026-04-23T11:24:20.000Z"


async def test_decisions_are_listed_page_by_page_without_identifiers(registered: Gateway) -> None:
    """An export goes through them with the same filters as the events."""
    for number in range(3):
        await registered.sent(an_item(event_id=f"ord_{number}", consent=DENIED))
    first = (await registered.get("/api/consent?limit=2")).json
    rest = (await registered.get(f"/api/consent?limit=2&after={first['next']}")).json
    ids = [one["event_id"] for page in (first, rest) for one in page["decisions"]]
    assert (ids, rest["next"]) == (["ord_2", "ord_1", "ord_0"], None)
    assert (await registered.get("/api/consent?flag=x")).status == 400


@pytest.mark.parametrize("path", [f"/api/consent/{ID}", "/api/consent", "/api/policies"])
async def test_keys_see_their_own_pixels_only(registered: Gateway, path: str) -> None:
    """Another shop's decisions are another shop's."""
    await registered.store.register({OTHER_PIXEL: a_policy()}, NOW)
    await registered.post(an_envelope(an_item(), event_source_id=OTHER_PIXEL), key=ADMIN_KEY)
    assert OTHER_PIXEL in (await registered.get(path, ADMIN_KEY)).body.decode()
    assert OTHER_PIXEL not in (await registered.get(path)).body.decode()
    assert (await registered.get(path, None)).status == 401


def test_no_field_of_an_entry_is_an_identifier() -> None:
    """What lists and exports are made of has no place for one."""
    assert not {"email", "phone", "external_id", "wire"} & set(Entry.__slots__)
