"""``tandemgate keys``: who may call the gateway, changed while it runs."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.admin import connect_as_admin
from tandemgate.cli.ending import Failure
from tandemgate.cli.options import KeyEnv, Url
from tandemgate.cli.private import must_be_private
from tandemgate.cli.table import table
from tandemgate.model.key import KeyKind, Scope

if TYPE_CHECKING:
    from rich.console import RenderableType

keys = typer.Typer(
    help="Create, list, rotate and revoke the keys of callers; wants an admin key.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the key is called.")]


@keys.command()
def create(
    ctx: typer.Context,
    name: Name,
    *,
    kind: Annotated[
        KeyKind, typer.Option(metavar="KIND", help="server (sk_), browser (pk_) or admin (ak_).")
    ] = KeyKind.SERVER,
    pixel: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A pixel that it opens. Repeatable.")
    ] = None,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(metavar="SCOPE", help="What a server key may do: write, read. Repeatable."),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="A page that may use a browser key. Repeatable."),
    ] = None,
    rate: Annotated[
        float, typer.Option(metavar="N", help="Requests a second above which it gets 429; 0: any.")
    ] = 0,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Make a key and print it, once: the gateway keeps its digest alone. It counts at once."""
    wanted = {
        "name": name,
        "kind": kind,
        "pixels": pixel or [],
        "scopes": scope or list(Scope),
        "origins": origin or [],
        "max_requests_per_second": rate,
    }
    made = _change(calls.of(ctx), url, key_env, "", wanted, 201)
    _show_once(ctx, made, f"The {kind} key {name} counts from now on.")


@keys.command()
def rotate(
    ctx: typer.Context,
    name: Name,
    *,
    overlap: Annotated[
        str, typer.Option(metavar="TIME", help="How long the old one counts yet, like 24h or 0s.")
    ] = "24h",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Give a key a new text and print it, once; the old one counts for a while yet."""
    from tandemgate.cli.story import instant

    asked = {"name": name, "overlap": _seconds(overlap)}
    made = _change(calls.of(ctx), url, key_env, "/rotate", asked, 201)
    _show_once(ctx, made, f"The old one counts until {instant(made['old_until'])[:19]}.")


@keys.command()
def revoke(ctx: typer.Context, name: Name, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """Let nobody in by this name any more, from the next request on."""
    call = calls.of(ctx)
    told = _change(call, url, key_env, "/revoke", {"name": name}, 200)
    call.tell(told, f"{name} opens nothing any more.")


@keys.command("list")
def list_keys(ctx: typer.Context, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """List keys by name: what each opens, when it was last used, and which have ended."""
    from tandemgate.cli.gateway import need

    call = calls.of(ctx)
    with connect_as_admin(call, "keys are", url=url, key_env=key_env) as gateway:
        told = need(gateway.get("/api/keys"), 200)
    call.tell(told, _lines)


def _lines(told: Mapping[str, Any]) -> "Iterator[RenderableType]":
    listed = table("name", "key", "kind", "opens", "last used", "stands", fold="opens")
    for one in told["keys"]:
        listed.add_row(*_row(one))
    yield listed


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    from tandemgate.cli.story import instant

    opens = ", ".join((*one["pixels"], *one["scopes"], *one["origins"])) or "everything"
    used = instant(one["last_used_at"])[:19] if one["last_used_at"] else "-"
    return one["name"], _shown(one), one["kind"], opens, used, _stands(one)


def _shown(one: Mapping[str, Any]) -> str:
    return str(one["public"] or (f"…{one['tail']}" if one["tail"] else "-"))


def _stands(one: Mapping[str, Any]) -> str:
    from tandemgate.cli.story import instant

    if one["source"] == "settings":
        return "settings"
    if not one["counts"]:
        return f"ended {instant(one['until'])[:19]}"
    return f"until {instant(one['until'])[:19]}" if one["until"] else "counts"


def _change(  # noqa: PLR0917 - what is asked, and of whom
    call: calls.Call,
    url: str | None,
    key_env: str | None,
    act: str,
    wanted: Mapping[str, object],
    status: int,
) -> Any:  # noqa: ANN401 - decoded JSON
    from tandemgate.cli.gateway import need

    with connect_as_admin(call, "keys are", url=url, key_env=key_env) as gateway:
        must_be_private(gateway.url, "key")
        return need(gateway.post(f"/api/keys{act}", json.dumps(wanted).encode()), status)


def _show_once(ctx: typer.Context, made: Mapping[str, Any], more: str) -> None:
    """Print the text alone on stdout, so that it can go into a file, and the rest as a remark."""
    call = calls.of(ctx)
    if call.as_json:
        call.emit(made)
        return
    print(made["secret"])
    call.remark(f"{more} Keep it now: nobody can show it again.")


def _seconds(text: str) -> float:
    from tandemgate.settings.values import Misfit, duration

    try:
        return duration(text)
    except Misfit as misfit:
        raise Failure(
            f'--overlap is "{text}", but {misfit}', "tandemgate keys rotate NAME --overlap 24h"
        ) from None
