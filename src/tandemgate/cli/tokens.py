"""``tandemgate tokens``: exchange a pixel's access token while the gateway runs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.admin import connect_as_admin
from tandemgate.cli.options import KeyEnv, ThePixel, Url
from tandemgate.cli.private import must_be_private, read_private
from tandemgate.cli.table import table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tandemgate.cli.gateway import Gateway

tokens = typer.Typer(
    help="Set, list and retire the access tokens of pixels; wants an admin key.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@tokens.command("set")
def set_token(
    ctx: typer.Context, pixel: ThePixel, *, url: Url = None, key_env: KeyEnv = None
) -> None:
    """Give a pixel a new access token, read from standard input or a hidden prompt.

    The running gateway uses it from the next request on; the older one stays until it is retired.
    """
    call = calls.of(ctx)
    with _connect(call, url, key_env) as gateway:
        must_be_private(gateway.url, "token")
        way_out = f"tandemgate tokens set {pixel} < FILE, or run it in a terminal to be asked"
        secret = read_private(f"access token of {pixel}", way_out)
        body = json.dumps({"pixel": pixel, "token": secret}).encode()
        told = _need(gateway.post("/api/tokens", body))
    _show(call, told, pixel)


@tokens.command("list")
def list_tokens(ctx: typer.Context, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """List tokens by their last four characters; of each pixel the newest is used."""
    call = calls.of(ctx)
    with _connect(call, url, key_env) as gateway:
        told = _need(gateway.get("/api/tokens"))
    _show(call, told, None)


@tokens.command()
def retire(
    ctx: typer.Context,
    pixel: ThePixel,
    last4: Annotated[str, typer.Argument(metavar="LAST4", help="Its last four characters.")],
    *,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Use a token no more, also where the settings still name it."""
    call = calls.of(ctx)
    body = json.dumps({"pixel": pixel, "tail": last4}).encode()
    with _connect(call, url, key_env) as gateway:
        told = _need(gateway.post("/api/tokens/retire", body))
    _show(call, told, pixel)


def _connect(call: calls.Call, url: str | None, key_env: str | None) -> "Gateway":
    return connect_as_admin(call, "tokens are", url=url, key_env=key_env)


def _need(reply: Any) -> Any:  # noqa: ANN401 - decoded JSON
    from tandemgate.cli.gateway import need

    return need(reply, 200)


def _show(call: calls.Call, told: Any, pixel: str | None) -> None:  # noqa: ANN401 - decoded JSON
    call.tell(told, lambda told: _lines(told["tokens"], pixel))


def _lines(tokens: Sequence[Mapping[str, Any]], pixel: str | None) -> "Iterator[RenderableType]":
    from tandemgate.cli.story import instant

    rows = [each for each in tokens if pixel in {None, each["pixel_id"]}]
    if not rows:
        yield "No tokens."
        return
    listed = table("pixel", "token", "since", "source", "used")
    for each in rows:
        shown = f"…{each['tail']}" if each["tail"] else "(short)"
        used = "yes" if each["used"] else "no, older"
        listed.add_row(each["pixel_id"], shown, instant(each["since"])[:19], each["source"], used)
    yield listed
