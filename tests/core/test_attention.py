"""What an operator is told to look at; a healthy gateway says nothing."""

from dataclasses import replace

import pytest

from tandemgate.catalog.reasons import REASONS
from tandemgate.core.attention import QUEUE_OLD, URGENT, Attention, Signs, View, attention
from tandemgate.model.admission import Cell, Stats
from tandemgate.model.delivery import HoldCause, LaneStatus
from tandemgate.model.event import Lane
from tandemgate.model.operation import Pause
from tandemgate.model.shop import Refused
from tandemgate.model.trial import Trial, Window
from tests.build import NOW, PIXEL


def stats(*states: tuple[str, int], recorded: int = 5, oldest: float | None = None) -> Stats:
    """Counters of events in states; the rest was delivered."""
    rest = ("DELIVERED", recorded - sum(count for _, count in states))
    cells = [Cell(PIXEL, "Purchase", "live", name, "", count) for name, count in (*states, rest)]
    return Stats(tuple(cells), (), recorded, oldest)


def lane(cause: HoldCause | None) -> LaneStatus:
    """A lane as delivery shows it."""
    return LaneStatus(Lane(PIXEL), cause, NOW - 60, NOW + 5, 0, 1, None)


def a_test(until: float) -> Trial:
    """A test session whose window is open *until* then."""
    window = Window(until - 600, until, "root")
    return Trial("7e57", PIXEL, "TEST12345", ("Purchase",), (window,), "relaunch")


HELD = Attention("lane_held", PIXEL, "live, token", since=NOW - 60)
CASES: dict[str, tuple[View, list[Attention]]] = {
    "healthy": (View(stats(), [lane(None)]), []),
    "a held lane": (View(stats(), [lane(HoldCause.TOKEN)]), [HELD]),
    "why a lane is held": (
        View(stats(), [replace(lane(HoldCause.UNREACHABLE), message="certificate has expired")]),
        [replace(HELD, detail="live, unreachable: certificate has expired")],
    ),
    "no token, and nothing said twice": (
        View(stats(), [lane(HoldCause.TOKEN)], without_token=[PIXEL]),
        [Attention("token_missing", PIXEL)],
    ),
    "paused": (
        View(stats(), paused={PIXEL: Pause(NOW)}),
        [Attention("pixel_paused", PIXEL, since=NOW)],
    ),
    "undecided": (
        View(stats(("REVIEW", 2), ("INDETERMINATE", 1))),
        [
            Attention("events_in_review", PIXEL, count=2),
            Attention("events_indeterminate", PIXEL, count=1),
        ],
    ),
    "decided meanwhile": (View(stats(("REVIEW", 0))), []),
    "waiting as usual": (View(stats(("QUEUED", 1), oldest=NOW - QUEUE_OLD)), []),
    "waiting too long": (
        View(stats(("QUEUED", 1), oldest=NOW - QUEUE_OLD - 1)),
        [Attention("queue_old", since=NOW - QUEUE_OLD - 1)],
    ),
    "a clock as good as TikTok's": (View(stats(), signs=Signs(clock_apart=-60.0)), []),
    "a clock that is ahead": (
        View(stats(), signs=Signs(clock_apart=61.0)),
        [Attention("clock_astray", detail="61 s ahead of TikTok's")],
    ),
    "a clock that is behind": (
        View(stats(), signs=Signs(clock_apart=-7_200.4)),
        [Attention("clock_astray", detail="7200 s behind TikTok's")],
    ),
    "a log that takes no more": (
        View(stats(), signs=Signs(log_lines_lost=3)),
        [Attention("log_lines_lost", detail="3 lines since the start")],
    ),
    "a full disk comes before what can wait": (
        View(stats(), paused={PIXEL: Pause(NOW)}, signs=Signs("store_full")),
        [Attention("store_full"), Attention("pixel_paused", PIXEL, since=NOW)],
    ),
    "a shop system that is not believed": (
        View(
            stats(),
            signs=Signs(refused=[Refused("/webhooks/stripe/a", "signature_wrong", NOW)]),
        ),
        [Attention("source_refused", detail="/webhooks/stripe/a, signature_wrong", since=NOW)],
    ),
    "a test that is under way": (View(stats(), signs=Signs(trials=[a_test(NOW + 1)])), []),
    "a test that was left open": (
        View(stats(), signs=Signs(trials=[a_test(NOW)])),
        [Attention("test_left_open", PIXEL, "TEST12345 relaunch", since=NOW)],
    ),
    "a lost event": (
        View(Stats((), (), 1, None)),
        [Attention("ledger_imbalance", count=1)],
    ),
    "a store that can't be read": (
        View(None, signs=Signs("store_unavailable")),
        [Attention("store_unavailable")],
    ),
}


@pytest.mark.parametrize(("view", "found"), CASES.values(), ids=list(CASES))
def test_each_trouble_is_named_and_nothing_else(view: View, found: list[Attention]) -> None:
    """A doctor who cries wolf is not asked again."""
    assert list(attention(view, NOW)) == found


def test_every_trouble_can_be_explained() -> None:
    """The log says a word; tandemgate explain says what to do about it."""
    named = {one.reason for _, found in CASES.values() for one in found}
    assert named | URGENT <= REASONS.keys()
