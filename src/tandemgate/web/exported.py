"""Rows of an export: what the ledger holds of events, attempts and decisions; nobody is named."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from tandemgate.catalog.exports import ATTEMPTS, COLUMNS, DECISIONS, EVENTS
from tandemgate.core.cells import safe
from tandemgate.core.money import written
from tandemgate.model.admission import Entry, Filter, Story
from tandemgate.model.person import MatchKey
from tandemgate.ports import Archive
from tandemgate.web.answers import Json, iso
from tandemgate.web.consent import decision_json
from tandemgate.web.story import attempt_json, told_keys

Page: TypeAlias = Callable[[Archive, Filter, int], Awaitable[Sequence[tuple[int, list[Json]]]]]
"""Reads a page: the place of each event, and its rows."""


async def _events(archive: Archive, wanted: Filter, limit: int) -> list[tuple[int, list[Json]]]:
    return [(one.seq, [_event(one)]) for one in await archive.page(wanted, limit)]


async def _decisions(archive: Archive, wanted: Filter, limit: int) -> list[tuple[int, list[Json]]]:
    found = await archive.page(wanted, limit)
    return [(one.seq, [{"place": one.seq, **decision_json(one)}]) for one in found]


async def _attempts(archive: Archive, wanted: Filter, limit: int) -> list[tuple[int, list[Json]]]:
    found = await archive.told(wanted, limit)
    return [(story.entry.seq, list(_attempts_of(story))) for story in found]


PAGES: Final[Mapping[str, Page]] = {EVENTS: _events, ATTEMPTS: _attempts, DECISIONS: _decisions}


def cells(what: str, row: Json) -> list[str]:
    """Write a row's cells in the order of its columns, none of them a formula."""
    flat = {**row, **_flattened(row)}
    return [safe(flat[name]) for name in COLUMNS[what]]


def _key(entry: Entry) -> Json:
    return {
        "place": entry.seq,
        "pixel_id": entry.pixel_id,
        "event": entry.event,
        "event_id": entry.event_id,
        "channel": entry.channel,
    }


def _event(entry: Entry) -> Json:
    worth, decision = entry.worth, entry.decision
    return {
        **_key(entry),
        "event_time": entry.event_time,
        "received_at": iso(entry.received_at),
        "updated_at": iso(entry.updated_at),
        "source": entry.source,
        "verified": entry.verified,
        "revision": entry.revision,
        "state": entry.state,
        "reason": entry.reason,
        "attempts": entry.attempts,
        "last_code": entry.last_code,
        "sent_at": iso(entry.sent_at),
        "value": written(worth) if worth else None,
        "currency": worth.currency if worth else None,
        "region": decision.region.code,
        "policy": decision.policy,
        "rule": decision.rule,
        "findings": sorted({found.reason for found in entry.findings}),
        "match_keys": told_keys(entry),
    }


def _attempts_of(story: Story) -> Iterator[Json]:
    for attempt in story.attempts:
        yield {**_key(story.entry), **attempt_json(attempt)}


def _flattened(row: Json) -> Json:
    """Bring the parts of a row beside one another."""
    flat: dict[str, Any] = {}
    if "match_keys" in row:
        flat |= {f"key_{key}": row["match_keys"].get(key) for key in MatchKey}
    if "findings" in row:
        flat["findings"] = " ".join(row["findings"])
    if "consent" in row:
        flat |= _consent(row["consent"])
    return flat


def _consent(consent: Json) -> Json:
    stated = consent["stated"]
    return {
        **consent,
        "stated_ad_user_data": stated["ad_user_data"],
        "stated_ad_personalization": stated["ad_personalization"],
        "opt_out": stated["opt_out"],
        "child": stated["child"],
        "sources": "; ".join(_source(said) for said in consent["sources"]),
        "removed": " ".join(consent["removed"]),
    }


def _source(said: Json) -> str:
    parts = (
        said["source"],
        f"ad_user_data={said['ad_user_data']}" if said["ad_user_data"] else "",
        f"ad_personalization={said['ad_personalization']}" if said["ad_personalization"] else "",
        "opt_out" if said["opt_out"] else "",
        f"unreadable={said['unreadable']}" if said["unreadable"] else "",
        f"digest={said['digest']}" if said["digest"] else "",
    )
    return " ".join(filter(None, parts))
