"""``tandemgate pairs``: whether the Pixel's copies and the gateway's are counted once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.send import KeyEnv, Url

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {
    "paired": "green",
    "server_only": "yellow",
    "browser_only": "yellow",
    "kept_back": "yellow",
}
"""The others are counted twice, or not at all."""

TWICE = "counted_twice"


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
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From this time on: Unix or ISO 8601.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Before this time: Unix or ISO 8601.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    after: Annotated[
        str | None, typer.Option(metavar="NEXT", help="Continue after the page before.")
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Tell of the newest actions whether TikTok counts the Pixel's copy and ours once.

    The Pixel's copies are those that the browser script reported. The last lines sum up the time
    that was asked for, or the last 24 hours.
    """
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    filters = {
        "pixel": pixel,
        "event": event,
        "verdict": verdict,
        "since": since,
        "until": until,
        "limit": limit,
        "after": after,
    }
    with connect(call, Scope.READ, url=url, key_env=key_env) as gateway:
        page = need(gateway.get("/api/pairs", filters), 200)
    if call.as_json:
        call.emit(page)
        return
    call.show(*_lines(page["pairs"]), *_summary(page["summary"]))
    if page.get("next"):
        call.remark(f"More: add --after {page['next']}")


def _lines(told: Sequence[dict[str, Any]]) -> "list[RenderableType]":
    from rich.table import Table
    from rich.text import Text

    from tandemgate.cli.story import elapsed, instant

    if not told:
        return ["No pairs match."]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("seen", "event", "event_id", "verdict", "apart", "TikTok"):
        table.add_column(name, no_wrap=name != "event_id", overflow="fold")
    for one in told:
        verdict, gap, band = one["verdict"], one["gap_seconds"], one["band"]
        table.add_row(
            instant(one["server_at"] or one["browser_at"])[:19],
            one["event"],
            one["event_id"] or "-",
            Text(verdict, STYLES.get(verdict, "red")),
            "-" if gap is None else elapsed(gap).removeprefix("+"),
            Text((band or "-").replace("_", " "), "red" if band == TWICE else ""),
        )
    return [table, *_consents(told), *_fixes(told)]


def _consents(told: Sequence[dict[str, Any]]) -> list[str]:
    """Whose two sides say different things about consent."""
    return [
        f"{one['event_id']}: browser and server differ about {', '.join(one['consent']['differs'])}"
        + (" (the browser sends Sec-GPC)" if one["consent"]["browser"]["gpc"] else "")
        for one in told
        if one["consent"]["differs"]
    ]


def _fixes(told: Sequence[dict[str, Any]]) -> list[str]:
    """What mends each verdict that is there, once."""
    fixes = {one["verdict"]: one["fix"] for one in told if one["fix"]}
    fixes.update((TWICE, one["band_meaning"]) for one in told if one["band"] == TWICE)
    return [f"{verdict}: {fix}" for verdict, fix in sorted(fixes.items())]


def _summary(summary: dict[str, Any] | None) -> list[str]:
    """How the time went that was asked for, in one line."""
    from tandemgate.cli.story import instant

    if not summary or not summary["actions"]:
        return []
    newest = "" if summary["complete"] else "the newest "
    counts = [f"{number} {verdict}" for verdict, number in summary["verdicts"].items() if number]
    since, rate = instant(summary["since"])[:16], summary["pair_rate"]
    once = "" if rate is None else f", {rate:.0%} paired and counted once"
    return [f"Since {since}: {newest}{summary['actions']} actions{once} ({', '.join(counts)})"]
