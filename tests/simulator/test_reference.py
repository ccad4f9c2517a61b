"""The reference page and the code name the same things."""

from pathlib import Path
from typing import get_args

import pytest

from tiktok_simulator.contract import CODES, Breach, Dialect
from tiktok_simulator.faults import AnyFault, Fault

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "simulator.md").read_text()
SHARED = set(Fault.__struct_fields__)


@pytest.mark.parametrize("kind", get_args(AnyFault), ids=lambda kind: kind.__name__)
def test_a_fault_and_its_options_are_documented(kind: type[Fault]) -> None:
    """A fault that nobody can find is a test that nobody writes."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{_tag(kind)}` |"))
    options = set(kind.__struct_fields__) - SHARED
    assert {name for name in options if f"`{name}`" not in row} == set()


@pytest.mark.parametrize("name", sorted(SHARED))
def test_an_option_of_all_faults_is_documented(name: str) -> None:
    """They are told once, above the table."""
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("breach", Breach)
def test_a_refusals_number_is_documented(dialect: Dialect, breach: Breach) -> None:
    """Every refusal has a number in each dialect, and the page has it."""
    assert str(CODES[dialect][breach]) in PAGE


def _tag(kind: type[Fault]) -> str:
    return str(kind.__struct_config__.tag)
