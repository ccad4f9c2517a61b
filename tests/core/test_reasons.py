import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import tandemgate
from tandemgate.catalog.reasons import (
    REASONS,
    alert,
    delivery,
    door,
    event,
    finding,
    operation,
    person,
    problem,
    remark,
    request,
    shop,
    testing,
)

TABLES = (request, event, remark, person, delivery, door, shop, operation, testing, alert)
MAKERS = {"problem": True, "refuse": True, "finding": False, "remark": False}
"""Functions that take a reason's name first, and whether it must be a problem's."""

SOURCE = Path(tandemgate.__file__).parent


def given_reasons() -> Iterator[tuple[str, str]]:
    """Every reason that the code names in so many words, with the function it is given to."""
    for path in sorted((SOURCE / "core").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id=maker) | ast.Attribute(attr=maker),
                    args=[ast.Constant(value=str(name)), *_],
                ) if maker in MAKERS:
                    yield maker, name


GIVEN = sorted(set(given_reasons()))


@pytest.mark.parametrize(("maker", "name"), GIVEN)
def test_a_reason_that_the_code_gives_is_in_the_table(maker: str, name: str) -> None:
    """A misspelt reason would raise in the middle of somebody's request."""
    assert (REASONS[name].code is not None) is MAKERS[maker]


def test_the_code_gives_many_reasons() -> None:
    """If the search above found none, it would prove nothing."""
    assert len(GIVEN) > 50


def test_no_reason_is_written_twice() -> None:
    """The later of two entries would hide the earlier one without a sound."""
    times = Counter(name for table in TABLES for name in table.REASONS)
    assert [name for name, count in times.items() if count > 1] == []
    assert times.keys() == REASONS.keys()


@pytest.mark.parametrize("name", sorted(REASONS))
def test_every_reason_can_be_acted_upon(name: str) -> None:
    """Whoever meets a reason wants to know what it means and what to do."""
    entry = REASONS[name]
    assert entry.title
    assert entry.meaning.endswith(".")
    assert entry.fix
    assert entry.expected or entry.code is None


def test_a_finding_cannot_be_given_as_a_problem() -> None:
    """It has no code, and an event would be refused for nothing."""
    with pytest.raises(ValueError, match="page_url_missing is a finding"):
        problem("page_url_missing", "", "")


def test_texts_can_be_made_particular() -> None:
    """The table says what is true of all; the event at hand often allows more."""
    general = problem("currency_invalid", "/f", "EURO")
    assert (general.expected, general.fix) == (
        REASONS["currency_invalid"].expected,
        REASONS["currency_invalid"].fix,
    )
    assert problem("currency_invalid", "/f", "EURO", fix="send EUR").fix == "send EUR"
    assert finding("no_strong_key", "/f").note == REASONS["no_strong_key"].meaning
    assert finding("no_strong_key", "/f", "noted").note == "noted"
