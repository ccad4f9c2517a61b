"""Whether the Pixel's copy and ours are counted once."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.identify import fingerprint
from tandemgate.core.pairing import band, consent_differs, count, double_fire, pair
from tandemgate.model.consent import Flag
from tandemgate.model.event import Commerce, Content
from tandemgate.model.pair import Band, Copy, Pair, PairVerdict, Sides, Stance
from tandemgate.model.person import MatchKeys

HOUR = 3600.0
KEY = b"k" * 32
_NOTHING: dict[str, Any] = {}
NO_ORDER: dict[str, Any] = {"order_id": None}
GRANTED, DENIED = Flag.GRANTED, Flag.DENIED
VISIT, OTHER_VISIT = b"visit---", b"another-"


def a_copy(
    event_id: str | None = "ord_1_complete_payment",
    event: str = "CompletePayment",
    at: float = 0.0,
    session: bytes | None = VISIT,
    *,
    worth: dict[str, Any] = _NOTHING,
) -> Copy:
    """Build a copy of a purchase; *worth* replaces what it was worth."""
    told: dict[str, Any] = {
        "value": 129.95,
        "currency": "EUR",
        "order_id": "1",
        "contents": (Content("SKU-481", 1),),
    } | worth
    return Copy(event, event_id, at, at, fingerprint(Commerce(**told), MatchKeys(), KEY), session)


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (0.0, Band.MERGED),
        (300.0, Band.MERGED),
        (300.1, Band.DROPPED),
        (48 * HOUR, Band.DROPPED),
        (48 * HOUR + 0.1, Band.COUNTED_TWICE),
    ],
)
def test_time_between_two_copies_decides_what_tiktok_does(gap: float, expected: Band) -> None:
    """A second copy after two days is a second conversion, whatever its id."""
    assert band(gap) is expected
    assert pair(a_copy(), a_copy(at=gap)) == Pair(PairVerdict.PAIRED, gap, expected, a_copy(at=gap))


@pytest.mark.parametrize(
    ("browser", "verdict", "differs"),
    [
        ({}, PairVerdict.PAIRED, ()),
        ({"value": 129.951}, PairVerdict.PAIRED, ()),
        ({"value": 119.95}, PairVerdict.CONTENT_DIFFERS, ("value",)),
        ({"currency": "USD", "value": 1.0}, PairVerdict.CONTENT_DIFFERS, ("currency", "value")),
        ({"value": None, "currency": None, "order_id": None}, PairVerdict.PAIRED, ()),
        ({"contents": (Content("SKU-481", 1, 9.5),)}, PairVerdict.PAIRED, ()),
        ({"contents": (Content("SKU-482", 1),)}, PairVerdict.ID_REUSED, ("contents",)),
        ({"order_id": "2"}, PairVerdict.ID_REUSED, ("order_id",)),
    ],
)
def test_two_copies_under_one_key_are_compared(
    browser: dict[str, Any], verdict: PairVerdict, differs: tuple[str, ...]
) -> None:
    """TikTok keeps one of the two: which amount it keeps is a matter of chance."""
    found = pair(a_copy(), a_copy(at=3.0, worth=browser))
    assert (found.verdict, found.differs, found.gap) == (verdict, differs, 3.0)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (a_copy(event="Purchase"), PairVerdict.NAME_MISMATCH),
        (a_copy(event="completepayment"), PairVerdict.CASE_MISMATCH),
        (a_copy("ORD_1_complete_payment"), PairVerdict.CASE_MISMATCH),
        (a_copy("px_77", at=299.0), PairVerdict.ID_MISMATCH),
        (a_copy(None, at=1.0), PairVerdict.ID_MISMATCH),
        (a_copy("px_77", at=90 * HOUR, session=None), PairVerdict.ID_MISMATCH),
        (a_copy("px_77", worth=NO_ORDER), PairVerdict.ID_MISMATCH),
        (a_copy("px_77", at=301.0, worth=NO_ORDER), None),
        (a_copy("px_77", session=OTHER_VISIT, worth=NO_ORDER), None),
        (a_copy("px_77", session=None, worth=NO_ORDER), None),
        (a_copy("px_77", worth={"order_id": "2"}), None),
        (a_copy("px_77", event="InitiateCheckout"), None),
        (a_copy(event="AddToCart"), None),
    ],
)
def test_a_copy_alone_is_told_what_its_counterpart_missed(
    other: Copy, verdict: PairVerdict | None
) -> None:
    """The two were meant to be one, and are counted twice: the fix is a matter of one letter."""
    expected = Pair(verdict, other.at, None, other) if verdict else Pair(PairVerdict.SERVER_ONLY)
    assert pair(a_copy(), None, [other]) == expected


def test_the_surest_sign_is_told_first() -> None:
    """Another name for the same id is no guess, another id in the same minute is one."""
    guess, sure = a_copy("px_77"), a_copy(event="Purchase")
    assert pair(None, a_copy(), [guess, sure]).other == sure


@pytest.mark.parametrize("browser", [None, a_copy()])
def test_a_copy_that_stays_here_is_no_copy_at_tiktok(browser: Copy | None) -> None:
    """Consent kept it back: "paired" would say that TikTok has it twice."""
    kept = replace(a_copy(), kept=True)
    assert pair(kept, browser, [a_copy("px_1")]) == Pair(PairVerdict.KEPT_BACK, other=browser)
    assert pair(None, a_copy("px_1"), [kept]).verdict is PairVerdict.BROWSER_ONLY
    assert pair(a_copy("ours_2"), None, (), [kept]).verdict is PairVerdict.SERVER_ONLY


def test_a_copy_without_counterpart_is_one_sided() -> None:
    """An ad blocker leaves the server's copy alone, a failed backend the Pixel's."""
    assert pair(a_copy(), None).verdict is PairVerdict.SERVER_ONLY
    assert pair(None, a_copy()).verdict is PairVerdict.BROWSER_ONLY
    with pytest.raises(ValueError, match="at least one side"):
        pair(None, None)


@pytest.mark.parametrize(
    ("earlier", "fires"),
    [
        (a_copy("px_1", at=2.0), True),
        (a_copy("px_1", at=301.0), False),
        (a_copy("px_1", session=OTHER_VISIT), False),
        (a_copy("px_1", event="AddToCart"), False),
        (a_copy("px_1", worth={"order_id": "2"}), False),
        (a_copy("px_2"), False),
        (a_copy("px_1", worth={"order_id": None}), True),
        (a_copy("px_1", worth={"order_id": None, "value": None}), False),
    ],
)
def test_one_action_that_fired_twice_is_noticed(earlier: Copy, *, fires: bool) -> None:
    """Two tags on one page send two ids for one purchase, and TikTok counts two."""
    found = double_fire(a_copy("px_2"), [earlier])
    assert (found is not None) is fires


@pytest.mark.parametrize(
    ("both", "earlier", "verdict"),
    [
        ({}, a_copy("px_1"), PairVerdict.DOUBLE_FIRE),
        ({}, a_copy("px_1", worth=NO_ORDER), PairVerdict.PAIRED),
        (NO_ORDER, a_copy("px_1", worth=NO_ORDER), PairVerdict.PAIRED),
        ({}, a_copy("px_1", worth={"order_id": "2"}), PairVerdict.PAIRED),
        ({}, a_copy("px_1", at=301.0), PairVerdict.PAIRED),
    ],
)
def test_an_order_that_both_sides_tell_twice_counts_twice(
    both: dict[str, Any], earlier: Copy, verdict: PairVerdict
) -> None:
    """Each of the two pairs is sound by itself; a product, though, may well be seen twice."""
    assert pair(a_copy(worth=both), a_copy(worth=both), (), [earlier]).verdict is verdict


@pytest.mark.parametrize(
    ("near", "verdict"),
    [
        (a_copy("px_77"), PairVerdict.DOUBLE_FIRE),
        (a_copy(event="Purchase"), PairVerdict.NAME_MISMATCH),
    ],
)
def test_a_copy_that_was_sent_before_is_a_surer_sign_than_a_likeness(
    near: Copy, verdict: PairVerdict
) -> None:
    """The earlier copy is the one that a call of the Pixel belongs to."""
    assert pair(a_copy(), None, [near], [a_copy("ours_1")]).verdict is verdict


@pytest.mark.parametrize(
    ("server", "browser", "expected"),
    [
        (Stance(GRANTED, GRANTED), Stance(GRANTED, GRANTED), ()),
        (Stance(GRANTED, None), Stance(None, DENIED), ()),
        (Stance(GRANTED, GRANTED), Stance(DENIED, GRANTED), ("ad_user_data",)),
        (Stance(GRANTED, DENIED), Stance(DENIED, GRANTED), ("ad_user_data", "ad_personalization")),
        (Stance(GRANTED), Stance(GRANTED, opt_out=True, gpc=True), ("opt_out",)),
        (Stance(opt_out=True), Stance(opt_out=True, gpc=True), ()),
        (Stance(opt_out=True), Stance(), ()),
    ],
)
def test_what_browser_and_server_say_about_consent_is_compared(
    server: Stance, browser: Stance, expected: tuple[str, ...]
) -> None:
    """A server that does not know of an objection sends what the person refused."""
    assert consent_differs(server, browser) == expected


def test_actions_are_counted_by_pixel_and_verdict() -> None:
    """An agency asks about each of its shops."""
    sides = [
        Sides("A", a_copy(), a_copy()),
        Sides("A", a_copy("ord_2"), None),
        Sides("B", a_copy("ord_3"), None, (a_copy("ORD_3"),)),
        Sides("A", None, a_copy("px_2", worth=NO_ORDER), (), (a_copy("px_1", worth=NO_ORDER),)),
        Sides("A", a_copy(at=49 * HOUR), a_copy()),
        Sides("A", a_copy(), a_copy(worth={"value": 1.0})),
    ]
    counted = count(sides)
    assert counted.once == 2
    assert counted.verdicts == {
        ("A", PairVerdict.PAIRED): 2,
        ("A", PairVerdict.CONTENT_DIFFERS): 1,
        ("A", PairVerdict.SERVER_ONLY): 1,
        ("B", PairVerdict.CASE_MISMATCH): 1,
        ("A", PairVerdict.DOUBLE_FIRE): 1,
    }


copies = st.builds(
    a_copy,
    event_id=st.sampled_from([None, "a", "A", "b"]),
    event=st.sampled_from(["CompletePayment", "Purchase", "purchase", "AddToCart"]),
    at=st.floats(0, 200 * HOUR),
    session=st.sampled_from([None, VISIT, OTHER_VISIT]),
    worth=st.fixed_dictionaries(
        {
            "value": st.sampled_from([None, 1.0, 2.0]),
            "order_id": st.sampled_from([None, "1", "2"]),
        }
    ),
)


@given(copies, copies)
def test_it_does_not_matter_which_side_is_looked_at(one: Copy, other: Copy) -> None:
    """Whoever opens the story, the server's or the browser's, reads the same verdict."""
    here, there = pair(one, None, [other]), pair(None, other, [one])
    assert (here.other is None) == (there.other is None)
    assert (here.gap, here.band, here.differs) == (there.gap, there.band, there.differs)
    met = pair(one, other)
    assert replace(met, other=None) == replace(pair(other, one), other=None)
