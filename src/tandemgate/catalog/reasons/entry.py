"""The shape of one reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. ``code`` is set for problems (the event is refused) and ``None`` for findings."""

    code: int | None
    title: str
    meaning: str
    expected: str
    fix: str
