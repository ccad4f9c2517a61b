"""``tandemgate delivery``: how each lane stands, and pausing and resuming a pixel."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import act, ask
from tandemgate.cli.options import KeyEnv, Reason, ThePixel, Url
from tandemgate.cli.table import table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

delivery = typer.Typer(
    help="Tell how each lane stands; pause and resume a pixel.",
    rich_markup_mode=None,
    invoke_without_command=True,
)


@delivery.callback()
def lanes(ctx: typer.Context, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """Tell how each lane stands, why, and what waits in it; pause and resume a pixel."""
    if ctx.invoked_subcommand is not None:
        return
    call = calls.of(ctx)
    call.tell(ask(call, "/api/delivery", url=url, key_env=key_env), _lines)


@delivery.command()
def pause(
    ctx: typer.Context,
    pixel: ThePixel,
    *,
    reason: Reason = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Let nothing of a pixel leave until it is resumed, also after a restart.

    Everything is kept. Requests that are under way end.
    """
    call = calls.of(ctx)
    path = f"/api/delivery/{quote(pixel)}/pause"
    told = act(call, path, {"reason": reason}, pixel=pixel, url=url, key_env=key_env)
    call.tell(told, f"{pixel} is paused; tandemgate delivery resume {pixel} lets it go on.")


@delivery.command()
def resume(ctx: typer.Context, pixel: ThePixel, *, url: Url = None, key_env: KeyEnv = None) -> None:
    """Let a paused pixel go on."""
    call = calls.of(ctx)
    path = f"/api/delivery/{quote(pixel)}/resume"
    told = act(call, path, {}, pixel=pixel, url=url, key_env=key_env)
    call.tell(told, f"{pixel} is sent again.")


def _lines(told: Mapping[str, Any]) -> "list[RenderableType]":
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
    minutes = f"{told['window_seconds'] / 60:g}"
    return [
        *remarks,
        _stands(told["lanes"]),
        "",
        f"Events a minute and milliseconds (p50 / p95 / p99) of the last {minutes} minutes:",
        _goes(told["lanes"], told["sum"]),
        "",
        _tokens(told["lanes"]),
    ]


def _stands(lanes: Sequence[Mapping[str, Any]]) -> "Table":
    from rich.text import Text

    listed = table("pixel", "channel", "stands", "waiting", "oldest", "in flight", "next probe")
    for lane in lanes:
        why, style = _stand(lane)
        listed.add_row(
            lane["pixel_id"],
            _channel(lane),
            Text(why, style),
            str(lane["waiting"]),
            _at(lane["oldest_waiting_at"]),
            f"{lane['in_flight']} of {lane['concurrency']}",
            _at(lane["next_probe_at"]),
        )
    return listed


def _tokens(lanes: Sequence[Mapping[str, Any]]) -> "Table":
    listed = table("pixel", "token", "known for", "from", "limit", "refused since")
    of_pixels = {lane["pixel_id"]: lane for lane in reversed(lanes)}  # a pixel's lanes share one
    for lane in reversed(of_pixels.values()):
        token = lane["token"] or {}
        days = f"{token['age_seconds'] / 86_400:.0f} d" if token else "-"
        listed.add_row(
            lane["pixel_id"],
            f"…{token['tail']}" if token.get("tail") else "-",
            days,
            token.get("source", "-"),
            _limit(lane["limiter"]),
            _at(token.get("refused_since")),
        )
    return listed


def _goes(lanes: Sequence[Mapping[str, Any]], in_sum: Mapping[str, Any]) -> "Table":
    listed = table("pixel", "channel", "in", "out", "TikTok's answer", "receipt to delivery")
    rows = [(lane["pixel_id"], _channel(lane), lane) for lane in lanes]
    if len(rows) > 1:
        rows.append(("all", "", in_sum))
    for pixel_id, channel, one in rows:
        listed.add_row(
            pixel_id,
            channel,
            f"{one['in_per_minute']:g}",
            f"{one['out_per_minute']:g}",
            _latency(one["answer_ms"]),
            _latency(one["delivered_ms"]),
        )
    return listed


def _channel(lane: Mapping[str, Any]) -> str:
    return f"{lane['channel']} {lane['test_event_code']}".strip()


def _at(moment: str | None) -> str:
    from tandemgate.cli.story import instant

    return instant(moment)[5:19] if moment else "-"


def _limit(limiter: Mapping[str, Any]) -> str:
    rate = limiter["requests_per_second"]
    said = "-" if rate is None else f"{rate:g}/s"
    return f"{said}, waits {limiter['pause_seconds']:g} s" if limiter["pause_seconds"] else said


def _latency(found: Mapping[str, Any]) -> str:
    if not found["count"]:
        return "-"
    return " / ".join(f"{found[share]:g}" for share in ("p50", "p95", "p99"))


def _stand(lane: Mapping[str, Any]) -> tuple[str, str]:
    if lane["paused"]:
        return "paused", "yellow"
    if lane["held"]:
        return f"held: {lane['cause']}", "red"
    starting = lane["breaker"]["state"] == "starting"
    return ("starting again", "yellow") if starting else ("open", "green")
