"""``POST /api/…``: what people may decide, who may, and what is kept of it."""

import pytest

from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.event import Lane
from tandemgate.model.state import State
from tests.build import PIXEL, an_item
from tests.web.gateway import (
    ADMIN_KEY,
    BROWSER_KEY,
    OTHER_PIXEL,
    READ_KEY,
    SERVER_KEY,
    TOKEN,
    Gateway,
)

PAUSE = f"/api/delivery/{PIXEL}/pause"
RESUME = f"/api/delivery/{PIXEL}/resume"
NEW = "tok_new_abcdefgh1234"
A_TOKEN = {"pixel": PIXEL, "token": NEW}
LANE = Lane(PIXEL)


@pytest.fixture
async def gateway() -> Gateway:
    """A gateway whose operator has begun."""
    made = Gateway()
    await made.operator.begin()
    return made


async def ended(gateway: Gateway, *ids: str, to: State = State.REJECTED) -> None:
    """Hand in events and let TikTok end them."""
    await gateway.sent(*(an_item(event_id=event_id) for event_id in ids))
    now = gateway.clock.at
    due = await gateway.store.claim(LANE, 50, now)
    batch = Batch(f"b-{ids[0]}", LANE, tuple(due), b"")
    await gateway.store.intend(batch, now)
    answer = Answer(now + 1, "refused", 0.05, 200, 40002, "no", "r")
    await gateway.store.record(batch.batch_id, answer, [Change(one.seq, to) for one in due])
    gateway.clock.at += 2


async def test_a_pause_is_told_everywhere_and_ended(gateway: Gateway) -> None:
    """Nobody should have to remember that he paused something."""
    paused = await gateway.post({"reason": "catalogue audit"}, path=PAUSE)
    assert (paused.status, paused.json["paused"]) == (200, True)
    (told,) = (await gateway.get("/api/delivery")).json["paused"]
    assert (told["pixel_id"], told["paused_reason"]) == (PIXEL, "catalogue audit")
    ready = await gateway.get("/readyz", None)
    assert (ready.status, ready.json["degraded"]) == (200, ["pixel_paused"])
    metrics = (await gateway.get("/metrics", None)).body.decode()
    assert f'tandemgate_attention{{pixel="{PIXEL}",reason="pixel_paused"}} 1.0' in metrics
    assert gateway.flow.hastened == [PIXEL]
    resumed = await gateway.post({}, path=RESUME)
    assert (resumed.status, resumed.json["paused"]) == (200, False)
    assert (await gateway.get("/api/delivery")).json["paused"] == []


async def test_a_decision_is_one_line_of_the_log_without_its_reason(gateway: Gateway) -> None:
    """People write what they like into a reason; the log keeps what we made."""
    await gateway.post({"reason": "as agreed with legal"}, path=PAUSE)
    (line,) = gateway.log.getvalue().splitlines()
    assert '"event": "pause"' in line
    assert '"key": "orders"' in line
    assert "legal" not in line


@pytest.mark.parametrize(
    ("key", "path", "status"),
    [
        (None, PAUSE, 401),
        (BROWSER_KEY, PAUSE, 403),
        (READ_KEY, PAUSE, 403),
        (SERVER_KEY, f"/api/delivery/{OTHER_PIXEL}/pause", 403),
        (ADMIN_KEY, "/api/delivery/C9NOWHERE/pause", 403),
        (READ_KEY, "/api/replay", 403),
        (READ_KEY, "/api/settle", 403),
        (READ_KEY, "/api/tokens", 403),
        (SERVER_KEY, "/api/tokens", 403),
        (SERVER_KEY, "/api/tokens/retire", 403),
    ],
)
async def test_who_may_not_decide_changes_nothing(
    gateway: Gateway, key: str | None, path: str, status: int
) -> None:
    """A shop's backend holds a key that writes events; it must not exchange tokens."""
    assert (await gateway.post({}, key=key, path=path)).status == status
    assert gateway.operator.paused == {}
    assert await gateway.store.acts(9) == []


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (PAUSE, b"{", "body_invalid"),
        (PAUSE, {"because": "x"}, "body_invalid"),
        (PAUSE, {"reason": "jane@example.com asked"}, "reason_names_somebody"),
        (PAUSE, {"reason": "x" * 301}, "body_invalid"),
        ("/api/replay", {"max": 0}, "body_invalid"),
        ("/api/replay", {"state": "GONE"}, "parameter_invalid"),
        ("/api/tokens", {"pixel": PIXEL}, "body_invalid"),
        ("/api/tokens", {"pixel": PIXEL, "token": "short"}, "token_unlikely"),
        ("/api/tokens", {"pixel": PIXEL, "token": "two words of a token"}, "token_unlikely"),
    ],
)
async def test_what_can_not_be_read_is_refused_without_quoting_it(
    gateway: Gateway, path: str, body: object, reason: str
) -> None:
    """It may be a token, or somebody's address."""
    reply = await gateway.post(body, key=ADMIN_KEY, path=path)
    assert (reply.status, reply.first_problem["reason"]) == (400, reason)
    assert b"jane" not in reply.body
    assert b"two words" not in reply.body
    assert await gateway.store.acts(9) == []


async def test_a_new_token_is_used_and_told_by_its_tail_alone(gateway: Gateway) -> None:
    """Exchanging a token must neither need a restart nor show one."""
    gateway.clock.at += 60
    reply = await gateway.post(A_TOKEN, key=ADMIN_KEY, path="/api/tokens")
    of_pixel = [one for one in reply.json["tokens"] if one["pixel_id"] == PIXEL]
    assert [(one["tail"], one["source"], one["used"]) for one in of_pixel] == [
        ("1234", "store", True),
        ("6789", "settings", False),
    ]
    assert gateway.operator.rules[PIXEL].access_token.reveal() == NEW
    assert gateway.operator.rules[OTHER_PIXEL].access_token.reveal() == TOKEN
    assert gateway.flow.hastened == [PIXEL]
    audit = await gateway.get("/api/audit", ADMIN_KEY)
    assert [act["what"] for act in audit.json["acts"]] == ["token_set"]
    told = reply.body + audit.body + gateway.log.getvalue().encode()
    assert NEW.encode() not in told


async def test_the_last_token_may_be_retired_and_the_pixel_waits(gateway: Gateway) -> None:
    """A token that leaked must stop being used at once, whatever waits."""
    body = {"pixel": PIXEL, "tail": TOKEN[-4:]}
    assert (await gateway.post(body, key=ADMIN_KEY, path="/api/tokens/retire")).status == 200
    assert not gateway.operator.has_token(PIXEL)
    assert (await gateway.get("/readyz", None)).json["degraded"] == ["token_missing"]
    assert (await gateway.post(body, key=ADMIN_KEY, path="/api/tokens/retire")).status == 404


async def test_a_dry_run_says_what_would_be_and_does_nothing(gateway: Gateway) -> None:
    """Looking is free."""
    await ended(gateway, "a", "b")
    reply = (await gateway.post({}, path="/api/replay")).json
    assert (reply["executed"], reply["looked_at"], reply["sent"]) == (False, 2, 0)
    assert reply["refused"] == {"cause_unchanged": 2}
    reply = (await gateway.post({"reason": "TikTok mended it"}, path="/api/replay")).json
    assert (reply["sent"], reply["refused"]) == (2, {})
    assert gateway.flow.woken[1:] == []
    assert {row["state"] for row in (await gateway.get("/api/events")).json["events"]} == {
        "REJECTED"
    }


async def test_a_replay_queues_the_whole_filter_up_to_its_maximum(gateway: Gateway) -> None:
    """Not the page that somebody happens to see."""
    await ended(gateway, *(f"ord_{number}" for number in range(5)))
    body = {"reason": "mended", "execute": True, "max": 3}
    first = (await gateway.post(body, path="/api/replay")).json
    assert (first["sent"], first["more"]) == (3, True)
    second = (await gateway.post({**body, "as_of": first["as_of"]}, path="/api/replay")).json
    assert (second["sent"], second["more"]) == (2, False)
    assert gateway.flow.woken[-2:] == [(LANE, 3), (LANE, 2)]
    story = (await gateway.get("/api/events/ord_0")).json
    assert (story["state"], story["revision"]) == ("QUEUED", 2)
    assert "replayed" in [moment["stage"] for moment in story["timeline"]]


async def test_what_was_refused_again_meanwhile_is_left_alone(gateway: Gateway) -> None:
    """Else a long replay would send the same bad event round and round."""
    await ended(gateway, "a")
    body = {"reason": "mended", "execute": True}
    first = (await gateway.post(body, path="/api/replay")).json
    await ended(gateway, "b")
    again = (await gateway.post({**body, "as_of": first["as_of"]}, path="/api/replay")).json
    assert (first["sent"], again["looked_at"], again["sent"]) == (1, 2, 0)


async def test_a_new_token_is_reason_enough(gateway: Gateway) -> None:
    """The cause is gone, so nobody has to argue."""
    await ended(gateway, "a")
    gateway.clock.at += 60
    await gateway.post(A_TOKEN, key=ADMIN_KEY, path="/api/tokens")
    assert (await gateway.post({}, path="/api/replay")).json["sent"] == 1


async def test_review_wants_a_reason_and_is_warned_about(gateway: Gateway) -> None:
    """TikTok may have it."""
    await ended(gateway, "a", to=State.REVIEW)
    without = (await gateway.post({"state": "review"}, path="/api/replay")).json
    given = (await gateway.post({"reason": "not in Events Manager"}, path="/api/replay")).json
    assert without["refused"] == {"reason_wanted": 1}
    assert (given["sent"], given["may_be_counted_twice"]) == (1, 1)


async def test_a_delivered_event_is_never_replayed(gateway: Gateway) -> None:
    """Whoever asks for it by name is told why not."""
    await ended(gateway, "a", to=State.DELIVERED)
    body = {"q": "a", "reason": "please", "execute": True}
    reply = (await gateway.post(body, path="/api/replay")).json
    assert (reply["sent"], reply["refused"]) == (0, {"delivered": 1})


async def test_a_key_replays_its_own_pixels_alone(gateway: Gateway) -> None:
    """Filters of a request never reach further than its key."""
    await ended(gateway, "a")
    body = {"pixel": OTHER_PIXEL, "reason": "x"}
    assert (await gateway.post(body, path="/api/replay")).json["looked_at"] == 0


async def test_attention_says_what_and_how_to_mend_it(gateway: Gateway) -> None:
    """One list for the doctor, the probes and the pages."""
    await ended(gateway, "a", to=State.REVIEW)
    told = (await gateway.get("/api/attention")).json
    (one,) = told["attention"]
    assert (one["reason"], one["count"], one["urgent"]) == ("events_in_review", 1, False)
    assert "tandemgate events list --state REVIEW" in one["fix"]


SETTLE = "/api/settle"
FOUND_OUT = {"event_id": "ord_1", "as": "delivered", "reason": "seen in Events Manager"}


@pytest.mark.parametrize("stood", [State.REVIEW, State.INDETERMINATE])
@pytest.mark.parametrize("to", ["delivered", "rejected", "DELIVERED"])
async def test_a_person_settles_an_event(gateway: Gateway, stood: State, to: str) -> None:
    """It leaves the list of what wants an eye, and its story says who settled it and why."""
    await ended(gateway, "ord_1", to=stood)
    reply = await gateway.post({**FOUND_OUT, "as": to}, path=SETTLE)
    assert (reply.status, reply.json["was"], reply.json["state"]) == (200, stood, to.upper())
    story = (await gateway.get("/api/events/ord_1")).json
    assert (story["state"], story["reason"]) == (to.upper(), "settled_by_hand")
    details = {moment["stage"]: moment["detail"] for moment in story["timeline"]}
    assert details["settled"] == f"{to.upper()} by orders: seen in Events Manager"
    (act,) = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert (act["what"], act["who"]) == (f"settled_{to.lower()}", "orders")
    assert act["reason"] == "ord_1: seen in Events Manager"
    assert (await gateway.get("/api/attention")).json["attention"] == []


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"as": "expired"}, 400, "body_invalid"),
        ({"reason": " "}, 400, "body_invalid"),
        ({"reason": "jane@example.com has it"}, 400, "reason_names_somebody"),
        ({"event_id": "ord_2"}, 404, "not_found"),
        ({"pixel": OTHER_PIXEL}, 404, "not_found"),
        ({"channel": "test"}, 404, "not_found"),
    ],
)
async def test_a_slip_settles_nothing(
    gateway: Gateway, changed: dict[str, str], status: int, reason: str
) -> None:
    """What a person says is final, so it must be meant."""
    await ended(gateway, "ord_1", to=State.REVIEW)
    reply = await gateway.post({**FOUND_OUT, **changed}, path=SETTLE)
    assert (reply.status, reply.json["problems"][0]["reason"]) == (status, reason)
    assert (await gateway.get("/api/events/ord_1")).json["state"] == "REVIEW"


@pytest.mark.parametrize("stood", [State.DELIVERED, State.REJECTED])
async def test_nobody_overrules_tiktoks_answer(gateway: Gateway, stood: State) -> None:
    """Only what nobody could settle is settled by hand."""
    await ended(gateway, "ord_1", to=stood)
    reply = await gateway.post(FOUND_OUT, path=SETTLE)
    assert (reply.status, reply.json["problems"][0]["reason"]) == (409, "not_undecided")
    assert (await gateway.get("/api/events/ord_1")).json["state"] == stood
