"""``tandemgate alerts``: what is the matter, what was told of it, mutes, a try of the receiver."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import act, ask
from tandemgate.cli.ending import Ending
from tandemgate.cli.muting import MutedUntil, Note, moment
from tandemgate.cli.options import KeyEnv, Url
from tandemgate.cli.table import table

if TYPE_CHECKING:
    from rich.console import RenderableType

Family = Annotated[
    str, typer.Argument(metavar="FAMILY", help="The kind of alert, by its setting's name.")
]
Pixel = Annotated[
    str | None,
    typer.Option("--pixel", metavar="ID", help="Of this pixel; else of all, by an admin key."),
]

alerts = typer.Typer(
    help="Tell what is the matter and who was told; mute alerts; try the receiver.",
    rich_markup_mode=None,
    invoke_without_command=True,
)


@alerts.callback()
def listed(ctx: typer.Context, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """List the alerts that are open and those of the last week; try the receiver."""
    if ctx.invoked_subcommand is None:
        _list(calls.of(ctx), url, key_env)


@alerts.command("list")
def list_(ctx: typer.Context, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """List the alerts that are open, and those of the last week."""
    _list(calls.of(ctx), url, key_env)


@alerts.command("test")
def try_receiver(ctx: typer.Context, *, url: Url = None, key_env: KeyEnv = None) -> Ending:
    """Send one message to the receiver, and say whether it was taken. Wants an admin key."""
    call = calls.of(ctx)
    told = act(call, "/api/alerts/test", {}, url=url, key_env=key_env)
    taken = "The receiver took the message."
    call.tell(told, taken if told["told"] else f"Not told: {told['why']}.")
    return Ending.OK if told["told"] else Ending.FINDINGS


@alerts.command()
def mute(
    ctx: typer.Context,
    family: Family,
    *,
    pixel: Pixel = None,
    until: MutedUntil = None,
    note: Note = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Let nobody hear that alerts of a kind begin; they are watched for and listed all the same."""
    call = calls.of(ctx)
    said = moment(until, time.time())
    body = {"family": family, "pixel_id": pixel, "until": said, "note": note}
    told = act(call, "/api/alerts/mute", body, url=url, key_env=key_env)
    ends = f"until {told['until']}" if told["until"] else "for good"
    whose = f" --pixel {pixel}" if pixel else ""
    call.tell(told, f"{family} is muted {ends}; tandemgate alerts unmute {family}{whose} ends it.")


@alerts.command()
def unmute(
    ctx: typer.Context,
    family: Family,
    *,
    pixel: Pixel = None,
    note: Note = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """End a mute; what is open then is told."""
    call = calls.of(ctx)
    body = {"family": family, "pixel_id": pixel, "note": note}
    told = act(call, "/api/alerts/unmute", body, url=url, key_env=key_env)
    call.tell(told, f"{family} is not muted any more.")


def _list(call: calls.Call, url: str | None, key_env: str | None) -> None:
    call.tell(ask(call, "/api/alerts", url=url, key_env=key_env), _lines)


def _lines(told: Mapping[str, Any]) -> "list[RenderableType]":
    from rich.text import Text

    from tandemgate.cli.story import instant

    remarks = []
    if not told["receiver"]:
        remarks.append("Nobody is told: alerts.webhook is not set.")
    if failing := told["failing"]:
        since = instant(failing["since"])[:19]
        remarks.append(f"{failing['messages']} messages wait since {since}: {failing['why']}.")
    remarks += [_mute(one) for one in told["muted"]]
    rows = [*told["open"], *told["over"]]
    if not rows:
        return [*remarks, "Nothing is the matter, and nothing was in the last week."]
    listed = table("began", "ended", "alert", "pixel", "told", "what", fold="what")
    for one in rows:
        ended = one["ended_at"]
        style = "" if ended else ("red" if one["urgent"] else "yellow")
        listed.add_row(
            instant(one["began_at"])[:19],
            instant(ended)[:19] if ended else "-",
            Text(one["family"], style),
            one["pixel_id"] or "-",
            _told(one),
            one["said"],
        )
    fixes = {one["family"]: one["fix"] for one in told["open"]}
    return [*remarks, listed, *(f"{family}: {fix}" for family, fix in fixes.items())]


def _mute(one: Mapping[str, Any]) -> str:
    from tandemgate.cli.story import instant

    whose = f"of {one['pixel_id']}" if one["pixel_id"] else "of every pixel"
    ends = f"until {instant(one['until'])[:19]}" if one["until"] else "for good"
    why = f": {one['note']}" if one["note"] else ""
    return f"Muted: {one['family']} {whose}, {ends}, by {one['by']}{why}."


def _told(one: Mapping[str, Any]) -> str:
    if one["muted"] and not one["began_told_at"]:
        return "muted"
    if one["given_up_at"]:
        return "given up"
    if one["waits_to_be_told"]:
        return "waits"
    return "yes" if one["began_told_at"] or one["ended_told_at"] else "no"
