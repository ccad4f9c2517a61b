"""Each kind of alert: what is enough, what is just not, and what is no trouble of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tandemgate.catalog.alerts import RULES
from tandemgate.catalog.reasons import REASONS
from tandemgate.core.alerts import LOOKS, OUTAGE_PATIENCE, Served, Sight, spans, troubles
from tandemgate.core.attention import Attention
from tandemgate.core.histogram import bucket_of
from tandemgate.model.admission import Cell
from tandemgate.model.alert import Family
from tandemgate.model.delivery import HoldCause, LaneStatus
from tandemgate.model.event import Channel, Lane
from tandemgate.model.operation import Waiting
from tandemgate.model.pair import PairVerdict
from tandemgate.model.problem import Origin, ProblemGroup, ProblemKey, Sample, Share, Stand
from tandemgate.model.rollup import HOUR, Hop, Rollup
from tests.build import NOW, PIXEL

LIMITS = {family: rule.number for family, rule in RULES.items()}
LANE, TEST_LANE = Lane(PIXEL), Lane(PIXEL, "TEST1")
HALF_PAST = 1_776_945_600.0 + 1800


def cells(channel: str = "live", **counts: int) -> tuple[Cell, ...]:
    """Counts by name; a reason stands behind two underscores."""
    named = ((name.partition("__"), count) for name, count in counts.items())
    return tuple(
        Cell(PIXEL, "CompletePayment", channel, name, reason, count)
        for (name, _, reason), count in named
    )


def seen(name: str, channel: str = "live", **counts: int) -> Sight:
    """A sight of one rollup."""
    return Sight(NOW, {name: Rollup(NOW, NOW + 60, cells(channel, **counts))})


def delivered(count: int, took: float, lane: Lane = LANE) -> Sight:
    """A sight of deliveries that all took as long."""
    latencies = {(lane, Hop.DELIVERED): {bucket_of(took): count}}
    return Sight(NOW, {"quarter": Rollup(NOW, NOW, (), latencies)})


def held(cause: HoldCause | None, *, ago: float = 0.0, lane: Lane = LANE) -> LaneStatus:
    """A lane that was held so long ago."""
    return LaneStatus(lane, cause, NOW - ago, NOW, 0, 1, None, "TikTok's words")


def waits(ago: float | None) -> Mapping[Lane, Waiting]:
    """Events that wait, the oldest sendable one for so long."""
    return {LANE: Waiting(5, NOW - 90_000, None if ago is None else NOW - ago)}


def week(now: int, then: int, after: int, before: int = 1, at: float = HALF_PAST) -> Sight:
    """What came in the last hour, and in the hours of last week that it overlaps."""
    counts = {"hour": now, "then": then, "after_then": after, "before_then": before}
    return Sight(at, {
        name: Rollup(at - at % 60 - HOUR, at, cells(accepted=count))
        for name, count in counts.items()
    })  # fmt: skip


def a_group(reason: str = "currency_invalid", **fields: Any) -> ProblemGroup:  # noqa: ANN401
    """A problem that was just seen."""
    key = ProblemKey(
        PIXEL, fields.pop("channel", Channel.LIVE), fields.pop("source", "backend"),
        "CompletePayment", Origin.LOCAL, None, reason, "properties.currency",
    )  # fmt: skip
    sample = Sample(NOW, "ord_1", received="EURO")
    group = ProblemGroup(f"{reason}-x", key, NOW, NOW, sample, Share(3, 40), Share(3, 40), 1)
    return replace(group, **fields)


def problems(*groups: ProblemGroup) -> Sight:
    """A sight of problems."""
    return Sight(NOW, problems=groups)


def paired(now: tuple[int, int], before: tuple[int, int]) -> Sight:
    """Of an hour and the one before: how many actions were paired, and how many were not."""
    later, earlier = (
        {(PIXEL, PairVerdict.PAIRED): both, (PIXEL, PairVerdict.SERVER_ONLY): one}
        for both, one in (now, before)
    )
    return Sight(NOW, pairs=(later, earlier))


TESTS = Rollup(NOW, NOW, cells("test", accepted=1))

PROBLEM = (
    "currency_invalid at properties.currency: 3 events CompletePayment from backend in a day, "
    "such as ord_1"
)

TABLE: dict[str, tuple[Family, Sight, str | None]] = {
    "2 % rejected": (
        Family.REJECTED_SHARE,
        seen("quarter", accepted=98, rejected__currency_invalid=2),
        "2 of 100 events were rejected",
    ),
    "TikTok rejects": (
        Family.REJECTED_SHARE,
        seen("quarter", accepted=40, REJECTED__payload_refused=1),
        "1 of 40 events were rejected",
    ),
    "exactly 1 %": (Family.REJECTED_SHARE, seen("quarter", accepted=99, rejected=1), None),
    "all of too few": (Family.REJECTED_SHARE, seen("quarter", rejected=19), None),
    "copies do not dilute": (
        Family.REJECTED_SHARE,
        seen("quarter", accepted=59, duplicate=9000, rejected=1),
        "1 of 60 events were rejected",
    ),
    "opened pages are no events": (
        Family.REJECTED_SHARE,
        seen("quarter", accepted=59, noted__page_seen=9000, rejected=1),
        "1 of 60 events were rejected",
    ),
    "rejected tests": (Family.REJECTED_SHARE, seen("quarter", "test", rejected=90), None),
    "TikTok fails": (
        Family.DOWNSTREAM_SUCCESS,
        seen("ten_minutes", sent__delivered=90, sent__retry_unknown=6, sent__hold_token=4),
        "TikTok answered 90 % of 100 sent events",
    ),
    "TikTok refuses": (
        Family.DOWNSTREAM_SUCCESS,
        seen("ten_minutes", sent__delivered=50, sent__refused=40, sent__split=10),
        None,
    ),
    "TikTok fails while the lane stands": (
        Family.DOWNSTREAM_SUCCESS,
        replace(seen("ten_minutes", sent__retry_rate=100), lanes=(held(HoldCause.UNREACHABLE),)),
        None,
    ),
    "late": (
        Family.LATENCY,
        delivered(20, 90.0),
        "5 of 100 events took more than 85 s from receipt to delivery (20 events)",
    ),
    "late, and few": (Family.LATENCY, delivered(19, 90.0), None),
    "in time": (Family.LATENCY, delivered(500, 50.0), None),
    "late tests": (Family.LATENCY, delivered(500, 90.0, TEST_LANE), None),
    "requests fail": (
        Family.AVAILABILITY,
        Sight(NOW, served=Served(100, 2)),
        "2 of 100 requests with events were answered with 5xx",
    ),
    "one request fails": (Family.AVAILABILITY, Sight(NOW, served=Served(100, 1)), None),
    "few requests fail": (Family.AVAILABILITY, Sight(NOW, served=Served(19, 19)), None),
    "nobody asks for consent": (
        Family.UNKNOWN_CONSENT,
        seen("hour", accepted=93, suppressed__consent_missing=4, held__hold_for_consent=3),
        "7 of 100 events lack a consent they need",
    ),
    "many say no": (
        Family.UNKNOWN_CONSENT,
        seen("hour", accepted=50, suppressed__consent_denied=50),
        None,
    ),
    "half of last week": (
        Family.VOLUME,
        week(49, 100, 100),
        "49 events in an hour, 100 in the same hour last week",
    ),
    "between two hours": (Family.VOLUME, week(60, 100, 60), None),
    "twice of last week": (
        Family.VOLUME,
        week(151, 60, 140),
        "151 events in an hour, 100 in the same hour last week",
    ),
    "nothing since": (
        Family.VOLUME,
        week(0, 100, 100),
        "0 events in an hour, 100 in the same hour last week",
    ),
    "little last week": (Family.VOLUME, week(0, 49, 49), None),
    "the gateway was new last week": (Family.VOLUME, week(100, 20, 100, before=0), None),
    "old": (
        Family.OLDEST_UNSENT,
        Sight(NOW, waiting=waits(1200)),
        "the oldest unsent event has waited for 20 min",
    ),
    "not old": (Family.OLDEST_UNSENT, Sight(NOW, waiting=waits(900)), None),
    "old, for its consent": (Family.OLDEST_UNSENT, Sight(NOW, waiting=waits(None)), None),
    "old, in a lane that stands": (
        Family.OLDEST_UNSENT,
        Sight(NOW, waiting=waits(1200), lanes=(held(HoldCause.TOKEN),)),
        None,
    ),
    "a refused token": (
        Family.LANE_HELD,
        Sight(NOW, lanes=(held(HoldCause.TOKEN),)),
        "the live lane stands, token: TikTok's words",
    ),
    "a refused token of a test": (
        Family.LANE_HELD,
        Sight(NOW, lanes=(held(HoldCause.PERMISSION, lane=TEST_LANE),)),
        "the test lane stands, permission: TikTok's words",
    ),
    "a blip of the network": (
        Family.LANE_HELD,
        Sight(NOW, lanes=(held(HoldCause.UNREACHABLE, ago=OUTAGE_PATIENCE - 1),)),
        None,
    ),
    "an outage": (
        Family.LANE_HELD,
        Sight(NOW, lanes=(held(HoldCause.UNREACHABLE, ago=OUTAGE_PATIENCE),)),
        "the live lane stands, unreachable: TikTok's words",
    ),
    "an open lane": (Family.LANE_HELD, Sight(NOW, lanes=(held(None),)), None),
    "a full disk": (
        Family.URGENT,
        Sight(NOW, found=(Attention("store_full"),)),
        "store_full",
    ),
    "an imbalance": (
        Family.URGENT,
        Sight(NOW, found=(Attention("ledger_imbalance", count=2),)),
        "ledger_imbalance: 2 events",
    ),
    "a pause": (Family.URGENT, Sight(NOW, found=(Attention("pixel_paused", PIXEL),)), None),
    "a problem is told as that": (
        Family.URGENT,
        Sight(NOW, found=(Attention("urgent_problem", PIXEL),)),
        None,
    ),
    "a held lane is told as that": (
        Family.URGENT,
        Sight(NOW, found=(Attention("lane_held", PIXEL),)),
        None,
    ),
    "review": (
        Family.UNDECIDED,
        Sight(NOW, found=(Attention("events_in_review", PIXEL, count=3),)),
        "3 events in REVIEW",
    ),
    "indeterminate": (
        Family.UNDECIDED,
        Sight(NOW, found=(Attention("events_indeterminate", PIXEL, count=1),)),
        "1 event in INDETERMINATE",
    ),
    "tests for an hour": (
        Family.TEST_CODE_ON,
        Sight(NOW, dict.fromkeys(("quarter", "tested"), TESTS)),
        "events with a test code have been coming for 60 min",
    ),
    "tests just now": (Family.TEST_CODE_ON, seen("quarter", "test", accepted=9), None),
    "tests long ago": (Family.TEST_CODE_ON, seen("tested", "test", accepted=9), None),
    "fewer pairs": (
        Family.PAIR_RATE,
        paired((60, 40), (85, 15)),
        "60 % of 100 actions are paired, 85 % an hour before",
    ),
    "hardly fewer pairs": (Family.PAIR_RATE, paired((70, 30), (85, 15)), None),
    "more pairs": (Family.PAIR_RATE, paired((85, 15), (20, 80)), None),
    "few actions": (Family.PAIR_RATE, paired((0, 29), (85, 15)), None),
    "few actions before": (Family.PAIR_RATE, paired((0, 100), (29, 0)), None),
    "a problem": (
        Family.PROBLEMS,
        problems(a_group()),
        PROBLEM,
    ),
    "a settled problem": (
        Family.PROBLEMS,
        problems(a_group(stand=Stand(resolved_at=NOW))),
        None,
    ),
    "a muted problem": (Family.PROBLEMS, problems(a_group(stand=Stand(muted_at=NOW))), None),
    "yesterday's problem": (Family.PROBLEMS, problems(a_group(last_seen=NOW - 86_400)), None),
    "a remark": (Family.PROBLEMS, problems(a_group("page_url_missing")), None),
    "a problem of tests": (Family.PROBLEMS, problems(a_group(channel=Channel.TEST)), None),
    "a problem of the lane": (Family.PROBLEMS, problems(a_group(source="")), None),
}


@pytest.mark.parametrize(("family", "sight", "said"), TABLE.values(), ids=TABLE)
def test_each_kind_has_its_limit(family: Family, sight: Sight, said: str | None) -> None:
    """An alert that comes too easily is switched off, one that comes too late is of no use."""
    found = troubles(sight, LIMITS)
    assert [trouble.said for trouble in found if trouble.group.family is family] == (
        [] if said is None else [said]
    )


def test_every_kind_is_judged_explained_and_shown() -> None:
    """A kind without a row here would be proven by nothing."""
    shown = {family for family, _, said in TABLE.values() if said is not None}
    assert shown == set(Family) == RULES.keys() == LOOKS.keys()
    assert set(Family) <= REASONS.keys()


def test_what_is_switched_off_is_not_told() -> None:
    """Whoever does not want to hear of it need not."""
    sight = seen("quarter", accepted=50, rejected=50)
    assert troubles(sight, {Family.REJECTED_SHARE: 0.01}) != ()
    assert troubles(sight, {Family.UNDECIDED: 1.0}) == ()
    assert troubles(sight, {Family.REJECTED_SHARE: 0.6}) == ()


def test_no_message_quotes_what_came() -> None:
    """A receiver is a chat that many read; of a problem it gets the place and an event_id."""
    (trouble,) = troubles(problems(a_group()), LIMITS)
    assert "EURO" not in trouble.said


def test_a_hundred_problems_are_not_a_hundred_messages() -> None:
    """A shop that sends nothing right needs one to say so."""
    groups = (a_group(problem_id=f"p{n:03}", news=n) for n in range(40))
    told = [trouble.group.subject for trouble in troubles(problems(*groups), LIMITS)]
    assert told == [*(f"p{n:03}" for n in range(25)), "others"]


def test_nothing_is_the_matter_with_nothing() -> None:
    """A store that was just made, or can't be read."""
    assert troubles(Sight(NOW), LIMITS) == ()


def test_spans_are_whole_minutes_of_now_and_whole_hours_of_then() -> None:
    """Hours are all that is known of last week."""
    asked = spans(LIMITS, HALF_PAST)
    assert asked["hour"] == (HALF_PAST - HOUR, HALF_PAST)
    began, ended = asked["then"]
    assert (began % HOUR, ended - began) == (0, HOUR)
    assert asked["after_then"] == (ended, ended + HOUR)
    assert began <= HALF_PAST - HOUR - 7 * 24 * HOUR < ended
