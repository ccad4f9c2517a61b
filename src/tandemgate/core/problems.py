"""Which sightings are one problem, how much it matters, and when a settled one is news again."""

import re
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import structs

from tandemgate.catalog.events import PURCHASES
from tandemgate.catalog.problems import MOMENTS, SEVERITIES, SHOWN, URGENT
from tandemgate.core.answer import redact
from tandemgate.core.fields import CONSENT, CONTENT, EVENT, LEAD, PROPERTIES, USER
from tandemgate.core.resolution import Refuse, contradiction
from tandemgate.model.delivery import Answer, Change
from tandemgate.model.event import Channel, Event, EventKey, Lane, Source
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Act
from tandemgate.model.problem import (
    Origin,
    ProblemGroup,
    ProblemKey,
    Sample,
    Severity,
    Sighting,
    Stand,
    Status,
)
from tandemgate.model.state import State

MOST_ALIKE: Final = 50
"""Groups of one pixel, source and reason; what else comes of it is gathered in one more. Names of
fields and of custom events are a stranger's to choose."""

MOST_OF_PIXEL: Final = 2_000
"""Groups of one pixel, before each further reason has but the one group for everything."""

OTHERS: Final = "*"
"""The field of the group that gathers what is beyond :data:`MOST_ALIKE`."""

PRESSES_FOR: Final[Seconds] = 86_400.0
"""What was not seen for a day may wait for whoever looks at the list."""

NOT_LOST: Final = frozenset(
    {
        # another copy of the purchase stands and is sent
        "event_id_conflict",
        "same_order_two_event_ids",
        "same_payment_two_event_ids",
        # a person still decides about it, and is asked to
        "answer_unclear",
        "dedup_window_over",
        "clock_set_back",
        "payload_unreadable",
    }
)
"""Errors after which a purchase may be counted all the same."""

_LISTS: Final = frozenset({"data", "events"})
_LONGEST_PATH: Final = 120
_ID_BYTES: Final = 5
_KNOWN_NAMES: Final = frozenset(
    {*EVENT, *USER, *PROPERTIES, *CONTENT, *CONSENT, *LEAD, "url", "referrer"}
)
_NAMED_BY_TIKTOK: Final = re.compile(
    r"\b(?:data|batch)(?:\.|\[)\d{1,6}\]?\.([A-Za-z_][\w.\[\]]{0,100})", re.IGNORECASE | re.ASCII
)
"""How TikTok's answers spell a field behind the event's place; see :mod:`.answer`."""

_HOLD: Final = "hold_"
_ID: Final = re.compile(r"[a-z0-9_]{1,40}-[a-z2-7]{8}")
_SAID_BY_TIKTOK: Final = frozenset({State.REJECTED, State.REVIEW})

ENDS: Final = {
    State.REJECTED: "refused_by_tiktok",
    State.REVIEW: "answer_unclear",
    State.EXPIRED: "event_too_old",
    State.INDETERMINATE: "dedup_window_over",
}
"""The ends of an event whose conversion TikTok does not count, or nobody knows whether it does; and
why, where nothing else is said."""

PIXEL_FIRST: Final = "already_at_tiktok"
"""The reason of an end that is no problem where the Pixel is known to have sent the event."""
_encode = msgspec.json.Encoder().encode


# -- what was seen


def path_of(pointer: str) -> str:
    """Name the field that *pointer* is about, without places in lists.

    ``/data/3/properties/contents/0/price`` is ``properties.contents.price``.
    """
    parts = pointer.split("/")[1:]
    if parts and parts[0] in _LISTS:
        del parts[0]
    named = [part for part in parts if not part.isdecimal()]
    path = ".".join(named).replace("~1", "/").replace("~0", "~")
    return path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"


def of_problems(
    where: EventKey, source: Source, problems: Iterable[Problem], at: Epoch, event_id: str | None
) -> list[Sighting]:
    """Tell what an event was refused for; *event_id* is how it may be called."""
    told: dict[ProblemKey, Sighting] = {}
    for one in problems:
        key = local_key(where, source, one.reason, path_of(one.field))
        sample = Sample(at, event_id, one.field, _kept(one), one.expected, one.fix)
        told.setdefault(key, Sighting(key, sample))
    return list(told.values())


def _kept(one: Problem) -> str:
    """Return of what came as much as may be kept: a number of many digits may be a phone."""
    if one.reason not in SHOWN:
        return ""
    return one.received if one.reason in MOMENTS else redact(one.received)


def of_findings(
    where: EventKey, source: Source, findings: Iterable[Finding], at: Epoch, event_id: str | None
) -> list[Sighting]:
    """Tell what was remarked on an event, as far as that is a problem; each kind of it once."""
    told: dict[ProblemKey, Sighting] = {}
    for one in findings:
        if one.reason in SEVERITIES:
            key = local_key(where, source, one.reason, path_of(one.field))
            told.setdefault(key, Sighting(key, Sample(at, event_id, one.field, one.note)))
    return list(told.values())


def of_clash(refused: Refuse, arriving: Event) -> Sighting:
    """Tell of a copy that contradicts what is stored."""
    key = local_key(arriving.key, arriving.source, refused.reason, "event_id")
    came = contradiction(refused.fields, refused.other_event_id)
    return Sighting(key, Sample(arriving.received_at, arriving.key.event_id, "/event_id", came))


def of_end(
    where: EventKey, source: Source, change: Change, at: Epoch, answer: Answer | None = None
) -> Sighting:
    """Tell of an event that ended, in one of :data:`ENDS`, by TikTok's word or by ours."""
    reason = change.reason if change.reason in SEVERITIES else ENDS[change.to]
    if answer is None or change.to not in _SAID_BY_TIKTOK:
        return Sighting(local_key(where, source, reason, ""), Sample(at, where.event_id))
    message = change.message or answer.message
    key = ProblemKey(
        where.pixel_id,
        where.channel,
        source,
        where.event,
        Origin.REMOTE,
        answer.code,
        reason,
        field_named_by(message),
    )
    sample = Sample(answer.at, where.event_id, message=message, request_id=answer.request_id)
    return Sighting(key, sample)


def of_hold(lane: Lane, answer: Answer) -> Sighting | None:
    """Tell of an answer after which the whole lane stands, if it is one."""
    if not answer.verdict.startswith(_HOLD):
        return None
    key = ProblemKey(
        lane.pixel_id, lane.channel, "", "", Origin.REMOTE, answer.code, "lane_held", ""
    )
    sample = Sample(answer.at, message=answer.message, request_id=answer.request_id)
    return Sighting(key, sample)


def local_key(where: EventKey, source: Source, reason: str, path: str) -> ProblemKey:
    """Return the key of what the gateway itself found."""
    return ProblemKey(
        where.pixel_id, where.channel, source, where.event, Origin.LOCAL, None, reason, path
    )


def field_named_by(message: str) -> str:
    """Return the path of the field that TikTok's *message* names, as far as it is one we know."""
    found = _NAMED_BY_TIKTOK.search(message)
    if found is None:
        return ""
    path: list[str] = []
    for part in re.split(r"[.\[\]]+", found[1]):
        if part.isdecimal():
            continue
        if part not in _KNOWN_NAMES:
            break
        path.append(part)
    return ".".join(path)


# -- which group it belongs to


def problem_id(key: ProblemKey) -> str:
    """Return the name of the group: what it is, and a digest of the rest. It never changes."""
    digest = blake2b(_encode(structs.astuple(key)), digest_size=_ID_BYTES).digest()
    named = key.reason if key.code is None else str(key.code)
    return f"{named}-{b32encode(digest).decode().lower()}"


def looks_like_an_id(text: str) -> bool:
    """Tell whether *text* could be the name of a group, and so names nobody."""
    return _ID.fullmatch(text) is not None


def others(key: ProblemKey) -> ProblemKey:
    """Return the key of the group that gathers what there is no room for."""
    return structs.replace(key, event="", field=OTHERS)


def fits(alike: int, of_pixel: int) -> bool:
    """Tell whether one more group may be made beside *alike* ones and all those of the pixel."""
    return alike < MOST_ALIKE and of_pixel < MOST_OF_PIXEL


# -- how it stands


def severity_of(key: ProblemKey) -> Severity:
    """Tell how much it matters.

    A purchase that the shop's server reported and TikTok will not have is urgent, whoever refused
    it. Nothing about a test is.
    """
    base = SEVERITIES.get(key.reason, Severity.NOTICE)
    if key.channel is Channel.TEST:
        return Severity.ERROR if base is Severity.URGENT else base
    money = key.event in PURCHASES and key.source not in {Source.ALIAS, Source.BROWSER}
    lost = base is Severity.ERROR and key.reason not in NOT_LOST
    return Severity.URGENT if lost and money else base


def status_of(stand: Stand, now: Epoch) -> Status:
    """Tell whether somebody has to look at it."""
    if stand.muted_at is not None and (stand.muted_until is None or now < stand.muted_until):
        return Status.MUTED
    return Status.OPEN if stand.resolved_at is None else Status.RESOLVED


def presses(group: ProblemGroup, now: Epoch) -> bool:
    """Tell whether somebody should look at once: it is urgent, open, and not over by itself.

    Personal data in the clear is not over because no more of it came.
    """
    if status_of(group.stand, now) is not Status.OPEN:
        return False
    lasts = now - group.last_seen <= PRESSES_FOR or group.key.reason in URGENT
    return lasts and severity_of(group.key) is Severity.URGENT


def seen_again(stand: Stand, at: Epoch) -> Stand:
    """Return how a group stands after it was seen at *at*: a settled one is open again."""
    waking = stand.muted_until is not None and at >= stand.muted_until
    back = stand.resolved_at is not None and at > stand.resolved_at
    if not (waking or back):
        return stand
    again = replace(stand, resolved_at=None, returned_at=at, returns=stand.returns + 1)
    return replace(again, muted_at=None, muted_until=None) if waking else again


def resolved(stand: Stand, at: Epoch, by: str, note: str) -> Stand:
    """Return how it stands when somebody has mended it; a mute is over with that."""
    return replace(stand, resolved_at=at, muted_at=None, muted_until=None, by=by, note=note)


def muted(stand: Stand, at: Epoch, until: Epoch | None, by: str, note: str) -> Stand:
    """Return how it stands when nobody wants to hear of it, until *until* or for good."""
    return replace(stand, muted_at=at, muted_until=until, by=by, note=note)


def unmuted(stand: Stand, by: str, note: str) -> Stand:
    """Return how it stands when it may be heard of again."""
    return replace(stand, muted_at=None, muted_until=None, by=by, note=note)


def told(act: Act, named: str) -> Act:
    """Return the line of the audit log, which says about which group it was decided."""
    return replace(act, reason=f"{named}: {act.reason}" if act.reason else named)
