"""One event's whole history, in lines for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tandemgate.cli.table import grid, table

STATE_STYLES = {
    "DELIVERED": "green",
    "REJECTED": "red",
    "REVIEW": "red",
    "INDETERMINATE": "red",
    "EXPIRED": "red",
    "SUPPRESSED": "yellow",
    "HELD": "yellow",
    "CANCELLED": "yellow",
}
MINUTE, HOUR, DAY = 60, 3_600, 86_400
DECISIVE = frozenset({"email", "phone", "external_id", "ttclid", "ttp", "ip", "user_agent"})
"""Match keys worth telling when they are missing; the guide's production checklist names them."""

PRESENCES = ("sent", "suppressed", "invalid", "missing")

Json = Mapping[str, Any]


def story(event: Json) -> RenderableType:
    """Lay out what ``GET /api/events/{event_id}`` tells."""
    rows: tuple[tuple[str, list[str]], ...] = (
        ("pixel", [_pixel(event)]),
        ("happened", [instant(event["event_time"])]),
        ("received", [instant(event["received_at"])]),
        ("match keys", _match_keys(event["match_keys"])),
        ("consent", [_consent(event["consent"])]),
        ("attempts", [_attempt(each) for each in event["attempts"]] or ["none"]),
        ("findings", [_finding(each) for each in event["findings"]] or ["none"]),
        ("pair", _pair(event.get("pair"))),
        ("replay", [_replay(event)]),
    )
    told = grid(rows)
    told.add_row(Text("timeline", "dim"), _timeline(event.get("timeline", ())))
    return Group(_headline(event), told)


def table_of(events: Sequence[Json]) -> RenderableType:
    """One line per event, newest first as the gateway lists them."""
    listed = table("happened", "event", "event_id", "state", "keys", fold="event_id")
    for event in events:
        listed.add_row(*row(event))
    return listed


def row(event: Json) -> tuple[Text, ...]:
    """The cells of one event in a list."""
    state = event["state"]
    sent = [name for name, presence in event["match_keys"].items() if presence == "sent"]
    why = f" {event['reason']}" if event.get("reason") else ""
    return (
        Text(instant(event["event_time"])[:19]),
        Text(event["event"]),
        Text(event["event_id"]),
        Text(f"{state}{why}", STATE_STYLES.get(state, "")),
        Text(str(len(sent))),
    )


def instant(at: float | str) -> str:
    """Write a time in UTC, whether it came as Unix seconds or as ISO 8601."""
    if isinstance(at, str):
        moment = datetime.fromisoformat(at)
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _headline(event: Json) -> Text:
    state = event["state"]
    reason = f" ({event['reason']})" if event.get("reason") else ""
    return Text.assemble(
        (event["event_id"], "bold"),
        f"  {event['event']}  ",
        (f"{state}{reason}", STATE_STYLES.get(state, "")),
    )


def _pixel(event: Json) -> str:
    trust = "verified" if event["verified"] else "unverified"
    return (
        f"{event['pixel_id']}, {event['channel']}, reported by {event['source']} ({trust}), "
        f"revision {event['revision']}"
    )


def _match_keys(match_keys: Json) -> list[str]:
    found = {
        presence: [
            name
            for name, its in match_keys.items()
            if its == presence and (presence != "missing" or name in DECISIVE)
        ]
        for presence in PRESENCES
    }
    return [f"{presence}: {', '.join(names)}" for presence, names in found.items() if names]


def _consent(consent: Json) -> str:
    removed = ", ".join(consent["removed"]) or "nothing"
    limited = "limited_data_use" if consent["limited_data_use"] else ""
    parts = (
        f"region {consent['region'] or 'unknown'}",
        f"ad_user_data {consent['ad_user_data'] or 'not stated'}",
        f"ad_personalization {consent['ad_personalization'] or 'not stated'}",
        f"policy {consent['policy']}",
        f"removed {removed}",
        limited,
    )
    return "; ".join(filter(None, parts))


def _attempt(attempt: Json) -> str:
    answered = (
        f"HTTP {attempt['http_status']}, code {attempt['code']} {attempt['message']}"
        if attempt["http_status"]
        else attempt["message"] or "no answer"
    )
    parts = (
        f"{attempt['number']}. {instant(attempt['sent_at'])}",
        f"with {attempt['batch_events']} events",
        answered,
        attempt["verdict"] or "under way",
        f"{attempt['latency_ms']} ms" if attempt["latency_ms"] is not None else "",
        f"request id {attempt['tiktok_request_id']}" if attempt["tiktok_request_id"] else "",
        f"next {instant(attempt['next_attempt_at'])}" if attempt["next_attempt_at"] else "",
    )
    return ", ".join(filter(None, parts))


def _finding(finding: Json) -> str:
    place = f" at {finding['field']}" if finding.get("field") else ""
    return f"{finding['reason']}{place}: {finding.get('note', '')}"


def _pair(pair: Json | None) -> list[str]:
    if not pair:
        return []
    gap, differs = pair.get("gap_seconds"), pair.get("differs")
    told = [pair["verdict"] + (f", {gap:g} s apart" if gap is not None else "")]
    told += [f"differs in {', '.join(differs)}"] if differs else []
    # Of a copy alone one event says little: without the browser script, all are like this.
    rest = pair.get("meaning") if pair["verdict"] == "server_only" else pair.get("fix")
    return [*told, rest] if rest else told


def _replay(event: Json) -> str:
    blockers: Iterable[str] = event.get("replay_blockers", ())
    return "possible" if event.get("replayable") else f"no: {', '.join(blockers) or 'not needed'}"


def _timeline(moments: Sequence[Json]) -> RenderableType:
    """Every hop with the time since the first."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for moment in moments:
        since = datetime.fromisoformat(moment["at"]) - datetime.fromisoformat(moments[0]["at"])
        detail = Text(moment.get("detail") or "")
        table.add_row(Text(elapsed(since.total_seconds())), Text(moment["stage"]), detail)
    return table


def elapsed(seconds: float) -> str:
    """Write a length of time in its two largest units; below a minute in milliseconds."""
    if seconds < MINUTE:
        return f"+{seconds:.3f} s"
    if seconds < HOUR:
        return f"+{seconds // MINUTE:.0f} min {seconds % MINUTE:.0f} s"
    if seconds < DAY:
        return f"+{seconds // HOUR:.0f} h {seconds % HOUR // MINUTE:.0f} min"
    return f"+{seconds // DAY:.0f} d {seconds % DAY // HOUR:.0f} h"


def candidates(body: Json) -> Iterator[str]:
    """The events that one event_id may mean, each as it is asked for."""
    for each in body.get("candidates", ()):
        channel = f" --channel {each['channel']}" if "channel" in each else ""
        yield f"--event {each['event']} --pixel {each['pixel_id']}{channel}"
