"""Bits of base64url text, as the IAB's consent strings are written."""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Final

_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_BITS_A_LETTER: Final = 6
_MOST_PADDING: Final = 23  # some writers fill up to whole bytes and whole letters: 24 bits


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A string that says nothing that can be relied on. ``why`` repeats nothing of it."""

    why: str


class Bits:
    """A cursor over a row of bits that remembers the first thing that was wrong.

    After a fault everything reads as zeros, so a reader asks for ``fault`` once, at the end, and in
    loops whose length the string itself states.
    """

    __slots__ = ("_at", "_row", "fault")

    def __init__(self, row: str) -> None:
        self._row = row
        self._at = 0
        self.fault: str | None = None

    def number(self, width: int) -> int:
        """Take an unsigned number of *width* bits, the highest first."""
        row = self.row(width)
        return int(row, 2) if row else 0

    def flag(self) -> bool:
        """Take one bit."""
        return self.row(1) == "1"

    def row(self, width: int) -> str:
        """Take *width* bits as text of 0 and 1."""
        taken = self._row[self._at : self._at + width]
        self._at += width
        if len(taken) < width:
            self.wrong("it is cut short")
        return taken if self.fault is None else "0" * width

    def fibonacci(self) -> int:
        """Take a number in Fibonacci coding, which ends with the first two ones in a row."""
        end = self._row.find("11", self._at, self._at + _LONGEST_FIBONACCI)
        if end < 0:
            self.wrong("it is cut short")
            return 0
        code = self.row(end + 2 - self._at)
        return sum(_FIBONACCI[place] for place, bit in enumerate(code[:-1]) if bit == "1")

    def wrong(self, why: str) -> None:
        """Remember *why* the string can't be relied on, unless that is known already."""
        self.fault = self.fault or why

    def ended(self) -> str | None:
        """Say what is wrong, once everything was read: only padding may be left."""
        rest = self._row[self._at :]
        if len(rest) > _MOST_PADDING or "1" in rest:
            self.wrong("it is longer than its format allows")
        return self.fault


def bits(text: str) -> Bits:
    """Return the bits of base64url *text*, which is written without padding signs."""
    if not _ALPHABET.fullmatch(text):
        nothing = Bits("")
        nothing.wrong("it holds a character that is not base64url" if text else "a part is empty")
        return nothing
    octets = urlsafe_b64decode(text + "A" * (-len(text) % 4))
    row = f"{int.from_bytes(octets):0{len(octets) * 8}b}"
    return Bits(row[: len(text) * _BITS_A_LETTER])


_LONGEST_FIBONACCI: Final = 32
"""Bits of one code word. Sections have small numbers, and this reaches past two million."""


def _fibonacci_numbers(count: int) -> tuple[int, ...]:
    numbers = [1, 2]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return tuple(numbers)


_FIBONACCI: Final = _fibonacci_numbers(_LONGEST_FIBONACCI)
