"""``tandemgate problems``: what goes wrong again and again, and what is done about it."""

import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import act, ask
from tandemgate.cli.muting import MutedUntil, Note, moment
from tandemgate.cli.options import Event, KeyEnv, Limit, NextPage, Pixel, Url
from tandemgate.cli.problem import in_full, in_list

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
    pixel: Pixel = None,
    event: Event = None,
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
    limit: Limit = 50,
    after: NextPage = None,
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
    path = f"/api/problems/{quote(named, safe='')}"
    call.tell(ask(call, path, url=url, key_env=key_env), in_full)


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
    call, path = calls.of(ctx), f"/api/problems/{quote(named)}/resolve"
    told = act(call, path, {"note": note}, url=url, key_env=key_env)
    call.tell(told, f"{named} is resolved; if it is seen again, it opens by itself.")


@problems.command()
def mute(
    ctx: typer.Context,
    named: Named,
    *,
    until: MutedUntil = None,
    note: Note = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Hear nothing of a problem for a while, or for good; it is counted all the same."""
    body = {"until": moment(until, time.time()), "note": note}
    call, path = calls.of(ctx), f"/api/problems/{quote(named)}/mute"
    told = act(call, path, body, url=url, key_env=key_env)
    said = f"until {told['muted_until']}" if told["muted_until"] else "for good"
    call.tell(told, f"{named} is muted {said}; tandemgate problems unmute {named} ends it.")


@problems.command()
def unmute(
    ctx: typer.Context,
    named: Named,
    *,
    note: Note = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """End a mute."""
    call, path = calls.of(ctx), f"/api/problems/{quote(named)}/unmute"
    told = act(call, path, {"note": note}, url=url, key_env=key_env)
    call.tell(told, f"{named} is not muted any more; it is {told['status']}.")


def _list(
    ctx: typer.Context, filters: Mapping[str, object], url: str | None, key_env: str | None
) -> None:
    call = calls.of(ctx)
    page = ask(call, "/api/problems", filters, url=url, key_env=key_env)
    remarks = _hidden(page["counts"], str(filters["severity"]), str(filters["status"]))
    call.tell_page(page, lambda page: in_list(page["problems"]), *remarks)


def _hidden(counts: Mapping[str, Any], severity: str, status: str) -> Iterator[str]:
    """Say what is there beside the list, when only open problems are in it."""
    if status != "open":
        return
    hidden = list(counts["open"])[list(counts["open"]).index(severity) + 1 :]
    said = [f"{counts['open'][one]} {one}s" for one in hidden if counts["open"][one]]
    if said:
        yield f"Not shown: {', '.join(said)}; add --severity notice"
    if counts["muted"] or counts["resolved"]:
        yield f"{counts['muted']} muted, {counts['resolved']} resolved; add --status all"
