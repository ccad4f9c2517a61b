"""Whatever JSON comes as a report to Google Analytics, each event ends in exactly one outcome."""

import asyncio
import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tandemgate.catalog.translations import GA4
from tests import strategies
from tests.build import PIXEL, some_rules
from tests.web.gateway import SERVER_KEY, Gateway, Reply

ANYTHING = strategies.json_values
PARAMS = (
    "timestamp_micros", "event_id", "transaction_id", "value", "tax", "shipping", "currency",
    "items", "page_location", "ttclid", "lead_id", "tg_session",
)  # fmt: skip
ABOUT = (
    "client_id", "user_id", "user_data", "consent", "user_location", "non_personalized_ads",
    "timestamp_micros", "device", "ip_override", "user_agent",
)  # fmt: skip


def some(names: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with a few of these fields."""
    return st.dictionaries(st.sampled_from(names), values, max_size=4)


WHOLE = {"value": 12.5, "currency": "EUR", "items": [{"item_id": "a", "price": 12.5}]}
NEARLY = st.builds(
    lambda name, ids, odd: {"name": name, "params": WHOLE | ids | odd},
    st.sampled_from([*GA4, "refund", "scroll"]),
    st.sampled_from([{}, {"event_id": "e"}, {"transaction_id": "7"}, {"lead_id": "8"}]),
    some(PARAMS, ANYTHING) | st.just({}),
)
SOMEBODY = {
    "client_id": "1.2",
    "user_id": "cust_34982",
    "ip_override": "203.0.113.42",
    "consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"},
}
REPORTS = st.builds(
    lambda odd, events: SOMEBODY | odd | {"events": events},
    some(ABOUT, ANYTHING) | st.just({}),
    st.lists(NEARLY | ANYTHING, max_size=3),
)
"""Reports that are right except for something."""


def posted(gateway: Gateway, path: str, tree: object) -> Reply:
    """Hand *tree* in."""
    body = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    target = f"{path}?api_secret={SERVER_KEY}"
    return asyncio.run(gateway.post(body, key=None, path=target))


@given(REPORTS)
def test_every_event_of_a_report_has_the_outcome_that_was_foretold(report: dict[str, Any]) -> None:
    """What the debug twin says comes true, but for events that are the same one."""
    gateway = Gateway(rules={PIXEL: some_rules()}, pixels={})
    foretold = posted(gateway, "/debug/mp/collect", report)
    became = posted(gateway, "/mp/collect", report)
    assert (foretold.status, became.status) == (200, 200)
    told = Counter(became.outcomes)
    assert [result["index"] for result in became.json["results"]] == [*range(len(report["events"]))]
    assert {word: became.json[word] for word in told} == told
    known = {"duplicate", "conflict"}
    pairs = zip(foretold.outcomes, became.outcomes, strict=True)
    assert [before for before, after in pairs if after not in {before, *known}] == []


@given(st.binary(max_size=64) | ANYTHING)
def test_no_body_breaks_anything(body: object) -> None:
    """What can't be read is refused; the debug twin says why."""
    gateway = Gateway(rules={PIXEL: some_rules()}, pixels={})
    assert posted(gateway, "/mp/collect", body).status in {200, 400, 413}
    assert posted(gateway, "/debug/mp/collect", body).status in {200, 413}


@given(REPORTS)
def test_a_report_that_comes_again_changes_nothing(report: dict[str, Any]) -> None:
    """A client that heard nothing sends the same bytes; nothing is accepted twice."""
    gateway = Gateway(rules={PIXEL: some_rules()}, pixels={})
    posted(gateway, "/mp/collect", report)
    gateway.clock.at += 1
    again = posted(gateway, "/mp/collect", report)
    kept = {"accepted", "suppressed", "held"}
    assert again.status != 200 or not kept & set(again.outcomes)
