"""The gateway's answer to events, in lines for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

OUTCOMES = ("accepted", "duplicate", "held", "suppressed", "noted", "conflict", "rejected")
STYLES = {
    "accepted": "green",
    "duplicate": "cyan",
    "held": "yellow",
    "suppressed": "yellow",
    "noted": "cyan",
    "conflict": "red",
    "rejected": "red",
}
NO_ID = "(no event_id)"

Json = Mapping[str, Any]


def outcome_lines(answer: Json) -> Iterator[RenderableType]:
    """One line for each event with its problems and findings below it, and the sums."""
    for problem in answer.get("problems", ()):
        yield Text("refused   the whole body", "red")
        yield problem_lines(problem)
    for result in answer.get("results", ()):
        outcome = result["outcome"]
        yield Text.assemble(
            (f"{outcome:<11}", STYLES.get(outcome, "")), result.get("event_id") or NO_ID
        )
        reason = result.get("reason")
        if reason:
            yield indented(Text(f"why: {reason}\nfix: {result.get('fix') or 'nothing to do'}"))
        yield from map(problem_lines, result.get("problems", ()))
        for finding in result.get("findings", ()):
            if finding["reason"] != reason:
                yield finding_line(finding)
    if "results" in answer:
        yield Text(
            f"{len(answer['results'])} received: {sums(answer) or 'key and pixel are right'}"
        )


def problem_lines(problem: Json) -> RenderableType:
    """What came, what was expected and the way out, below code, reason and place."""
    return indented(
        Text.assemble(
            (f"{problem['code']} {problem['reason']}", "bold"),
            f"  at {problem['field'] or 'the body'}\n",
            f"came {problem['received']}, expected {problem['expected']}\n",
            f"fix: {problem['fix']}",
        )
    )


def finding_line(finding: Json) -> RenderableType:
    """A remark about an event that goes all the same."""
    place = f" at {finding['field']}" if finding.get("field") else ""
    return indented(Text(f"note: {finding['reason']}{place}: {finding.get('note', '')}", "dim"))


def sums(answer: Json) -> str:
    """Say ``2 accepted, 1 rejected``."""
    return ", ".join(f"{answer[name]} {name}" for name in OUTCOMES if answer.get(name))


def indented(text: Text, by: int = 11) -> RenderableType:
    """Shift *text* to the right; its further lines as well."""
    return Padding(text, (0, 0, 0, by))
