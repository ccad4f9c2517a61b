"""``tandemgate validate``: lint a file of events offline, as a linter lints code."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending
from tandemgate.cli.options import Region
from tandemgate.cli.send import EventTime, File, fresh

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tandemgate.cli.lint import Linted, Remark, Report


class ConsentProfile(StrEnum):
    """The consent profiles of the settings."""

    GUIDE = "guide"
    STRICT = "strict"
    DROP = "drop"


def validate(
    ctx: typer.Context,
    file: File,
    *,
    region: Region = None,
    consent_profile: Annotated[
        ConsentProfile, typer.Option(metavar="NAME", help="guide, strict or drop.")
    ] = ConsentProfile.GUIDE,
    custom_events: Annotated[
        bool, typer.Option("--custom-events", help="Allow names that TikTok does not define.")
    ] = False,
    domain: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="Hosts that pages are on. Repeatable.")
    ] = None,
    event_time: EventTime = None,
) -> int:
    """Lint a file of events, offline.

    Says all that the gateway would say about it, at once. The file holds an envelope, an event, or
    a list of either. Exit 1 when one would be refused.
    """
    from tandemgate.cli.lint import lint
    from tandemgate.cli.offline import offline_rules
    from tandemgate.cli.payload import read
    from tandemgate.model.consent import Profile

    call = calls.of(ctx)
    rules = offline_rules(
        profile=Profile(consent_profile),
        region=region,
        custom_events=custom_events,
        domains=tuple(domain or ()),
    )
    as_if_fresh = fresh(event_time)
    report = lint(read(file), rules, time.time(), as_if_fresh=as_if_fresh)
    if call.as_json:
        call.emit(_for_programs(file, report))
    else:
        call.show(*_for_people(file, report, brief=call.quiet))
    return Ending.FINDINGS if report.errors else Ending.OK


def _for_programs(file: str, report: "Report") -> dict[str, Any]:
    from msgspec import structs

    said = [
        {"severity": _severity(remark), "line": remark.line, **structs.asdict(remark.said)}
        for remark in report.remarks
    ]
    return {
        "file": file,
        "errors": report.errors,
        "findings": len(said) - report.errors,
        "remarks": said,
        "events": [asdict(event) for event in report.events],
    }


def _for_people(file: str, report: "Report", *, brief: bool) -> Iterator["RenderableType"]:
    from rich.text import Text

    for remark in report.remarks:
        yield from _remark_lines(file, remark)
    if not brief:
        yield from (part for event in report.events for part in _checklist(event))
    findings = len(report.remarks) - report.errors
    count = len(report.events)
    yield Text(
        f"{_counted(report.errors, 'error')} and {_counted(findings, 'finding')} "
        f"in {_counted(count, 'event')}",
        "red" if report.errors else "green",
    )


def _remark_lines(file: str, remark: "Remark") -> Iterator["RenderableType"]:
    """Print one remark: its place first, in one line, as editors know how to follow it."""
    from rich.markup import escape
    from rich.text import Text

    from tandemgate.cli.outcomes import indented
    from tandemgate.model.finding import Problem

    said = remark.said
    place = f"{file}:{remark.line}" if remark.line else file
    code = f"{said.code} " if isinstance(said, Problem) else ""
    style = "red" if remark.is_error else "yellow"
    what = f"[{style}]{_severity(remark)} {code}{said.reason}[/{style}]"
    yield f"{escape(place)}: {what} {escape(said.field or '(the whole body)')}"
    if isinstance(said, Problem):
        yield indented(Text(f"came {said.received}, expected {said.expected}\nfix: {said.fix}"), 4)
    else:
        yield indented(Text(said.note), 4)


def _checklist(event: "Linted") -> Iterator["RenderableType"]:
    from rich.text import Text

    from tandemgate.cli.outcomes import indented
    from tandemgate.core.checklist import Need

    named = filter(None, (event.pointer or "the event", event.event, event.event_id))
    yield Text(f"{' '.join(named)}: {event.outcome}")
    for need in Need:
        names = event.lacks(need)
        yield indented(Text(f"{need}: {'lacks ' + ', '.join(names) if names else 'complete'}"), 4)


def _severity(remark: "Remark") -> str:
    return "error" if remark.is_error else "finding"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
