"""Until when nobody wants to hear of something, as a person says it."""

from typing import Annotated

import typer

UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
"""Seconds."""

LONGEST_NUMBER = 6

MutedUntil = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="WHEN", help="2026-05-01, or 12h, 7d, 2w from now; else for good."
    ),
]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Why; no personal data.")]


def moment(stated: str | None, now: float) -> float | str | None:
    """Read ``7d`` as Unix seconds; what is no such span is a moment, and the gateway's to read."""
    if stated is None:
        return None
    number, unit = stated[:-1], stated[-1:]
    if number.isdecimal() and len(number) <= LONGEST_NUMBER and unit in UNITS:
        return now + int(number) * UNITS[unit]
    return stated
