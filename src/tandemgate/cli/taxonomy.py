"""``tandemgate taxonomy``: which event names are used where, and which do not agree."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending
from tandemgate.cli.send import KeyEnv, Url

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {"agrees": "green", "gateway_only": "yellow", "pixel_only": "yellow"}
"""The others are counted twice, or seen by no campaign."""


def taxonomy(
    ctx: typer.Context,
    *,
    pixel: Annotated[str | None, typer.Option(metavar="ID", help="Of this pixel only.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Used since then; else in 30 days.")
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> Ending:
    """List event names with when the gateway and the Pixel used each, and what does not agree.

    Exit 1 when a name has to be mended.
    """
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    with connect(call, Scope.READ, url=url, key_env=key_env) as gateway:
        told = need(gateway.get("/api/taxonomy", {"pixel": pixel, "since": since}), 200)
    if call.as_json:
        call.emit(told)
    else:
        call.show(*_lines(told["names"]))
    return Ending.FINDINGS if any(_is_wrong(one) for one in told["names"]) else Ending.OK


def _is_wrong(one: Mapping[str, Any]) -> bool:
    return one["verdict"] not in STYLES


def _lines(names: Sequence[Mapping[str, Any]]) -> "list[RenderableType]":
    from rich.table import Table
    from rich.text import Text

    from tandemgate.cli.story import instant

    if not names:
        return ["No events were seen."]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("pixel", "event", "gateway", "by", "Pixel", "stands", "meant"):
        table.add_column(heading, no_wrap=True)
    for one in names:
        verdict = one["verdict"]
        table.add_row(
            one["pixel_id"],
            one["event"] if one["standard"] else f"{one['event']} (custom)",
            instant(one["gateway_at"])[:16] if one["gateway_at"] else "-",
            one["source"] or "-",
            instant(one["pixel_at"])[:16] if one["pixel_at"] else "-",
            Text(verdict, STYLES.get(verdict, "red")),
            one["other"] or "-",
        )
    fixes = {one["verdict"]: one["fix"] for one in names if one["fix"]}
    return [table, *(f"{verdict}: {fix}" for verdict, fix in sorted(fixes.items()))]
