"""What Measurement Protocol clients report, in TikTok's words."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.catalog.events import KNOWN, PAGE_VIEW
from tandemgate.catalog.translations import GA4
from tandemgate.core.beacon import Visitor
from tandemgate.core.pipeline import process
from tandemgate.core.valuation import read_rule
from tandemgate.model.event import Lane, RawEvent, Source
from tandemgate.model.finding import Problem
from tandemgate.model.message import Message
from tandemgate.sources.dialect import Asked
from tandemgate.sources.ga4 import MeasurementProtocol
from tests import strategies
from tests.build import NOW, some_rules
from tests.core.test_pipeline import golden_rules, told

GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}
GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "ga4").glob("*.json"))


def read(tree: object, now: float = NOW, **rules: Any) -> list[Message] | Problem:  # noqa: ANN401
    """The messages of a request."""
    messages = MeasurementProtocol().read(tree, Asked(some_rules(**rules), now))
    return messages if isinstance(messages, Problem) else list(messages)


def items(tree: object, now: float = NOW, **rules: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """What each event of a request is in TikTok's words."""
    messages = read(tree, now, **rules)
    assert isinstance(messages, list)
    assert all(isinstance(one.item, dict) for one in messages)
    return [one.item for one in messages if isinstance(one.item, dict)]


def a_report(*events: Mapping[str, Any], **more: object) -> dict[str, Any]:
    """A request with these events, as a shop's server makes it."""
    return {"client_id": "1776942000.1234567890", "events": list(events)} | more


def an_event(name: str = "purchase", **params: object) -> dict[str, Any]:
    """An event with these params."""
    return {"name": name, "params": params}


def run(case: Mapping[str, Any]) -> list[dict[str, object]]:
    """Put the body of a golden pair through its dialect and the pipeline."""
    stated = dict(case["rules"])
    if "value_rule" in stated:
        stated["value_rule"] = read_rule(stated["value_rule"])
    rules = golden_rules(**stated)
    messages = MeasurementProtocol().read(case["in"], Asked(rules, NOW))
    assert not isinstance(messages, Problem)
    return [
        {"noted": one.noted} if one.noted else told(process(raw, rules, NOW), _id(one))
        for one in messages
        for raw in [
            RawEvent(
                Lane(rules.pixel_id), 0, one.pointer, one.item, Source.GA4, verified=True,
                findings=one.findings, fallback=one.fallback,
            )
        ]
    ]  # fmt: skip


def _id(message: Message) -> str | None:
    return message.item["event_id"] if isinstance(message.item, dict) else None


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_pair_comes_out_as_its_file_says(path: Path) -> None:
    """The whole way of a report, readable without the code."""
    case = json.loads(path.read_text())
    assert json.loads(json.dumps(run(case))) == case["out"]


def test_the_golden_pairs_are_there() -> None:
    """A moved folder would make the test above vanish without a sound."""
    assert len(GOLDEN) >= 12


def test_every_action_goes_by_a_name_of_tiktoks() -> None:
    """A slip in the table would send a name that TikTok does not know."""
    assert set(GA4.values()) <= KNOWN
    assert GA4["page_view"] == PAGE_VIEW


def test_the_pixels_own_names_come_first() -> None:
    """TikTok deduplicates by name: where the Pixel sends Purchase, the server has to."""
    names = {"purchase": "Purchase", "book_demo": "Lead", "view_item": ""}
    told = read(
        a_report(an_event(), an_event("book_demo"), an_event("view_item")), event_names=names
    )
    assert isinstance(told, list)
    named = [one.item.get("event") for one in told if isinstance(one.item, dict)]
    assert named == ["Purchase", "Lead", None]
    assert told[2].noted == "event_not_mapped"


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ([], "report_not_object"),
        (None, "report_not_object"),
        ({}, "events_not_list"),
        ({"events": "purchase"}, "events_not_list"),
        ({"events": [{}] * 1001}, "too_many_events"),
        ({"app_instance_id": "a1", "events": []}, "event_source_unsupported"),
    ],
)
def test_what_is_no_report_is_refused_as_a_whole(tree: object, reason: str) -> None:
    """Its client sent it to the wrong address, or speaks for an app."""
    told = read(tree)
    assert isinstance(told, Problem)
    assert told.reason == reason


@pytest.mark.parametrize(
    ("event", "body", "time"),
    [
        ({}, {}, int(NOW)),
        ({}, {"timestamp_micros": 1776943380123456}, 1776943380),
        ({}, {"timestamp_micros": "1776943380123456"}, 1776943380),
        ({}, {"timestamp_micros": 1776943380123456.0}, 1776943380),
        ({"timestamp_micros": 1776943381000000}, {"timestamp_micros": 1}, 1776943381),
        ({"params": {"timestamp_micros": 1776943382000000}}, {"timestamp_micros": 1}, 1776943382),
        ({}, {"timestamp_micros": 1776943380}, 1776943380),
        ({}, {"timestamp_micros": 1776943380123}, 1776943380123),
        ({}, {"timestamp_micros": "yesterday"}, "yesterday"),
        ({}, {"timestamp_micros": True}, True),
    ],
)
def test_the_time_is_the_events_own(
    event: dict[str, Any], body: dict[str, Any], time: object
) -> None:
    """Microseconds become seconds; what is no time is left to be judged like any event's."""
    [item] = items(a_report({"name": "purchase"} | event, **body))
    assert item["event_time"] == time


def fallback(tree: object, now: float = NOW, **rules: Any) -> str:  # noqa: ANN401
    """What the only event of a request goes by where nothing else names it."""
    messages = read(tree, now, **rules)
    assert isinstance(messages, list)
    [one] = messages
    assert one.fallback is not None
    return one.fallback.event_id


def test_a_request_that_is_repeated_names_its_events_alike() -> None:
    """Nothing identifies them but what they say; a client that sends again says the same."""
    report = a_report(an_event("view_item", value=1), timestamp_micros=1776943380000000)
    first, again = fallback(report), fallback(json.loads(json.dumps(report)), now=NOW + 86400)
    assert first == again
    assert first.startswith("ga4_")
    assert not any(letter.isdigit() for letter in first[4:])


@pytest.mark.parametrize(
    "other",
    [
        a_report(an_event("view_item", value=2), timestamp_micros=1776943380000000),
        a_report(an_event("search", value=1), timestamp_micros=1776943380000000),
        a_report(an_event("view_item", value=1), timestamp_micros=1776943380000001),
        a_report(an_event("view_item", value=1), timestamp_micros=1776943380000000, client_id="2"),
        a_report(an_event("view_item", value=1), timestamp_micros=1776943380000000, user_id="2"),
    ],
)
def test_what_differs_is_another_event(other: dict[str, Any]) -> None:
    """Two actions must not become one."""
    report = a_report(an_event("view_item", value=1), timestamp_micros=1776943380000000)
    assert fallback(report) != fallback(other)


def test_without_a_time_the_day_tells_actions_apart() -> None:
    """The same product looked at tomorrow is another action; a repeated request comes at once."""
    report = a_report(an_event("view_item", value=1))
    names = [fallback(report, now=now) for now in (NOW, NOW + 60, NOW + 86400)]
    assert names[0] == names[1] != names[2]


def test_a_digest_tells_nobody_outside_who_it_was() -> None:
    """It leaves for TikTok, so it is keyed like every digest of contents."""
    report = a_report(an_event("view_item"))
    assert fallback(report) != fallback(report, fingerprint_key=b"g" * 32)


def test_without_a_time_the_digest_is_the_id_itself() -> None:
    """A call of the visit is found by its time, and a report that is repeated has another one."""
    report = a_report(an_event("view_item", tg_session="S1"))
    [item] = items(report)
    assert item["event_id"] == fallback(report)
    [timed] = items(report | {"timestamp_micros": 1776943380000000})
    assert timed["event_id"] is None


@pytest.mark.parametrize(
    ("params", "event_id"),
    [
        ({"event_id": "e-1", "transaction_id": "7"}, "e-1"),
        ({"transaction_id": "7", "lead_id": "8"}, "ord_7_complete_payment"),
        ({"lead_id": "8"}, "lead_8_complete_payment"),
    ],
)
def test_what_has_an_id_or_an_order_needs_no_digest(params: dict[str, Any], event_id: str) -> None:
    """An order's event_id is derived as everywhere."""
    report = a_report(an_event(value=1, currency="EUR", **params), user_id="c", consent=GRANTED)
    [outcome] = run({"rules": {}, "in": report})
    wire = outcome["wire"]
    assert isinstance(wire, dict)
    assert wire["event_id"] == event_id


def test_of_a_page_its_own_request_is_believed() -> None:
    """Anybody has its key: it names no session, and its address is where it comes from."""
    visitor = Visitor("203.0.113.9", "Firefox", opt_out=True, language="fr")
    report = a_report(an_event(tg_session="S1"), ip_override="203.0.113.1", user_agent="curl")
    messages = MeasurementProtocol().read(report, Asked(some_rules(), NOW, visitor))
    assert not isinstance(messages, Problem)
    item = messages[0].item
    assert isinstance(item, dict)
    assert (item["session"], item["consent"]) == (None, {"opt_out": True})
    told = {"ip": "203.0.113.9", "user_agent": "Firefox", "locale": "fr"}
    assert item["user"] == told


@pytest.mark.parametrize(
    ("rule", "amounts", "value"),
    [
        ("total", {"value": 100, "tax": 19, "shipping": 5}, 100),
        ("subtotal + tax + shipping", {"value": 100, "tax": 19, "shipping": 5}, 124),
        ("subtotal + tax + shipping", {"value": "100", "tax": "19", "shipping": "5"}, 124),
        ("subtotal + tax", {"value": 0.1, "tax": 0.2}, 0.3),
        ("subtotal", {"value": 100, "tax": 19, "shipping": 5}, 100),
        ("subtotal + shipping", {"value": 100, "tax": 19, "shipping": 5}, 105),
        ("total - tax", {"value": 119, "tax": 19, "shipping": 5}, 100),
        ("total - tax", {"value": 100}, 100),
        ("total", {"value": "100.0", "tax": 19}, "100.0"),
        ("total", {"value": "much", "tax": 19}, "much"),
        ("subtotal + tax", {"value": 100, "tax": "much"}, 100),
        ("total", {"value": 100, "tax": "much"}, 100),
        ("total", {"value": 100, "tax": -1}, 100),
        ("total", {"tax": 19}, None),
    ],
)
def test_the_value_is_what_the_pixels_rule_means(
    rule: str, amounts: dict[str, Any], value: object
) -> None:
    """What a caller states is added to where the rule says so; nobody's revenue grows by itself."""
    report = a_report(an_event(transaction_id="7", **amounts))
    [item] = items(report, value_rule=read_rule(rule))
    assert item["properties"].get("value") == value


@pytest.mark.parametrize(
    ("amounts", "remarked"),
    [
        ({"value": 100, "tax": 19, "items": [{"price": 50, "quantity": 2}]}, True),
        ({"value": 90, "shipping": 5, "items": [{"price": 50, "quantity": 2}]}, True),
        ({"value": 119, "tax": 19, "items": [{"price": 100}]}, False),
        ({"value": 100, "items": [{"price": 100}]}, False),
        ({"value": 100, "tax": 0, "items": [{"price": 100}]}, False),
        ({"value": 100, "tax": 19, "items": [{"quantity": 2}]}, False),
        ({"value": 100, "tax": 19}, False),
    ],
)
def test_a_value_that_may_lack_tax_is_remarked_on(
    amounts: dict[str, Any], *, remarked: bool
) -> None:
    """Google asks for such a one; only the shop knows whether its prices have the tax in them."""
    report = a_report(an_event(transaction_id="7", **amounts))
    messages = read(report)
    assert not isinstance(messages, Problem)
    [message] = messages
    reasons = [one.reason for one in message.findings]
    assert ("value_without_tax" in reasons) is remarked


def test_a_value_of_a_cart_stays_as_it_is() -> None:
    """Tax and shipping are known of orders alone."""
    [item] = items(a_report(an_event("add_to_cart", value=100, tax=19)))
    assert item["properties"]["value"] == 100


def test_where_the_visit_is_known_it_is_named() -> None:
    """By the script's session or the order, what the browser showed is filled in."""
    [item] = items(a_report(an_event(transaction_id="7", tg_session="S1", ttp="2.x")))
    assert (item["session"], item["refs"], item["user"]["ttp"]) == ("S1", {"order": "7"}, "2.x")


def test_a_region_of_consent_stands_before_the_place() -> None:
    """Who states where the person is for consent knows better than a location database."""
    place = {"user_location": {"country_id": "US", "region_id": "US-CA"}}
    [by_place] = items(a_report(an_event(), **place))
    [by_word] = items(a_report(an_event(), consent={"region": "FR"}, **place))
    assert (by_place["consent"], by_word["consent"]) == ({"region": "US-CA"}, {"region": "FR"})


_names = st.sampled_from([*GA4, "refund", "scroll"]) | strategies.json_values
_FIELDS = (
    "timestamp_micros", "event_id", "transaction_id", "value", "tax", "shipping", "currency",
    "items", "page_location", "ttclid", "lead_id", "tg_session",
)  # fmt: skip
_ABOUT = (
    "client_id", "user_id", "user_data", "consent", "user_location", "non_personalized_ads",
    "timestamp_micros", "device", "ip_override", "user_agent",
)  # fmt: skip


def _some(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), strategies.json_values, max_size=4)


_events = st.fixed_dictionaries(
    {}, optional={"name": _names, "params": _some(_FIELDS) | strategies.json_values}
)
reports = st.builds(
    lambda about, events: about | {"events": events},
    _some(_ABOUT),
    st.lists(_events | strategies.json_values, max_size=3) | strategies.json_values,
)


@given(strategies.json_values | reports)
def test_whatever_comes_is_read_or_refused(tree: object) -> None:
    """Each event has one message, the same each time, and the pipeline ends in one outcome."""
    told = read(tree)
    assert told == read(tree)
    if isinstance(told, list):
        assert isinstance(tree, dict)
        said = tree["events"]
        assert len(told) == (len(said) if isinstance(said, list) else 1)
        for one in told:
            raw = RawEvent(
                Lane("C9"), 0, one.pointer, one.item, Source.GA4, verified=True,
                findings=one.findings, fallback=one.fallback,
            )  # fmt: skip
            process(raw, some_rules(), NOW)
