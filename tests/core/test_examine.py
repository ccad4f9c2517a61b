"""A test's checklist: what turns each line green, what turns it red, and with which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.catalog.reasons import REASONS, finding
from tandemgate.catalog.trials import CHECKS, WARNING
from tandemgate.core.examine import examine, worth
from tandemgate.core.promotion import Claim, obstacles
from tandemgate.model.admission import Attempt, Entry, Story
from tandemgate.model.event import Channel, Fingerprint
from tandemgate.model.pair import Copy, Sides
from tandemgate.model.state import State
from tandemgate.model.trial import (
    Line,
    Mark,
    Sight,
    Sighting,
    Traffic,
    Trial,
    Window,
    Worth,
)
from tests.build import NOW, PIXEL, an_event

CODE = "TEST12345"
JOURNEY = ("ViewContent", "AddToCart", "InitiateCheckout", "CompletePayment")
ORDER = "ord_1_complete_payment"
IDS = {"ViewContent": "v1", "AddToCart": "a1", "InitiateCheckout": "i1", "CompletePayment": ORDER}
KEYS = {"email": "sent", "ip": "sent", "user_agent": "sent", "ttclid": "sent"}
GRANTED = an_event().decision
SILENT = an_event(consent=...).decision
NOBODY_ASKS = an_event(consent={"region": "US"}).decision
LATER = NOW + 30
NOT_PAGED = (Sighting(Sight.PAGE, NOW),)


def a_trial(**fields: Any) -> Trial:  # noqa: ANN401
    """A test of the guide's journey."""
    stated: dict[str, Any] = {
        "events": JOURNEY,
        "windows": (Window(NOW, NOW + 600, "root"),),
    } | fields
    return Trial(trial_id="7e57", pixel_id=PIXEL, test_event_code=CODE, **stated)


def a_story(event: str = "CompletePayment", seq: int = 4, **fields: Any) -> Story:  # noqa: ANN401
    """An event of the test that TikTok has taken; *fields* are of its entry."""
    stated: dict[str, Any] = {
        "event_id": IDS.get(event, "x1"),
        "event_time": int(NOW),
        "received_at": NOW + 1,
        "state": State.DELIVERED,
        "match_keys": KEYS,
        "decision": GRANTED,
        "findings": (),
        "reason": None,
    } | fields
    attempts = stated.pop("attempts", (an_attempt(),))
    entry = Entry(
        seq=seq, pixel_id=PIXEL, event=event, channel=Channel.TEST, test_event_code=CODE,
        updated_at=NOW + 2, source="backend", verified=True, revision=1, due_at=None, attempts=1,
        unknown=0, first_maybe=None, decided_at=NOW + 1, **stated,
    )  # fmt: skip
    return Story(entry, attempts)


def an_attempt(code: int | None = 0, message: str = "OK") -> Attempt:
    """An attempt with its answer."""
    return Attempt(1, "b1", 1, NOW, NOW, 200, code, message, "r1", "delivered", 0.1, None)


def a_copy(event: str, event_id: str | None = None, at: float = NOW + 1, **worth: bytes) -> Copy:
    """One side's copy."""
    return Copy(event, event_id or IDS.get(event, "x1"), at, at, Fingerprint(worth))


def both(event: str) -> Sides:
    """Two copies that are counted once."""
    return Sides(PIXEL, a_copy(event), a_copy(event, at=NOW + 1.5))


def traffic(**fields: Any) -> Traffic:  # noqa: ANN401
    """A journey of which nothing is to be said."""
    stated: dict[str, Any] = {
        "stories": tuple(a_story(event, seq) for seq, event in enumerate(JOURNEY, 1)),
        "sides": tuple(map(both, JOURNEY)),
        "sightings": (Sighting(Sight.PAGE, NOW + 1, ttclid=True, ttp=True),),
        "worth": {4: Worth(129.95, "EUR", 129.95)},
    } | fields
    return Traffic(**stated)


def with_story(**fields: Any) -> Traffic:  # noqa: ANN401
    """The journey, with a purchase of which something is to be said."""
    *others, _ = traffic().stories
    return traffic(stories=(*others, a_story(**fields)))


def with_sides(*sides: Sides, strays: frozenset[str] = frozenset()) -> Traffic:
    """The journey, with other copies of its purchase."""
    return traffic(sides=(*map(both, JOURNEY[:3]), *sides), strays=strays)


def line(check: str, seen: Traffic, now: float = LATER, **terms: Any) -> Line:  # noqa: ANN401
    """One line of the checklist."""
    [found] = [one for one in examine(a_trial(**terms), seen, now) if one.check == check]
    return found


def test_a_journey_without_fault_is_green_all_over() -> None:
    """Each line of the guide, in its order, with its evidence."""
    lines = examine(a_trial(), traffic(), LATER)
    kinds = [one.check.partition(" ")[0] for one in lines]
    assert list(dict.fromkeys(kinds)) == list(CHECKS)
    assert {one.mark for one in lines} == {Mark.GREEN}
    assert {one.fix for one in lines} == {""}
    assert all(one.at is not None for one in lines)


def test_before_anything_is_seen_each_line_says_what_to_do() -> None:
    """The tester reads from top to bottom what comes next."""
    lines = examine(a_trial(), Traffic(), LATER)
    assert {one.mark for one in lines} == {Mark.WAITING}
    assert all(one.fix for one in lines)


PURCHASE = "pair CompletePayment"
RED: dict[str, tuple[str, Traffic, str]] = {
    "pages without ttclid": ("landing", traffic(sightings=NOT_PAGED), "none with ttclid"),
    "pages without _ttp": ("ttp", traffic(sightings=NOT_PAGED), "none with _ttp"),
    "no consent stated": ("consent", with_story(decision=SILENT), "states no consent"),
    "a consent of much later": (
        "consent",
        with_story(findings=(finding("consent_too_late", "/consent"),)),
        "too long after",
    ),
    "another name": (
        PURCHASE,
        with_sides(Sides(PIXEL, a_copy("Purchase", ORDER), None, (a_copy("CompletePayment"),))),
        "name mismatch",
    ),
    "another value": (
        PURCHASE,
        with_sides(
            Sides(
                PIXEL,
                a_copy("CompletePayment", value=b"1"),
                a_copy("CompletePayment", value=b"2"),
            )
        ),
        "content differs (value differs)",
    ),
    "one good, one alone for a minute": (
        "pair AddToCart",
        traffic(
            sides=(
                *map(both, JOURNEY),
                Sides(PIXEL, a_copy("AddToCart", "a2", NOW - 31), None),
            )
        ),
        "server only",
    ),
    "two days apart": (
        PURCHASE,
        with_sides(
            Sides(
                PIXEL,
                a_copy("CompletePayment"),
                a_copy("CompletePayment", at=NOW - 49 * 3600),
            )
        ),
        "paired",
    ),
    "no ip": ("device", with_story(match_keys={"user_agent": "sent"}), "ip missing"),
    "an ip that is kept back": (
        "device",
        with_story(match_keys=KEYS | {"ip": "suppressed"}),
        "ip suppressed",
    ),
    "no strong key": (
        "strong_key",
        with_story(match_keys={"ip": "sent", "user_agent": "sent"}),
        "CompletePayment has none",
    ),
    "another sum": (
        "value",
        traffic(worth={4: Worth(99.5, "EUR", 129.95)}),
        "99.50 EUR, but the contents sum up to 129.95: 30.45 apart",
    ),
    "no value that can be read": ("value", traffic(worth={}), "states no value"),
    "old": ("fresh", with_story(received_at=NOW + 301), "came 301 s after"),
    "refused by TikTok": (
        "taken",
        with_story(state=State.REJECTED, attempts=(an_attempt(40002, "bad currency"),)),
        "CompletePayment is REJECTED: code 40002: bad currency",
    ),
    "a token that TikTok refuses": (
        "taken",
        with_story(state=State.QUEUED, attempts=(an_attempt(40105, "token expired"),)),
        "CompletePayment is QUEUED: code 40105: token expired",
    ),
    "kept back": (
        "taken",
        with_story(state=State.SUPPRESSED, reason="consent_missing", attempts=()),
        "CompletePayment is SUPPRESSED: consent_missing",
    ),
    "refused at the door": (
        "warnings",
        traffic(sightings=(Sighting(Sight.REFUSED, NOW, reason="value_missing", field="/a"),)),
        "an event was refused: value_missing at /a",
    ),
    "a page that is not told": (
        "warnings",
        with_story(findings=(finding("page_url_missing", "/page/url"),)),
        "CompletePayment: page_url_missing",
    ),
    "an order twice": (
        "warnings",
        with_story(findings=(finding("probable_double_fire", "/event_id", "came as v1"),)),
        "probable_double_fire",
    ),
}


@pytest.mark.parametrize(("check", "seen", "words"), RED.values(), ids=RED)
def test_a_fault_turns_its_line_red(check: str, seen: Traffic, words: str) -> None:
    """The line names the event and what mends it."""
    found = line(check, seen)
    assert found.mark is Mark.RED
    assert words in found.seen
    assert found.fix or check == PURCHASE


WELL: dict[str, tuple[str, Traffic, Mark]] = {
    "nothing stated where nothing is asked": (
        "consent",
        with_story(decision=NOBODY_ASKS),
        Mark.GREEN,
    ),
    "the other side is on its way": (
        PURCHASE,
        with_sides(Sides(PIXEL, None, a_copy("CompletePayment", at=LATER - 59))),
        Mark.WAITING,
    ),
    "the newer name on both sides": (
        PURCHASE,
        with_sides(Sides(PIXEL, a_copy("Purchase", ORDER), a_copy("Purchase", ORDER))),
        Mark.GREEN,
    ),
    "contents without prices": ("value", traffic(worth={4: Worth(9, "EUR")}), Mark.GREEN),
    "half a cent apart": ("value", traffic(worth={4: Worth(10.0, "EUR", 10.004)}), Mark.GREEN),
    "on its way to TikTok": (
        "taken",
        with_story(state=State.SENDING, attempts=()),
        Mark.WAITING,
    ),
    "no answer yet": (
        "taken",
        with_story(state=State.RETRY, attempts=(an_attempt(None, "no route"),)),
        Mark.WAITING,
    ),
    "a product that is looked at twice": (
        "warnings",
        traffic(
            stories=(
                a_story("ViewContent", 1, event_id="v0"),
                a_story(
                    "ViewContent",
                    2,
                    findings=(finding("probable_double_fire", "/event_id", "came as v0"),),
                ),
            )
        ),
        Mark.GREEN,
    ),
    "the order of an earlier window": (
        "warnings",
        with_story(findings=(finding("probable_double_fire", "/event_id", "came as ord_0"),)),
        Mark.GREEN,
    ),
    "a remark that is no warning": (
        "warnings",
        with_story(findings=(finding("filled_from_visit", "/user/ip"),)),
        Mark.GREEN,
    ),
}


@pytest.mark.parametrize(("check", "seen", "mark"), WELL.values(), ids=WELL)
def test_what_is_no_fault_does_not_turn_a_line_red(check: str, seen: Traffic, mark: Mark) -> None:
    """A gate that cries wolf is overridden by habit."""
    assert line(check, seen).mark is mark


def test_a_purchase_that_went_out_live_is_told_how_it_is_found() -> None:
    """The commonest mistake: the backend names neither the visit nor an order it was bound to."""
    alone = Sides(PIXEL, None, a_copy("CompletePayment", at=NOW - 60))
    found = line(PURCHASE, with_sides(alone, strays=frozenset({ORDER})))
    assert "went out live" in found.fix
    assert "went out live" not in line(PURCHASE, with_sides(alone)).fix


def test_shipping_is_allowed_for() -> None:
    """Where the contents are not all that is paid for, the tester says how much that may be."""
    seen = traffic(worth={4: Worth(134.9, "EUR", 129.95)})
    assert line("value", seen).mark is Mark.RED
    assert line("value", seen, tolerance=0.05).mark is Mark.GREEN


def test_a_test_without_purchase_asks_for_no_value() -> None:
    """A shop window without a shop ends in a lead; the last event is what it is about."""
    seen = traffic(stories=(a_story("Lead"),), sides=(both("Lead"),), worth={})
    lines = examine(a_trial(events=("ViewContent", "Lead")), seen, LATER)
    marks = {one.check: one.mark for one in lines}
    assert "value" not in marks
    assert marks["strong_key"] is Mark.GREEN


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (b"", None),
        (b"noise", None),
        (b'{"properties":{}}', None),
        (b'{"properties":{"value":5,"currency":"EUR"}}', Worth(5, "EUR")),
        (
            b'{"properties":{"value":5,"currency":"EUR","contents":[{"price":2.5,"quantity":2}]}}',
            Worth(5, "EUR", 5.0),
        ),
        (
            b'{"properties":{"value":5,"currency":"EUR","contents":[{"price":5},{"quantity":2}]}}',
            Worth(5, "EUR"),
        ),
    ],
)
def test_what_a_purchase_is_worth_is_read_from_what_is_sent(
    wire: bytes, expected: Worth | None
) -> None:
    """Not from what was reported: TikTok sees the bytes."""
    assert worth(wire) == expected


def test_every_warning_has_its_words() -> None:
    """Each is printed with its fix."""
    assert set(WARNING) - REASONS.keys() == set()
    assert all(REASONS[reason].fix for reason in WARNING)


# -- the gate

GREEN = Line("landing", Mark.GREEN, "well")
A_RED = Line("value", Mark.RED, "30.45 apart", fix="send the total")
A_WAITING = Line("pair AddToCart", Mark.WAITING, "not seen yet")
SAID = Claim(confirmed=True)


@pytest.mark.parametrize(
    ("lines", "claim", "now", "reasons"),
    [
        ([GREEN], SAID, NOW, []),
        ([GREEN], Claim(), NOW, ["test_not_confirmed"]),
        ([GREEN], SAID, NOW + 900, []),
        ([A_WAITING], SAID, NOW, ["test_without_traffic"]),
        ([A_WAITING], Claim(True, True, "late"), NOW, ["test_without_traffic"]),
        ([GREEN, A_RED], SAID, NOW, ["test_not_passed"]),
        ([GREEN, A_RED, A_WAITING], SAID, NOW, ["test_not_passed"] * 2),
        ([GREEN, A_WAITING], SAID, NOW + 600, ["test_not_passed", "test_window_over"]),
        ([GREEN, A_RED], Claim(True, True), NOW, ["test_reason_missing"]),
        ([GREEN, A_RED], Claim(True, True, "  "), NOW, ["test_reason_missing"]),
        ([GREEN, A_RED], Claim(False, True, "known"), NOW, ["test_not_confirmed"]),
        ([GREEN, A_RED], Claim(True, True, "known"), NOW, []),
    ],
)
def test_the_gate(lines: list[Line], claim: Claim, now: float, reasons: list[str]) -> None:
    """Nothing is promoted that was not seen, or not looked at by a person, or has no reason."""
    assert [one.reason for one in obstacles(a_trial(), lines, claim, now)] == reasons


def test_the_gate_says_of_each_line_what_mends_it() -> None:
    """One refusal tells everything that is still to be done."""
    [found] = obstacles(a_trial(), [GREEN, A_RED], SAID, NOW)
    assert (found.field, found.received) == ("value", "red: 30.45 apart")
    assert (found.expected, found.fix) == ("value is the order's total", "send the total")


MARKS = st.lists(st.sampled_from(list(Mark)), min_size=1)


@given(MARKS, st.booleans(), st.booleans(), st.booleans())
def test_only_what_is_green_passes_without_a_reason(
    marks: list[Mark], confirmed: bool, override: bool, late: bool
) -> None:
    """For any checklist, however it is claimed."""
    lines = [Line("landing", mark, "seen") for mark in marks]
    claim = Claim(confirmed, override, "")
    passes = not obstacles(a_trial(), lines, claim, NOW + 900 * late)
    assert passes == (confirmed and set(marks) == {Mark.GREEN})
