"""``tandemgate alerts``: what is the matter, what was told of it, and a try of the receiver."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import act, ask
from tandemgate.cli.ending import Ending
from tandemgate.cli.options import KeyEnv, Url
from tandemgate.cli.table import table

if TYPE_CHECKING:
    from rich.console import RenderableType

alerts = typer.Typer(
    help="Tell what is the matter and who was told; try the receiver.",
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


def _told(one: Mapping[str, Any]) -> str:
    if one["given_up_at"]:
        return "given up"
    if one["waits_to_be_told"]:
        return "waits"
    return "yes" if one["began_told_at"] or one["ended_told_at"] else "no"
