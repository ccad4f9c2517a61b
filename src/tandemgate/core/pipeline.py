"""The way of one event, from a reported action to something that is safe to store, or a reason."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from tandemgate.catalog.events import PAGE_VIEW
from tandemgate.catalog.reasons import finding
from tandemgate.core.bots import is_bot
from tandemgate.core.consent import decide, locate, region_unreadable, restrict, suppress
from tandemgate.core.copies import without_copies
from tandemgate.core.encode import encode_event
from tandemgate.core.identify import (
    Named,
    action_digest,
    fingerprint,
    name_event,
    order_digest,
    payment_digest,
)
from tandemgate.core.money import worth_of
from tandemgate.core.naming import name
from tandemgate.core.normalize import normalize
from tandemgate.core.parse import parse
from tandemgate.core.signals.timing import in_time
from tandemgate.core.signals.weigh import weigh
from tandemgate.core.traces import traces
from tandemgate.core.validate import validate
from tandemgate.core.valuation import compare_contents
from tandemgate.core.visit import enrich, lost
from tandemgate.model.consent import Decision, Export, Policy, Signals
from tandemgate.model.event import Channel, Event, EventKey, RawEvent, Reported
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.outcome import Accepted, Held, Noted, Processed, Rejected, Suppressed
from tandemgate.model.pair import Name
from tandemgate.model.person import Identifiers, MatchKeys
from tandemgate.model.rules import Bots, PixelRules, SameOrder
from tandemgate.model.visit import Found

_NOBODY = MatchKeys()
_SEND, _HOLD, _NONE = Export
_REPEATS = SameOrder.SEND


def process(
    raw: RawEvent,
    rules: PixelRules,
    now: Epoch,
    found: Found | None = None,
    names: Sequence[Name] = (),
) -> Processed:
    """Turn one reported action into an event that is safe to store, or a reason why not.

    *found* is the visit that it belongs to, where one is known, and *names* are the event_ids that
    it may have, where it came without one. Data never raises: whatever JSON came ends in exactly
    one outcome.
    """
    at = raw.pointer
    parsed = parse(raw)
    if parsed.reported is None:
        return Rejected(tuple(parsed.problems), tuple(parsed.findings))
    weighed, heard = weigh(parsed.reported, rules.tcf_vendors, at)
    same = found is not None and _same_person(weighed, found, rules)
    reported, filled = enrich(weighed, found, rules.lifetimes, at, same_person=same)
    bot = is_bot(reported.person.user_agent)
    aside = _aside(raw, reported, rules, bot=bot)
    if aside and not parsed.problems:
        return Noted(aside, tuple(parsed.findings))

    problems, remarks = validate(reported, rules, now, at)
    remarks += compare_contents(reported.commerce, rules.value_tolerance, f"{at}/properties")
    named = name(reported, names, rules, at) if names else name_event(reported, at)
    findings = [*parsed.findings, *heard, *filled, *remarks]
    if bot:
        findings.append(finding("bot_user_agent", f"{at}/user/user_agent"))
    findings += lost(reported, found, rules.lifetimes, at)
    if parsed.problems or problems or isinstance(named, Problem):
        unnamed = [named] if isinstance(named, Problem) else []
        return Rejected(_once(parsed.problems, problems, unnamed), tuple(findings))

    signals = in_time(reported.signals, reported.event_time, rules.policy, now)
    if signals is not reported.signals:
        findings.append(finding("consent_too_late", f"{at}/consent/collected_at"))
    decision = decide(signals, locate(signals.region, rules.default_region), rules.policy)
    person = normalize(reported.person, reported.phone_region, rules, f"{at}/user")
    kept = restrict(person.match_keys, decision)
    suppression = _suppression(decision, kept)
    findings += [
        *_on_name(named, raw),
        *person.findings,
        *_ending(decision, signals, suppression, rules.policy, at),
    ]

    wire = b""
    if not suppression:
        wire = encode_event(reported, named.event_id, kept, decision, rules.wire)
        wire, copies = without_copies(wire, person.match_keys, decision)
        findings += [finding("text_holds_identifier", f"{at}{place}") for place in copies]

    key = EventKey(raw.lane.pixel_id, reported.event, named.event_id, raw.lane.channel)
    commerce, secret = reported.commerce, rules.fingerprint_key
    event = Event(
        key=key,
        lane=raw.lane,
        event_time=reported.event_time,
        received_at=now,
        source=raw.source,
        verified=raw.verified,
        decision=decision,
        presence=suppress(person.presence, decision) if decision.remove else person.presence,
        findings=tuple(findings),
        fingerprint=fingerprint(commerce, kept, secret),
        wire=wire,
        order=order_digest(key, commerce.order_id, secret),
        action=payment_digest(key, raw.payment, secret)
        if raw.payment is not None
        else action_digest(key, reported.session, commerce, secret),
        held_until=now + rules.policy.hold_for_consent if decision.export is _HOLD else None,
        traces=()
        if suppression
        else traces(person.match_keys, reported.session, rules.blind_index_key),
        worth=worth_of(commerce),
        order_repeats=rules.same_order is _REPEATS,
        amends=raw.amends,
        paid_once=raw.payment is not None,
    )
    if suppression:
        return Suppressed(event, suppression)
    return Held(event) if decision.export is _HOLD else Accepted(event)


def _on_name(named: Named, raw: RawEvent) -> tuple[Finding, ...]:
    """Say what is odd about the event_id; of a delivery's own, whoever took it has said enough."""
    if raw.findings and any(one.reason == "event_id_from_message" for one in raw.findings):
        return ()
    return named.findings


def _same_person(reported: Reported, found: Found, rules: PixelRules) -> bool:
    """Tell whether the event and its visit name somebody by the same ``external_id``."""
    known, stated = found.visit.external_id, reported.person.external_id
    if known is None or not stated:
        return False
    person = normalize(Identifiers(external_id=stated), None, rules, "")
    return known.value in person.match_keys.external_id


def _aside(raw: RawEvent, reported: Reported, rules: PixelRules, *, bot: bool) -> str | None:
    """Name the reason why the event is counted and not sent, if there is one.

    An order that its shop calls a test counts in a test session alone.
    Of what looks like a crawler's, a server's own truth goes (there is an order, whatever placed
    it), and so does everything in a test session, which automated browsers may walk through.
    """
    testing = raw.lane.channel is not Channel.LIVE
    if raw.rehearsal and not testing:
        return "test_order"
    if reported.event == PAGE_VIEW and not rules.page_views:
        return "page_view_not_sent"
    if not bot:
        return None
    told = raw.verified and reported.event in rules.server_truth
    noted = rules.bots is Bots.NOTE and not told and not testing
    return "bot_user_agent" if noted else None


def _once(*groups: Iterable[Problem]) -> tuple[Problem, ...]:
    """Keep one problem per place: a field that could not be read is not missing as well."""
    told: list[Problem] = []
    for one in chain.from_iterable(groups):
        if not any(
            one.field == earlier.field or earlier.field.startswith(f"{one.field}/")
            for earlier in told
        ):
            told.append(one)
    return tuple(told)


def _suppression(decision: Decision, kept: MatchKeys) -> str | None:
    """Name the reason why nothing may leave, or nothing that leaves could be matched."""
    if decision.export is _NONE:
        return decision.rule
    return "no_match_keys_left" if kept == _NOBODY else None


def _ending(
    decision: Decision, signals: Signals, suppression: str | None, policy: Policy, at: str
) -> Iterator[Finding]:
    """Say why an event waits or stays, and what would have let it go."""
    if signals.profile is not None and signals.profile not in policy.profiles_with(signals.profile):
        yield finding("laxer_profile_ignored", f"{at}/consent/profile")
    if decision.region.code is None and region_unreadable(signals.region):
        yield finding("region_unknown", f"{at}/consent/region")
    if decision.export is not _SEND:
        yield finding(decision.rule, f"{at}/consent")
    elif suppression:
        yield finding(suppression, f"{at}/user")
