"""One problem in words, for ``tandemgate problems``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {"urgent": "bold red", "error": "red", "warning": "yellow", "notice": "dim"}


def in_list(told: Sequence[Mapping[str, Any]]) -> "list[RenderableType]":
    """Tell of each problem what, where, how often, and the fix."""
    from rich.padding import Padding
    from rich.text import Text

    if not told:
        return ["No problems match."]
    parts: list[RenderableType] = []
    for one in told:
        status = "" if one["status"] == "open" else f" ({one['status']})"
        returned = f", returned {_at(one['returned_at'])}" if one["returned_at"] else ""
        parts += [
            Text.assemble(
                (f"{one['severity']:<8}", STYLES[one["severity"]]), (one["id"], "bold"), status
            ),
            Padding(
                Text(
                    f"{_what(one)}\n{_where(one)}\n{_often(one)}\n"
                    f"last seen {_at(one['last_seen'])}{returned}\nfix: {one['fix']}"
                ),
                (0, 0, 1, 8),
            ),
        ]
    return parts


def _what(one: Mapping[str, Any]) -> str:
    field = f": {one['field']}" if one["field"] else ""
    code = f" ({one['code']})" if one["code"] else ""
    more = ", gathered from many places" if one["gathers_others"] else ""
    return f"{one['title']}{code}{field}{more}"


def _where(one: Mapping[str, Any]) -> str:
    by = "TikTok" if one["origin"] == "remote" else "the gateway"
    source = f"from {one['source']}" if one["source"] else ""
    test = " in tests" if one["channel"] == "test" else ""
    event = " ".join(filter(None, (one["event"], source)))
    return f"{f'{event}, ' if event else ''}pixel {one['pixel_id']}{test}, found by {by}"


def _often(one: Mapping[str, Any]) -> str:
    lately, ever = one["last_24h"], one["since_first_seen"]
    since = f"{_of(ever)} since {_at(one['first_seen'])}"
    return since if lately == ever else f"{_of(lately)} in 24 h, {since}"


def _of(share: Mapping[str, Any]) -> str:
    if share["share"] is None:
        return f"{share['count']} times" if share["received"] is None else f"{share['count']}"
    return f"{share['count']} of {share['received']} ({share['share']:.1%})"


def _at(moment_: str) -> str:
    from tandemgate.cli.story import instant

    return instant(moment_)[:16]


def in_full(one: Mapping[str, Any]) -> "list[RenderableType]":
    """Tell everything about one problem."""
    from rich.table import Table
    from rich.text import Text

    sample = one["sample"]
    rows = {
        "what": _what(one),
        "where": _where(one),
        "how often": _often(one),
        "last seen": _at(one["last_seen"]),
        "meaning": one["meaning"],
        **{source: text for source, text in _readings(one) if text},
        "check": one["check"],
        "fix": one["fix"],
        "sample": " ".join(filter(None, (sample["event_id"], sample["pointer"]))),
        "received": sample["received"],
        "expected": sample["expected"],
        "TikTok said": sample["message"],
        "request_id": sample["tiktok_request_id"],
        "status": _stand(one),
        "page": one["docs_url"],
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, text in rows.items():
        if text:
            table.add_row(Text(name, "dim"), Text(text))
    head = Text.assemble((f"{one['severity']} ", STYLES[one["severity"]]), (one["id"], "bold"))
    return [head, table]


def _readings(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    readings = one["readings"] or {}
    named = {"guide": "the guide", "sdk": "TikTok's SDK", "peers": "other senders"}
    return [(named[source], text) for source, text in readings.items()]


def _stand(one: Mapping[str, Any]) -> str:
    told = [one["status"]]
    if one["resolved_at"]:
        told.append(f"since {_at(one['resolved_at'])}")
    if one["status"] == "muted":
        told.append(f"until {_at(one['muted_until'])}" if one["muted_until"] else "for good")
    if one["returned_at"]:
        told.append(f"(returned {one['returns']} times, last {_at(one['returned_at'])})")
    if one["note"]:
        told.append(f"- {one['by']}: {one['note']}")
    return " ".join(told)
