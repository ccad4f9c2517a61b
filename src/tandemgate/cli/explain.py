"""``tandemgate explain``: what a code, a reason or a state means, and what to do about it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Failure

if TYPE_CHECKING:
    from rich.console import RenderableType

STATES = {
    "QUEUED": ("Stored, and waiting for its turn.", "Nothing."),
    "HELD": (
        "Stored, and waiting for the visitor's decision about consent.",
        "Report the event again with its consent once the visitor has decided.",
    ),
    "SENDING": ("On its way to TikTok; the answer is not known yet.", "Nothing."),
    "RETRY": ("TikTok could not take it yet; it will be sent again.", "Nothing."),
    "DELIVERED": ("TikTok said that it has the event.", "Nothing."),
    "REJECTED": (
        "TikTok refused this event, whatever else was in its batch.",
        "Read the last attempt's message, correct the event at its source and send it again.",
    ),
    "EXPIRED": (
        "It could not be delivered in the time in which TikTok takes events.",
        "Find out why delivery took so long; a late copy would be counted twice or refused.",
    ),
    "SUPPRESSED": (
        "The consent policy lets nothing of it leave; no identifier of it is stored.",
        "Nothing, if the visitor said no; else send the consent with the event.",
    ),
    "CANCELLED": ("Consent was withdrawn, or the person was erased, before it left.", "Nothing."),
    "INDETERMINATE": (
        "An answer was lost, so TikTok may have it, and it is too late to send it again safely.",
        "Compare with TikTok's Events Manager, then settle it by hand.",
    ),
    "REVIEW": (
        "TikTok's answer fits no known meaning; it is neither sent again nor counted.",
        "Read the last attempt's message, and settle the event by hand.",
    ),
}
"""State -> what it means, and what to do."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One entry. ``readings`` are the meanings by source; a code has more than one."""

    name: str
    kind: str
    title: str
    readings: dict[str, str]
    check: str
    fix: str


def explain(
    ctx: typer.Context,
    word: Annotated[
        str, typer.Argument(metavar="CODE|REASON", help="40100, currency_invalid, REVIEW, ...")
    ],
) -> None:
    """Explain a code, a reason or a state.

    Codes are TikTok's, or the gateway's own when it refuses an event; both readings are printed
    where TikTok's pages and TikTok's SDK differ.
    """
    call = calls.of(ctx)
    found = find(word.strip())
    if not found:
        raise Failure(f"{word!r} is no code, reason or state", suggestion(word))
    if call.as_json:
        call.emit([asdict(each) for each in found])
    else:
        call.show(*(part for each in found for part in _for_people(each)))


def find(word: str) -> list[Explanation]:
    """Look *word* up; a number may be one of TikTok's codes and the code of several reasons."""
    if word.isdecimal():
        return [*_code(int(word)), *_reasons_of(int(word))]
    return [*(_reason(word.lower()) or _rule(word.lower())), *_state(word.upper())]


def suggestion(word: str) -> str:
    """Name what looks like *word*."""
    from tandemgate.catalog.codes import CODES
    from tandemgate.catalog.consent import RULES
    from tandemgate.catalog.reasons import REASONS

    known = [*REASONS, *(rule.name for rule in RULES), *(row.name for row in CODES)]
    near = [
        *get_close_matches(word.lower(), known, n=3, cutoff=0.5),
        *get_close_matches(word.upper(), STATES, n=1, cutoff=0.5),
    ]
    return f"tandemgate explain {' | '.join(dict.fromkeys(near) or ['40100', 'REVIEW'])}"


def _code(number: int) -> Iterable[Explanation]:
    from tandemgate.catalog.codes import find as row_of

    row = row_of(number)
    if row is not None:
        readings = {"guide": row.guide, "TikTok's SDK": row.sdk, "other senders": row.peers}
        yield Explanation(
            str(number),
            "an answer of TikTok",
            row.title,
            {source: text for source, text in readings.items() if text},
            row.check,
            row.fix,
        )


def _reasons_of(code: int) -> Iterable[Explanation]:
    from tandemgate.catalog.reasons import REASONS

    names = [name for name, reason in REASONS.items() if reason.code == code]
    if names:
        yield Explanation(
            str(code),
            "a refusal by the gateway, before anything is sent",
            "One of these reasons",
            {name: REASONS[name].title for name in names},
            "The reason and the field that the answer names.",
            f"tandemgate explain {names[0]}, or another of these reasons.",
        )


def _reason(name: str) -> list[Explanation]:
    from tandemgate.catalog.reasons import REASONS

    if name in REASONS:
        reason = REASONS[name]
        kind = f"refused with {reason.code}" if reason.code else "a remark that an event carries"
        expected = f"Expected: {reason.expected}." if reason.expected else ""
        readings = {"meaning": reason.meaning}
        return [Explanation(name, kind, reason.title, readings, expected, reason.fix)]
    return []


def _rule(name: str) -> Iterable[Explanation]:
    from tandemgate.catalog.consent import RULES

    for rule in RULES:
        if rule.name == name:
            yield Explanation(
                name,
                "a row of the consent policy",
                name.replace("_", " ").capitalize(),
                {"meaning": rule.meaning},
                "What the event says about consent, and its region.",
                "tandemgate events show ID prints what was said and what was removed.",
            )


def _state(name: str) -> Iterable[Explanation]:
    if name in STATES:
        meaning, fix = STATES[name]
        yield Explanation(name, "a state of an event", name, {"meaning": meaning}, "", fix)


def _for_people(found: Explanation) -> Iterable["RenderableType"]:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for source, text in found.readings.items():
        table.add_row(source, Text(text))
    if found.check:
        table.add_row("check", Text(found.check))
    table.add_row("fix", Text(found.fix))
    yield Text.assemble((found.name, "bold"), f"  {found.title}", (f"  ({found.kind})", "dim"))
    yield Padding(table, (0, 0, 1, 2))
