"""``tandemgate events``: what the running gateway knows about the events it took."""

import time
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.send import KeyEnv, Url

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway

NOT_FOUND, AMBIGUOUS = 404, 409
TAIL_PAGE = 200

events = typer.Typer(
    help="Look into a running gateway's ledger.", no_args_is_help=True, rich_markup_mode=None
)

Pixel = Annotated[str | None, typer.Option(metavar="ID", help="Of this pixel only.")]
Event = Annotated[str | None, typer.Option(metavar="NAME", help="With this event name only.")]
State = Annotated[
    str | None, typer.Option(metavar="STATE", help="DELIVERED, SUPPRESSED, REJECTED, ...")
]
Code = Annotated[int | None, typer.Option(metavar="CODE", help="Last answered with this code.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Received at or after this time.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Received before this time.")]
Query = Annotated[str | None, typer.Option("--q", metavar="TEXT", help="event_id begins with it.")]


@events.command("list")
def list_events(
    ctx: typer.Context,
    *,
    pixel: Pixel = None,
    event: Event = None,
    state: State = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    query: Query = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    after: Annotated[
        str | None, typer.Option(metavar="NEXT", help="Continue after the page before.")
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """List events, newest first."""
    from tandemgate.cli.gateway import need
    from tandemgate.cli.story import table_of

    call = calls.of(ctx)
    filters = {
        "pixel": pixel,
        "event": event,
        "state": state and state.upper(),
        "code": code,
        "since": since,
        "until": until,
        "q": query,
        "limit": limit,
        "after": after,
    }
    with _connect(call, url, key_env) as gateway:
        page = need(gateway.get("/api/events", filters), 200)
    if call.as_json:
        call.emit(page)
        return
    call.show(table_of(page["events"]) if page["events"] else "No events match.")
    if page.get("next"):
        call.remark(f"More: add --after {page['next']}")


@events.command()
def show(
    ctx: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    event: Event = None,
    pixel: Pixel = None,
    channel: Annotated[str | None, typer.Option(metavar="live|test")] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Print one event's whole story."""
    from tandemgate.cli.story import story

    call = calls.of(ctx)
    with _connect(call, url, key_env) as gateway:
        found = fetch(gateway, event_id, {"event": event, "pixel": pixel, "channel": channel})
    if call.as_json:
        call.emit(found)
    else:
        call.show(story(found))


def fetch(gateway: "Gateway", event_id: str, which: dict[str, str | None]) -> Any:  # noqa: ANN401 - decoded JSON
    """Ask for the one event that is meant; several are a usage error that lists them."""
    from tandemgate.cli.gateway import need
    from tandemgate.cli.story import candidates

    reply = gateway.get(f"/api/events/{quote(event_id, safe='')}", which)
    if reply.status == NOT_FOUND:
        raise Failure(
            f"the gateway has no event with the event_id {event_id!r}",
            "tandemgate events list --q TEXT, with the beginning of the event_id",
            Ending.FINDINGS,
        )
    if reply.status == AMBIGUOUS:
        choices = list(candidates(reply.body or {}))
        raise Failure(
            "\n  ".join((f"{event_id} stands for several events:", *choices)),
            f"tandemgate events show {event_id} {choices[0] if choices else '--event NAME'}",
        )
    return need(reply, 200)


@events.command()
def tail(
    ctx: typer.Context,
    *,
    pixel: Pixel = None,
    event: Event = None,
    state: State = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 1.0,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Print events as they arrive and as their state changes, until interrupted."""
    from tandemgate.cli.gateway import need
    from tandemgate.cli.story import row

    call = calls.of(ctx)
    filters = {"pixel": pixel, "event": event, "state": state and state.upper()}
    seen: dict[tuple[str, ...], str] = {}
    with _connect(call, url, key_env) as gateway:
        while True:
            page = need(gateway.get("/api/events", {**filters, "limit": TAIL_PAGE}), 200)
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


def _connect(call: calls.Call, url: str | None, key_env: str | None) -> "Gateway":
    from tandemgate.cli.connect import connect
    from tandemgate.settings import Scope

    return connect(call, Scope.READ, url=url, key_env=key_env)
