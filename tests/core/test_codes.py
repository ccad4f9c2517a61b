"""The table of TikTok's answer codes."""

import pytest

from tandemgate.catalog.codes import CODES, Code, Kind, find, kind_of

GUIDE_CODES = [40002, 40003, 40005, 40100, 40101, 40900]

HOMES = {
    Kind.DELIVERED: [0],
    Kind.PARTIAL: [20001],
    Kind.TOKEN: [40102, 40103, 40104, 40105, 40106, 40107, 40110, 40115, 40116],
    Kind.PERMISSION: [
        40001, 40003, 40101, 40113, 40117, 40118, 40119, 40124, 40125, 40130, 40131, 40300, 40301,
        40302, 41000,
    ],
    Kind.CONFIGURATION: [40006, 40008, 40009, 40010, 40051, 40063, 40400],
    Kind.RATE: [40100, 40132, 61000],
    Kind.DUPLICATE: [40050],
    Kind.PAYLOAD: [40000, 40002, 40005, 40007, 40016, 41001, 41002],
    Kind.TOO_LARGE: [40061],
    Kind.UNHASHED: [40062],
    Kind.TRANSIENT: [40200, 40201, 40202, 40700, 50000, 50002, 60001],
    Kind.UNCLEAR: [40900],
}  # fmt: skip


def test_every_listed_code_has_its_home_and_no_other_is_listed() -> None:
    """A number that slips from one home to another sends, drops or holds the wrong events."""
    listed = {(row.kind, row.code) for row in CODES if not row.last}
    assert listed == {(kind, code) for kind, codes in HOMES.items() for code in codes}


@pytest.mark.parametrize("code", [51000, 51042, 51099, 52000, 52999, 53000, 53999])
def test_ranges_are_found_by_any_number_in_them(code: int) -> None:
    """TikTok lists its own troubles by range; each is worth another try."""
    row = find(code)
    assert row is not None
    assert row.kind is Kind.TRANSIENT
    assert row.code <= code <= row.last


@pytest.mark.parametrize("code", [50999, 51100, 51999, 54000, 40004, 1, -1])
def test_a_number_outside_every_row_is_not_found(code: int) -> None:
    """An invented explanation would be worse than none."""
    assert find(code) is None


@pytest.mark.parametrize("code", GUIDE_CODES)
def test_the_guides_codes_tell_what_the_guide_says_and_what_to_do(code: int) -> None:
    """These six mean something else in each source; an operator must see both."""
    row = find(code)
    assert row is not None
    assert row.guide


@pytest.mark.parametrize("row", CODES, ids=lambda row: row.name)
def test_each_row_says_what_to_check_and_how_to_fix_it(row: Code) -> None:
    """Nobody should have to search for what a number wants from him."""
    assert row.title
    assert row.check.endswith((".", "?"))
    assert row.fix.endswith(".")
    assert row.guide or row.sdk


@pytest.mark.parametrize(
    ("code", "kind"),
    [(40004, Kind.UNCLEAR), (49999, Kind.UNCLEAR), (50000, Kind.TRANSIENT), (50001, Kind.TRANSIENT),
     (99999, Kind.TRANSIENT), (20002, Kind.UNCLEAR), (1, Kind.UNCLEAR), (-1, Kind.UNCLEAR)],
)  # fmt: skip
def test_an_unlisted_number_is_never_a_success(code: int, kind: Kind) -> None:
    """TikTok may add a code any day; it must become visible, not count as delivered."""
    assert kind_of(code, "") is kind


def test_rows_are_in_ascending_order() -> None:
    """The documentation page and `explain` print the table as it stands."""
    assert [row.code for row in CODES] == sorted(row.code for row in CODES)


def test_a_range_is_named_by_both_ends() -> None:
    """People look a number up by what they see."""
    assert [row.name for row in CODES if row.last] == ["51000-51099", "52000-52999", "53000-53999"]
