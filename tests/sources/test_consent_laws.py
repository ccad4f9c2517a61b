"""A person who says no more often is never told more of."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.pipeline import process
from tandemgate.model.event import Lane, RawEvent
from tandemgate.model.outcome import Accepted
from tandemgate.sources.dialect import Asked
from tandemgate.sources.segment import Segment
from tests.build import NOW, PIXEL, some_rules

NAMES = ("Advertising", "Marketing", "C0004", "Analytics")
FLAGS = ("ad_user_data", "ad_personalization")
PREFERENCES = st.dictionaries(st.sampled_from(NAMES), st.booleans())
OWN = st.dictionaries(st.sampled_from(FLAGS), st.sampled_from(("GRANTED", "DENIED")))
LISTED = st.lists(st.sampled_from(NAMES), max_size=3)
CONSENT = st.fixed_dictionaries(
    {"preferences": PREFERENCES, "own": OWN, "allowed": LISTED, "denied": LISTED}
)


def leaves(said: dict[str, Any], region: str) -> set[str]:
    """Which of the person's fields leave, and what of the flags is granted."""
    context = {
        "ip": "203.0.113.42",
        "userAgent": "Mozilla/5.0",
        "traits": {"email": "a@customer.example"},
        "consent": {"categoryPreferences": said["preferences"], "region": region, **said["own"]},
        "consentManagement": {
            "allowedConsentIds": said["allowed"],
            "deniedConsentIds": said["denied"],
        },
    }
    properties = {"event_id": "e", "value": 1, "currency": "EUR"}
    call = {"event": "Product Added", "userId": "u", "properties": properties, "context": context}
    rules = some_rules()
    [message] = Segment("track").read(call, Asked(rules, NOW))  # type: ignore[misc]
    raw = RawEvent(Lane(PIXEL), 0, "", message.item, Segment.source, verified=True)
    outcome = process(raw, rules, NOW)
    if not isinstance(outcome, Accepted):
        return set()
    wire = json.loads(outcome.event.wire)
    granted = {name for name in FLAGS if wire["properties"].get(name) == "GRANTED"}
    return {*granted, *wire["user"]}


def stricter(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each way in which one thing that was allowed is denied instead."""
    for part, word in (("preferences", False), ("own", "DENIED")):
        for name in said[part]:
            yield said | {part: said[part] | {name: word}}
    for name in said["allowed"]:
        yield said | {"denied": [*said["denied"], name]}


@given(said=CONSENT, region=st.sampled_from(("DE", "US", "?")))
def test_a_denial_never_lets_more_leave(said: dict[str, Any], region: str) -> None:
    """In whichever of the three places it stands, and whatever stands beside it."""
    before = leaves(said, region)
    for denied in stricter(said):
        assert leaves(denied, region) <= before, denied
