"""What TikTok takes and refuses, field by field, beyond the golden requests."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.driver import DIGEST, NOW, a_driver, an_envelope, an_event, guide_access
from tiktok_simulator.contract import CURRENCIES, STANDARD_EVENTS, Dialect
from tiktok_simulator.fields import (
    CONTENT,
    EVENT,
    LEAD,
    PAGE,
    PROPERTIES,
    REQUEST,
    USER_OF_GUIDE,
    Field,
)
from tiktok_simulator.reading import Event, Refusal, read_events, read_keys


def read(*events: object) -> list[Event] | Refusal:
    """Read *events* as one batch at NOW."""
    return read_events(raw(*events), NOW)


def user(**fields: object) -> dict[str, Any]:
    """Build an event whose person is *fields*."""
    return an_event(user=fields)


def properties(**fields: object) -> dict[str, Any]:
    """Build an event whose properties are *fields*."""
    return an_event(properties=fields)


def raw(*events: object) -> list[msgspec.Raw]:
    """Events as they come out of an envelope."""
    return [msgspec.Raw(msgspec.json.encode(each)) for each in events]


def test_a_reader_of_keys_counts_what_the_full_one_refuses() -> None:
    """A benchmark measures the sender, so its simulator may read less, but never miscounts."""
    events = read_keys(raw(an_event(user={"email": "plain"}), an_event(event_id="2")))
    assert isinstance(events, list)
    assert [(each.name, each.event_id) for each in events] == [
        (an_event()["event"], an_event()["event_id"]),
        (an_event()["event"], "2"),
    ]


@pytest.mark.parametrize("bad", [{}, {"event": "Purchase"}, {"event": "Purchase", "event_id": 7}])
def test_a_reader_of_keys_refuses_what_it_cannot_count(bad: dict[str, object]) -> None:
    """An event without an id would be counted as nobody's."""
    assert isinstance(read_keys(raw(an_event(), bad)), Refusal)


GOOD = [
    an_event(event_time=int(NOW) + 300),
    an_event(event_time=int(NOW) - 28 * 86_400),
    user(ip="2a02:8108::1"),
    user(ip="198.51.100.7"),
    user(ttclid="x" * 1000),
    user(phone=[DIGEST], external_id=DIGEST),
    user(locale="de"),
    properties(value=0),
    properties(value=1e6, currency="ISK"),
    properties(contents=[]),
    properties(ad_user_data="GRANTED"),
    properties(contents=[{"content_id": "1", "price": 2, "quantity": 0}]),
    an_event(limited_data_use=False),
    an_event(page={"url": "http://shop.example/a?b=c#d", "referrer": "android-app://x"}),
]

BAD = [
    (7, "data.0.event: not a valid object."),
    (an_event(event=""), "data.0.event: "),
    (an_event(event=None), "data.0.event: "),
    (an_event(event_id=" "), "event_id: must be"),
    (an_event(event_id=None), "event_id: not a valid string."),
    (an_event(event_time="1776943380"), "event_time: not a valid integer."),
    (an_event(event_time=1776943380.5), "event_time: not a valid integer."),
    (an_event(event_time=True), "event_time: not a valid integer."),
    (an_event(event_time=int(NOW) + 301), "is in the future."),
    (an_event(event_time=0), "28 days ago."),
    (an_event(user=[]), "data[0].user: not a valid object."),
    (an_event(properties=[]), "Batch.0.properties: not a valid object."),
    (an_event(page="https://shop.example/"), "data.0.page: not a valid object."),
    (an_event(page={"url": "shop.example"}), "data.0.page.url: "),
    (an_event(page={"referrer": 1}), "data.0.page.referrer: "),
    (an_event(lead={"lead_id": 1}), "data.0.lead.lead_id: "),
    (an_event(limited_data_use=1), "limited_data_use: not a valid boolean."),
    (user(email=None), "user.email: not a valid string, or list"),
    (user(email=[]), "user.email: not a valid string, or list"),
    (user(email=[DIGEST, 1]), "user.email: not a valid string, or list"),
    (user(email=""), "user.email: is not hashed"),
    (user(external_id="cust_34982"), "user.external_id: is not hashed"),
    (user(zip_code="10115"), "user.zip_code: is not hashed"),
    (user(first_name=[DIGEST]), "user.first_name: not a valid string."),
    (user(city="New York"), "user.city: "),
    (user(country="DE"), "user.country: "),
    (user(state=DIGEST), "user.state: "),
    (user(ttclid="x" * 1001), "user.ttclid: "),
    (user(ttclid=""), "user.ttclid: "),
    (user(ttp=DIGEST), "user.ttp: must be sent as it is"),
    (user(ip=DIGEST), "user.ip: "),
    (user(ip="192.168.1.1"), "user.ip: "),
    (user(ip="127.0.0.1"), "user.ip: "),
    (user(ip="169.254.1.1"), "user.ip: "),
    (user(ip="224.0.0.1"), "user.ip: "),
    (user(ip="fe80::1"), "user.ip: "),
    (user(ip="::1"), "user.ip: "),
    (user(ip="::ffff:10.0.0.1"), "user.ip: "),
    (user(ip="203.0.113.42:443"), "user.ip: "),
    (user(ip=3405803818), "user.ip: "),
    (user(user_agent=DIGEST), "user.user_agent: must be sent as it is"),
    (user(locale="de_DE"), "user.locale: "),
    (properties(value=True), "properties.value: "),
    (properties(value="129,95 €"), "properties.value: "),
    (properties(currency="eur"), "properties.currency: "),
    (properties(currency=978), "properties.currency: not a valid string."),
    (properties(contents={}), "properties.contents: "),
    (properties(contents=["SKU"]), "properties.contents: "),
    (properties(contents=[{"price": "1"}]), "contents.0.price: "),
    (properties(contents=[{"quantity": 1.5}]), "contents.0.quantity: "),
    (properties(contents=[{"quantity": -1}]), "contents.0.quantity: "),
    (properties(content_type="sku"), "properties.content_type: "),
    (properties(content_ids=[1]), "properties.content_ids: "),
    (properties(num_items="2"), "properties.num_items: "),
    (properties(order_id=10492), "properties.order_id: "),
    (properties(predicted_ltv=-1), "properties.predicted_ltv: "),
    (properties(ad_user_data="granted"), "properties.ad_user_data: "),
    (properties(ad_personalization=True), "properties.ad_personalization: "),
]

REQUESTS = [
    (b"", 40002, "not valid JSON"),
    (b"[1]", 40002, "the request is an object"),
    (b'{"data": [NaN]}', 40002, "not valid JSON"),
    (b"[" * 100_000, 40002, "the request is an object"),
    (an_envelope(event_source=1), 40002, "event_source: must be one of"),
    (an_envelope(event_source_id=7), 40002, "event_source_id: must be a string"),
    (an_envelope(test_event_code=""), 40002, "test_event_code: "),
    (an_envelope(partner_name=None), 40002, "partner_name: "),
    ({"event_source": "web", "data": []}, 40002, "event_source_id: Missing data"),
    ({"event_source": "web", "event_source_id": "x"}, 40002, "data: Missing data"),
    ({**an_envelope(), "data": {}}, 40002, "data in it a list"),
    (an_envelope(*range(1001)), 40061, "data: longer than maximum length 1000."),
]


@pytest.mark.parametrize("event", GOOD)
def test_a_strict_reader_still_takes_what_is_right(event: dict[str, Any]) -> None:
    """A simulator that refuses too much would make the gateway give up good conversions."""
    assert [each.event_id for each in _events(read(event))] == ["cart_7_add_1"]


@pytest.mark.parametrize(("event", "told"), BAD)
def test_a_broken_rule_is_named_with_its_field(event: object, told: str) -> None:
    """The gateway reads the place from the message, so the message must carry it."""
    refusal = read(event)
    assert isinstance(refusal, Refusal)
    assert told in refusal.message


@pytest.mark.parametrize(("request_body", "code", "told"), REQUESTS)
async def test_a_broken_request_is_refused_as_a_whole(
    request_body: object, code: int, told: str
) -> None:
    """What is not about one event must not look as if it were."""
    answered = await a_driver().track(request_body)
    assert (answered.status, answered.json["code"]) == (200, code)
    assert told in answered.json["message"]


def test_the_first_bad_event_is_the_one_that_is_named() -> None:
    """The place counts from zero, and a second fault stays unsaid."""
    refusal = read(an_event(), properties(value="1"), user(email="plain"))
    assert isinstance(refusal, Refusal)
    assert refusal.message.startswith("Batch.1.properties.value: ")


@pytest.mark.parametrize(
    "wire",
    [b'{"event": "\\ud800"}', b'{"event": 1e999}', b'{"event": "\xff"}', b'{"a":' * 5000, b"{"],
)
async def test_an_event_that_is_no_json_is_refused_not_crashed_on(wire: bytes) -> None:
    """Events are decoded apart from their envelope, so their syntax errors come late."""
    head = msgspec.json.encode({k: v for k, v in an_envelope().items() if k != "data"})
    answered = await a_driver().track(head[:-1] + b',"data":[' + wire + b"]}")
    assert (answered.status, answered.json["code"]) == (200, 40002)


async def test_a_body_above_a_megabyte_is_a_proxys_business() -> None:
    """The refusal comes as HTML with 413, which is no JSON answer of the API."""
    answered = await a_driver().track(b" " * 1_000_001)
    assert (answered.status, answered.headers["content-type"]) == (413, "text/html")


async def test_only_json_is_read() -> None:
    """A form post is refused although its body happens to be JSON."""
    answered = await a_driver().track(content_type="text/plain")
    assert answered.json["code"] == 40002


@pytest.mark.parametrize(
    ("event", "remark"),
    [
        (user(email=DIGEST, phone_number=DIGEST), "unknown_field:user.phone_number"),
        (an_event(consent={}), "unknown_field:consent"),
        (properties(colour="red"), "unknown_field:properties.colour"),
        (an_event(event="completePayment"), "custom_event"),
        (an_event(page={}), "page_url_missing"),
        (an_event(event="Purchase", properties={"value": 1}), "value_missing"),
    ],
)
def test_what_the_api_swallows_in_silence_is_remarked_on(
    event: dict[str, Any], remark: str
) -> None:
    """An ignored field is lost match quality that nobody would hear of."""
    assert [each.remarks for each in _events(read(event))] == [(remark,)]


async def test_a_pixel_with_the_guides_names_takes_both_names_of_the_phone() -> None:
    """The wire profile adds a name, and checks it as strictly as the other."""
    driver = a_driver(access=guide_access())
    good = await driver.track(an_envelope(user(phone_number=DIGEST), user(phone=DIGEST)))
    plain = await driver.track(an_envelope(user(phone_number="+491701234567")))
    assert (good.json["code"], plain.json["code"]) == (0, 40062)


@pytest.mark.parametrize(
    ("request_body", "token", "sdk", "guide"),
    [
        (an_envelope(), "", 40104, 40100),
        (an_envelope(), "stale", 40105, 40100),
        (an_envelope(an_event(event_id=None)), "sandbox-token", 40002, 40005),
        (an_envelope({}), "sandbox-token", 40002, 40003),
        (an_envelope(user(email="plain")), "sandbox-token", 40062, 40005),
        (an_envelope(event_source_id="C0"), "sandbox-token", 40002, 40101),
    ],
)
async def test_each_dialect_has_its_own_numbers_for_one_refusal(
    request_body: object, token: str, sdk: int, guide: int
) -> None:
    """Nobody knows which reading holds: a sender must be safe under both."""
    said = [
        (await a_driver(dialect=dialect).track(request_body, token=token)).json
        for dialect in (Dialect.SDK, Dialect.GUIDE)
    ]
    assert [each["code"] for each in said] == [sdk, guide]
    assert said[0]["message"] == said[1]["message"]


async def test_every_answer_has_an_id_of_its_own() -> None:
    """Request ids are what support is asked with; two answers must not share one."""
    driver = a_driver()
    ids = {(await driver.track()).json["request_id"] for _ in range(100)}
    assert len(ids) == 100
    assert {len(each) for each in ids} == {34}
    assert {each[:14] for each in ids} == {"20260423112500"}


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", DIGEST]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
TABLES = (REQUEST, EVENT, USER_OF_GUIDE, PROPERTIES, CONTENT, PAGE, LEAD)
FIELDS = [field for table in TABLES for field in table.values()]


@given(st.sampled_from(FIELDS), ANY_JSON)
def test_the_last_rule_of_a_field_implies_the_others(field: Field, value: object) -> None:
    """Only the last rule is asked of a good value; the others merely explain a bad one."""
    assert not field.holds(value) or all(rule.holds(value) for rule in field.rules)


NAMES = sorted({name for table in TABLES for name in table})
ODD_EVENTS = st.dictionaries(st.sampled_from(NAMES), ANY_JSON).map(
    lambda odd: {**an_event(), **odd}
)
ODD_PEOPLE = st.dictionaries(st.sampled_from(NAMES), ANY_JSON).map(lambda odd: user(**odd))
ODD_ORDERS = st.dictionaries(st.sampled_from(NAMES), ANY_JSON).map(lambda odd: properties(**odd))


@given(ANY_JSON | ODD_EVENTS | ODD_PEOPLE | ODD_ORDERS)
def test_whatever_an_event_looks_like_it_is_taken_or_refused(event: object) -> None:
    """A crash of the simulator would be read as a fault of TikTok's."""
    assert isinstance(read(event), list | Refusal)


def test_the_tables_have_the_published_sizes() -> None:
    """A lost or doubled row in a list of names would go unseen."""
    assert (len(CURRENCIES), len(STANDARD_EVENTS)) == (62, 23)


def _events(found: list[Event] | Refusal) -> list[Event]:
    assert isinstance(found, list), found
    return found
