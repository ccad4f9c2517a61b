"""``tandemgate trigger``: one canned, valid event, as fresh as if it had just happened."""

import json
import secrets
import time
from typing import Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.options import KeyEnv, Url
from tandemgate.cli.send import deliver

PLACEHOLDER = "PIXEL_ID"


def trigger(
    ctx: typer.Context,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="CompletePayment, AddToCart, ...")],
    *,
    override: Annotated[
        list[str] | None,
        typer.Option(metavar="A.B=C", help="Replace a field; C is JSON or plain text. Repeatable."),
    ] = None,
    pixel: Annotated[
        str | None, typer.Option(metavar="ID", help="The pixel; else the settings' first.")
    ] = None,
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the envelope instead of sending it.")
    ] = False,
    url: Url = None,
    key_env: KeyEnv = None,
) -> int:
    """Send a canned, valid event.

    Its time is now and its event_id its own. --override properties.value=12.5 changes a field; an
    empty value removes it.
    """
    call = calls.of(ctx)
    item = canned(event, int(time.time()), secrets.token_hex(4))
    for text in override or ():
        replace(item, text)
    target = pixel or _first_pixel(call) or (PLACEHOLDER if only_print else "")
    envelope = {"event_source": "web", "event_source_id": target, "data": [item]}
    if only_print:
        call.emit(envelope)
        return Ending.OK
    if not target:
        raise Failure(
            "no pixel is configured, so nothing says where the event belongs",
            "tandemgate trigger EVENT --pixel ID, or add [[pixels]] to the settings",
        )
    from tandemgate.cli.connect import connect
    from tandemgate.settings import Scope

    with connect(call, Scope.WRITE, pixel=target, url=url, key_env=key_env) as gateway:
        return deliver(call, gateway, [json.dumps(envelope).encode()])


def canned(event: str, now: int, token: str) -> dict[str, Any]:
    """Make a valid *event* that happened at *now* (Unix seconds); *token* makes its id unique."""
    return {
        "event": event,
        "event_id": f"trigger_{token}_{_snake(event)}",
        "event_time": now,
        "user": {
            "email": "ada.larsen@example.com",
            "external_id": "cust_34982",
            "ttclid": "E.C.P.CvQBAtrigger",
            "ttp": "2.x9Jb3xtrigger",
            "ip": "203.0.113.42",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64) tandemgate-trigger",
        },
        "properties": {
            "value": 129.95,
            "currency": "EUR",
            "contents": [{"content_id": "SKU-481", "quantity": 1, "price": 129.95}],
        },
        "page": {"url": "https://shop.example/"},
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
    }


def replace(item: dict[str, Any], override: str) -> None:
    """Put ``a.b=c`` into *item*: *c* as JSON, else as text; an empty *c* removes ``a.b``."""
    path, equals, text = override.partition("=")
    *parents, name = path.split(".")
    if not equals or not all((*parents, name)):
        raise Failure(
            f"--override {override!r} is not of the form a.b=c",
            "--override properties.value=12.5",
        )
    node = item
    for parent in parents:
        child = node.setdefault(parent, {})
        if not isinstance(child, dict):
            raise Failure(
                f"--override {override!r}: {parent} is no object, so nothing can stand below it",
                f"--override {parent}=JSON to replace it as a whole",
            )
        node = child
    if text:
        node[name] = _value(text)
    else:
        node.pop(name, None)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _snake(event: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in event).strip("_")


def _first_pixel(call: calls.Call) -> str:
    from tandemgate.cli.connect import configured, is_configured

    pixels = configured(call).pixels if is_configured(call) else ()
    return pixels[0].id if pixels else ""
