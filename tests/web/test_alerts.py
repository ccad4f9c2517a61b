"""What is the matter, who sees it, and how somebody tries whether it would be told."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tandemgate.core.attention import Attention, Signs, View, attention
from tandemgate.model.alert import Alert, Family, Group, Message
from tandemgate.model.delivery import HoldCause, LaneStatus
from tandemgate.model.event import Lane
from tests.build import NOW, PIXEL
from tests.web.gateway import (
    ADMIN_KEY,
    OTHER_PIXEL,
    READ_KEY,
    SERVER_KEY,
    BrokenStore,
    Gateway,
)

HELD = LaneStatus(Lane(PIXEL), HoldCause.TOKEN, NOW, NOW + 60, 0, 1, 10.0, "expired")
THEIRS = replace(HELD, lane=Lane(OTHER_PIXEL))


@dataclass
class Receiver:
    """Takes messages, or says why not."""

    why: str = ""
    messages: list[Message] = field(default_factory=list)

    async def tell(self, message: Message) -> str:
        self.messages.append(message)
        return self.why


async def held(**parts: Any) -> Gateway:  # noqa: ANN401 - parts of a gateway
    """A gateway that has looked once at two lanes that TikTok holds."""
    gateway = Gateway(parts={"lanes": lambda: [HELD, THEIRS]}, **parts)
    await gateway.watch.look()
    return gateway


async def test_what_is_the_matter_is_listed_with_its_fix() -> None:
    """The same that the receiver is told."""
    gateway = await held(notifier=Receiver())
    told = (await gateway.get("/api/alerts")).json
    (alert,) = told["open"]
    assert {name: alert[name] for name in ("family", "pixel_id", "about", "urgent", "said")} == {
        "family": "lane_held",
        "pixel_id": PIXEL,
        "about": "token",
        "urgent": True,
        "said": "the live lane stands, token: expired",
    }
    assert alert["fix"]
    assert (alert["began_at"], alert["waits_to_be_told"]) == ("2026-04-23T11:23:20.000Z", True)
    assert (told["receiver"], told["failing"], told["over"]) == (True, None, [])


async def test_a_key_sees_alerts_of_its_own_pixels() -> None:
    """An agency's customers must not read of each other."""
    gateway = await held()
    assert [one["pixel_id"] for one in (await gateway.get("/api/alerts")).json["open"]] == [PIXEL]
    told = (await gateway.get("/api/alerts", ADMIN_KEY)).json
    assert {one["pixel_id"] for one in told["open"]} == {PIXEL, OTHER_PIXEL}
    assert not told["receiver"]


async def test_what_is_watched_for_is_told_with_its_numbers() -> None:
    """So that nobody has to ask why there was no alert."""
    watched = (await Gateway().get("/api/alerts")).json["watched"]
    assert {one["family"] for one in watched} == set(Family)
    (share,) = [one for one in watched if one["family"] == "rejected_share"]
    assert (share["on"], share["number"], share["window_seconds"], share["events"]) == (
        True, 0.01, 900, 20,
    )  # fmt: skip


async def test_a_receiver_is_tried_by_an_admin() -> None:
    """And says why it did not take the message."""
    receiver = Receiver()
    gateway = Gateway(notifier=receiver)
    assert (await gateway.post({}, path="/api/alerts/test", key=SERVER_KEY)).status == 403
    assert (await gateway.post({}, path="/api/alerts/test", key=READ_KEY)).status == 403
    assert receiver.messages == []
    told = await gateway.post({}, path="/api/alerts/test", key=ADMIN_KEY)
    assert told.json == {"told": True, "why": None}
    receiver.why = "the receiver answered 500"
    told = await gateway.post({}, path="/api/alerts/test", key=ADMIN_KEY)
    assert told.json == {"told": False, "why": "the receiver answered 500"}
    assert len(receiver.messages) == 2


async def test_without_a_receiver_a_test_says_so() -> None:
    """It is the first thing to be forgotten."""
    told = await Gateway().post({}, path="/api/alerts/test", key=ADMIN_KEY)
    assert told.json == {"told": False, "why": "alerts.webhook is not set"}


async def test_a_store_that_takes_nothing_is_told_all_the_same() -> None:
    """An alert about a full disk must not wait for room on it."""

    class Away(BrokenStore):
        async def kept(self) -> list[Alert]:
            raise AssertionError

    gateway = Gateway(store=Away(), signs=lambda: Signs("store_full"))
    await gateway.watch.look()
    assert Group(Family.URGENT, "", "store_full") in gateway.watch.alerts


async def test_what_was_open_at_a_restart_is_not_over_at_the_first_look() -> None:
    """A lane is held again after its first probe; until then its silence says nothing."""
    began = Alert(Group(Family.LANE_HELD, PIXEL, "token"), "it stands", NOW - 7200, NOW - 3600)
    gateway = Gateway()
    await gateway.store.alerts.keep([replace(began, began_told_at=NOW - 7200)], [])
    await gateway.watch.look()
    assert gateway.watch.alerts[began.group].open
    gateway.clock.at += 60
    await gateway.watch.look()
    assert gateway.watch.alerts[began.group].ended_at == NOW + 60


async def test_open_alerts_are_metrics() -> None:
    """For those who have Prometheus tell them."""
    gateway = await held()
    told = (await gateway.get("/metrics", ADMIN_KEY)).body.decode()
    assert f'tandemgate_alert{{family="lane_held",pixel="{PIXEL}"}} 1.0' in told


async def test_what_nobody_was_told_is_seen_by_doctor() -> None:
    """An alert that reaches nobody is worse than none: everybody believes that all is well."""
    gateway = await held(notifier=Receiver("the receiver answered 500"))
    assert gateway.teller is not None
    alert = gateway.watch.alerts[Group(Family.LANE_HELD, PIXEL, "token")]
    await gateway.teller._tell(alert)  # noqa: SLF001 - one turn of its loop
    unheard = gateway.teller.unheard()
    assert unheard is not None
    found = attention(View(None, signs=Signs(unheard=unheard)), NOW)
    assert found == (
        Attention("alerts_untold", detail="2 messages; the receiver answered 500", since=NOW),
    )
    failing = (await gateway.get("/api/alerts")).json["failing"]
    assert (failing["messages"], failing["why"]) == (2, "the receiver answered 500")


QUIET = {"family": "lane_held", "pixel_id": PIXEL, "note": "the token is exchanged"}


async def test_while_a_mute_lasts_nobody_hears_that_something_begins() -> None:
    """Planned work wakes nobody; the list says that, why, and until when."""
    receiver = Receiver()
    gateway = Gateway(parts={"lanes": lambda: [HELD]}, notifier=receiver)
    until = {"until": NOW + 3600}
    reply = await gateway.post(QUIET | until, path="/api/alerts/mute")
    assert reply.status == 200
    assert reply.json["until"] == "2026-04-23T12:23:20.000Z"
    await gateway.watch.look()
    told = (await gateway.get("/api/alerts")).json
    assert [(one["muted"], one["waits_to_be_told"]) for one in told["open"]] == [(True, False)]
    assert told["muted"] == [reply.json]
    assert gateway.teller is not None
    assert gateway.teller.unheard() is None
    gateway.clock.at += 3600
    told = (await gateway.get("/api/alerts")).json
    assert told["muted"] == []
    assert [(one["muted"], one["waits_to_be_told"]) for one in told["open"]] == [(False, True)]


async def test_a_mute_is_ended_and_leaves_its_lines_in_the_audit_log() -> None:
    """Whoever wonders why nobody was woken finds who wanted that."""
    gateway = await held()
    await gateway.post(QUIET, path="/api/alerts/mute")
    ended = await gateway.post(
        {"family": "lane_held", "pixel_id": PIXEL}, path="/api/alerts/unmute"
    )
    again = await gateway.post(
        {"family": "lane_held", "pixel_id": PIXEL}, path="/api/alerts/unmute"
    )
    assert (ended.status, again.status) == (200, 409)
    assert again.first_problem["reason"] == "alert_not_muted"
    acts = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert [(act["what"], act["reason"]) for act in acts] == [
        ("alert_unmuted", "lane_held"),
        ("alert_muted", "lane_held: the token is exchanged"),
    ]


@pytest.mark.parametrize(
    ("body", "key", "status", "field"),
    [
        ({"family": "lane_hold"}, ADMIN_KEY, 400, "/family"),
        ({"family": "volume", "until": NOW}, ADMIN_KEY, 400, "/until"),
        ({"family": "volume", "until": "soon"}, ADMIN_KEY, 400, "/until"),
        ({"family": "volume", "note": "ask a@customer.example"}, ADMIN_KEY, 400, "/note"),
        ({"family": "volume", "pixel_id": "C0NONE"}, ADMIN_KEY, 403, "/pixel_id"),
        ({"family": "volume", "pixel_id": OTHER_PIXEL}, SERVER_KEY, 403, "/pixel_id"),
        ({"family": "volume"}, SERVER_KEY, 403, "/pixel_id"),
        ({"family": "volume", "pixel_id": PIXEL}, READ_KEY, 403, "header Authorization"),
        ({}, ADMIN_KEY, 400, "/family"),
    ],
)
async def test_a_mute_that_can_not_be_meant_is_refused(
    body: dict[str, Any], key: str, status: int, field: str
) -> None:
    """With what is expected; and nobody silences the alerts of others."""
    gateway = Gateway()
    reply = await gateway.post(body, key=key, path="/api/alerts/mute")
    assert (reply.status, reply.first_problem["field"]) == (status, field)
    assert (await gateway.get("/api/alerts", ADMIN_KEY)).json["muted"] == []
