"""On which line of a JSON text each value stands, so that a JSON pointer can be clicked."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)

DEEPEST = 64
"""Levels. Pointers grow with them, and twice what the gateway takes is enough to explain it."""


@dataclass(slots=True)
class _Level:
    """One open object or list. ``key`` is the pointer token of the value that comes next."""

    pointer: str
    is_list: bool
    index: int = 0
    key: str = ""
    awaits_key: bool = field(default=False)

    def place(self) -> str:
        return f"{self.pointer}/{self.index if self.is_list else self.key}"


def lines_of(text: str) -> dict[str, int]:
    """Map the JSON pointer of every value in *text* (valid JSON) to its line, counted from 1.

    The map ends where the text stops making sense, or nests deeper than any event.
    """
    lines: dict[str, int] = {}
    levels: list[_Level] = []
    line, seen = 1, 0
    for token in TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen = token.start()
        word, level = token[0], levels[-1] if levels else None
        if word in "}]":
            levels[-1:] = []
        elif word == ",":
            _advance(level)
        elif level is not None and level.awaits_key:
            level.key, level.awaits_key = _escaped(word), False
        elif word != ":":
            pointer = level.place() if level else ""
            lines[pointer] = line
            if word in "{[":
                if len(levels) == DEEPEST:
                    return lines
                levels.append(_Level(pointer, word == "[", awaits_key=word == "{"))
    return lines


def nearest_line(lines: dict[str, int], pointer: str) -> int | None:
    """Return the line of *pointer*, or of what holds it where the value itself is missing."""
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer)


def _advance(level: _Level | None) -> None:
    if level is not None:
        level.index += 1
        level.awaits_key = not level.is_list


def _escaped(word: str) -> str:
    """Write a JSON string as a token of a JSON pointer (RFC 6901, section 3)."""
    return word[1:-1].replace("~", "~0").replace("/", "~1")
