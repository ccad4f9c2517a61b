"""``tandemgate problems``: what goes wrong again and again, and what is done about it."""

import json
import time
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.problem import in_full, in_list
from tandemgate.cli.send import KeyEnv, Url

UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
"""Seconds."""

LONGEST_NUMBER = 6

problems = typer.Typer(
    help="List what goes wrong again and again; resolve and mute it.",
    rich_markup_mode=None,
    invoke_without_command=True,
)

Named = Annotated[str, typer.Argument(metavar="ID", help="As problems list prints it.")]


@problems.callback()
def without_verb(ctx: typer.Context, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """List what goes wrong again and again; resolve and mute it."""
    if ctx.invoked_subcommand is None:
        _list(ctx, {"severity": "warning", "status": "open"}, url, key_env)


@problems.command("list")
def list_problems(
    ctx: typer.Context,
    *,
    pixel: Annotated[str | None, typer.Option(metavar="ID", help="Of this pixel only.")] = None,
    event: Annotated[
        str | None, typer.Option(metavar="NAME", help="With this event name only.")
    ] = None,
    severity: Annotated[
        str,
        typer.Option(metavar="LEVEL", help="At least: urgent, error, warning or notice."),
    ] = "warning",
    status: Annotated[
        str, typer.Option(metavar="STATUS", help="open, muted, resolved or all.")
    ] = "open",
    origin: Annotated[
        str | None, typer.Option(metavar="WHERE", help="local (ours) or remote (TikTok's).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    after: Annotated[
        str | None, typer.Option(metavar="NEXT", help="Continue after the page before.")
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """List problems, the worst first: how often, what share of the events, since when, the fix."""
    filters = {
        "pixel": pixel,
        "event": event,
        "severity": severity,
        "status": status,
        "origin": origin,
        "limit": limit,
        "after": after,
    }
    _list(ctx, filters, url, key_env)


@problems.command()
def show(ctx: typer.Context, named: Named, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """Tell everything about one problem, with a sample."""
    call = calls.of(ctx)
    told = _ask(call, url, key_env, f"/{quote(named, safe='')}")
    if call.as_json:
        call.emit(told)
    else:
        call.show(*in_full(told))


@problems.command()
def resolve(
    ctx: typer.Context,
    named: Named,
    *,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What was mended; no personal data.")],
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Note that a problem is mended; it opens by itself when it is seen again."""
    told = _act(calls.of(ctx), url, key_env, f"{named}/resolve", {"note": note})
    _say(ctx, told, f"{named} is resolved; if it is seen again, it opens by itself.")


@problems.command()
def mute(
    ctx: typer.Context,
    named: Named,
    *,
    until: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="2026-05-01, or 12h, 7d, 2w from now; else for good."),
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; no personal data.")] = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Hear nothing of a problem for a while, or for good; it is counted all the same."""
    body = {"until": None if until is None else moment(until, time.time()), "note": note}
    told = _act(calls.of(ctx), url, key_env, f"{named}/mute", body)
    said = f"until {told['muted_until']}" if told["muted_until"] else "for good"
    _say(ctx, told, f"{named} is muted {said}; tandemgate problems unmute {named} ends it.")


@problems.command()
def unmute(
    ctx: typer.Context,
    named: Named,
    *,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; no personal data.")] = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """End a mute."""
    told = _act(calls.of(ctx), url, key_env, f"{named}/unmute", {"note": note})
    _say(ctx, told, f"{named} is not muted any more; it is {told['status']}.")


def moment(stated: str, now: float) -> float | str:
    """Read ``7d`` as Unix seconds; what is no such span is a moment, and the gateway's to read."""
    number, unit = stated[:-1], stated[-1:]
    if number.isdecimal() and len(number) <= LONGEST_NUMBER and unit in UNITS:
        return now + int(number) * UNITS[unit]
    return stated


def _list(
    ctx: typer.Context, filters: Mapping[str, object], url: str | None, key_env: str | None
) -> None:
    call = calls.of(ctx)
    page = _ask(call, url, key_env, "", filters)
    if call.as_json:
        call.emit(page)
    else:
        call.show(*in_list(page["problems"]))
        _remark(call, page, str(filters["severity"]), str(filters["status"]))


def _ask(
    call: calls.Call,
    url: str | None,
    key_env: str | None,
    path: str,
    query: Mapping[str, object] | None = None,
) -> Any:  # noqa: ANN401 - decoded JSON
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    with connect(call, Scope.READ, url=url, key_env=key_env) as gateway:
        return need(gateway.get(f"/api/problems{path}", query), 200)


def _act(
    call: calls.Call, url: str | None, key_env: str | None, act: str, body: Mapping[str, object]
) -> Any:  # noqa: ANN401 - decoded JSON
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    with connect(call, Scope.WRITE, url=url, key_env=key_env) as gateway:
        return need(gateway.post(f"/api/problems/{quote(act)}", json.dumps(body).encode()), 200)


def _say(ctx: typer.Context, told: object, text: str) -> None:
    call = calls.of(ctx)
    if call.as_json:
        call.emit(told)
    else:
        call.show(text)


def _remark(call: calls.Call, page: Mapping[str, Any], severity: str, status: str) -> None:
    counts = page["counts"]
    hidden = list(counts["open"])[list(counts["open"]).index(severity) + 1 :]
    said = [f"{counts['open'][one]} {one}s" for one in hidden if counts["open"][one]]
    if status == "open" and said:
        call.remark(f"Not shown: {', '.join(said)}; add --severity notice")
    if status == "open" and (counts["muted"] or counts["resolved"]):
        call.remark(f"{counts['muted']} muted, {counts['resolved']} resolved; add --status all")
    if page["next"]:
        call.remark(f"More: add --after {page['next']}")
