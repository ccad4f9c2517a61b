"""What is the matter, who sees it, and how somebody tries whether it would be told."""

from dataclasses import dataclass, field, replace
from typing import Any

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
