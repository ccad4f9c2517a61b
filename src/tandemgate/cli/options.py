"""The options that several verbs take, each once: what it is called, says, and asks for."""

from typing import Annotated

import typer

Url = Annotated[
    str | None, typer.Option(metavar="URL", help="The gateway; else as the settings say.")
]
KeyEnv = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Variable that holds the key; else the settings' first."),
]

Pixel = Annotated[str | None, typer.Option(metavar="ID", help="Of this pixel only.")]
Event = Annotated[str | None, typer.Option(metavar="NAME", help="With this event name only.")]
State = Annotated[
    str | None, typer.Option(metavar="STATE", help="DELIVERED, SUPPRESSED, REJECTED, ...")
]
Code = Annotated[int | None, typer.Option(metavar="CODE", help="Last answered with this code.")]
Received = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Received at or after this time.")
]
ReceivedBefore = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Received before this time.")
]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="From this time on: Unix or ISO 8601.")
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="Before this time: Unix or ISO 8601.")
]
Query = Annotated[str | None, typer.Option("--q", metavar="TEXT", help="event_id begins with it.")]
Channel = Annotated[str | None, typer.Option(metavar="live|test")]

Limit = Annotated[int, typer.Option(min=1, max=500, help="How many at most.")]
NextPage = Annotated[
    str | None, typer.Option("--after", metavar="NEXT", help="Continue after the page before.")
]

ThePixel = Annotated[str, typer.Argument(metavar="PIXEL", help="The pixel's id.")]
Region = Annotated[
    str | None, typer.Option(metavar="R", help="Region of events that state none: DE, US-CA, ...")
]
Reason = Annotated[
    str, typer.Option(metavar="TEXT", help="Why, for the audit log; no personal data.")
]


def filters(
    *,
    pixel: str | None,
    event: str | None,
    state: str | None,
    code: int | None = None,
    since: str | None = None,
    until: str | None = None,
    query: str | None = None,
) -> dict[str, str | int | None]:
    """Name what selects events as the gateway does; ``None`` selects all."""
    return {
        "pixel": pixel,
        "event": event,
        "state": state and state.upper(),
        "code": code,
        "since": since,
        "until": until,
        "q": query,
    }
