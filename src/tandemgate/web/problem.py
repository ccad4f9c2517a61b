"""One problem as JSON, for the list and by itself."""

from tandemgate.catalog.codes import find
from tandemgate.catalog.reasons import DOCS_PATH, REASONS, REASONS_PATH
from tandemgate.core.problems import OTHERS, severity_of, status_of
from tandemgate.model.instant import Epoch
from tandemgate.model.problem import Origin, ProblemGroup, ProblemKey, Share
from tandemgate.web.answers import Json, iso


def problem_json(group: ProblemGroup, now: Epoch) -> Json:
    """Tell one problem: what, where, how often, since when, how it stands, and what mends it."""
    key, sample, stand = group.key, group.sample, group.stand
    entry, row = REASONS[key.reason], None if key.code is None else find(key.code)
    code = entry.code if key.origin is Origin.LOCAL else key.code
    return {
        "id": group.problem_id,
        "status": status_of(stand, now),
        "severity": severity_of(key),
        "pixel_id": key.pixel_id,
        "channel": key.channel,
        "event": key.event or None,
        "source": key.source or None,
        "origin": key.origin,
        "code": code,
        "reason": key.reason,
        "field": None if key.field in {"", OTHERS} else key.field,
        "gathers_others": key.field == OTHERS,
        "title": row.title if row else entry.title,
        "meaning": entry.meaning,
        "readings": {"guide": row.guide, "sdk": row.sdk, "peers": row.peers} if row else None,
        "check": row.check if row else "",
        "fix": sample.fix or (row.fix if row else entry.fix),
        "docs_url": docs_url(key),
        "counted": "events" if key.event or key.source else "answers",
        "first_seen": iso(group.first_seen),
        "last_seen": iso(group.last_seen),
        "last_24h": _share_json(group.lately, key),
        "since_first_seen": _share_json(group.ever, key),
        "sample": {
            "at": iso(sample.at),
            "event_id": sample.event_id,
            "pointer": sample.pointer or None,
            "received": sample.received or None,
            "expected": sample.expected or None,
            "message": sample.message or None,
            "tiktok_request_id": sample.request_id,
        },
        "resolved_at": iso(stand.resolved_at),
        "muted_at": iso(stand.muted_at),
        "muted_until": iso(stand.muted_until),
        "returned_at": iso(stand.returned_at),
        "returns": stand.returns,
        "note": stand.note,
        "by": stand.by,
    }


def docs_url(key: ProblemKey) -> str:
    """Where the page is that explains it."""
    if key.code is not None and find(key.code):
        return f"{DOCS_PATH}{key.code}"
    return f"{REASONS_PATH}{key.reason}"


def _share_json(share: Share, key: ProblemKey) -> Json:
    """Tell a share; an answer about a whole lane is none of so many events."""
    if not (key.event or key.source):
        return {"count": share.seen, "received": None, "share": None}
    part = None if share.part is None else round(share.part, 6)
    return {"count": share.seen, "received": share.received, "share": part}
