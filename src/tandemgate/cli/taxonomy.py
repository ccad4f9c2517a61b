"""``tandemgate taxonomy``: which event names are used where, and which do not agree."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import ask
from tandemgate.cli.ending import Ending
from tandemgate.cli.options import KeyEnv, Pixel, Url
from tandemgate.cli.table import table

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {"agrees": "green", "gateway_only": "yellow", "pixel_only": "yellow"}
"""The others are counted twice, or seen by no campaign."""


def taxonomy(
    ctx: typer.Context,
    *,
    pixel: Pixel = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Used since then; else in 30 days.")
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> Ending:
    """List event names with when the gateway and the Pixel used each, and what does not agree.

    Exit 1 when a name has to be mended.
    """
    call = calls.of(ctx)
    asked = {"pixel": pixel, "since": since}
    told = ask(call, "/api/taxonomy", asked, url=url, key_env=key_env)
    call.tell(told, lambda told: _lines(told["names"]))
    return Ending.FINDINGS if any(_is_wrong(one) for one in told["names"]) else Ending.OK


def _is_wrong(one: Mapping[str, Any]) -> bool:
    return one["verdict"] not in STYLES


def _lines(names: Sequence[Mapping[str, Any]]) -> "list[RenderableType]":
    from rich.text import Text

    from tandemgate.cli.story import instant

    if not names:
        return ["No events were seen."]
    listed = table("pixel", "event", "gateway", "by", "Pixel", "stands", "meant")
    for one in names:
        verdict = one["verdict"]
        listed.add_row(
            one["pixel_id"],
            one["event"] if one["standard"] else f"{one['event']} (custom)",
            instant(one["gateway_at"])[:16] if one["gateway_at"] else "-",
            one["source"] or "-",
            instant(one["pixel_at"])[:16] if one["pixel_at"] else "-",
            Text(verdict, STYLES.get(verdict, "red")),
            one["other"] or "-",
        )
    fixes = {one["verdict"]: one["fix"] for one in names if one["fix"]}
    return [listed, *(f"{verdict}: {fix}" for verdict, fix in sorted(fixes.items()))]
