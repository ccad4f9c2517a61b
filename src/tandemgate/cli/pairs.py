"""``tandemgate pairs``: whether the Pixel's copies and the gateway's are counted once."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import ask
from tandemgate.cli.options import Event, KeyEnv, NextPage, Pixel, Since, Until, Url
from tandemgate.cli.table import table

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
    pixel: Pixel = None,
    event: Event = None,
    verdict: Annotated[
        str | None,
        typer.Option(metavar="VERDICT", help="paired, server_only, browser_only, ..."),
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    after: NextPage = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Tell of the newest actions whether TikTok counts the Pixel's copy and ours once.

    The Pixel's copies are those that the browser script reported. The last lines sum up the time
    that was asked for, or the last 24 hours.
    """
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
    call.tell_page(ask(call, "/api/pairs", filters, url=url, key_env=key_env), _lines)


def _lines(page: Mapping[str, Any]) -> "list[RenderableType]":
    return [*_listed(page["pairs"]), *_summary(page["summary"])]


def _listed(told: Sequence[dict[str, Any]]) -> "list[RenderableType]":
    from rich.text import Text

    from tandemgate.cli.story import elapsed, instant

    if not told:
        return ["No pairs match."]
    listed = table("seen", "event", "event_id", "verdict", "apart", "TikTok", fold="event_id")
    for one in told:
        verdict, gap, band = one["verdict"], one["gap_seconds"], one["band"]
        listed.add_row(
            instant(one["server_at"] or one["browser_at"])[5:16],
            one["event"],
            one["event_id"] or "-",
            Text(verdict, STYLES.get(verdict, "red")),
            "-" if gap is None else elapsed(gap).removeprefix("+"),
            Text((band or "-").replace("_", " "), "red" if band == TWICE else ""),
        )
    return [listed, *_consents(told), *_fixes(told)]


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
