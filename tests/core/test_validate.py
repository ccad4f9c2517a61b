from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tandemgate.catalog import currencies, events
from tandemgate.core.checklist import checklist
from tandemgate.core.parse import parse
from tandemgate.core.validate import remarks_on, validate
from tandemgate.model.finding import Finding, Problem
from tests.build import EVENT_TIME, NOW, a_raw_event, an_item, some_rules


def validated(rules: dict[str, Any], **overrides: Any) -> tuple[list[Problem], list[Finding]]:  # noqa: ANN401
    """Validate an item that can be read."""
    reported = parse(a_raw_event(an_item(**overrides))).reported
    assert reported is not None
    return validate(reported, some_rules(**rules), NOW, "")


def problems(**overrides: Any) -> list[tuple[int, str, str]]:  # noqa: ANN401
    """The problems of an item: code, reason and field."""
    return [(one.code, one.reason, one.field) for one in validated({}, **overrides)[0]]


def findings(**overrides: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """The findings of an item: reason and field."""
    return [(one.reason, one.field) for one in validated({}, **overrides)[1]]


@pytest.mark.parametrize("name", sorted(events.KNOWN))
def test_every_name_that_tiktok_takes_passes_as_it_is(name: str) -> None:
    """Names are part of TikTok's key for pairs, so old names are not translated either."""
    assert problems(event=name) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("completePayment", "CompletePayment"),
        ("Complete Payment", "CompletePayment"),
        ("complete_payment", "CompletePayment"),
        ("COMPLETEPAYMENT", "CompletePayment"),
        ("AddTocart", "AddToCart"),
        ("add-to-cart", "AddToCart"),
        ("Purchse", "Purchase"),
        ("PageView", "Pageview"),
        ("ViewContents", "ViewContent"),
    ],
)
def test_a_near_miss_is_refused_with_the_name_that_was_meant(name: str, meant: str) -> None:
    """TikTok would take it as a custom event that no campaign optimizes for."""
    (problem,) = validated({"custom_events": True}, event=name)[0]
    assert (problem.code, problem.reason, problem.fix) == (40005, "event_unknown", f"send {meant}")
    assert problem.received == name


@pytest.mark.parametrize(
    ("custom_events", "refused"),
    [(False, True), (frozenset({"Other"}), True), (True, False), (frozenset({"QuizDone"}), False)],
)
def test_custom_events_pass_where_the_pixel_allows_them(
    custom_events: bool | frozenset[str], refused: bool
) -> None:
    """An unknown name is a typing error until somebody says that it is not."""
    assert bool(validated({"custom_events": custom_events}, event="QuizDone")[0]) is refused


def test_a_listed_name_beats_a_near_miss() -> None:
    """A shop may have its reasons for an event called Purchases."""
    assert validated({"custom_events": frozenset({"Purchases"})}, event="Purchases")[0] == []


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (EVENT_TIME, []),
        (int(NOW) + 300, []),
        (int(NOW) + 301, [(40005, "event_time_in_future", "/event_time")]),
        (int(NOW) - 7 * 86_400, []),
        (int(NOW) - 7 * 86_400 - 1, [(40005, "event_time_too_old", "/event_time")]),
        (1, [(40005, "event_time_too_old", "/event_time")]),
        (EVENT_TIME * 1_000, [(40005, "event_time_in_milliseconds", "/event_time")]),
        (10**60, [(40005, "event_time_in_milliseconds", "/event_time")]),
        (..., [(40003, "event_time_missing", "/event_time")]),
    ],
)
def test_times_lie_between_the_age_limit_and_now(
    time: object, expected: list[tuple[int, str, str]]
) -> None:
    """Outside of it TikTok drops the event, or counts it for another day."""
    assert problems(event_time=time) == expected


@pytest.mark.parametrize(
    ("factor", "divisor"), [(10**3, 1_000), (10**6, 1_000_000), (10**9, 1_000_000_000)]
)
def test_finer_times_are_answered_with_the_seconds(factor: int, divisor: int) -> None:
    """JavaScript counts milliseconds, databases micro- and nanoseconds."""
    (problem,) = validated({}, event_time=EVENT_TIME * factor)[0]
    assert problem.fix == f"divide by {divisor}: {EVENT_TIME}"


def test_a_time_ahead_names_the_clock_that_is_wrong() -> None:
    """The event happened; the machine that dated it is wrong."""
    (problem,) = validated({}, event_time=int(NOW) + 7_200)[0]
    assert "clock is 2 hours ahead" in problem.fix


def test_the_limits_are_the_pixels() -> None:
    """A shop that reports at night may allow more than the default."""
    old = int(NOW) - 20 * 86_400
    assert validated({"event_age_limit": 28 * 86_400}, event_time=old)[0] == []
    assert validated({"future_tolerance": 900}, event_time=int(NOW) + 600)[0] == []


@pytest.mark.parametrize("event", sorted(events.PURCHASES))
def test_a_purchase_needs_value_and_currency_each_told_apart(event: str) -> None:
    """Both are missing at once in most first attempts."""
    assert problems(event=event, properties=...) == [
        (40003, "value_missing", "/properties/value"),
        (40003, "currency_missing", "/properties/currency"),
    ]


def test_a_purchase_for_nothing_is_a_purchase() -> None:
    """A value of 0 is stated, not missing."""
    assert problems(properties={"value": 0, "currency": "EUR"}) == []


@pytest.mark.parametrize("event", sorted(events.VALUE_EXPECTED))
def test_other_value_events_go_without_value(event: str) -> None:
    """A cart event without value still says who wanted something."""
    assert problems(event=event, properties=...) == []
    assert findings(event=event, properties=...) == [
        ("value_recommended", "/properties/value"),
        ("currency_recommended", "/properties/currency"),
    ]


def test_an_event_that_is_worth_nothing_needs_no_value() -> None:
    """A remark on every lead would teach people to read none."""
    assert findings(event="Lead", properties=...) == []


def test_a_value_without_currency_is_remarked_anywhere() -> None:
    """TikTok would guess the currency."""
    assert findings(event="Lead", properties={"value": 5}) == [
        ("currency_recommended", "/properties/currency")
    ]


@pytest.mark.parametrize("code", sorted(currencies.TIKTOK))
def test_each_currency_of_tiktoks_list_passes(code: str) -> None:
    """The list is TikTok's, and every entry of it is ISO's."""
    assert code in currencies.MINOR_DIGITS
    assert problems(properties={"value": 1, "currency": code}) == []


def test_an_iso_currency_outside_the_list_is_remarked() -> None:
    """The conversion counts, even where its value cannot."""
    told = findings(properties={"value": 1, "currency": "XOF"})
    assert told == [("currency_unlisted", "/properties/currency")]


@pytest.mark.parametrize(
    ("code", "fix"),
    [("EURO", "send EUR"), ("€", "send EUR"), ("US$", "send USD"), ("XQX", "send the three-")],
)
def test_what_is_no_currency_is_refused_with_the_code_that_was_meant(code: str, fix: str) -> None:
    """EURO is the most common of these mistakes."""
    (problem,) = validated({}, properties={"value": 1, "currency": code})[0]
    assert (problem.code, problem.reason, problem.received) == (40005, "currency_invalid", code)
    assert problem.fix.startswith(fix)


@pytest.mark.parametrize("user", [..., None, {}, {"email": [], "ip": None, "phone": ""}])
def test_an_event_of_nobody_is_refused(user: object) -> None:
    """TikTok can match it with nobody, so sending it would only spoil the figures."""
    assert problems(user=user) == [(40003, "user_context_missing", "/user")]


def test_missing_match_keys_are_remarked() -> None:
    """The guide asks for one strong key, and for ip and user agent on every server event."""
    assert findings(user={"ttp": "2.abc"}) == [
        ("no_strong_key", "/user"),
        ("ip_missing", "/user/ip"),
        ("user_agent_missing", "/user/user_agent"),
    ]


@pytest.mark.parametrize("name", ["email", "phone", "external_id"])
def test_any_of_the_three_is_a_strong_key(name: str) -> None:
    """The guide names these three."""
    user = {name: "x", "ip": "203.0.113.1", "user_agent": "Mozilla"}
    assert findings(user=user) == []


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (..., [("page_url_missing", "/page/url")]),
        ({"url": "https://shop.example/a"}, []),
        ({"url": "https://www.SHOP.example:8443/a"}, []),
        ({"url": "https://shop.example"}, []),
        ({"url": "https://myshop.example/"}, [("domain_unlisted", "/page/url")]),
        ({"url": "https://shop.example.evil.example/"}, [("domain_unlisted", "/page/url")]),
        ({"url": "https://evil.example/?shop.example"}, [("domain_unlisted", "/page/url")]),
    ],
)
def test_pages_belong_to_the_pixels_domains(page: object, expected: list[tuple[str, str]]) -> None:
    """An event of another shop's page would train the wrong campaigns."""
    found = validated({"domains": ("shop.example",)}, page=page)[1]
    assert [(one.reason, one.field) for one in found] == expected


def lacking(**overrides: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """The lines of the checklist that an item lacks."""
    raw = a_raw_event(an_item(**overrides))
    reported = parse(raw).reported
    assert reported is not None
    return [(item.field, item.need) for item in checklist(raw, reported) if not item.present]


def test_the_checklist_is_the_guides_table() -> None:
    """Its order is the order in which the guide asks for the fields."""
    raw = a_raw_event()
    reported = parse(raw).reported
    assert reported is not None
    assert [item.field for item in checklist(raw, reported)] == [
        "event_source",
        "event_source_id",
        "event",
        "event_time",
        "user.email",
        "user.phone",
        "user.external_id",
        "user.ttclid",
        "user.ttp",
        "user.ip",
        "user.user_agent",
        "properties.value + currency",
    ]


def test_the_checklist_tells_required_from_recommended() -> None:
    """A purchase must have its value; a full cart would only be better for it; a lead has none."""
    money, properties = "properties.value + currency", {"value": 5}
    assert (money, "required") in lacking(properties=properties)
    assert (money, "recommended") in lacking(event="AddToCart", properties=properties)
    assert money not in dict(lacking(event="Lead", properties=properties))
    assert ("event_time", "required") in lacking(event_time=...)
    assert ("user.email", "recommended") not in lacking()


ODD: dict[str, st.SearchStrategy[Any]] = {
    "event": st.sampled_from(["", "purchase", "QuizDone", "ViewContent", "Contact"]),
    "event_time": st.sampled_from([0, EVENT_TIME + 301, EVENT_TIME - 8 * 86_400]),
    "user": st.sampled_from(
        [
            {},
            {"ip": "85.214.1.1", "user_agent": "y"},
            {"email": "x", "user_agent": "y"},
            {"email": "x", "ip": "85.214.1.1"},
        ]
    ),
    "properties": st.sampled_from([{}, {"value": 5}, {"currency": "EUR"}]),
    "page": st.sampled_from([{}, {"url": "https://elsewhere.example/"}]),
}
SOUND: dict[str, Any] = {
    "event": "Purchase",
    "user": {"email": "x", "ip": "85.214.1.1", "user_agent": "y"},
    "properties": {"value": 0, "currency": "EUR"},
    "page": {"url": "https://www.shop.example/"},
}
RULES: dict[str, st.SearchStrategy[Any]] = {
    "custom_events": st.sampled_from([True, frozenset({"QuizDone"})]),
    "domains": st.sampled_from([("shop.example",), ("other.example",)]),
    "event_age_limit": st.sampled_from([60.0, 9 * 86_400.0, 1e11]),
}


@example(item={"event_time": 0}, rules={"event_age_limit": 1e11})
@example(item={"properties": {"value": 5, "currency": "XAU"}}, rules={})
@given(
    item=st.one_of(
        *(st.fixed_dictionaries({name: odd}) for name, odd in ODD.items()),
        st.fixed_dictionaries({}, optional=ODD),
    ),
    rules=st.fixed_dictionaries({}, optional=RULES),
)
def test_one_look_says_what_all_looks_say(item: dict[str, Any], rules: dict[str, Any]) -> None:
    """What is sound at first sight must be what nobody would have said anything about."""
    reported = parse(a_raw_event(an_item(**SOUND | item))).reported
    assert reported is not None
    all_said = list(remarks_on(reported, some_rules(**rules), NOW, ""))
    found, remarked = validate(reported, some_rules(**rules), NOW, "")
    assert found == [one for one in all_said if isinstance(one, Problem)]
    assert remarked == [one for one in all_said if isinstance(one, Finding)]
