"""Every word that an answer may hold, explained once: for the CLI, the pages and docs/reference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from tandemgate.catalog import causes
from tandemgate.catalog.codes import CODES, Code
from tandemgate.catalog.codes import find as row_of
from tandemgate.catalog.consent import RULES
from tandemgate.catalog.pairs import VERDICTS
from tandemgate.catalog.problems import SEVERITIES
from tandemgate.catalog.reasons import (
    REASONS,
    Reason,
    alert,
    delivery,
    door,
    event,
    operation,
    person,
    remark,
    request,
    shop,
    testing,
)
from tandemgate.catalog.states import STATES


@dataclass(frozen=True, slots=True)
class Explanation:
    """One entry. ``readings`` are the meanings by source; a code has more than one.

    ``severity`` is how much it matters as a problem, "" where it is none. What is empty has nothing
    to say.
    """

    name: str
    kind: str
    title: str
    readings: Mapping[str, str]
    cause: str = ""
    expected: str = ""
    check: str = ""
    fix: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Reasons of one kind: what they are about where they refuse nothing, and what to look at."""

    title: str
    kind: str
    reasons: Mapping[str, Reason]
    check: str


GROUPS: Final = (
    Group(
        "The request as a whole",
        "about a request",
        request.REASONS,
        "The body and the headers as the gateway gets them: log them where they are made, and look "
        "whether a proxy on the way changes them. The answer's request_id is in the gateway's log.",
    ),
    Group(
        "One event",
        "about an event",
        event.REASONS,
        "The answer's field points to the place and received says what came there; tandemgate "
        "problems shows a sample, how many events have it and since when.",
    ),
    Group(
        "Remarks on an event",
        "a remark that an event carries",
        remark.REASONS,
        "The finding's field in the answer or in tandemgate events show ID; tandemgate problems "
        "says how many events have it.",
    ),
    Group(
        "Match keys and consent",
        "a remark that an event carries",
        person.REASONS,
        "Where the field is filled in, and how many events have the remark: tandemgate problems. "
        "tandemgate hash FIELD VALUE --explain shows what becomes of a value.",
    ),
    Group(
        "The end of an event, and copies of it",
        "how an event ended, or what a copy of it meant",
        delivery.REASONS,
        "tandemgate events show ID tells every attempt, TikTok's words and each copy that came.",
    ),
    Group(
        "Who asks, and what the server can take",
        "about a request",
        door.REASONS,
        "Key, address and Origin as the gateway gets them; its log has the request by its "
        "request_id.",
    ),
    Group(
        "Webhooks of shop systems",
        "about a delivery of a shop system, or the order in it",
        shop.REASONS,
        "The answer, which the shop system shows beside the delivery; for an order that was taken, "
        "tandemgate events show ID.",
    ),
    Group(
        "Operating the gateway",
        "what the gateway says of itself, or of what is asked of it",
        operation.REASONS,
        "tandemgate doctor names what is the matter now, tandemgate audit what people did.",
    ),
    Group(
        "Alerts",
        "what an alert is about",
        alert.REASONS,
        "The alert's numbers and its since; tandemgate doctor tells what is the matter now.",
    ),
    Group(
        "Test sessions",
        "about a test session",
        testing.REASONS,
        "tandemgate test status shows the session and its checklist.",
    ),
)
"""Every reason, in the order of the documentation."""

_GROUP_OF: Final = {name: group for group in GROUPS for name in group.reasons}


def find(word: str) -> list[Explanation]:
    """Look *word* up; a number may be one of TikTok's codes and the code of several reasons."""
    if word.isdecimal():
        row = row_of(int(word[:9]))
        return [*([of_code(row, word)] if row else []), *_reasons_of(word)]
    name, state = word.lower(), word.upper()
    found = [of_reason(name)] if name in REASONS else [*_rule(name)]
    return [*found, *_verdict(name), *([_state(state)] if state in STATES else [])]


def suggestion(word: str) -> str:
    """Name what looks like *word*."""
    known = [*REASONS, *(rule.name for rule in RULES), *VERDICTS, *(row.name for row in CODES)]
    near = [
        *get_close_matches(word.lower(), known, n=3, cutoff=0.5),
        *get_close_matches(word.upper(), STATES, n=1, cutoff=0.5),
    ]
    return f"tandemgate explain {' | '.join(dict.fromkeys(near) or ['40100', 'REVIEW'])}"


def words() -> list[str]:
    """Return every word that has a page under ``/docs/reasons/``."""
    return [*dict.fromkeys((*REASONS, *(rule.name for rule in RULES), *VERDICTS, *STATES))]


def codes() -> list[str]:
    """Return every number that has a page under ``/docs/codes/``; of a range the first one."""
    ours = {entry.code for entry in REASONS.values() if entry.code is not None}
    return [str(code) for code in sorted(ours | {row.code for row in CODES})]


def of_code(row: Code, name: str = "") -> Explanation:
    """Explain an answer of TikTok."""
    sdk = row.sdk or ("Not listed." if row.guide else "")
    readings = {"guide": row.guide, "TikTok's SDK": sdk, "other senders": row.peers}
    return Explanation(
        name or row.name,
        "an answer of TikTok",
        row.title,
        {source: text for source, text in readings.items() if text},
        causes.OF_CODES.get(row.code) or causes.OF_KINDS.get(row.kind, ""),
        "",
        row.check,
        row.fix,
    )


def of_reason(name: str) -> Explanation:
    """Explain a reason of the gateway."""
    reason, group = REASONS[name], _GROUP_OF[name]
    return Explanation(
        name,
        f"refused with {reason.code}" if reason.code else group.kind,
        reason.title,
        {"meaning": reason.meaning},
        causes.OF_REASONS.get(name, ""),
        reason.expected,
        group.check,
        reason.fix,
        SEVERITIES.get(name, ""),
    )


def _reasons_of(code: str) -> Iterator[Explanation]:
    names = [name for name, reason in REASONS.items() if str(reason.code) == code]
    if names:
        yield Explanation(
            code,
            "a refusal by the gateway, before anything is sent",
            "One of these reasons",
            {name: REASONS[name].title for name in names},
            check="The reason and the field that the answer names.",
            fix=f"tandemgate explain {names[0]}, or another of these reasons.",
        )


def _rule(name: str) -> Iterator[Explanation]:
    for rule in RULES:
        if rule.name == name:
            yield Explanation(
                name,
                "a row of the consent policy",
                name.replace("_", " ").capitalize(),
                {"meaning": rule.meaning},
                check="What the event says about consent, and its region.",
                fix="tandemgate events show ID prints what was said and what was removed.",
            )


def _verdict(name: str) -> Iterator[Explanation]:
    for verdict, entry in VERDICTS.items():
        if verdict == name:
            yield Explanation(
                name,
                "how the Pixel's copy and the gateway's stand",
                name.replace("_", " ").capitalize(),
                {"meaning": entry.meaning},
                check="Both copies, side by side: tandemgate pairs, and the event's story.",
                fix=entry.fix or "Nothing: this is how it should be.",
            )


def _state(name: str) -> Explanation:
    meaning, fix = STATES[name]
    return Explanation(name, "a state of an event", name, {"meaning": meaning}, fix=fix)
