import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.signals.bits import Unreadable
from tandemgate.core.signals.tcf import Restricts, TcString, read_tc_string, within
from tests.core.signals.strings import (
    ALL,
    MAY_2026,
    a_tc_string,
    base64url,
    core,
    disclosed,
    ranges,
    restriction,
    vendors,
)

FEBRUARY_2026 = 1_772_236_800
PUBLISHER = base64url("011" + "0" * 48 + f"{2:06b}" + "1001")


def read(text: str) -> TcString:
    """Read what must be readable."""
    seen = read_tc_string(text)
    assert isinstance(seen, TcString), seen
    return seen


def why(text: str) -> str:
    """Say why *text* is unreadable."""
    seen = read_tc_string(text)
    assert isinstance(seen, Unreadable), seen
    return seen.why


def test_a_tc_string_is_read_whole() -> None:
    """Every field that an audit or a decision asks for is where the specification puts it."""
    bits = core([1, 3, 7], consents=vendors([2, 9]), restrictions=[restriction(7, 0, 9)])
    seen = read(f"{base64url(bits)}.{disclosed([2, 3])}.{PUBLISHER}")
    assert (seen.created, seen.updated) == (MAY_2026, MAY_2026)
    assert (seen.cmp_id, seen.cmp_version, seen.vendor_list, seen.policy) == (300, 7, 180, 5)
    assert [purpose for purpose in ALL if within(seen.purposes, purpose)] == [1, 3, 7]
    assert [vendor for vendor in range(12) if within(seen.vendors, vendor)] == [2, 9]
    assert [(one.purpose, one.restricts) for one in seen.restrictions] == [
        (7, Restricts.NOT_ALLOWED)
    ]
    assert seen.disclosed == (range(2, 4),)


def test_ranges_and_single_bits_say_the_same() -> None:
    """Writers choose whichever is shorter."""
    bits = read(f"{base64url(core(consents=vendors([*range(3, 90)])))}.{disclosed()}")
    written = read(f"{base64url(core(consents=ranges(120, (3, 89))))}.{disclosed()}")
    assert written.vendors == bits.vendors == (range(3, 90),)


@pytest.mark.parametrize("filled_to", [6, 8, 24])
def test_any_padding_of_zeros_is_taken(filled_to: int) -> None:
    """Some writers fill up to octets, some to both octets and letters."""
    text = f"{base64url(core(updated=FEBRUARY_2026) + '00', filled_to)}"
    assert len(text) % 4 != 1
    assert isinstance(read_tc_string(text), TcString)


UNREADABLE = {
    "nothing": ("", "a part is empty"),
    "no base64url": ("CPx+/=", "a character that is not base64url"),
    "not ASCII": (a_tc_string() + "é", "a character that is not base64url"),
    "a line break": (a_tc_string() + "\n", "a character that is not base64url"),
    "a TC string of TCF 1": ("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", "its version is not 2"),
    "version 3": (base64url(core(version=3)), "its version is not 2"),
    "TCF 2.0": (base64url(core(policy=2)), "policy version"),
    "a policy that is not known": (base64url(core(policy=6)), "policy version"),
    "a global scope": (base64url(core(service_specific=False)), "not specific to one service"),
    "no disclosed vendors": (base64url(core()), "TCF 2.3"),
    "an odd language": (base64url(core(language="011010000000")), "two letters"),
    "a cut core": (base64url(core())[:30], "cut short"),
    "a lone letter at the end": (base64url(core()) + "A", "cut short"),
    "more than padding": (base64url(core()) + "AAAA", "longer than its format"),
    "padding that is not zero": (base64url(core() + "1"), "longer than its format"),
    "a range backwards": (base64url(core(consents=ranges(9, (4, 3)))), "range of vendors"),
    "a range out of bounds": (base64url(core(consents=ranges(9, (4, 10)))), "range of vendors"),
    "vendor 0": (base64url(core(consents=ranges(9, (0, 3)))), "range of vendors"),
    "an odd restriction": (base64url(core(restrictions=[restriction(2, 3, 1)])), "restriction"),
    "purpose 0": (base64url(core(restrictions=[restriction(0, 1, 1)])), "restriction"),
    "purpose 25": (base64url(core(restrictions=[restriction(25, 1, 1)])), "restriction"),
    "an empty segment": (a_tc_string() + ".", "a part is empty"),
    "a segment twice": (f"{a_tc_string()}.{disclosed()}", "unknown kind, or one twice"),
    "a second core": (f"{a_tc_string()}.{base64url(core())}", "unknown kind, or one twice"),
    "an unknown segment": (f"{a_tc_string()}.{base64url('100' + '0' * 60)}", "unknown kind"),
    "a cut segment": (f"{a_tc_string()}.{PUBLISHER[:8]}", "cut short"),
}


@pytest.mark.parametrize(("text", "because"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_a_whole_valid_tc_string_is_unreadable(text: str, because: str) -> None:
    """A decoder that fills gaps with guesses turns a damaged denial into a grant."""
    assert because in why(text)


def test_disclosed_vendors_are_asked_for_from_march_2026_on() -> None:
    """IAB Europe left strings of before that date valid, and made later ones invalid."""
    assert read(base64url(core(updated=FEBRUARY_2026))).disclosed is None
    assert "TCF 2.3" in why(base64url(core(updated=FEBRUARY_2026 + 86_400)))


ALLOWED = [
    ("consent and nothing against it", core(consents=vendors([9])), [9], True),
    ("no consent for the vendor", core(consents=vendors([8])), [9], False),
    ("never disclosed", core(consents=vendors([9])), [8], False),
    ("no purpose 7", core([1, 2, 3], consents=vendors([9])), [9], False),
    ("forbidden", core(consents=vendors([9]), restrictions=[restriction(7, 0, 9)]), [9], False),
    (
        "legitimate interest only",
        core(consents=vendors([9]), restrictions=[restriction(7, 2, 9)]),
        [9],
        False,
    ),
    ("consent only", core(consents=vendors([9]), restrictions=[restriction(7, 1, 9)]), [9], True),
    (
        "forbidden for others",
        core(consents=vendors([9]), restrictions=[restriction(7, 0, 8)]),
        [9],
        True,
    ),
    (
        "another purpose forbidden",
        core(consents=vendors([9]), restrictions=[restriction(2, 0, 9)]),
        [9],
        True,
    ),
]


@pytest.mark.parametrize(
    ("bits", "told", "allowed"), [case[1:] for case in ALLOWED], ids=[case[0] for case in ALLOWED]
)
def test_a_vendor_needs_consent_disclosure_and_no_restriction(
    bits: str, told: list[int], allowed: bool
) -> None:
    """Who configures a vendor id wants all that TCF asks of a vendor."""
    assert read(f"{base64url(bits)}.{disclosed(told)}").allows([1, 7], [9]) is allowed


def test_without_a_vendor_only_the_purposes_count() -> None:
    """TikTok has published no vendor id, so nothing is said about it by that."""
    seen = read(f"{base64url(core([1, 7], restrictions=[restriction(7, 0, 9)]))}.{disclosed()}")
    assert seen.allows([1, 7])
    assert not seen.allows([1, 7, 8])


@given(st.text() | st.from_regex(r"C[A-Za-z0-9_-]{0,300}(\.[A-Za-z0-9_-]{0,60})?"))
def test_no_text_makes_it_raise(text: str) -> None:
    """The strings come from browsers."""
    assert isinstance(read_tc_string(text), TcString | Unreadable)


@given(st.sets(st.sampled_from(ALL)), st.sets(st.sampled_from(ALL)), st.integers(0, 3))
def test_a_purpose_less_never_allows_more(purposes: set[int], fewer: set[int], asked: int) -> None:
    """Taking consent back must never open anything."""
    ask = [(1, 7), (3, 4), (1,), (1, 3, 4, 7)][asked]
    kept = read(a_tc_string(purposes - fewer)).allows(ask)
    assert kept <= read(a_tc_string(purposes)).allows(ask)


@given(st.integers(0, len(a_tc_string()) * 6 - 1))
def test_a_flipped_bit_never_raises(place: int) -> None:
    """Bits flip in transport."""
    text, at = a_tc_string(), place // 6
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    flipped = letters[letters.find(text[at]) ^ (1 << place % 6)]
    assert isinstance(read_tc_string(text[:at] + flipped + text[at + 1 :]), TcString | Unreadable)


def test_a_hostile_string_costs_no_more_than_its_length() -> None:
    """Counts that promise millions of vendors end with the string."""
    entries = "".join(f"1{1:016b}{65_535:016b}" for _ in range(1200))
    bits = core(consents=f"{65_535:016b}1{1200:012b}{entries}")
    assert len(read(f"{base64url(bits)}.{disclosed()}").vendors) == 1200
    promising = core(restrictions=["1" * 20])[:-20] + "1" * 40_000
    assert why(base64url(promising)) == "it is cut short"
