"""``tandemgate quality``: which match keys events carry, what raises that, what TikTok showed."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import act, ask
from tandemgate.cli.options import Event, KeyEnv, Pixel, ThePixel, Url
from tandemgate.cli.table import table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

quality = typer.Typer(
    help="Tell which match keys events carry, and what would raise that.",
    rich_markup_mode=None,
    invoke_without_command=True,
)

CREATED = 201
BAR = 10
"""Characters of a whole bar."""

PARTS = (("sent", "green"), ("suppressed", ""), ("missing", "yellow"), ("invalid", "red"))
HEADINGS = ("", "sent", "suppressed", "not collected", "invalid")
MOST_CAUSES = 3
SHOWN_FROM = 0.005
"""A cause behind fewer events rounds to nothing."""


@quality.callback()
def coverage(
    ctx: typer.Context,
    *,
    pixel: Pixel = None,
    event: Event = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From this UTC day on; else a week.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Before this time; else to today.")
    ] = None,
    channel: Annotated[str, typer.Option(metavar="live|test")] = "live",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Tell of each event name which match keys its events carry, and what would raise that.

    The estimate is ours, from the guide's five levers; it is not TikTok's Event Match Quality.
    """
    if ctx.invoked_subcommand is not None:
        return
    call = calls.of(ctx)
    filters = {
        "pixel": pixel,
        "event": event,
        "since": since,
        "until": until,
        "channel": channel,
    }
    told = ask(call, "/api/quality", filters, url=url, key_env=key_env)
    if call.as_json:
        call.emit(told)
        return
    if not told["events"]:
        call.show(told["note"])
        return
    for one in told["events"]:
        call.show(*_lines(one), "")
    call.remark(told["about"])


@quality.command(context_settings={"ignore_unknown_options": True})  # a score below 0 is no option
def note(
    ctx: typer.Context,
    pixel: ThePixel,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event's name.")],
    score: Annotated[
        float, typer.Argument(metavar="SCORE", help="From 0 to 10, as Events Manager shows it.")
    ],
    *,
    date: Annotated[
        str | None, typer.Option(metavar="DATE", help="When it was shown; else today (UTC).")
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Note the Event Match Quality that TikTok shows, to see it beside our estimate.

    Another note of the same day takes its place; the audit log keeps both.
    """
    call = calls.of(ctx)
    body = {"pixel": pixel, "event": event, "score": score, "date": date}
    path = "/api/quality/scores"
    told = act(call, path, body, pixel=pixel, url=url, key_env=key_env, status=CREATED)
    call.tell(told, f"Noted: TikTok showed {told['score']:g} for {event} on {told['date']}.")


def _lines(one: Mapping[str, Any]) -> "list[RenderableType]":
    return [
        _headline(one),
        _table(one),
        *_estimate(one),
        *_to_mend(one),
        *_stayed(one),
        *_notes(one),
    ]


def _headline(one: Mapping[str, Any]) -> "Text":
    from rich.text import Text

    pixel = f"{one['pixel']} ({one['pixel_id']})" if one["pixel"] else one["pixel_id"]
    days = [day["date"] for day in one["days"]]
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    left = "" if one["leaving"] == one["events"] else f", {one['leaving']:,} left"
    return Text.assemble(
        (one["event"], "bold"), f"  {pixel}  {when}  {one['events']:,} events{left}"
    )


def _table(one: Mapping[str, Any]) -> "RenderableType":
    """A line for each lever, and below one that needs two match keys a line for each of them."""
    listed = table(*HEADINGS, right=HEADINGS[2:])
    for number, lever in enumerate(one["levers"], 1):
        listed.add_row(f"{number} {' + '.join(lever['keys'])}", *_cells(lever))
        for key in lever["keys"] if len(lever["keys"]) > 1 else ():
            of_ads = key == "ttclid"
            parts = one["ttclid_of_ads"] if of_ads else one["keys"][key]
            listed.add_row(
                f"    {key}{' (from ads)' if of_ads else ''}", *_cells(parts), style="dim"
            )
    return listed


def _cells(parts: Mapping[str, Any]) -> "Iterator[Text]":
    from rich.text import Text

    events = sum(parts[name] for name, _ in PARTS)
    for name, style in PARTS:
        share = parts[name] / events if events else None
        bar = f"{_bar(share or 0)} " if name == "sent" else ""
        yield Text(f"{bar}{_percent(share)}", style if parts[name] else "dim")


def _bar(share: float) -> str:
    filled = round(share * BAR)
    return "█" * filled + "░" * (BAR - filled)


def _percent(share: float | None) -> str:
    """Write a share; what is there is never rounded to nothing, nor what lacks to all."""
    if share is None:
        return "   -"
    whole = round(100 * share)
    if 0 < share < 1:
        whole = min(max(whole, 1), 99)
    return f"{whole:3d}%"


def _estimate(one: Mapping[str, Any]) -> Iterator[str]:
    index = one["index"]
    if index is None:
        yield "Nothing left, so there is nothing that TikTok could match."
    else:
        low, mid, high = (f"{100 * index[name]:.0f}" for name in ("low", "mid", "high"))
        yield f"Our estimate, not TikTok's EMQ: {mid}% of the five levers ({low} to {high}%)."
    for score in one["scores"][:1]:
        yield f"TikTok showed {score['score']:g} of 10 on {score['date']}, noted by {score['who']}."


def _to_mend(one: Mapping[str, Any]) -> "Iterator[RenderableType]":
    """Say of each lever what would raise it, in the guide's order."""
    for number, lever in enumerate(one["levers"], 1):
        for cause in [it for it in lever["causes"] if it["share"] >= SHOWN_FROM][:MOST_CAUSES]:
            yield from _advice(f"{number} {cause['key']}", cause["reason"], cause)
        told = sum(cause["count"] for cause in lever["causes"])
        rest = (lever["missing"] + lever["invalid"] - told) / one["events"]
        if rest >= SHOWN_FROM:
            keys = " + ".join(lever["keys"])
            yield from _advice(f"{number} {keys}", "not collected", {**lever, "share": rest})


def _stayed(one: Mapping[str, Any]) -> "Iterator[RenderableType]":
    for cause in one["stayed"]:
        yield from _advice("all of the event", cause["reason"], cause)


def _advice(what: str, reason: str, cause: Mapping[str, Any]) -> "Iterator[RenderableType]":
    yield f"{what}: {_percent(cause['share']).strip()} {reason}"
    if cause["fix"]:
        yield _indented(cause["fix"])


def _notes(one: Mapping[str, Any]) -> "Iterator[RenderableType]":
    from rich.text import Text

    for said in one["notes"]:
        yield Text(said, "dim")


def _indented(text: str) -> "RenderableType":
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(text), (0, 0, 0, 4))
