"""Cells of CSV files that people open in spreadsheets: one guard for all that is exported."""

import re
from typing import Final

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins so is run by spreadsheets; after an apostrophe it is shown [OWASP]."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
"""An amount below zero is no formula, and stays a number that can be summed."""


def safe(value: object) -> str:
    """Write a cell that no spreadsheet takes for a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value}"
        case _:
            text = str(value)
            harmless = not text.startswith(FORMULAS) or _NUMBER.fullmatch(text)
            return text if harmless else f"'{text}"
