"""Broken consent, as it comes over HTTP: none of it is ever taken for a grant."""

import json
from typing import Any

import pytest

from tests.build import EVENT_TIME, PIXEL, an_item
from tests.core.signals.strings import a_tc_string
from tests.web.gateway import BROWSER_KEY, ORIGIN, Gateway, Reply

GRANT = '"ad_user_data":"GRANTED","ad_personalization":"GRANTED"'
UNREADABLE = ("rejected", "consent_unreadable")
REPEATED = ("rejected", "key_repeated")
MISSING = ("suppressed", "consent_missing")
GRANTED = ("accepted", "GRANTED", "GRANTED", True)
DENIED = ("accepted", "DENIED", "DENIED", False)
HALF_DENIED = ("accepted", "DENIED", "GRANTED", False)
UNSAID = ("accepted", "GRANTED", "DENIED", True)
PLACE = '"consent":{"mark":1}'
TC = a_tc_string([1, 3, 4, 7])

STATED: dict[str, tuple[str, tuple[object, ...]]] = {
    "both granted": (f'{{{GRANT},"region":"DE"}}', GRANTED),
    "lower-case": ('{"ad_user_data":"granted","ad_personalization":"Granted"}', GRANTED),
    "a boolean": ('{"ad_user_data":true,"ad_personalization":"GRANTED"}', UNREADABLE),
    "false": ('{"ad_user_data":false}', UNREADABLE),
    "a number": ('{"ad_user_data":1}', UNREADABLE),
    "another word": ('{"ad_user_data":"yes"}', UNREADABLE),
    "a longer word": ('{"ad_user_data":"GRANTED!"}', UNREADABLE),
    "a list": ('{"ad_user_data":["GRANTED"]}', UNREADABLE),
    "an object": ('{"ad_user_data":{"GRANTED":1}}', UNREADABLE),
    "one word wrong": ('{"ad_user_data":"GRANTED","ad_personalization":"x"}', UNREADABLE),
    "null": ('{"ad_user_data":null}', MISSING),
    "an empty object": ("{}", MISSING),
    "an unknown key": ('{"adUserData":"GRANTED"}', MISSING),
    "denied, then granted": (f'{{"ad_user_data":"DENIED",{GRANT}}}', REPEATED),
    "granted, then denied": (f'{{{GRANT},"ad_user_data":"DENIED"}}', REPEATED),
    "granted twice": (f'{{{GRANT},"ad_user_data":"GRANTED"}}', REPEATED),
    "twice by an escape": (f'{{{GRANT},"ad_user_d\\u0061ta":"DENIED"}}', REPEATED),
    "consent twice": (f'{{"ad_user_data":"DENIED"}},"consent":{{{GRANT}}}', REPEATED),
    "an opt-out twice": (f'{{{GRANT},"opt_out":true,"opt_out":false}}', REPEATED),
    "no object": ('"GRANTED"', ("rejected", "wrong_type")),
    "an opt-out in words": (f'{{{GRANT},"opt_out":"no"}}', ("rejected", "wrong_type")),
    "denied": ('{"ad_user_data":"DENIED","ad_personalization":"GRANTED"}', HALF_DENIED),
    "one of two": ('{"ad_user_data":"GRANTED"}', UNSAID),
    "the other of two": ('{"ad_personalization":"GRANTED"}', MISSING),
    "no region at all": ('{"ad_user_data":"GRANTED","region":""}', UNSAID),
    "no such region": ('{"ad_user_data":"GRANTED","region":"Atlantis"}', UNSAID),
    "no such region, unsaid": ('{"region":"Atlantis"}', MISSING),
    "a whole TC string": (f'{{"tc_string":"{TC}"}}', GRANTED),
    "a cut TC string": (f'{{"tc_string":"{TC[:-6]}"}}', MISSING),
    "a TC string of nothing": ('{"tc_string":"CP"}', MISSING),
    "a TC string against a word": (f'{{"tc_string":"{TC}","ad_user_data":"DENIED"}}', HALF_DENIED),
    "a gcd of denials": ('{"gcd":"13q3q3q3q5l1"}', DENIED),
    "a gcd of unknown letters": ('{"gcd":"13z3z3z3z5l1"}', MISSING),
    "consent of the next week": (f'{{{GRANT},"collected_at":{EVENT_TIME + 604_800}}}', MISSING),
    "a child": (f'{{{GRANT},"child":true}}', ("suppressed", "known_child")),
}  # fmt: skip


def a_body(stated: str, properties: dict[str, Any] | None = None) -> bytes:
    """Two events: one with *stated* for its consent, and an ordinary neighbour."""
    other = an_item(event_id="neighbour")
    commerce = {"value": 129.95, "currency": "EUR", **(properties or {})}
    envelope = {
        "event_source": "web",
        "event_source_id": PIXEL,
        "data": [an_item(consent={"mark": 1}, properties=commerce), other],
    }
    text = json.dumps(envelope, separators=(",", ":"))
    assert text.count(PLACE) == 1
    return text.replace(PLACE, f'"consent":{stated}').encode()


async def became(gateway: Gateway, reply: Reply) -> tuple[object, ...]:
    """What became of the first event and why; of one that leaves, its flags and has it an email."""
    first, neighbour = reply.json["results"]
    assert neighbour["outcome"] == "accepted"
    if first["outcome"] != "accepted":
        return first["outcome"], first.get("reason") or first["problems"][0]["reason"]
    return await left(gateway, first["event_id"])


async def left(gateway: Gateway, event_id: str) -> tuple[object, ...]:
    """The flags of an accepted event, and whether it has an email."""
    story = (await gateway.get(f"/api/events/{event_id}?pixel={PIXEL}")).json
    flags = story["consent"]["ad_user_data"], story["consent"]["ad_personalization"]
    return "accepted", *flags, story["match_keys"]["email"] == "sent"


@pytest.mark.parametrize(("stated", "expected"), STATED.values(), ids=list(STATED))
async def test_what_a_server_states(
    stated: str, expected: tuple[object, ...], gateway: Gateway
) -> None:
    """Its neighbours never pay for it, and only a clear grant is one."""
    reply = await gateway.post(a_body(stated))
    assert await became(gateway, reply) == expected


CONTRADICTIONS: dict[str, tuple[str, dict[str, Any], tuple[object, ...]]] = {
    "granted here, denied there": (f"{{{GRANT}}}", {"ad_user_data": "DENIED"}, HALF_DENIED),
    "denied here, granted there": ('{"ad_user_data":"DENIED","ad_personalization":"DENIED"}',
                                   {"ad_user_data": "GRANTED"}, DENIED),
    "here and there a half": ('{"ad_user_data":"GRANTED"}', {"ad_personalization": "DENIED"},
                              UNSAID),
    "nonsense there": (f"{{{GRANT}}}", {"ad_user_data": True}, UNREADABLE),
}  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "properties", "expected"), CONTRADICTIONS.values(), ids=list(CONTRADICTIONS)
)
async def test_two_places_that_contradict_each_other(
    stated: str, properties: dict[str, Any], expected: tuple[object, ...], gateway: Gateway
) -> None:
    """The guide puts the flags into properties, TikTok's schema nowhere; shops do both."""
    reply = await gateway.post(a_body(stated, properties))
    assert await became(gateway, reply) == expected


IN_A_BROWSER: dict[str, tuple[object, ...]] = {
    **{name: MISSING for name, (_, became) in STATED.items() if became == UNREADABLE},
    **{name: ("refused", "key_repeated") for name, (_, it) in STATED.items() if it == REPEATED},
    "one word wrong": UNSAID[:3],
    "no object": ("refused", "beacon_invalid"),
    # When the visitor decided is told by the gateway's clock; a browser's own may be anything.
    "consent of the next week": GRANTED[:3],
}
"""What becomes of the same there, as far as it differs: what is unreadable counts as unsaid."""


@pytest.mark.parametrize("name", STATED)
async def test_what_a_browser_states(name: str, gateway: Gateway) -> None:
    """Nobody reads the answer there, so what is broken costs no event, and is never a yes."""
    stated, by_a_server = STATED[name]
    call = {"type": "track", "event": "AddToCart", "event_id": "cart_1", "at": 1,
            "properties": {"value": 9.5, "currency": "EUR"}, "ttclid": "E.C.P.abc"}  # fmt: skip
    beacon = {"key": BROWSER_KEY, "session": None, "sent_at": 2, "consent": {"mark": 1},
              "events": [call]}  # fmt: skip
    text = json.dumps(beacon, separators=(",", ":")).replace(PLACE, f'"consent":{stated}')
    headers = {"origin": ORIGIN, "content-type": "text/plain", "user-agent": "Mozilla/5.0 (X11)"}
    reply = await gateway.post(text.encode(), key=None, path="/v1/collect", headers=headers)
    assert await at_the_browsers_door(gateway, reply) == IN_A_BROWSER.get(name, by_a_server[:3])


async def at_the_browsers_door(gateway: Gateway, reply: Reply) -> tuple[object, ...]:
    """The same of a beacon with one event."""
    if "results" not in reply.json:
        return "refused", reply.first_problem["reason"]
    [only] = reply.json["results"]
    if only["outcome"] != "accepted":
        return only["outcome"], only.get("reason") or only["problems"][0]["reason"]
    return (await left(gateway, only["event_id"]))[:3]
