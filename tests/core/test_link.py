"""A link token says which visit it continues, to nobody but the store that made it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.link import CHANCE, LIFETIME, open_link, seal_link
from tandemgate.core.traces import session_digest
from tandemgate.model.finding import Problem
from tandemgate.model.link import Crossing
from tests.build import NOW, PIXEL

KEY = b"k" * 32
SESSION = "s-4711-s-4711-s-4711"
CHANCES = bytes(range(CHANCE))
TOKEN = seal_link(SESSION, [PIXEL], NOW, CHANCES, KEY)
AT = "/events/0/token"


def opened(token: str | None = TOKEN, now: float = NOW, key: bytes = KEY, *pixels: str) -> object:
    """Open a token, for this shop unless stated otherwise; a refusal is told by its reason."""
    read = open_link(token, pixels or [PIXEL], now, key, AT)
    if isinstance(read, Problem):
        assert read.field == AT
        assert TOKEN not in str(read)
        return read.reason
    return read


def test_a_token_leads_to_its_visit() -> None:
    """By a digest: the session itself is in no address, no log and no other shop's page."""
    read = opened()
    assert isinstance(read, Crossing)
    assert read.visit == session_digest(SESSION, KEY)
    assert SESSION not in TOKEN
    assert (len(TOKEN), TOKEN.replace("-", "").replace("_", "").isalnum()) == (56, True)


def test_the_order_of_pixels_is_nobodys_concern() -> None:
    """Two keys may list the same pixels in another order."""
    token = seal_link(SESSION, ["A", "B"], NOW, CHANCES, KEY)
    assert isinstance(opened(token, NOW, KEY, "B", "A"), Crossing)


@pytest.mark.parametrize(("later", "ended"), [(0, False), (LIFETIME, False), (LIFETIME + 1, True)])
def test_a_token_holds_for_five_minutes(later: float, *, ended: bool) -> None:
    """An address is kept, shared and logged; a token in it must soon be worth nothing."""
    assert (opened(TOKEN, NOW + later) == "link_expired") == ended


@pytest.mark.parametrize(
    "refused",
    [
        (None,),
        ("",),
        ("x",),
        (TOKEN[:-1],),
        (TOKEN + "A",),
        (TOKEN[:-4] + "====",),
        ("\u00e4" * 56,),
        ("!" * 56,),
        (TOKEN, NOW, b"o" * 32),
        (TOKEN, NOW, KEY, "D0OTHER12345"),
        (TOKEN, NOW, KEY, PIXEL, "D0OTHER12345"),
    ],
)
def test_what_we_did_not_make_for_these_pixels_is_refused(refused: tuple[object, ...]) -> None:
    """Another shop's token, another gateway's, and what somebody made up, all alike."""
    assert opened(*refused) == "link_invalid"  # type: ignore[arg-type]


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii", categories=["L", "N"]))
def test_no_character_of_a_token_can_be_changed(place: int, character: str) -> None:
    """Nobody makes it last longer, or lead to another visit."""
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    assert (opened(changed) == "link_invalid") == (changed != TOKEN)
