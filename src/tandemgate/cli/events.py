"""``tandemgate events``: what the running gateway knows about the events it took."""

import json
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli import options
from tandemgate.cli.ask import ask, reader
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.export import After, Format, Out, What, export

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tandemgate.cli.gateway import Gateway, Reply

NOT_FOUND, AMBIGUOUS = 404, 409
TAIL_PAGE = 200

events = typer.Typer(
    help="Look into a running gateway's ledger.", no_args_is_help=True, rich_markup_mode=None
)


class Settled(StrEnum):
    """What can have become of an event that nobody could settle."""

    DELIVERED = "delivered"
    REJECTED = "rejected"


@events.command("list")
def list_events(
    ctx: typer.Context,
    *,
    pixel: options.Pixel = None,
    event: options.Event = None,
    state: options.State = None,
    code: options.Code = None,
    since: options.Received = None,
    until: options.ReceivedBefore = None,
    query: options.Query = None,
    limit: options.Limit = 50,
    after: options.NextPage = None,
    url: options.Url = None,
    key_env: options.KeyEnv = None,
) -> None:
    """List events, newest first."""
    call = calls.of(ctx)
    chosen = options.filters(
        pixel=pixel, event=event, state=state, code=code, since=since, until=until, query=query
    )
    asked = {**chosen, "limit": limit, "after": after}
    call.tell_page(ask(call, "/api/events", asked, url=url, key_env=key_env), _lines)


def _lines(page: Mapping[str, Any]) -> "list[RenderableType]":
    from tandemgate.cli.story import table_of

    return [table_of(page["events"]) if page["events"] else "No events match."]


@events.command()
def show(
    ctx: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    event: options.Event = None,
    pixel: options.Pixel = None,
    channel: options.Channel = None,
    url: options.Url = None,
    key_env: options.KeyEnv = None,
) -> None:
    """Print one event's whole story."""
    from tandemgate.cli.story import story

    call = calls.of(ctx)
    with reader(call, url=url, key_env=key_env) as gateway:
        found = fetch(gateway, event_id, {"event": event, "pixel": pixel, "channel": channel})
    call.tell(found, lambda found: [story(found)])


@events.command()
def settle(
    ctx: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    to: Annotated[Settled, typer.Option("--as", help="What TikTok's Events Manager shows.")],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="How you know; kept for good, no personal data.")
    ],
    event: options.Event = None,
    pixel: options.Pixel = None,
    channel: options.Channel = None,
    url: options.Url = None,
    key_env: options.KeyEnv = None,
) -> None:
    """Say what became of an event in REVIEW or INDETERMINATE, which nobody else can know."""
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    said = {"event_id": event_id, "as": to.value, "reason": reason}
    which = {"event": event, "pixel": pixel, "channel": channel}
    with connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env) as gateway:
        reply = gateway.post("/api/settle", json.dumps({**said, **which}).encode())
    told = need(the_one(reply, event_id, "events settle"), 200)
    call.tell(told, f"{event_id} was {told['was']} and is {told['state']}.")


def fetch(gateway: "Gateway", event_id: str, which: dict[str, str | None]) -> Any:  # noqa: ANN401 - decoded JSON
    """Ask for the one event that is meant; several are a usage error that lists them."""
    from tandemgate.cli.gateway import need

    reply = gateway.get(f"/api/events/{quote(event_id, safe='')}", which)
    return need(the_one(reply, event_id), 200)


def the_one(reply: "Reply", event_id: str, verb: str = "events show") -> "Reply":
    """Pass *reply* on, unless it is about no event or about several."""
    from tandemgate.cli.story import candidates
    from tandemgate.core.reading import printable

    if reply.status == NOT_FOUND:
        raise Failure(
            f"the gateway has no event with the event_id {printable(event_id)!r}",
            "tandemgate events list --q TEXT, with the beginning of the event_id",
            Ending.FINDINGS,
        )
    if reply.status == AMBIGUOUS and "candidates" in (reply.body or {}):
        choices = list(candidates(reply.body or {}))
        raise Failure(
            "\n  ".join((f"{event_id} stands for several events:", *choices)),
            f"tandemgate {verb} {event_id} {choices[0] if choices else '--event NAME'}",
        )
    return reply


@events.command("export")
def export_events(
    ctx: typer.Context,
    *,
    what: Annotated[
        What, typer.Option(help="The events, every attempt to send them, or their consent.")
    ] = What.EVENTS,
    form: Annotated[Format, typer.Option("--format", help="jsonl or csv.")] = Format.JSONL,
    pixel: options.Pixel = None,
    event: options.Event = None,
    state: options.State = None,
    code: options.Code = None,
    since: options.Received = None,
    until: options.ReceivedBefore = None,
    query: options.Query = None,
    after: After = None,
    out: Out = None,
    url: options.Url = None,
    key_env: options.KeyEnv = None,
) -> None:
    """Write what the ledger holds to standard output, newest first; it names nobody.

    Exit 3 when the connection was cut; the error says how to go on.
    """
    call = calls.of(ctx)
    chosen = options.filters(
        pixel=pixel, event=event, state=state, code=code, since=since, until=until, query=query
    )
    with reader(call, url=url, key_env=key_env) as gateway:
        export(call, gateway, what, form, {**chosen, "after": after}, out=out)


@events.command()
def tail(
    ctx: typer.Context,
    *,
    pixel: options.Pixel = None,
    event: options.Event = None,
    state: options.State = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 1.0,
    url: options.Url = None,
    key_env: options.KeyEnv = None,
) -> None:
    """Print events as they arrive and as their state changes, until interrupted."""
    from tandemgate.cli.gateway import need
    from tandemgate.cli.story import row

    call = calls.of(ctx)
    asked = options.filters(pixel=pixel, event=event, state=state) | {"limit": TAIL_PAGE}
    seen: dict[tuple[str, ...], str] = {}
    with reader(call, url=url, key_env=key_env) as gateway:
        while True:
            page = need(gateway.get("/api/events", asked), 200)
            for each in reversed(news(page["events"], seen)):
                if call.as_json:
                    call.emit_line(each)
                else:
                    print("  ".join(cell.plain for cell in row(each)), flush=True)
            time.sleep(every)


def news(page: list[dict[str, Any]], seen: dict[tuple[str, ...], str]) -> list[dict[str, Any]]:
    """Return the events of *page* that are new or changed since *seen*, and note them there."""
    changed = []
    for each in page:
        key = (each["pixel_id"], each["event"], each["event_id"], each["channel"])
        stand = f"{each['state']} {each['revision']}"
        if seen.get(key) != stand:
            seen[key] = stand
            changed.append(each)
    return changed
