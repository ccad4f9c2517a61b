import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tandemgate.catalog.reasons import REASONS
from tandemgate.core.envelope import raw_events, read_envelope
from tandemgate.core.identify import echo_event_id
from tandemgate.core.pipeline import process
from tandemgate.model.consent import Profile
from tandemgate.model.event import Envelope, Event, Source
from tandemgate.model.finding import Finding
from tandemgate.model.outcome import Accepted, Held, Noted, Processed, Rejected, Suppressed
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.rules import PixelRules, SameOrder, Wire
from tests import strategies
from tests.build import (
    NOW,
    a_policy,
    a_raw_event,
    an_envelope,
    an_event,
    an_item,
    processed,
    some_rules,
)

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "pipeline").glob("*.json"))


def run(case: Mapping[str, Any]) -> list[dict[str, object]]:
    """Put the envelope of a golden pair through reading and processing, and write down the end."""
    envelope = read_envelope(json.dumps(case["in"]).encode())
    assert isinstance(envelope, Envelope)
    rules = golden_rules(**case["rules"])
    return [
        told(outcome, echo_event_id(raw, outcome))
        for raw in raw_events(envelope, source=Source.BACKEND, verified=True)
        for outcome in [process(raw, rules, NOW)]
    ]


def golden_rules(
    profile: str = "guide",
    hold_for_consent: float = 0,
    wire: str = "live",
    **others: Any,  # noqa: ANN401
) -> PixelRules:
    """Rules as golden pairs write them."""
    policy = a_policy(profile=Profile(profile), hold_for_consent=hold_for_consent)
    return some_rules(policy=policy, wire=Wire(wire), **others)


def told(outcome: Processed, event_id: str | None) -> dict[str, object]:
    """What golden pairs fix of an outcome."""
    head = {"outcome": type(outcome).__name__.lower(), "event_id": event_id}
    match outcome:
        case Accepted(event=event) | Held(event=event):
            return head | told_event(event)
        case Suppressed(event=event, reason=reason):
            return head | {"reason": reason} | told_event(event)
        case Noted(reason=reason, findings=findings):
            return head | {"reason": reason, "findings": told_findings(findings)}
        case Rejected(problems=problems, findings=findings):
            return head | {
                "problems": [
                    {
                        "code": one.code,
                        "reason": one.reason,
                        "field": one.field,
                        "received": one.received,
                        "fix": one.fix,
                    }
                    for one in problems
                ],
                "findings": told_findings(findings),
            }


def told_event(event: Event) -> dict[str, object]:
    """What golden pairs fix of an event."""
    present = {key: was for key, was in event.presence.items() if was is not Presence.MISSING}
    return {
        "channel": event.key.channel,
        "rule": event.decision.rule,
        "match_keys": present,
        "findings": told_findings(event.findings),
        "wire": json.loads(event.wire) if event.wire else None,
    }


def told_findings(findings: tuple[Finding, ...]) -> list[list[str]]:
    """Reason and place of each finding."""
    return [[one.reason, one.field] for one in findings]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_pair_comes_out_as_its_file_says(path: Path) -> None:
    """The whole way of an event, readable without the code; the guide's examples among them."""
    case = json.loads(path.read_text())
    assert json.loads(json.dumps(run(case))) == case["out"]


def test_the_golden_pairs_are_there() -> None:
    """A moved folder would make the test above vanish without a sound."""
    assert len(GOLDEN) >= 24


def test_an_event_carries_what_store_and_dispatcher_need() -> None:
    """The first word about an event is also the last: nothing asks the caller again."""
    outcome = processed(verified=False, source=Source.ALIAS)
    assert isinstance(outcome, Accepted)
    event = outcome.event
    assert (event.received_at, event.event_time) == (NOW, NOW - 20)
    assert (event.source, event.verified) == (Source.ALIAS, False)
    assert (event.key.pixel_id, event.lane.pixel_id) == (a_raw_event().lane.pixel_id,) * 2
    assert event.held_until is None


def test_a_held_event_waits_as_long_as_the_policy_says_and_keeps_everything() -> None:
    """What is removed now could not leave after a grant."""
    rules = some_rules(policy=a_policy(hold_for_consent=3_600))
    outcome = processed(an_item(consent={"region": "DE"}), rules)
    assert isinstance(outcome, Held)
    assert outcome.event.held_until == NOW + 3_600
    assert outcome.event.presence[MatchKey.EMAIL] is Presence.SENT
    assert b'"email"' in outcome.event.wire
    assert b"ad_user_data" not in outcome.event.wire


def test_a_suppressed_event_stores_nothing_of_the_person() -> None:
    """It is the proof that a no was kept, so it must not be the leak."""
    outcome = processed(an_item(consent={"region": "DE"}))
    assert isinstance(outcome, Suppressed)
    assert outcome.reason == "consent_missing"
    assert outcome.event.wire == b""
    assert outcome.event.presence[MatchKey.EMAIL] is Presence.SUPPRESSED


def test_a_suppression_says_what_to_add() -> None:
    """A caller who sees only "suppressed" cannot know that one field is missing."""
    outcome = processed(an_item(consent=...))
    assert isinstance(outcome, Suppressed)
    (found,) = [one for one in outcome.event.findings if one.field == "/data/0/consent"]
    assert "consent.ad_user_data" in REASONS[found.reason].fix


def test_a_field_that_cannot_be_read_is_not_missing_as_well() -> None:
    """One mistake, one problem: the second would send people looking for nothing."""
    outcome = processed(an_item(event_time="soon", user={"email": 1}, event_id=5))
    assert isinstance(outcome, Rejected)
    assert [one.reason for one in outcome.problems] == [
        "wrong_type",
        "event_id_not_string",
        "event_time_invalid",
    ]


def test_every_reason_that_is_given_is_explained() -> None:
    """Whoever meets a reason can look it up."""
    given_reasons = {
        line
        for path in GOLDEN
        for out in json.loads(path.read_text())["out"]
        for line in (
            out.get("reason"),
            *(one["reason"] for one in out.get("problems", ())),
            *(one[0] for one in out["findings"]),
        )
    }
    assert given_reasons - {None} <= REASONS.keys()


OUTCOMES = Accepted | Held | Noted | Rejected | Suppressed


@given(strategies.json_values)
def test_any_json_ends_in_one_outcome(item: object) -> None:
    """A caller can send anything; an exception would cost the neighbours their answer."""
    outcome = process(a_raw_event(item), some_rules(), NOW)
    assert isinstance(outcome, OUTCOMES)
    assert not isinstance(outcome, Rejected) or outcome.problems


@given(strategies.near_valid_items)
def test_an_almost_valid_event_ends_in_one_outcome(item: dict[str, Any]) -> None:
    """Most mistakes are small, and reach further into the pipeline than noise does."""
    outcome = process(a_raw_event(item), some_rules(custom_events=True), NOW)
    assert isinstance(outcome, OUTCOMES)
    assert not isinstance(outcome, Rejected) or outcome.problems


@given(strategies.near_valid_items)
def test_the_same_item_always_makes_the_same_event(item: dict[str, Any]) -> None:
    """Retries and replays compare bytes and digests."""
    assert processed(item) == processed(item)


@given(strategies.near_valid_items, strategies.near_valid_items)
def test_a_neighbour_changes_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Events share a request, not their fate."""
    body = json.dumps(an_envelope(one, other)).encode()
    envelope = read_envelope(body)
    assert isinstance(envelope, Envelope)
    first, _ = raw_events(envelope, source=Source.BACKEND, verified=True)
    assert process(first, some_rules(), NOW) == processed(one)


@given(strategies.canary_items)
def test_no_plain_identifier_is_kept_or_told(item: dict[str, Any]) -> None:
    """After normalization no plain identifier exists anywhere, and answers repeat none either."""
    outcome = processed(item, some_rules(custom_events=True))
    event = outcome.event if isinstance(outcome, Accepted | Held | Suppressed) else None
    wire = event.wire.decode() if event else ""
    kept = f"{outcome!r} {wire} {echo_event_id(a_raw_event(item), outcome)}"
    found = [canary for canary in strategies.CANARIES if canary in kept.lower()]
    assert found == []


def test_one_order_under_two_event_ids_may_be_allowed() -> None:
    """Its order is known all the same, so that both copies are found when books are compared."""
    sells_twice = some_rules(same_order=SameOrder.SEND)
    properties = {"value": 1, "currency": "EUR", "order_id": "o1"}
    allowed = an_event(sells_twice, properties=properties)
    assert an_event(properties=properties).order == allowed.order is not None
    assert allowed.order_repeats


@pytest.mark.parametrize(
    ("region", "default", "remarked"),
    [("DE", None, False), (None, None, False), ("  ", None, False), ("Narnia", "DE", True)],
)
def test_a_region_that_is_none_is_remarked_on(
    region: str | None, default: str | None, *, remarked: bool
) -> None:
    """What was stated was meant to count; the pixel's default may be laxer than it."""
    consent = {"ad_user_data": "GRANTED", **({"region": region} if region else {})}
    event = an_event(some_rules(default_region=default), consent=consent)
    reasons = [(one.reason, one.field) for one in event.findings]
    assert (("region_unknown", "/data/0/consent/region") in reasons) is remarked


def test_an_event_prints_nothing_of_its_wire() -> None:
    """It may hold a browser and an address, and logs print what they are given."""
    event = an_event()
    assert repr(event).startswith("Event(key=EventKey(")
    assert "worth=Money(" in repr(event)
    assert "wire" not in repr(event)
    assert event.__rich_repr__()[0] == ("key", event.key)
    assert "wire" not in dict(event.__rich_repr__())
