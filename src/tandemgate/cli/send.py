"""``tandemgate send``: give a file of events to a running gateway and say what became of each."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.options import KeyEnv, Region, Url

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway

REFUSING = frozenset({"rejected", "conflict"})
UNREADABLE, TOO_MANY_EVENTS, UNSUPPORTED_ENCODING = 400, 413, 415
ANSWERED = (200, 202, 409, 422, UNREADABLE, TOO_MANY_EVENTS, UNSUPPORTED_ENCODING)
"""Statuses whose body tells about the events, rather than about the key or the gateway."""

File = Annotated[str, typer.Argument(metavar="FILE|-", help="A JSON file, or - for stdin.")]
EventTime = Annotated[
    str | None, typer.Option(metavar="now", help="Take every event as if it happened just now.")
]


def send(
    ctx: typer.Context,
    file: File,
    *,
    pixel: Annotated[
        str | None, typer.Option(metavar="ID", help="Send to this pixel, whatever the file says.")
    ] = None,
    event_time: EventTime = None,
    region: Region = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> int:
    """Send events to a running gateway.

    Prints what became of each. The file holds an envelope as TikTok's Events API takes it, a bare
    event (with --pixel), or a list of either. Exit 1 when one was rejected or in conflict.
    """
    from tandemgate.cli import payload
    from tandemgate.cli.connect import connect
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    now = int(time.time()) if fresh(event_time) else None
    bodies = [
        restate(envelope.body, pixel, now, region)
        for envelope in payload.envelopes(payload.read(file), pixel)
    ]
    with connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env) as gateway:
        return deliver(call, gateway, bodies)


def fresh(event_time: str | None) -> bool:
    """Tell whether ``--event-time now`` was said; there is nothing else to say."""
    if event_time not in {None, "now"}:
        raise Failure(
            f"--event-time is {event_time!r}, but only now is known",
            "--event-time now, or put the time into the file as Unix seconds",
        )
    return event_time is not None


def deliver(call: calls.Call, gateway: "Gateway", bodies: list[bytes]) -> Ending:
    """Post *bodies* one after another, print the answers, and return how it ended."""
    from tandemgate.cli.gateway import need
    from tandemgate.cli.outcomes import outcome_lines

    answers = [need(gateway.post("/v1/events", body), *ANSWERED) for body in bodies]
    if call.as_json:
        call.emit(answers[0] if len(answers) == 1 else answers)
    else:
        call.show(*(line for answer in answers for line in outcome_lines(answer)))
    return Ending.FINDINGS if any(map(refused, answers)) else Ending.OK


def refused(answer: Any) -> bool:  # noqa: ANN401 - decoded JSON
    """Tell whether an *answer* refuses anything: an event, or the whole body."""
    return "results" not in answer or any(
        result["outcome"] in REFUSING for result in answer["results"]
    )


def restate(body: bytes, pixel: str | None, now: int | None, region: str | None) -> bytes:
    """Return *body* with what the options put in its place; untouched when they say nothing."""
    if pixel is None and now is None and region is None:
        return body
    import msgspec

    try:
        envelope = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    if isinstance(envelope, dict):
        if pixel is not None:
            envelope["event_source_id"] = pixel
        items = envelope.get("data")
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict):
                _restate_event(item, now, region)
    return msgspec.json.encode(envelope)


def _restate_event(item: dict[str, Any], now: int | None, region: str | None) -> None:
    if now is not None:
        item["event_time"] = now
    consent = item.setdefault("consent", {}) if region is not None else None
    if isinstance(consent, dict):
        consent.setdefault("region", region)
