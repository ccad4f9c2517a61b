"""Keys that an admin makes, exchanges and revokes: shown once, counting at once."""

import json
from typing import Any

import pytest

from tests.build import PIXEL, an_envelope, an_item
from tests.web.gateway import ADMIN_KEY, OTHER_PIXEL, SERVER_KEY, Gateway, Reply

NAME = "nightly orders"
ORDERS: dict[str, object] = {"name": NAME, "pixels": [PIXEL], "scopes": ["write"]}
PAGES: dict[str, object] = {
    "name": "pages",
    "kind": "browser",
    "pixels": [PIXEL],
    "origins": ["https://fresh.example"],
}


async def asked(gateway: Gateway, body: object, act: str = "", key: str = ADMIN_KEY) -> Reply:
    """Ask for a change."""
    return await gateway.post(body, key=key, path=f"/api/keys{act}")


async def made(gateway: Gateway, body: object = ORDERS) -> str:
    """Make a key; its text."""
    reply = await asked(gateway, body)
    assert reply.status == 201
    secret: str = reply.json["secret"]
    return secret


async def listed(gateway: Gateway, name: str) -> list[dict[str, Any]]:
    """The keys of one name, as an admin sees them."""
    told = (await gateway.get("/api/keys", ADMIN_KEY)).json["keys"]
    return [one for one in told if one["name"] == name]


async def status_of(gateway: Gateway, key: str, pixel: str = PIXEL) -> int:
    """What a caller with *key* hears."""
    return (await gateway.post(an_envelope(an_item(), event_source_id=pixel), key=key)).status


async def test_a_made_key_opens_what_it_was_made_for() -> None:
    """Its pixel and its scope, from the next request on, and nothing else."""
    gateway = Gateway()
    key = await made(gateway)
    assert key.startswith("sk_")
    assert await status_of(gateway, key) == 202
    assert await status_of(gateway, key, OTHER_PIXEL) == 403
    assert (await gateway.get("/api/events", key)).status == 403


async def test_its_text_is_shown_once_and_stands_nowhere() -> None:
    """A list, an audit line or a log that repeats it would be a second place to lose it."""
    gateway = Gateway()
    key = await made(gateway)
    told = (await gateway.get("/api/keys", ADMIN_KEY)).body
    told += (await gateway.get("/api/audit", ADMIN_KEY)).body
    told += repr(await gateway.store.keys.made()).encode() + gateway.log.getvalue().encode()
    assert key.encode() not in told
    assert (await listed(gateway, NAME))[0]["tail"] == key[-4:]


async def test_an_exchange_lets_both_in_until_the_overlap_has_passed() -> None:
    """A shop with two servers exchanges one after the other and misses no order."""
    gateway = Gateway()
    old = await made(gateway)
    reply = await asked(gateway, {"name": NAME, "overlap": 3600}, "/rotate")
    new = reply.json["secret"]
    assert [await status_of(gateway, key) for key in (old, new)] == [202, 200]
    gateway.clock.at += 3601
    assert [await status_of(gateway, key) for key in (old, new)] == [401, 200]


async def test_an_exchange_without_an_overlap_ends_the_old_key_at_once() -> None:
    """A key that leaked."""
    gateway = Gateway()
    old = await made(gateway)
    await asked(gateway, {"name": NAME, "overlap": 0}, "/rotate")
    assert await status_of(gateway, old) == 401


async def test_a_revoked_key_opens_nothing() -> None:
    """Also the one whose overlap has not passed."""
    gateway = Gateway()
    old = await made(gateway)
    new = (await asked(gateway, {"name": NAME}, "/rotate")).json["secret"]
    assert (await asked(gateway, {"name": NAME}, "/revoke")).json["revoked"] == 2
    assert [await status_of(gateway, key) for key in (old, new)] == [401, 401]
    assert [one["counts"] for one in await listed(gateway, NAME)] == [False, False]


async def test_a_made_browser_key_opens_its_pages() -> None:
    """It is printed in full, since pages print it anyway."""
    gateway = Gateway()
    key = await made(gateway, PAGES)
    beacon: dict[str, object] = {"key": key, "session": None, "sent_at": 1, "events": []}
    allowed = {"origin": "https://fresh.example", "content-type": "text/plain"}
    reply = await gateway.post(beacon, key=None, path="/v1/collect", headers=allowed)
    assert reply.status == 202
    assert (await listed(gateway, "pages"))[0]["public"] == key
    strange = {**allowed, "origin": "https://other.example"}
    reply = await gateway.post(beacon, key=None, path="/v1/collect", headers=strange)
    assert reply.status == 403


async def test_a_restart_lets_in_whom_it_let_in_before() -> None:
    """The store remembers; the settings need not."""
    gateway = Gateway()
    key = await made(gateway)
    again = Gateway(store=gateway.store)
    await again.keysmith.begin()
    assert await status_of(again, key) == 202


async def test_the_list_tells_when_each_was_last_used() -> None:
    """Whoever wants to revoke a key asks first whether anybody still calls with it."""
    gateway = Gateway()
    key = await made(gateway)
    assert (await listed(gateway, NAME))[0]["last_used_at"] is None
    await status_of(gateway, key)
    assert (await listed(gateway, NAME))[0]["last_used_at"] is not None


async def test_keys_of_the_settings_are_listed_as_such() -> None:
    """One list answers who may call."""
    told = (await Gateway().get("/api/keys", ADMIN_KEY)).json["keys"]
    assert {one["source"] for one in told} == {"settings"}
    assert "sk_" not in json.dumps(told)


@pytest.mark.parametrize("act", ["", "/rotate", "/revoke"])
async def test_only_an_admin_changes_keys(act: str) -> None:
    """A server that is broken into must not open further doors."""
    gateway = Gateway()
    reply = await asked(gateway, ORDERS if not act else {"name": "x"}, act, key=SERVER_KEY)
    assert (reply.status, reply.first_problem["reason"]) == (403, "key_without_right")
    assert (await gateway.get("/api/keys", SERVER_KEY)).status == 403


REFUSED = {
    "no name": ({**ORDERS, "name": ""}, 400, "/name"),
    "a name that names somebody": ({**ORDERS, "name": "ada@mail.example"}, 400, "/name"),
    "a name that is too long": ({**ORDERS, "name": "x" * 61}, 400, "/name"),
    "an unknown pixel": ({**ORDERS, "pixels": ["C0NONE"]}, 400, "no [[pixels]] has that id"),
    "no pixel": ({**ORDERS, "pixels": []}, 400, "it opens nothing"),
    "an unknown kind": ({**ORDERS, "kind": "guest"}, 400, "a JSON object with the fields"),
    "an unknown field": ({**ORDERS, "pixel": PIXEL}, 400, "a JSON object with the fields"),
    "no pages": ({**PAGES, "origins": []}, 400, "the pages that use it"),
    "a page instead of an origin": (
        {**PAGES, "origins": ["https://a.example/x"]},
        400,
        "scheme and host alone",
    ),
    "a rate below nothing": ({**ORDERS, "max_requests_per_second": -1}, 400, "set it to 0"),
}


@pytest.mark.parametrize(("body", "status", "said"), REFUSED.values(), ids=REFUSED)
async def test_what_does_not_fit_is_refused_and_nothing_is_made(
    body: dict[str, object], status: int, said: str
) -> None:
    """Each says where, and what is expected."""
    gateway = Gateway()
    reply = await asked(gateway, body)
    assert reply.status == status
    assert said in f"{reply.first_problem['field']} {reply.first_problem['expected']}"
    assert await gateway.store.keys.made() == []


async def test_a_name_is_given_once() -> None:
    """Neither twice, nor where the settings have it."""
    gateway = Gateway()
    await made(gateway)
    taken = await asked(gateway, ORDERS)
    assert (taken.status, taken.first_problem["reason"]) == (409, "key_name_taken")
    of_settings = (await gateway.get("/api/keys", ADMIN_KEY)).json["keys"][0]["name"]
    stated = await asked(gateway, {**ORDERS, "name": of_settings})
    assert stated.first_problem["reason"] == "key_name_taken"
    for act in ("/rotate", "/revoke"):
        refused = await asked(gateway, {"name": of_settings}, act)
        assert (refused.status, refused.first_problem["reason"]) == (409, "key_of_settings")


@pytest.mark.parametrize("act", ["/rotate", "/revoke"])
async def test_an_unknown_name_is_said_to_be_one(act: str) -> None:
    """A slip in the name must not look like success."""
    assert (await asked(Gateway(), {"name": "nobody"}, act)).status == 404


@pytest.mark.parametrize("overlap", [-1, 31 * 86_400, 1e300])
async def test_an_overlap_has_an_end(overlap: float) -> None:
    """An old key that counts for ever was not exchanged."""
    gateway = Gateway()
    await made(gateway)
    reply = await asked(gateway, {"name": NAME, "overlap": overlap}, "/rotate")
    assert (reply.status, reply.first_problem["field"]) == (400, "/overlap")
