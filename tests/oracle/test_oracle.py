from base64 import urlsafe_b64encode
from functools import cache

import pytest

from tandemgate.core.signals.bits import Unreadable
from tandemgate.core.signals.gpp import GppString, read_gpp_string
from tests.oracle.answers import GPP, TCF, Oracle, Tally, answers, compare

CANADA = [5]
"""How a section is told of that nobody reads."""

BOTH = pytest.mark.parametrize("oracle", [TCF, GPP], ids=["tcf", "gpp"])


@cache
def tally(oracle: Oracle) -> Tally:
    """Compare once for all tests."""
    return compare(oracle)


@BOTH
def test_what_the_library_wrote_is_read_as_the_library_reads_it(oracle: Oracle) -> None:
    """The gateway must not be the only one who understands a person's choice in its own way."""
    seen = tally(oracle)
    assert seen.strings >= 3000
    assert seen.agree + seen.refused == seen.strings


def test_only_what_the_rules_call_invalid_is_refused() -> None:
    """Strings of before TCF 2.2, of a global scope, or without disclosed vendors: 1 in 12 here."""
    assert tally(TCF).refused == 320
    assert tally(GPP).refused == 0


@BOTH
def test_no_truncation_grants_more_than_the_whole(oracle: Oracle) -> None:
    """A proxy or a column that cuts long strings must never make a denial a grant."""
    seen = tally(oracle)
    assert seen.truncated > 15_000
    assert seen.granted == 0


def test_the_libraries_read_truncations_that_the_gateway_refuses() -> None:
    """They take what is missing for zeros, or leave checking to others."""
    assert tally(TCF).lax > 500
    assert tally(GPP).lax > 400


@BOTH
def test_a_truncation_is_read_only_where_nothing_that_counts_is_missing(oracle: Oracle) -> None:
    """Padding says nothing, and a string without its last segments is a whole string too."""
    cuts = [
        (text, size)
        for text, _ in answers(oracle.file)["truncated"]
        if CANADA not in (oracle.read(text) or ())
        for size in range(1, len(text))
        if oracle.read(text[:size]) is not None
    ]
    assert cuts
    assert [cut for cut in cuts if _next(*cut) not in {"", "."}] == []


def _next(text: str, size: int) -> str:
    """Return what follows in the whole string, but for padding."""
    return text[size:].lstrip("A")[:1]


@BOTH
def test_damage_is_refused_or_read_as_the_library_reads_it(oracle: Oracle) -> None:
    """One letter changed: no such string may mean one thing here and another one elsewhere."""
    seen = tally(oracle)
    assert seen.damaged == 1200
    assert seen.differ == []


def test_headers_are_read_as_the_library_writes_them() -> None:
    """The header says which section is which; one read wrongly swaps Europe and California."""
    for numbers, row in answers(GPP.file)["headers"]:
        read = read_gpp_string("~".join([_text(f"{3:06b}{1:06b}{row}"), *("x" for _ in numbers)]))
        assert isinstance(read, GppString)
        assert [number for number, _ in read.sections] == numbers


def _text(row: str) -> str:
    """Write bits as base64url, filled up to whole octets."""
    filled = row + "0" * (-len(row) % 24)
    return urlsafe_b64encode(int(filled, 2).to_bytes(len(filled) // 8)).decode()


def test_a_header_that_names_other_sections_than_follow_is_unreadable() -> None:
    """Then nobody knows which section is whose."""
    assert isinstance(read_gpp_string("DBACNY~1YNN"), Unreadable)
    assert isinstance(read_gpp_string("DBABTA~1YNN~1YNN"), Unreadable)
