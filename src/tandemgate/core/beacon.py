"""From a beacon of the browser script to events, and to what needs no sending.

A browser's word is unverified: it can't overrule what a server says, and of the events for which
the server is the source of truth it is evidence only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import msgspec

from tandemgate.catalog.events import KNOWN
from tandemgate.catalog.reasons import problem
from tandemgate.core.consent import decide, locate
from tandemgate.core.envelope import DEEPEST, Unreadable
from tandemgate.core.identify import action_digest, digest_of_order, fingerprint
from tandemgate.core.landing import led_by_ad
from tandemgate.core.normalize import normalize
from tandemgate.core.parse import parse
from tandemgate.core.repeats import keys_within, keys_written, repeated_keys
from tandemgate.core.signals.weigh import weigh
from tandemgate.core.traces import traces
from tandemgate.core.visit import merge, references
from tandemgate.model.beacon import Beacon, Call
from tandemgate.model.consent import Export, Signals
from tandemgate.model.event import EventKey, Lane, RawEvent, Reported, Source
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.outcome import Noted
from tandemgate.model.pair import Copy, Evidence, Stance
from tandemgate.model.person import MatchKeys
from tandemgate.model.rights import Statement
from tandemgate.model.rules import PixelRules
from tandemgate.model.visit import Agreed, Binding, Seen, Visit

LARGEST: Final = 64 * 1024
"""Bytes of one beacon: what browsers let a page send while it is being left."""

MOST_CALLS: Final = 50
"""The script sends ten at a time; what waited for a consent decision comes at once."""

OLDEST: Final[Seconds] = 24 * 3600.0
"""How long the script keeps what it could not send."""

_STEP: Final = re.compile(r"[\].\[]+")
_QUOTED: Final = re.compile(r" ?'.*'", re.DOTALL)
"""What msgspec quotes of what came, as no answer does."""

_NOTED: Final = {
    "page": "page_seen",
    "attach": "references_seen",
    "consent": "consent_seen",
    "identify": "identify_seen",
    "link": "link_asked",
}
"""Calls that tell about the visit; none of them is an event."""

CONTEXT: Final = frozenset({*_NOTED.values(), "call_not_an_event", "topic_no_sale"})
"""Why a call is noted that is no event, so that no share of events counts it."""


_WHO: Final = ("email", "phone", "phone_number", "external_id")


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the request itself shows of who sent it. ``opt_out``: the browser's ``Sec-GPC: 1``.

    ``language`` is the one that the browser likes best.
    """

    ip: str | None
    user_agent: str | None
    opt_out: bool = False
    language: str | None = None


def read_beacon(body: bytes) -> Beacon | Unreadable:
    """Read *body*; what a forged one holds besides is judged event by event."""
    if len(body) > LARGEST:
        expected = f"at most {LARGEST} bytes"
        came = f"{len(body)} bytes"
        return Unreadable(problem("body_too_large", "", came, expected=expected), 413)
    try:
        tree: object = msgspec.json.decode(body)
        keys = keys_within(tree, DEEPEST)
        if keys is None:
            return Unreadable(problem("too_deep", "", f"more than {DEEPEST} levels"))
        if keys != keys_written(body) and (repeated := repeated_keys(body)):
            return Unreadable(problem("key_repeated", repeated[0], "the same key twice"))
        beacon = msgspec.convert(tree, Beacon)
    except RecursionError:
        return Unreadable(problem("too_deep", "", f"more than {DEEPEST} levels"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Unreadable(_unreadable(error))
    if len(beacon.events) > MOST_CALLS:
        expected = f"at most {MOST_CALLS} events"
        came = f"{len(beacon.events)} events"
        return Unreadable(problem("too_many_events", "/events", came, expected=expected), 413)
    return beacon


def read_calls(
    beacon: Beacon, visitor: Visitor, rules: PixelRules, now: Epoch
) -> list[tuple[RawEvent, Noted | None]]:
    """Read each call, in order, as an event of the pixel, beside the reason why it is none."""
    tracked = frozenset(
        (call.event, call.event_id) for call in beacon.events if call.kind == "track"
    )
    lane = Lane(rules.pixel_id)
    return [
        (
            RawEvent(
                lane=lane,
                index=index,
                pointer=f"/events/{index}",
                item=_item(call, beacon, visitor, now),
                source=Source.BROWSER,
                verified=False,
            ),
            _noted(call, rules, tracked),
        )
        for index, call in enumerate(beacon.events)
    ]


def stance(signals: Signals, visitor: Visitor) -> Stance:
    """Sum up what the browser says about consent, by its script and by ``Sec-GPC``."""
    flags = (signals.ad_user_data, signals.ad_personalization)
    return Stance(*flags, opt_out=signals.opt_out, gpc=visitor.opt_out)


def evidence_in(
    beacon: Beacon, raws: Sequence[RawEvent], said: Stance, rules: PixelRules, now: Epoch
) -> list[Evidence]:
    """Gather the calls of the Pixel that the page reports; of forged names and ids, none."""
    seen = []
    visit = next(iter(traces(MatchKeys(), beacon.session, rules.blind_index_key)), None)
    for call, raw in zip(beacon.events, raws, strict=True):
        reported = parse(raw).reported if call.kind == "pixel" else None
        if reported is None or reported.event_id != call.event_id or not _agreed_on(call, rules):
            continue
        at = happened_at(call.at, beacon.sent_at, now)
        secret, commerce = rules.fingerprint_key, reported.commerce
        told = fingerprint(commerce, MatchKeys(), secret)
        copy = Copy(reported.event, reported.event_id, at, at, told, visit, said)
        key = EventKey(rules.pixel_id, reported.event, reported.event_id or "", raw.lane.channel)
        order = digest_of_order(key, commerce.order_id or reported.refs.get("order"), secret)
        action = action_digest(key, beacon.session, commerce, secret)
        seen.append(Evidence(rules.pixel_id, now, copy, order, action, raw.lane.channel))
    return seen


def _agreed_on(call: Call, rules: PixelRules) -> bool:
    """Tell whether the event's name is TikTok's or the pixel's own."""
    custom = rules.custom_events
    return call.event in KNOWN or (isinstance(custom, frozenset) and call.event in custom)


def agreement(
    beacon: Beacon, visitor: Visitor, pixels: Iterable[PixelRules], now: Epoch
) -> Signals:
    """Read what the visitor said about consent; it holds for all calls and *pixels*."""
    item = {"consent": _consent(beacon, visitor, now)}
    reported = parse(RawEvent(Lane(""), 0, "", item, Source.BROWSER, verified=False)).reported
    if reported is None:
        return Signals()
    vendors = frozenset[int]().union(*(rules.tcf_vendors for rules in pixels))
    weighed, _ = weigh(reported, vendors, "")
    return weighed.signals


def decided(
    beacon: Beacon, signals: Signals, pixels: Sequence[PixelRules], now: Epoch
) -> Statement | None:
    """Return what the visitor of a session that is kept decides anew, if that is in the beacon."""
    says = signals.ad_user_data is not None or signals.ad_personalization is not None
    if not (says and pixels and any(call.kind == "consent" for call in beacon.events)):
        return None
    found = (traces(MatchKeys(), beacon.session, rules.blind_index_key) for rules in pixels)
    return Statement(
        traces=frozenset(chain.from_iterable(found)),
        policies={rules.pixel_id: rules.policy for rules in pixels},
        ad_user_data=signals.ad_user_data,
        ad_personalization=signals.ad_personalization,
        collected_at=min(now, signals.collected_at or now),
        received_at=now,
    )


def may_recognize(signals: Signals, rules: PixelRules) -> bool:
    """Tell whether consent allows to know the browser again: nothing of it must be kept back."""
    decision = decide(signals, locate(signals.region, rules.default_region), rules.policy)
    return decision.export is Export.SEND and not decision.remove


def shown_by(raws: Sequence[RawEvent], visitor: Visitor, rules: PixelRules, now: Epoch) -> Visit:
    """Gather what a beacon shows of a browser that may be known again.

    Who the visitor is becomes digests here, by the pixel's *rules*.
    """
    visit = Visit()
    for reported in (parse(raw).reported for raw in raws):
        if reported is not None:
            visit = merge(visit, _shown(reported, visitor, rules, now))
    return visit


def agreed(signals: Signals, now: Epoch) -> Visit:
    """Keep of a visit what was said about consent and nothing else, if anything was said."""
    said = signals != Signals(region=signals.region, collected_at=signals.collected_at)
    return Visit(agreed=Agreed(signals, now) if said else None)


def _shown(reported: Reported, visitor: Visitor, rules: PixelRules, now: Epoch) -> Visit:
    at = reported.event_time or now
    who = normalize(reported.person, reported.phone_region, rules, "/user").match_keys
    return Visit(
        ttclid=_seen(reported.person.ttclid, at),
        ttp=_seen(reported.person.ttp, at),
        ip=_seen(visitor.ip, now),
        user_agent=_seen(visitor.user_agent, now),
        url=_seen(reported.page.url, at),
        ad_at=at if reported.person.ttclid or led_by_ad(reported.page.url) else None,
        email=_seen(next(iter(who.email), None), at),
        phone=_seen(next(iter(who.phone), None), at),
        external_id=_seen(next(iter(who.external_id), None), at),
    )


def _seen(value: str | None, at: Epoch) -> Seen | None:
    return None if value is None else Seen(value, at)


def bindings(beacon: Beacon, pixels: Iterable[str]) -> list[Binding]:
    """Return what the page says that the visit leads to, in each of the key's shops."""
    named = {one: None for call in beacon.events for one in references(call.refs)}
    return [Binding(pixel_id, kind, value) for pixel_id in pixels for kind, value in named]


def _unreadable(error: Exception) -> Problem:
    """Point to what is wrong, which msgspec names as in ``... - at `$.events[0].at```."""
    if not isinstance(error, msgspec.ValidationError):
        return problem("not_json", "", "text that is not JSON")
    _, _, where = str(error).partition(" - at `$")
    said = _QUOTED.sub("", str(error).split(" - ")[0])
    return problem("beacon_invalid", _STEP.sub("/", where.rstrip("`]")), said)


def _noted(
    call: Call, rules: PixelRules, tracked: frozenset[tuple[str | None, str | None]]
) -> Noted | None:
    """Name the reason why *call* is not sent, if there is one."""
    if call.kind in _NOTED:
        return Noted(_NOTED[call.kind])
    if call.event in rules.server_truth:
        return Noted("server_is_truth")
    if call.kind == "pixel" and call.event_id is None:
        return Noted("pixel_call_without_id")
    if call.kind == "pixel" and (call.event, call.event_id) in tracked:
        return Noted("pixel_call_of_track")
    return None


def _item(call: Call, beacon: Beacon, visitor: Visitor, now: Epoch) -> dict[str, Any]:
    """Write the call as TikTok's ``data[]`` item; nothing is invented."""
    user = {
        "ttclid": call.ttclid,
        "ttp": call.ttp,
        "ip": visitor.ip,
        "user_agent": visitor.user_agent,
        "locale": call.page.get("language") or visitor.language,
        **({name: call.user.get(name) for name in _WHO} if call.kind == "identify" else {}),
    }
    return {
        "event": call.event,
        "event_id": call.event_id,
        "event_time": int(happened_at(call.at, beacon.sent_at, now)),
        "user": _stated(user),
        "properties": call.properties,
        "page": {name: value for name, value in call.page.items() if name != "language"},
        "consent": _consent(beacon, visitor, now),
        "session": beacon.session,
        "refs": call.refs,
    }


def _consent(beacon: Beacon, visitor: Visitor, now: Epoch) -> dict[str, Any]:
    """Add what the request itself says, and tell the time of the decision by our clock."""
    said = {name: value for name, value in beacon.consent.items() if name != "collected_at"}
    by_our_clock = _stated({"collected_at": _decided_at(beacon, now)})
    return said | by_our_clock | ({"opt_out": True} if visitor.opt_out else {})


def _decided_at(beacon: Beacon, now: Epoch) -> Epoch | None:
    """Return when the visitor decided; ``None`` when the script's clock can't be compared."""
    at, sent_at = beacon.consent.get("collected_at"), beacon.sent_at
    if sent_at is None or not isinstance(at, int | float) or not 0 < at <= sent_at:
        return None
    return now - (sent_at - at) / 1000


def happened_at(at: float | None, sent_at: float | None, now: Epoch) -> Epoch:
    """Return when a call was made by the gateway's clock, whatever the browser's says.

    *at* and *sent_at* are milliseconds of the same clock, so that their difference is right even
    where the clock is not. A call that would be older than what the script keeps happened now.
    """
    if at is None or sent_at is None:
        return now
    age = (sent_at - at) / 1000
    return now - age if 0 <= age <= OLDEST else now


def _stated(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
