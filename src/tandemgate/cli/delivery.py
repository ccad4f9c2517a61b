"""``tandemgate delivery``: how each lane stands, and pausing and resuming a pixel."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.send import KeyEnv, Url

if TYPE_CHECKING:
    from rich.console import RenderableType

delivery = typer.Typer(
    help="Tell how each lane stands; pause and resume a pixel.",
    rich_markup_mode=None,
    invoke_without_command=True,
)

Pixel = Annotated[str, typer.Argument(metavar="PIXEL", help="The pixel's id.")]


@delivery.callback()
def lanes(ctx: typer.Context, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """Tell how each lane stands, why, and what waits in it; pause and resume a pixel."""
    if ctx.invoked_subcommand is not None:
        return
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    with connect(call, Scope.READ, url=url, key_env=key_env) as gateway:
        told = need(gateway.get("/api/delivery"), 200)
    if call.as_json:
        call.emit(told)
    else:
        call.show(*_lines(told))


@delivery.command()
def pause(
    ctx: typer.Context,
    pixel: Pixel,
    *,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why, for the audit log; no personal data.")
    ] = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Let nothing of a pixel leave until it is resumed, also after a restart.

    Everything is kept. Requests that are under way end.
    """
    told = _act(calls.of(ctx), url, key_env, f"{pixel}/pause", {"reason": reason})
    _say(ctx, told, f"{pixel} is paused; tandemgate delivery resume {pixel} lets it go on.")


@delivery.command()
def resume(ctx: typer.Context, pixel: Pixel, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """Let a paused pixel go on."""
    told = _act(calls.of(ctx), url, key_env, f"{pixel}/resume", {})
    _say(ctx, told, f"{pixel} is sent again.")


def _act(
    call: calls.Call, url: str | None, key_env: str | None, act: str, body: Mapping[str, str]
) -> Any:  # noqa: ANN401 - decoded JSON
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    pixel, _, _ = act.partition("/")
    with connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env) as gateway:
        path = f"/api/delivery/{quote(act)}"
        return need(gateway.post(path, json.dumps(body).encode()), 200)


def _say(ctx: typer.Context, told: object, text: str) -> None:
    call = calls.of(ctx)
    if call.as_json:
        call.emit(told)
    else:
        call.show(text)


def _lines(told: Mapping[str, Any]) -> "list[RenderableType]":
    from rich.table import Table
    from rich.text import Text

    from tandemgate.cli.story import instant

    remarks = [
        f"{each['pixel_id']}: paused since {instant(each['paused_since'])}"
        + (f" ({each['paused_reason']})" if each["paused_reason"] else "")
        for each in told["paused"]
    ]
    remarks += [
        f"{pixel_id}: no access token; tandemgate tokens set {pixel_id}"
        for pixel_id in told["pixels_without_token"]
    ]
    remarks += [
        f"{lane['pixel_id']}: {lane['cause']}: {lane['message']}"
        for lane in told["lanes"]
        if lane["held"] and lane["message"]
    ]
    if not told["lanes"]:
        return [*remarks, "Nothing waits, and nothing is being sent."]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("pixel", "channel", "stands", "waiting", "oldest", "in flight", "next probe"):
        table.add_column(name, no_wrap=True)
    for lane in told["lanes"]:
        why, style = _stand(lane)
        channel = f"{lane['channel']} {lane['test_event_code']}".strip()
        table.add_row(
            lane["pixel_id"],
            channel,
            Text(why, style),
            str(lane["waiting"]),
            instant(lane["oldest_waiting_at"])[:19] if lane["oldest_waiting_at"] else "-",
            str(lane["in_flight"]),
            instant(lane["next_probe_at"])[:19] if lane["next_probe_at"] else "-",
        )
    return [*remarks, table]


def _stand(lane: Mapping[str, Any]) -> tuple[str, str]:
    if lane["paused"]:
        return "paused", "yellow"
    return (f"held: {lane['cause']}", "red") if lane["held"] else ("open", "green")
