"""``tandemgate pairs``: whether the Pixel's copies and the gateway's are counted once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.send import KeyEnv, Url

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {"paired": "green", "server_only": "yellow", "browser_only": "yellow"}
"""The others are counted twice, or not at all."""


def pairs(
    ctx: typer.Context,
    *,
    pixel: Annotated[str | None, typer.Option(metavar="ID", help="Of this pixel only.")] = None,
    event: Annotated[
        str | None, typer.Option(metavar="NAME", help="With this event name only.")
    ] = None,
    verdict: Annotated[
        str | None,
        typer.Option(metavar="VERDICT", help="paired, server_only, browser_only, ..."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    after: Annotated[
        str | None, typer.Option(metavar="NEXT", help="Continue after the page before.")
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Tell of the newest actions whether TikTok counts the Pixel's copy and ours once.

    The Pixel's copies are those that the browser script reported.
    """
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    filters = {
        "pixel": pixel,
        "event": event,
        "verdict": verdict,
        "limit": limit,
        "after": after,
    }
    with connect(call, Scope.READ, url=url, key_env=key_env) as gateway:
        page = need(gateway.get("/api/pairs", filters), 200)
    if call.as_json:
        call.emit(page)
        return
    call.show(*_lines(page["pairs"]))
    if page.get("next"):
        call.remark(f"More: add --after {page['next']}")


def _lines(told: Sequence[dict[str, Any]]) -> "list[RenderableType]":
    from rich.table import Table
    from rich.text import Text

    from tandemgate.cli.story import instant

    if not told:
        return ["No pairs match."]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("seen", "event", "event_id", "verdict", "apart"):
        table.add_column(name, no_wrap=name != "event_id", overflow="fold")
    for one in told:
        verdict, gap = one["verdict"], one["gap_seconds"]
        table.add_row(
            instant(one["server_at"] or one["browser_at"])[:19],
            one["event"],
            one["event_id"] or "-",
            Text(verdict, STYLES.get(verdict, "red")),
            "-" if gap is None else f"{gap:g} s",
        )
    return [table, *_fixes(told)]


def _fixes(told: Sequence[dict[str, Any]]) -> list[str]:
    """What mends each verdict that is there, once."""
    fixes = {one["verdict"]: one["fix"] for one in told if one["fix"]}
    return [f"{verdict}: {fix}" for verdict, fix in sorted(fixes.items())]
