"""``tandemgate consent withdraw``: let nothing more of a person or session leave."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.options import KeyEnv, Url
from tandemgate.cli.private import By, PhoneRegion, Whom, must_be_private, whom

WORDS = {
    "cancelled": "waited and were cancelled",
    "released": "were held and leave with what the denial keeps",
    "tightened": "are held and became stricter",
    "suppressed": "were held and are suppressed",
    "in_flight": "are being sent, and are never repeated",
    "delivered": "were delivered already",
    "unchanged": "are as they were",
}


def withdraw(
    ctx: typer.Context,
    *,
    by: Whom = By.EMAIL,
    region: PhoneRegion = None,
    pixel: Annotated[
        str | None, typer.Option(metavar="ID", help="Only for this pixel; else all of the key's.")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(metavar="FLAG", help="Only ad_user_data or ad_personalization; else both."),
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Withdraw the consent of a person or session, from now on and for what waits.

    The identifier, raw or as its SHA-256, is read from standard input or a hidden prompt.
    """
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    with connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env) as gateway:
        must_be_private(gateway.url, by.value)
        flags = [only] if only else ["ad_user_data", "ad_personalization"]
        body = whom(by, "tandemgate consent withdraw", region) | dict.fromkeys(flags, "DENIED")
        body |= {"event_source_id": pixel}
        told = need(gateway.post("/v1/consent", json.dumps(body).encode()), 200)
    call.tell(told, _lines)


def _lines(told: Mapping[str, Any]) -> list[str]:
    counted = [f"{told[word]} {meaning}" for word, meaning in WORDS.items() if told[word]]
    return [
        f"Withdrawn. {told['found']} events were found" + (":" if counted else "."),
        *(f"  {line}" for line in counted),
        "A consent from before counts for nothing when an event with it comes later.",
    ]
