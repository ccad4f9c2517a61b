"""What became of an event, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and what mends it; ``docs_url`` is a page of the gateway."""

    reason: str
    field: str = ""
    fix: str = ""
    code: int | None = None
    docs_url: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event.

    ``outcome``: what the gateway says (accepted, duplicate, held, suppressed, noted, conflict,
    rejected; ``bound`` for an ``attach``), or ``dropped``: the problem says why it never left.
    ``event_id``: as the gateway tells it, which repeats none that may name a person; as it was
    stated, where the gateway said nothing about this event.
    ``findings``: remarks on an event that was taken all the same.
    """

    event: str
    event_id: str | None
    outcome: str
    problems: tuple[Problem, ...] = ()
    findings: tuple[Problem, ...] = ()

    @property
    def is_lost(self) -> bool:
        """Whether it counts nowhere, and somebody should look at it."""
        return self.outcome in LOST


LOST: Final = frozenset({"rejected", "conflict", "dropped"})


class NotTaken(OSError):  # noqa: N818 - it says what is the matter, as ConnectionRefused does
    """The gateway did not take it: call again, in a second or in an hour.

    ``status`` is None where no answer came; ``problems`` are what the gateway said.
    """

    def __init__(self, why: str, status: int | None, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(f"tandemgate did not take it: {why}")
        self.status = status
        self.problems = problems


def why(problems: Sequence[Problem]) -> str:
    """Say for people what the first of *problems* is."""
    first = problems[0] if problems else Problem("unexplained")
    place = f" at {first.field}" if first.field else ""
    return f"{first.reason}{place}" + (f"; fix: {first.fix}" if first.fix else "")
