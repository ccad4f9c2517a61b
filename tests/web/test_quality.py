"""``/api/quality``: every number against a ledger of known truth, and clear words for bad input."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tests.build import EVENT_TIME, NOW, PIXEL, an_item, some_rules
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.web.gateway import ADMIN_KEY, OTHER_PIXEL, READ_KEY, SERVER_KEY, Gateway

QUALITY: Final = "/api/quality"
SCORES: Final = "/api/quality/scores"
DAY: Final = 86_400
TODAY: Final = "2026-04-23"


async def told(gateway: Gateway, query: str = "", key: str = ADMIN_KEY) -> Any:  # noqa: ANN401
    """What is answered."""
    reply = await gateway.get(f"{QUALITY}?{query}", key)
    assert reply.status == 200, reply.body
    return reply.json


# -- a ledger of known truth

PARTS: Final = ("sent", "suppressed", "missing", "invalid")
PEOPLE: Final = ("email", "phone", "external_id")
SEVEN: Final = (*PEOPLE, "ttclid", "ttp", "ip", "user_agent")
RIGHT: Final = {
    "email": "customer@example.com",
    "phone": "+491701234567",
    "external_id": "cust_34982",
    "ttclid": "E.C.P.CvQBA",
    "ttp": "2.x9Jb3x",
    "ip": "203.0.113.42",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
}
WRONG: Final = {
    "email": ("sha256(customer@example.com)", "placeholder_not_digest"),
    "phone": ("0170 1234567", "phone_region_unknown"),
    "ttclid": ("x" * 1_001, "ttclid_too_long"),
    "ip": ("10.0.0.1", "ip_not_public"),
    "user_agent": ("0" * 64, "raw_field_hashed"),
}
ABSENT: Final = {"ip": "ip_missing", "user_agent": "user_agent_missing"}
CONSENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "granted": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
    "denied": {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"},
    "nobody asked": {"region": "DE"},
}
WEIGHTS: Final = (
    (("email",), 16, 26),
    (("phone",), 10, 18),
    (("external_id",), 8, 15),
    (("ttclid", "ttp"), 6, 14),
    (("ip", "user_agent"), 3, 8),
)


@dataclass
class Truth:
    """One event as the test knows it: what was put into it, and nothing of what was counted."""

    event: str
    day: int
    number: int
    keys: dict[str, str]
    consent: str
    ad: bool
    fills: list[str] = field(default_factory=list)

    def item(self, keys: Mapping[str, str]) -> dict[str, Any]:
        """What a backend sends of it."""
        value = {"right": RIGHT, "wrong": {name: wrong for name, (wrong, _) in WRONG.items()}}
        user = {name: value[how][name] for name, how in keys.items() if how != "absent"}
        campaign = "?utm_source=tiktok&utm_medium=paid" if self.ad else ""
        return an_item(
            event=self.event,
            event_id=f"e{self.number}",
            event_time=EVENT_TIME - self.day * DAY,
            user={**user, "locale": "de-DE"},
            page={"url": f"https://shop.example/{campaign}"},
            consent=dict(CONSENTS[self.consent]),
        )

    def now(self) -> dict[str, str]:
        """Its keys after a later copy filled some in."""
        return {name: "right" if name in self.fills else how for name, how in self.keys.items()}

    def part(self, key: str) -> str:
        """Which of the four parts *key* of it belongs to."""
        how = self.now()[key]
        if how == "wrong":
            return "invalid"
        if self.consent == "nobody asked":
            return "suppressed" if how == "right" else "missing"
        kept_back = self.consent == "denied" and (
            key in PEOPLE or (key in {"ttclid", "ttp"} and how == "absent")
        )
        if kept_back:
            return "suppressed"
        return "sent" if how == "right" else "missing"

    def paid(self) -> bool:
        """Whether anything tells that an ad led to it."""
        return self.now()["ttclid"] != "absent" or (self.ad and self.consent != "denied")

    def lever(self, keys: tuple[str, ...]) -> str:
        """Which part the lever of *keys* is in."""
        parts = [self.part(key) for key in keys if key != "ttclid" or self.paid()]
        return next(
            (part for part in ("suppressed", "invalid", "missing") if part in parts), "sent"
        )

    def leaves(self) -> bool:
        """Whether anything of it leaves: the locale does, where somebody was asked."""
        return self.consent != "nobody asked"

    def causes(self) -> Iterator[tuple[str | None, str]]:
        """Why it lacks what it lacks."""
        for key in SEVEN:
            part, first = self.part(key), self.keys[key]
            if part == "invalid":
                yield key, WRONG[key][1]
            if part == "missing" and key in ABSENT and first == "absent":
                yield key, ABSENT[key]
            if part == "missing" and key == "ttclid" and self.ad:
                yield key, "click_id_missing"
        if self.consent == "nobody asked":
            yield None, "consent_missing"


def a_history(seed: int, events: int) -> list[Truth]:
    """Several hundred events of five days, each key right, wrong or absent by chance."""
    chance = Random(seed)  # noqa: S311 - the same history in every run
    history = []
    for number in range(events):
        keys = {
            name: chance.choice(["right", "right", "absent"] + ["wrong"] * (name in WRONG))
            for name in SEVEN
        }
        truth = Truth(
            event=chance.choice(["CompletePayment", "CompletePayment", "AddToCart"]),
            day=chance.randrange(5),
            number=number,
            keys=keys,
            consent=chance.choice(["granted", "granted", "granted", "denied", "nobody asked"]),
            ad=chance.random() < 0.4,
        )
        if truth.consent == "granted" and chance.random() < 0.3:
            absent = [name for name, how in keys.items() if how == "absent"]
            truth.fills = [name for name in absent if chance.random() < 0.6]
        history.append(truth)
    return history


async def lived(gateway: Gateway, history: list[Truth]) -> None:
    """Let it all happen over HTTP, day by day; copies that fill something in come a bit later."""
    for day in sorted({truth.day for truth in history}, reverse=True):
        gateway.clock.at = NOW - day * DAY
        today = [truth for truth in history if truth.day == day]
        reply = await gateway.sent(*(truth.item(truth.keys) for truth in today))
        assert set(reply.outcomes) <= {"accepted", "suppressed"}
        gateway.clock.at += 60
        later = [truth.item(truth.now()) for truth in today if truth.fills]
        assert set((await gateway.sent(*later)).outcomes) <= {"duplicate"}
    gateway.clock.at = NOW + 60


def interval(shares: list[float]) -> dict[str, float]:
    """The least and the most that any weights within the guide's ranges make of *shares*."""
    ends = [(low, high) for _, low, high in WEIGHTS]
    means = [
        sum(share * weight for share, weight in zip(shares, weights, strict=True)) / sum(weights)
        for weights in product(*ends)
    ]
    middles = [(low + high) / 2 for low, high in ends]
    mid = sum(share * weight for share, weight in zip(shares, middles, strict=True)) / sum(middles)
    return {"low": min(means), "mid": mid, "high": max(means)}


def parts_of(truths: list[Truth], key: str) -> dict[str, int]:
    """Count the parts of *key*."""
    counted = Counter(truth.part(key) for truth in truths)
    return {part: counted[part] for part in PARTS}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_every_number_is_what_was_put_in(seed: int, kind: str, tmp_path: Path) -> None:
    """Counted here from what the test made up, with nothing that the gateway computed."""
    rules = {PIXEL: some_rules(phone_region=None)}
    gateway = Gateway(rules=rules)
    if kind == "sqlite":
        opened = await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())
        gateway = Gateway(rules=rules, store=Seen(opened))
    history = a_history(seed, 400)
    await lived(gateway, history)
    answer = await told(gateway)
    for event in ("AddToCart", "CompletePayment"):
        truths = [truth for truth in history if truth.event == event]
        [one] = [it for it in answer["events"] if it["event"] == event]
        assert_true(one, truths)
        for day in one["days"]:
            of_day = [it for it in truths if day["date"] == f"2026-04-{23 - it.day}"]
            assert (day["events"], day["leaving"]) == (
                len(of_day),
                sum(it.leaves() for it in of_day),
            )
            assert day["keys"] == {key: parts_of(of_day, key) for key in SEVEN}
        assert len(one["days"]) == 5


def assert_true(one: Mapping[str, Any], truths: list[Truth]) -> None:
    """Hold everything that is told of an event name against the truth."""
    leaving = [truth for truth in truths if truth.leaves()]
    assert (one["events"], one["leaving"]) == (len(truths), len(leaving))
    assert {key: one["keys"][key] for key in SEVEN} == {key: parts_of(truths, key) for key in SEVEN}
    assert one["ttclid_of_ads"] == parts_of([truth for truth in truths if truth.paid()], "ttclid")
    causes = Counter(cause for truth in truths for cause in truth.causes())
    shares = []
    for (keys, low, high), lever in zip(WEIGHTS, one["levers"], strict=True):
        counted = Counter(truth.lever(keys) for truth in truths)
        share = sum(truth.lever(keys) == "sent" for truth in leaving) / len(leaving)
        shares.append(share)
        assert lever["keys"] == list(keys)
        assert lever["weight"] == {"low": low, "high": high}
        assert {part: lever[part] for part in PARTS} == {part: counted[part] for part in PARTS}
        assert lever["coverage"] == round(share, 4)
        assert {(it["key"], it["reason"]): it["count"] for it in lever["causes"]} == {
            cause: count for cause, count in causes.items() if cause[0] in keys
        }
        ranked = [it["count"] for it in lever["causes"]]
        assert ranked == sorted(ranked, reverse=True)
        assert all(it["share"] == round(it["count"] / len(truths), 4) for it in lever["causes"])
    assert {(it["key"], it["reason"]): it["count"] for it in one["stayed"]} == {
        cause: count for cause, count in causes.items() if cause[0] is None
    }
    assert one["index"] == {name: round(at, 4) for name, at in interval(shares).items()}


class Seen(MemoryStore):
    """A store whose events and quality are those of one on SQLite."""

    def __init__(self, opened: SqliteStore) -> None:
        super().__init__()
        self._opened = opened
        self.quality = opened.quality  # type: ignore[assignment]
        self.admit = opened.ledger.admit  # type: ignore[method-assign]


# -- what else is asked


async def test_a_denial_in_the_browser_is_no_fault(gateway: Gateway) -> None:
    """There is nothing to mend, and nobody is to be told to collect more."""
    await gateway.sent(an_item(consent=dict(CONSENTS["denied"])))
    [one] = (await told(gateway))["events"]
    assert [(it["lever"], it["missing"], it["fix"]) for it in one["levers"]] == [
        ("email", 0, ""),
        ("phone", 0, ""),
        ("external_id", 0, ""),
        ("click", 0, ""),
        ("device", 0, ""),
    ]
    assert one["keys"]["phone"] == {"sent": 0, "suppressed": 1, "missing": 0, "invalid": 0}


async def test_it_says_that_it_is_an_estimate(gateway: Gateway) -> None:
    """Somebody would take it for TikTok's score."""
    answer = await told(gateway)
    assert "not TikTok's" in answer["about"]
    assert "promises no" in answer["about"]


async def test_a_key_sees_its_own_pixels_alone(gateway: Gateway) -> None:
    """An agency's clients don't see each other."""
    await gateway.sent(an_item())
    other = {"event_source": "web", "event_source_id": OTHER_PIXEL, "data": [an_item()]}
    assert (await gateway.post(other, key=ADMIN_KEY)).status == 202
    seen = {
        key: [one["pixel_id"] for one in (await told(gateway, key=key))["events"]]
        for key in (SERVER_KEY, ADMIN_KEY)
    }
    assert seen == {SERVER_KEY: [PIXEL], ADMIN_KEY: [PIXEL, OTHER_PIXEL]}


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", 3),
        (f"since={TODAY}", 1),
        (f"until={TODAY}", 2),
        ("since=2026-04-21&until=2026-04-22", 1),
        ("since=2026-04-21T12:00:00Z&until=2026-04-21T12:00:01Z", 1),
        ("until=2026-04-21T00:00:01Z", 1),
        ("channel=test", 0),
        ("event=CompletePayment", 3),
        ("event=Purchase", 0),
        (f"pixel={PIXEL}", 3),
    ],
)
async def test_days_are_whole_utc_days(gateway: Gateway, query: str, days: int) -> None:
    """A day that the range touches counts as a whole, and the answer says which days it took."""
    for ago in (2, 1, 0):
        gateway.clock.at = NOW - ago * DAY
        await gateway.sent(an_item(event_id=f"e{ago}", event_time=EVENT_TIME - ago * DAY))
    answer = await told(gateway, query)
    assert sum(len(one["days"]) for one in answer["events"]) == days
    assert answer["since"].endswith("T00:00:00.000Z")
    assert answer["until"].endswith("T00:00:00.000Z")


async def test_nothing_at_all_is_said_plainly(gateway: Gateway) -> None:
    """An empty list leaves people to wonder what they did wrong."""
    answer = await told(gateway, f"pixel={PIXEL}&event=Purchase&since={TODAY}&channel=test")
    assert answer["events"] == []
    assert answer["note"] == (
        f"No test Purchase events of pixel {PIXEL} were received from {TODAY} to {TODAY} (UTC), "
        "so there is nothing to judge."
    )


@pytest.mark.parametrize(
    ("query", "status", "reason", "said"),
    [
        ("pixel=C9NOBODYS", 403, "pixel_not_allowed", f"one of {PIXEL}"),
        (f"pixel={OTHER_PIXEL}", 403, "pixel_not_allowed", f"one of {PIXEL}"),
        ("event=Purchse", 400, "event_unknown", "one of TikTok's event names"),
        ("event=a%40b.example", 400, "event_unknown", "one of TikTok's event names"),
        ("since=2026-04-23&until=2026-04-22", 400, "parameter_invalid", "before until"),
        ("since=2026-04-23&until=2026-04-23", 400, "parameter_invalid", "before until"),
        ("since=2026-05-01", 400, "parameter_invalid", "before until"),
        ("since=2020-01-01", 400, "parameter_invalid", "at most 400 days before until"),
        ("since=yesterday", 400, "parameter_invalid", "2026-04-23"),
        ("until=9" + "9" * 30, 400, "parameter_invalid", "2026-04-23"),
        ("since=0001-01-01", 400, "parameter_invalid", "2026-04-23"),
        ("channel=both", 400, "parameter_invalid", "live or test"),
        ("evnt=Purchase", 400, "parameter_invalid", "one of channel, event, pixel, since, until"),
    ],
)
async def test_a_question_that_makes_no_sense_is_answered_with_what_would(
    gateway: Gateway, query: str, status: int, reason: str, said: str
) -> None:
    """Every one of them is somebody's typing mistake."""
    reply = await gateway.get(f"{QUALITY}?{query}")
    found = reply.first_problem
    assert (reply.status, found["reason"]) == (status, reason)
    assert said in found["expected"]
    assert "a@b" not in reply.body.decode()


async def test_a_wrong_name_is_told_the_right_one(gateway: Gateway) -> None:
    """It is one letter."""
    assert (await gateway.get(f"{QUALITY}?event=Purchse")).first_problem["fix"] == "write Purchase"


async def test_an_event_name_of_the_shops_own_is_known() -> None:
    """Where the settings list it, or one came; where they take any, a slip is no new name."""
    listed = Gateway(rules={PIXEL: some_rules(custom_events=frozenset({"Spin"}))})
    assert (await told(listed, "event=Spin"))["events"] == []
    assert (await listed.post(NOTED | {"event": "Spin"}, path=SCORES)).status == 201
    anything = Gateway(rules={PIXEL: some_rules(custom_events=True)})
    assert (await anything.post(NOTED | {"event": "Spin"}, path=SCORES)).status == 400
    assert (await anything.get(f"{QUALITY}?event=Spin")).status == 400
    await anything.sent(an_item(event="Spin"))
    assert (await anything.post(NOTED | {"event": "Spin"}, path=SCORES)).status == 201
    [one] = (await told(anything, "event=Spin"))["events"]
    assert (one["events"], one["scores"][0]["score"]) == (1, 6.3)


# -- TikTok's score

NOTED: Final = {"pixel": PIXEL, "event": "CompletePayment", "score": 6.3}


async def test_a_score_stands_beside_the_estimate_and_is_not_mixed_with_it(
    gateway: Gateway,
) -> None:
    """Two figures of different makers make no third one."""
    await gateway.sent()
    [before] = (await told(gateway))["events"]
    reply = await gateway.post(NOTED, path=SCORES)
    assert (reply.status, reply.json) == (
        201,
        {
            "pixel_id": PIXEL,
            "event": "CompletePayment",
            "date": TODAY,
            "score": 6.3,
            "noted_at": "2026-04-23T11:23:20.000Z",
            "who": "orders",
        },
    )
    await gateway.post(NOTED | {"score": 5, "date": "2026-04-20"}, path=SCORES)
    [one] = (await told(gateway))["events"]
    assert [(it["date"], it["score"]) for it in one["scores"]] == [
        (TODAY, 6.3),
        ("2026-04-20", 5),
    ]
    assert {**one, "scores": []} == before
    [act, *_] = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert (act["who"], act["what"], act["reason"]) == (
        "orders",
        "quality_noted",
        "CompletePayment 5 on 2026-04-20",
    )


@pytest.mark.parametrize(
    ("wrong", "status", "field", "expected"),
    [
        ({"score": 10.1}, 400, "/score", "a score from 0 to 10"),
        ({"score": -1}, 400, "/score", "a score from 0 to 10"),
        ({"score": 1e300}, 400, "/score", "a score from 0 to 10"),
        ({"score": "6"}, 400, "/score", "a JSON object with the fields pixel, event, score, date"),
        ({"date": "2026-04-25"}, 400, "/date", f"a date up to today, such as {TODAY}"),
        ({"date": "1969-12-31"}, 400, "/date", f"a date up to today, such as {TODAY}"),
        ({"date": "yesterday"}, 400, "/date", f"a date up to today, such as {TODAY}"),
        ({"event": "Purchse"}, 400, "/event", "one of TikTok's event names, of the pixel's"),
        ({"pixel": "C9NOBODYS"}, 403, "pixel", f"one of {PIXEL}"),
        ({"note": "hi"}, 400, "", "a JSON object with the fields pixel, event, score, date"),
    ],
)
async def test_a_score_that_can_not_be_is_not_kept(
    gateway: Gateway, wrong: dict[str, Any], status: int, field: str, expected: str
) -> None:
    """Nothing half done: no score, and no line of the audit log."""
    reply = await gateway.post(NOTED | wrong, path=SCORES)
    found = reply.first_problem
    assert (reply.status, found["field"]) == (status, field)
    assert found["expected"].startswith(expected)
    assert (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"] == []


async def test_whoever_may_only_read_notes_nothing(gateway: Gateway) -> None:
    """A dashboard's key changes nothing."""
    assert (await gateway.post(NOTED, path=SCORES, key=READ_KEY)).status == 403
    assert (await gateway.get(QUALITY, READ_KEY)).status == 200


async def test_metrics_tell_the_coverage_of_today_and_yesterday() -> None:
    """A release that loses the email of the checkout is seen within minutes; names stay few."""
    gateway = Gateway(rules={PIXEL: some_rules(custom_events=True)})
    for ago in (2, 1, 0):
        gateway.clock.at = NOW - ago * DAY
        at = EVENT_TIME - ago * DAY
        await gateway.sent(
            an_item(event_id=f"a{ago}", event_time=at),
            an_item(event_id=f"b{ago}", event_time=at, user={"ip": "203.0.113.9"}),
            an_item(event_id=f"c{ago}", event_time=at, consent=...),
            an_item(event="Spin", event_id=f"d{ago}", event_time=at),
            an_item(event="Turn", event_id=f"e{ago}", event_time=at),
        )
    text = (await gateway.get("/metrics", None)).body.decode()
    named = f'pixel="{PIXEL}"'
    assert {line for line in text.splitlines() if line.startswith("tandemgate_match_key_ev")} == {
        f'tandemgate_match_key_events{{event="CompletePayment",{named}}} 4.0',
        f'tandemgate_match_key_events{{event="custom",{named}}} 4.0',
    }
    for key, share in {"email": 0.5, "ip": 1.0, "ttclid": 0.0}.items():
        labels = f'event="CompletePayment",key="{key}",{named}'
        assert f"tandemgate_match_key_coverage{{{labels}}} {share}" in text
