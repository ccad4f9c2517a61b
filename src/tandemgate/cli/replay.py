"""``tandemgate replay``: send events again that may be sent again."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli import options

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway

AT_ONCE = 1000
"""Events of one request while a replay is carried out, so that it can tell how far it is."""


def replay(
    ctx: typer.Context,
    *,
    pixel: options.Pixel = None,
    event: options.Event = None,
    state: options.State = None,
    code: options.Code = None,
    since: options.Received = None,
    until: options.ReceivedBefore = None,
    query: options.Query = None,
    most: Annotated[
        int, typer.Option("--max", min=1, max=10_000, help="Send at most so many.")
    ] = 1000,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why it will go better now; no personal data.")
    ] = "",
    execute: Annotated[bool, typer.Option("--execute", help="Do it; else only tell.")] = False,
    url: options.Url = None,
    key_env: options.KeyEnv = None,
) -> None:
    """Send again what TikTok refused, what expired, or what nobody knows about.

    Without --execute it says how many would be sent, and how many are refused for which reason.
    Nothing that was delivered is ever sent again.
    """
    from tandemgate.cli.connect import connect
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    chosen = options.filters(
        pixel=pixel, event=event, state=state, code=code, since=since, until=until, query=query
    )
    order = {**chosen, "reason": reason, "execute": execute}
    wanted = {name: value for name, value in order.items() if value is not None}
    with connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env) as gateway:
        told = _carry_out(call, gateway, wanted, most)
    call.tell(told, _lines)


def _carry_out(
    call: calls.Call, gateway: "Gateway", wanted: dict[str, Any], most: int
) -> dict[str, Any]:
    """Ask once to be told; ask again and again to have it done, a thousand at a time."""
    from tandemgate.cli.gateway import need

    sent: Counter[str] = Counter()
    told: dict[str, Any] = {"more": True}
    while told["more"] and sent["sent"] < most:
        room = most - sent["sent"]
        body = {**wanted, "max": min(room, AT_ONCE) if wanted["execute"] else room}
        body |= {"as_of": told["as_of"]} if "as_of" in told else {}
        told = need(gateway.post("/api/replay", json.dumps(body).encode()), 200)
        summed = ("sent", "may_be_counted_twice", "pixel_copy_unknown")
        sent.update({name: told[name] for name in summed})
        if not wanted["execute"] or not told["sent"]:
            break
        call.remark(f"{sent['sent']} queued")
    return {**told, **sent}


def _lines(told: dict[str, Any]) -> Iterator[str]:
    sent, done = told["sent"], told["executed"]
    yield f"{told['looked_at']} events looked at, {sent} {'queued' if done else 'would be sent'}."
    for reason, count in told["refused"].items():
        yield f"{count} refused: {reason} (tandemgate explain {reason})"
    if told["may_be_counted_twice"]:
        count = told["may_be_counted_twice"]
        yield f"Warning: {count} of them may be counted twice, since TikTok may have them."
    if told["pixel_copy_unknown"]:
        yield (
            f"Warning: {told['pixel_copy_unknown']} of them are older than TikTok's window; if the "
            "Pixel sent them, they count twice."
        )
    if told["more"]:
        yield "There are more; raise --max, or run it again."
    if sent and not done:
        yield "Nothing was sent. Add --execute to do it."
