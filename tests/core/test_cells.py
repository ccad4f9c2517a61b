"""Cells of exported CSV files: shown as they are, never run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.cells import FORMULAS, safe


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49", "-1+1", "@SUM(A1)", "\tx", "\rx", "\nx", "-", "-1e5", "-A1", "=", "-1-2"],
)
def test_no_cell_is_a_formula(text: str) -> None:
    """An event_id comes from strangers, and a spreadsheet runs what begins so [OWASP]."""
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, ""), (True, "true"), (False, "false"), (5, "5"), (-5, "-5"), (0.25, "0.25"),
     ("-20.00", "-20.00"), ("-1200", "-1200"), ("ord_1", "ord_1"), ("a,b", "a,b")],
)  # fmt: skip
def test_what_is_harmless_stays_as_it_is(value: object, cell: str) -> None:
    """A difference below zero is a number that people want to sum up."""
    assert safe(value) == cell


@given(st.text(max_size=20))
def test_whatever_was_exported_is_read_back_and_runs_nothing(text: str) -> None:
    """Round trip through CSV; only the apostrophe is added."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow([safe(text)])
    [cell] = next(csv.reader(io.StringIO(out.getvalue(), newline="")), [""])
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.startswith(FORMULAS) or float(cell) <= 0
