"""``tandemgate events``: what the running gateway knows about the events it took."""

import json
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.export import After, Format, Out, What, export
from tandemgate.cli.send import KeyEnv, Url

if TYPE_CHECKING:
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


@events.command()
def settle(
    ctx: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    to: Annotated[Settled, typer.Option("--as", help="What TikTok's Events Manager shows.")],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="How you know; kept for good, no personal data.")
    ],
    event: Event = None,
    pixel: Pixel = None,
    channel: Annotated[str | None, typer.Option(metavar="live|test")] = None,
    url: Url = None,
    key_env: KeyEnv = None,
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
    if call.as_json:
        call.emit(told)
    else:
        call.show(f"{event_id} was {told['was']} and is {told['state']}.")


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
    pixel: Pixel = None,
    event: Event = None,
    state: State = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    query: Query = None,
    after: After = None,
    out: Out = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Write what the ledger holds to standard output, newest first; it names nobody.

    Exit 3 when the connection was cut; the error says how to go on.
    """
    call = calls.of(ctx)
    filters = {
        "pixel": pixel,
        "event": event,
        "state": state and state.upper(),
        "code": code,
        "since": since,
        "until": until,
        "q": query,
        "after": after,
    }
    with _connect(call, url, key_env) as gateway:
        export(call, gateway, what, form, filters, out=out)


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
