"""Which names agree, and what was most likely meant by those that do not."""

import pytest

from tandemgate.catalog.taxonomy import NAMES
from tandemgate.core.taxonomy import judge
from tandemgate.model.taxonomy import NameSeen, NameVerdict
from tests.build import NOW, PIXEL, some_rules


def both(event: str) -> NameSeen:
    """Used on both sides."""
    return NameSeen(PIXEL, event, NOW, NOW, "backend")


def ours(event: str) -> NameSeen:
    """Used by what is reported to the gateway."""
    return NameSeen(PIXEL, event, NOW, None, "backend")


def pixels(event: str) -> NameSeen:
    """Used by the Pixel."""
    return NameSeen(PIXEL, event, None, NOW)


CASES = {
    "the same name on both sides": ([both("Purchase")], {"Purchase": ("agrees", None)}),
    "old here, new there": (
        [ours("CompletePayment"), pixels("Purchase")],
        {
            "CompletePayment": ("generation_mismatch", "Purchase"),
            "Purchase": ("generation_mismatch", "CompletePayment"),
        },
    ),
    "both generations on both sides": (
        [both("CompletePayment"), both("Purchase")],
        {"CompletePayment": ("agrees", None), "Purchase": ("agrees", None)},
    ),
    "a new one beside a pair": (
        [both("CompletePayment"), pixels("Purchase")],
        {
            "CompletePayment": ("agrees", None),
            "Purchase": ("generation_mismatch", "CompletePayment"),
        },
    ),
    "capital letters": (
        [ours("QuizDone"), pixels("quizdone")],
        {"QuizDone": ("case_mismatch", "quizdone"), "quizdone": ("case_mismatch", "QuizDone")},
    ),
    "nearly TikTok's, on both sides": (
        [both("Add To Cart")],
        {"Add To Cart": ("near_miss", "AddToCart")},
    ),
    "a name of one's own": ([both("QuizDone")], {"QuizDone": ("agrees", None)}),
    "only here": ([ours("Subscribe")], {"Subscribe": ("gateway_only", None)}),
    "only there": ([pixels("ViewContent")], {"ViewContent": ("pixel_only", None)}),
    "nothing": ([], {}),
}


@pytest.mark.parametrize(("seen", "told"), CASES.values(), ids=CASES)
def test_a_name_is_held_against_the_other_sides(
    seen: list[NameSeen], told: dict[str, tuple[str, str | None]]
) -> None:
    """The table is the specification."""
    stands = judge(seen, some_rules())
    assert {one.seen.event: (one.verdict.value, one.other) for one in stands} == told


def test_a_listed_name_is_meant_as_it_is() -> None:
    """Whoever wrote it into the settings has looked at it."""
    rules = some_rules(custom_events=frozenset({"AddToCarts"}))
    (stand,) = judge([both("AddToCarts")], rules)
    assert (stand.verdict, stand.standard) == (NameVerdict.AGREES, False)


def test_what_is_to_be_mended_comes_first() -> None:
    """Nobody scrolls."""
    seen = [both("AddToCart"), ours("Subscribe"), ours("CompletePayment"), pixels("Purchase")]
    assert [one.seen.event for one in judge(seen, some_rules())] == [
        "CompletePayment",
        "Purchase",
        "Subscribe",
        "AddToCart",
    ]


def test_every_verdict_is_explained() -> None:
    """Only what agrees needs no fix."""
    assert set(NAMES) == set(NameVerdict)
    assert [name for name, one in NAMES.items() if not one.fix] == [NameVerdict.AGREES]
