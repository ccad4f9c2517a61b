import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.signals.bits import Unreadable
from tandemgate.core.signals.gcd import Gcd, read_gcd
from tandemgate.model.consent import Flag

GRANTED, DENIED = Flag.GRANTED, Flag.DENIED

READABLE = [
    ("13r3r3r3r5l1", Gcd(GRANTED, GRANTED, GRANTED, GRANTED)),
    ("11t1t1t1t5", Gcd(GRANTED, GRANTED, GRANTED, GRANTED)),
    ("13l3l3l3l1l1", Gcd(None, None, None, None)),
    ("13n3v3p3q5", Gcd(GRANTED, GRANTED, DENIED, DENIED)),
    ("13t3t3m3u5l1", Gcd(GRANTED, GRANTED, DENIED, DENIED)),
    ("13p3q3l3t5", Gcd(DENIED, DENIED, None, GRANTED)),
]


@pytest.mark.parametrize(("text", "said"), READABLE)
def test_the_letters_say_what_was_set_and_updated(text: str, said: Gcd) -> None:
    """Of the four kinds of storage and use only two are about us."""
    assert read_gcd(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "G111",
        "13r3r3r3",
        "13r3r3r3r",
        "13r3r3x3r5",
        "13R3R3R3R5",
        "23r3r3r3r5",
        "13r3r3r3r5l1 ",
    ],
)
def test_anything_else_is_unreadable(text: str) -> None:
    """The format is not documented, so what was never seen means nothing."""
    assert isinstance(read_gcd(text), Unreadable)


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    """The parameter stands in addresses that anybody may write."""
    assert isinstance(read_gcd(text), Gcd | Unreadable)
