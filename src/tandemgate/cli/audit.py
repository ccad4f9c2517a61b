"""``tandemgate audit``: who did what about the gateway, when and why."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import reader
from tandemgate.cli.options import KeyEnv, Since, Url
from tandemgate.cli.table import table

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway

PAGE = 500


def audit(
    ctx: typer.Context,
    *,
    since: Since = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="At most so many lines, the newest.")
    ] = 100,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """List what people decided: pauses, tokens, replays, withdrawals, erasures, keys, policies.

    Nothing changes or removes a line. Wants an admin key. With --json, one line each.
    """
    call = calls.of(ctx)
    with reader(call, url=url, key_env=key_env) as gateway:
        lines = list(_lines(gateway, since, limit))
    if call.as_json:
        for line in lines:
            call.emit_line(line)
        return
    if not lines:
        call.show("Nobody decided anything.")
        return
    listed = table("when", "who", "what", "pixel", "numbers")
    listed.add_column("why")
    for line in lines:
        listed.add_row(*_cells(line))
    call.show(listed)


def _lines(gateway: "Gateway", since: str | None, limit: int) -> Iterator[Mapping[str, Any]]:
    from tandemgate.cli.gateway import need

    after: str | None = None
    while limit > 0:
        asked = {"since": since, "limit": min(limit, PAGE), "after": after}
        page = need(gateway.get("/api/audit", asked), 200)
        yield from page["acts"]
        limit -= len(page["acts"])
        after = page["next"]
        if after is None:
            return


def _cells(line: Mapping[str, Any]) -> tuple[str, ...]:
    from tandemgate.cli.story import instant

    numbers = ", ".join(f"{count} {name}" for name, count in line["counts"].items())
    when = instant(line["at"])[:19]
    return when, line["who"], line["what"], line["pixel_id"] or "-", numbers or "-", line["reason"]
