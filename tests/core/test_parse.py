from typing import Any

import pytest
from msgspec import structs

from tandemgate.core.parse import parse
from tandemgate.core.reading import MOST_NOTES
from tandemgate.model.consent import Flag
from tandemgate.model.event import Content, Reported, Source
from tests.build import EVENT_TIME, a_raw_event, an_item


def reported(**overrides: Any) -> Reported:  # noqa: ANN401
    """Read an item that must be readable."""
    parsed = parse(a_raw_event(an_item(**overrides)))
    assert parsed.problems == []
    assert parsed.reported is not None
    return parsed.reported


def problems(source: Source = Source.BACKEND, **overrides: Any) -> list[tuple[int, str, str]]:  # noqa: ANN401
    """The problems of an item: code, reason and field."""
    parsed = parse(a_raw_event(an_item(**overrides), source=source))
    return [(one.code, one.reason, one.field.removeprefix("/data/0")) for one in parsed.problems]


def findings(source: Source = Source.BACKEND, **overrides: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """The findings of an item: reason and field."""
    parsed = parse(a_raw_event(an_item(**overrides), source=source))
    return [(one.reason, one.field.removeprefix("/data/0")) for one in parsed.findings]


def test_a_valid_item_is_read_whole_without_a_remark() -> None:
    """What is right must pass in silence, or nobody reads the remarks."""
    seen = reported(
        properties={
            "value": 129.95,
            "currency": "EUR",
            "order_id": 10492,
            "contents": [{"content_id": "SKU-481", "quantity": 1, "price": 129.95}],
            "content_type": "product",
            "num_items": 1,
        },
        session="s1",
        refs={"order": "10492", "cart": 7},
        lead={"lead_id": "l1"},
        limited_data_use=True,
        region="DE",
    )
    assert (seen.event, seen.event_time) == ("CompletePayment", EVENT_TIME)
    assert seen.person.email == ("customer@example.com",)
    assert seen.commerce.order_id == "10492"
    assert seen.commerce.contents == (Content("SKU-481", 1, 129.95),)
    assert seen.commerce.other == {"content_type": "product", "num_items": 1}
    assert (seen.refs, seen.lead) == ({"order": "10492", "cart": "7"}, {"lead_id": "l1"})
    assert (seen.session, seen.limited_data_use, seen.phone_region) == ("s1", True, "DE")
    assert findings() == []


@pytest.mark.parametrize("item", [None, 1, "text", [], True])
def test_what_is_no_object_is_refused_as_one_problem(item: object) -> None:
    """There is nothing in it to read, so there is one thing to say."""
    parsed = parse(structs.replace(a_raw_event(), item=item))
    assert parsed.reported is None
    assert [one.reason for one in parsed.problems] == ["event_not_object"]


PROBLEMS = [
    ({"event": 7}, (40005, "wrong_type", "/event")),
    ({"event": "mail jane@shop.example"}, (40005, "event_holds_identifier", "/event")),
    ({"event_id": 10492}, (40002, "event_id_not_string", "/event_id")),
    ({"event_id": 1.5}, (40002, "event_id_not_string", "/event_id")),
    ({"event_id": True}, (40005, "wrong_type", "/event_id")),
    ({"event_id": ["a"]}, (40005, "wrong_type", "/event_id")),
    ({"event_id": "a\nb"}, (40005, "event_id_invalid", "/event_id")),
    ({"event_id": "x" * 257}, (40005, "event_id_invalid", "/event_id")),
    ({"event_id": "o_jane@shop.example"}, (40005, "event_id_holds_identifier", "/event_id")),
    ({"event_id": "+491701234567_pay"}, (40005, "event_id_holds_identifier", "/event_id")),
    ({"event_id": "a\0"}, (40005, "text_unreadable", "/event_id")),
    ({"event_id": "a\ud800"}, (40005, "text_unreadable", "/event_id")),
    ({"event_time": True}, (40005, "event_time_invalid", "/event_time")),
    ({"event_time": 0}, (40005, "event_time_invalid", "/event_time")),
    ({"event_time": -5}, (40005, "event_time_invalid", "/event_time")),
    ({"event_time": 1776943380.5}, (40005, "event_time_invalid", "/event_time")),
    ({"event_time": "2026-04-23T11:23:00Z"}, (40005, "event_time_invalid", "/event_time")),
    ({"event_time": "١٢٣"}, (40005, "event_time_invalid", "/event_time")),
    ({"user": "jane"}, (40005, "wrong_type", "/user")),
    ({"user": {"email": 5}}, (40005, "wrong_type", "/user/email")),
    ({"user": {"email": ["a@b.example", {}]}}, (40005, "wrong_type", "/user/email/1")),
    ({"user": {"phone": 491701234567}}, (40005, "wrong_type", "/user/phone")),
    ({"user": {"email": ["a@b.example"] * 21}}, (40005, "too_many_values", "/user/email")),
    ({"user": {"ip": 1}}, (40005, "wrong_type", "/user/ip")),
    ({"properties": []}, (40005, "wrong_type", "/properties")),
    ({"properties": {"value": "129,95 €"}}, (40005, "value_invalid", "/properties/value")),
    ({"properties": {"value": "1e3"}}, (40005, "value_invalid", "/properties/value")),
    ({"properties": {"value": True}}, (40005, "value_invalid", "/properties/value")),
    ({"properties": {"value": []}}, (40005, "value_invalid", "/properties/value")),
    ({"properties": {"value": 10**15}}, (40005, "value_invalid", "/properties/value")),
    ({"properties": {"value": 10**300}}, (40005, "value_invalid", "/properties/value")),
    (
        {"properties": {"value": "0.12345678901234567"}},
        (40005, "value_invalid", "/properties/value"),
    ),
    ({"properties": {"value": -0.01}}, (40005, "value_negative", "/properties/value")),
    ({"properties": {"currency": 978}}, (40005, "currency_invalid", "/properties/currency")),
    ({"properties": {"contents": "SKU"}}, (40005, "contents_invalid", "/properties/contents")),
    ({"properties": {"contents": [7]}}, (40005, "contents_invalid", "/properties/contents/0")),
    (
        {"properties": {"contents": [{"content_id": "a", "price": -1}]}},
        (40005, "value_negative", "/properties/contents/0/price"),
    ),
    (
        {"properties": {"contents": {"content_id": "a", "quantity": 0}}},
        (40005, "quantity_invalid", "/properties/contents/quantity"),
    ),
    (
        {"properties": {"contents": [{"content_id": "a", "quantity": 1.5}]}},
        (40005, "quantity_invalid", "/properties/contents/0/quantity"),
    ),
    (
        {"properties": {"content_type": "shoe"}},
        (40005, "content_type_invalid", "/properties/content_type"),
    ),
    (
        {"properties": {"description": "x" * 8193}},
        (40005, "text_too_long", "/properties/description"),
    ),
    (
        {"properties": {"description": "ä" * 4097}},
        (40005, "text_too_long", "/properties/description"),
    ),
    ({"unheard_of": {"deep": ["x" * 8193]}}, (40005, "text_too_long", "/unheard_of")),
    ({"unheard_of": {"\0": 1}}, (40005, "text_unreadable", "/unheard_of")),
    ({"limited_data_use": "true"}, (40005, "wrong_type", "/limited_data_use")),
    ({"consent": "GRANTED"}, (40005, "wrong_type", "/consent")),
    ({"consent": {"ad_user_data": True}}, (40005, "consent_unreadable", "/consent/ad_user_data")),
    ({"consent": {"ad_user_data": ""}}, (40005, "consent_unreadable", "/consent/ad_user_data")),
    (
        {"properties": {"ad_personalization": "yes"}},
        (40005, "consent_unreadable", "/properties/ad_personalization"),
    ),
    ({"consent": {"opt_out": "no"}}, (40005, "wrong_type", "/consent/opt_out")),
    ({"consent": {"gpc": "1"}}, (40005, "wrong_type", "/consent/gpc")),
    ({"consent": {"child": 0}}, (40005, "wrong_type", "/consent/child")),
    ({"consent": {"collected_at": "soon"}}, (40005, "time_invalid", "/consent/collected_at")),
    ({"session": 5}, (40005, "wrong_type", "/session")),
    (
        {"properties": {"content_ids": ["a"] * 1001}},
        (40005, "too_many_values", "/properties/content_ids"),
    ),
    ({"properties": {"num_items": 10**15}}, (40005, "quantity_invalid", "/properties/num_items")),
    ({"refs": ["a"]}, (40005, "wrong_type", "/refs")),
]


@pytest.mark.parametrize(("overrides", "expected"), PROBLEMS, ids=range(len(PROBLEMS)))
def test_a_wrong_field_is_named_by_its_pointer(
    overrides: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    """The caller must find the field without guessing, whatever else is right."""
    assert problems(**overrides) == [expected]


def test_all_problems_of_an_event_are_told_at_once() -> None:
    """Ten round trips for ten mistakes would be nine too many."""
    told = problems(
        event=1,
        event_id=2,
        event_time="x",
        user={"ip": 3},
        properties={"value": "?", "currency": 4},
    )
    assert [field for _, _, field in told] == [
        "/user/ip",
        "/event",
        "/event_id",
        "/event_time",
        "/properties/value",
        "/properties/currency",
    ]


def test_a_flood_of_mistakes_is_answered_briefly() -> None:
    """An answer must not grow to a hundred times the request."""
    assert len(problems(properties={"contents": [1] * 500})) == MOST_NOTES
    unknown: dict[str, Any] = {f"x{place}": 1 for place in range(500)}
    assert len(findings(**unknown)) == MOST_NOTES


FIXES = [
    ({"event_id": 10492}, 'send "10492" in quotes'),
    ({"event_time": 1776943380.5}, "send 1776943380, without a fraction"),
    ({"event_time": "2026-04-23T13:23:00+02:00"}, "send 1776943380"),
    ({"properties": {"value": "129,95 €"}}, "send 129.95"),
    ({"properties": {"value": "$1,299.00"}}, "send 1299.00"),
    ({"properties": {"value": "1.299,00 EUR"}}, "send 1299.00"),
    ({"properties": {"value": "1'299.5"}}, "send 1299.5"),
    ({"properties": {"value": "1,299"}}, "send 1299"),
    ({"properties": {"value": "free"}}, "send a number"),
]


@pytest.mark.parametrize(("overrides", "fix"), FIXES, ids=range(len(FIXES)))
def test_the_fix_says_what_to_send_instead(overrides: dict[str, Any], fix: str) -> None:
    """A fix that can be copied is worth more than a rule."""
    (problem,) = parse(a_raw_event(an_item(**overrides))).problems
    assert problem.fix == fix


FINDINGS = [
    ({"event_time": "1776943380"}, ("event_time_converted", "/event_time")),
    ({"event_time": 1776943380.0}, ("event_time_converted", "/event_time")),
    ({"properties": {"value": "129.95"}}, ("number_was_text", "/properties/value")),
    ({"properties": {"currency": "eur"}}, ("currency_upper_cased", "/properties/currency")),
    (
        {"properties": {"contents": [{"content_id": "a", "quantity": "2"}]}},
        ("number_was_text", "/properties/contents/0/quantity"),
    ),
    (
        {"properties": {"contents": [{"price": 1}]}},
        ("content_id_missing", "/properties/contents/0"),
    ),
    (
        {"properties": {"description": "for jane@shop.example"}},
        ("text_holds_identifier", "/properties/description"),
    ),
    (
        {"properties": {"query": "call +49 170 1234567"}},
        ("text_holds_identifier", "/properties/query"),
    ),
    (
        {"properties": {"order_id": "customer@example.com"}},
        ("text_holds_identifier", "/properties/order_id"),
    ),
    ({"consent": {"cmp": "a@b.example"}}, ("text_holds_identifier", "/consent/cmp")),
    ({"context": {"ip": "1.2.3.4"}}, ("unknown_field", "/context")),
    ({"page": {"url": "/thanks"}}, ("page_url_invalid", "/page/url")),
    ({"page": {"url": "javascript:alert(1)"}}, ("page_url_invalid", "/page/url")),
    ({"page": {"url": "https://shop.example/a b"}}, ("page_url_invalid", "/page/url")),
    ({"app": {"app_id": "1"}}, ("unknown_field", "/app")),
    ({"properties": {"contents": {"content_id": "a", "content_type": "product"}}},
     ("unknown_field", "/properties/contents/content_type")),
    ({"a/b~c": 1}, ("unknown_field", "/a~1b~0c")),
    ({"mail jane@shop.example": 1}, ("unknown_field", "/…")),
]  # fmt: skip


@pytest.mark.parametrize(("overrides", "expected"), FINDINGS, ids=range(len(FINDINGS)))
def test_what_can_be_mended_is_mended_with_a_finding(
    overrides: dict[str, Any], expected: tuple[str, str]
) -> None:
    """A conversion is worth more than a type, but the caller should know."""
    assert problems(**overrides) == []
    assert findings(**overrides) == [expected]


def test_converted_values_are_exact() -> None:
    """Values are never rounded."""
    assert reported(properties={"value": "129.95"}).commerce.value == 129.95
    assert reported(properties={"value": "130"}).commerce.value == 130
    assert reported(event_time="1776943380").event_time == EVENT_TIME


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("emial", "email"),
        ("userAgent", "user_agent"),
        ("phonenumber", "phone_number"),
        ("externalid", "external_id"),
        ("ttclids", "ttclid"),
        ("IP", "ip"),
        ("contry", "country"),
    ],
)
def test_an_unknown_field_names_the_one_that_was_meant(name: str, hint: str) -> None:
    """A misspelt match key silently costs matches for months."""
    (found,) = parse(a_raw_event(an_item(user={"ip": "203.0.113.1", name: "x"}))).findings
    assert found.note == f"left out; did you mean {hint}?"


@pytest.mark.parametrize("name", ["idfa", "gaid", "zzzzzzzz", "id", "p", "x" * 99])
def test_an_unknown_field_like_no_other_gets_no_hint(name: str) -> None:
    """A wrong guess sends people the wrong way."""
    (found,) = parse(a_raw_event(an_item(user={"ip": "203.0.113.1", name: "x"}))).findings
    assert "did you mean" not in found.note


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (7, "a number"),
        (7.5, "a number"),
        (True, "a boolean"),
        ({}, "an object"),
        ([1, 2], "a list of 2"),
        ("x" * 9000, "a string of 9000 characters"),
    ],
)
def test_of_a_personal_field_only_the_shape_is_told(value: object, received: str) -> None:
    """Even a wrong value may be somebody's."""
    (problem,) = parse(a_raw_event(an_item(user={"ip": value}))).problems
    assert problem.received == received


def test_phone_and_phone_number_are_one_key_and_lists_lose_their_nulls() -> None:
    """The guide, the Pixel and TikTok's SDK name the field differently."""
    person = reported(
        user={"phone": [None, "+1"], "phone_number": "+2", "external_id": [7, "c", None, ""]}
    ).person
    assert person.phone == ("+1", "+2")
    assert person.external_id == ("7", "c")


def test_null_and_blank_are_missing() -> None:
    """Serializers write null for what is not there; that is no statement."""
    seen = reported(
        event_id=None, session=" ", user={"email": None, "ip": ""}, page=None, consent=None
    )
    assert (seen.event_id, seen.session, seen.person.email, seen.person.ip) == (
        None,
        None,
        (),
        None,
    )


def test_contents_may_be_one_product() -> None:
    """Shops with one product per order send the object itself."""
    seen = reported(properties={"contents": {"content_id": 481, "quantity": "2", "price": "9.50"}})
    assert seen.commerce.contents == (Content("481", 2, 9.5),)


def test_addresses_lose_what_must_not_leave() -> None:
    """Checkout pages carry emails in their query."""
    page = reported(page={"url": "https://shop.example/t?email=a%40b.c&utm_source=x#f"}).page
    assert page.url == "https://shop.example/t?utm_source=x"


def test_an_address_that_names_the_person_is_left_out() -> None:
    """Shops put the customer's number into the path of the account page."""
    user = {"phone": "0170 1234567"}
    page = {"url": "https://shop.example/account/01701234567"}
    assert findings(user=user, page=page) == [("text_holds_identifier", "/page/url")]
    assert reported(user=user, page=page).page.url == "https://shop.example/account/redacted"


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("https://shop.example/thanks?utm_campaign=cust-7712&utm_id=1", "https://shop.example/thanks?utm_id=1"),
        ("https://shop.example/of/CUST-7712/thanks", "https://shop.example/of/redacted/thanks"),
        ("https://shop.example/of/cust%2D7712/", "https://shop.example/of/redacted/"),
    ],
)  # fmt: skip
def test_a_customers_own_id_does_not_leave_in_an_address(address: str, left: str) -> None:
    """It leaves hashed, and not at all after a denial; an address would tell it in plain."""
    user = {"external_id": "cust-7712"}
    page = {"url": address, "referrer": address}
    told = reported(user=user, page=page).page
    assert (told.url, told.referrer) == (left, left)


SAID_ABOUT_THE_PERSON = {
    "first_name": "Quirinella",
    "zip_code": "QX97ZK",
    "ttp": "2.CookieOfABrowser",
    "user_agent": "Browser/97.5 (like Gecko)",
    "ip": "203.0.113.177",
}


@pytest.mark.parametrize("value", SAID_ABOUT_THE_PERSON.values(), ids=list(SAID_ABOUT_THE_PERSON))
def test_what_is_kept_in_the_clear_repeats_nothing_about_the_person(value: str) -> None:
    """Findings and the CMP's name are told on pages; who acted is kept sealed, if at all."""
    consent = {"cmp": value, "cmp_version": value, value: 1}
    told = parse(a_raw_event(an_item(user=SAID_ABOUT_THE_PERSON, consent=consent)))
    assert {(one.reason, one.field.rpartition("/")[2]) for one in told.findings} == {
        ("text_holds_identifier", "cmp"),
        ("text_holds_identifier", "cmp_version"),
        ("unknown_field", "…"),
    }
    assert told.reported is not None
    assert (told.reported.signals.cmp, told.reported.signals.cmp_version) == (None, None)


@pytest.mark.parametrize("value", SAID_ABOUT_THE_PERSON.values(), ids=list(SAID_ABOUT_THE_PERSON))
def test_a_refusal_repeats_nothing_about_the_person(value: str) -> None:
    """Answers end in the logs of callers."""
    told = parse(
        a_raw_event(an_item(user=SAID_ABOUT_THE_PERSON, properties={"value": value, "currency": 7}))
    )
    assert value not in repr(told.problems)


@pytest.mark.parametrize("text", ["x" * 8192, "ä" * 4096])
def test_a_text_may_be_as_long_as_documented(text: str) -> None:
    """The limit is a promise to callers, so it lies exactly where it is documented."""
    assert reported(properties={"description": text}).commerce.other["description"] == text


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (True, "true"),
        (10**39, str(10**39)),
        (10**40, "a number of more than 40 digits"),
        (-1e300, "-1e+300"),
        ([1, 2], "a list of 2"),
        ({}, "an object"),
        ("x" * 81, "x" * 80 + "…"),
        ("a\x1b[31mb", "a\N{REPLACEMENT CHARACTER}[31mb"),
        ("call +491701234567", "a string of 18 characters"),
    ],
)
def test_what_came_is_shown_in_a_form_that_harms_nobody(value: object, received: str) -> None:
    """It ends in terminals, logs and pages."""
    (problem,) = parse(a_raw_event(an_item(properties={"content_type": value}))).problems
    assert problem.received == received


@pytest.mark.parametrize("field", ["city", "ttclid", "ttp", "user_agent", "locale"])
def test_an_identifier_never_hides_in_a_field_that_leaves_unhashed(field: str) -> None:
    """A form that is wired wrongly would send emails in the clear."""
    user = {"email": "customer@example.com", field: "x customer@example.com"}
    assert (field, findings(user=user)) == (field, [("text_holds_identifier", f"/user/{field}")])
    assert getattr(reported(user=user).person, field) is None


@pytest.mark.parametrize(
    ("consent", "properties", "expected"),
    [
        ({"ad_user_data": "granted"}, {}, Flag.GRANTED),
        ({}, {"ad_user_data": " Denied "}, Flag.DENIED),
        ({"ad_user_data": "GRANTED"}, {"ad_user_data": "GRANTED"}, Flag.GRANTED),
        ({"ad_user_data": "GRANTED"}, {"ad_user_data": "DENIED"}, Flag.DENIED),
        ({"ad_user_data": "DENIED"}, {"ad_user_data": "GRANTED"}, Flag.DENIED),
        ({"ad_user_data": None}, {}, None),
    ],
)
def test_the_stricter_of_two_consent_statements_counts(
    consent: dict[str, object], properties: dict[str, object], expected: Flag | None
) -> None:
    """Where two places disagree, somebody denied."""
    seen = reported(consent=consent, properties=properties)
    assert seen.signals.ad_user_data is expected


def test_contradicting_consent_is_told() -> None:
    """A contradiction is a bug in somebody's consent layer."""
    told = findings(consent={"ad_user_data": "GRANTED"}, properties={"ad_user_data": "DENIED"})
    assert told == [("consent_contradiction", "/consent/ad_user_data")]


def test_unreadable_consent_from_a_browser_is_missing_not_refused() -> None:
    """Nobody reads the answer to a beacon, and missing never grants."""
    assert problems(Source.BROWSER, consent={"ad_user_data": 1}) == []
    assert findings(Source.BROWSER, consent={"ad_user_data": 1}) == [
        ("consent_ignored", "/consent/ad_user_data")
    ]


def test_when_consent_was_collected_is_read_in_both_spellings() -> None:
    """Consent tools write ISO 8601, backends write seconds."""
    assert reported(consent={"collected_at": 1776943380}).signals.collected_at == 1776943380.0
    iso = reported(consent={"collected_at": "2026-04-23T11:23:00Z"}).signals.collected_at
    assert iso == 1776943380.0


@pytest.mark.parametrize(
    "overrides",
    [
        {"user": {"email": 1, "phone": "+491701234567"}, "event": "+491701234567"},
        {"user": {"phone": "+491701234567"}, "event_time": 491701234567000.5},
        {"user": {"phone": "+491701234567"}, "properties": {"value": "0170 1234567 €"}},
        {"user": {"phone": "+491701234567"}, "0170-1234567": 1},
        {"user": {"phone": "0170/1234567", "0170 1234567": 1}},
        {"user": {"phone": "+491701234567"}, "consent": {"ad_user_data": "01701234567"}},
    ],
    ids=range(6),
)
def test_nothing_that_is_noted_repeats_the_person(overrides: dict[str, Any]) -> None:
    """Answers end in the caller's logs, where nobody expects a phone number."""
    parsed = parse(a_raw_event(an_item(**overrides)))
    noted = repr((parsed.problems, parsed.findings))
    assert parsed.problems or parsed.findings
    assert "1234567" not in noted.replace("-", "").replace(" ", "")


def test_repeated_keys_refuse_their_event() -> None:
    """Nobody knows which of the two was meant."""
    parsed = parse(a_raw_event(an_item(), repeated_keys=("/data/0/user/email",)))
    assert [(one.reason, one.field) for one in parsed.problems] == [
        ("key_repeated", "/data/0/user/email")
    ]
