import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tandemgate.core.envelope import Unreadable, raw_events, read_carefully, read_envelope
from tandemgate.core.identify import echo_event_id
from tandemgate.core.pipeline import process
from tandemgate.core.visit import wanted
from tandemgate.model.event import Envelope, Reported, Source
from tandemgate.model.outcome import Processed
from tandemgate.model.visit import Wanted
from tests.build import EVENT_TIME, NOW, an_envelope, an_item, some_rules
from tests.strategies import json_values, near_valid_items

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "pipeline").glob("*.json"))
RULES = some_rules(custom_events=frozenset({"Own Event"}))

EVERYTHING: dict[str, Any] = an_item(
    user={
        "email": ["ada@mail.example", "a.l@mail.example"],
        "phone": "+49 151 23456789",
        "phone_number": ["+4915123456780"],
        "external_id": ["customer-1", 77],
        "first_name": "Ada",
        "last_name": "Lovelace",
        "zip_code": "10115",
        "city": "São Paulo",
        "state": "",
        "country": "de",
        "ttclid": "E.C.P.CqQBb1Vb4Fh9kX2mQ",
        "ttp": "2J6ZkqKc1n7wYb9vQ",
        "ip": "85.214.132.117",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "locale": "de-DE",
    },
    properties={
        "value": 129.95,
        "currency": "EUR",
        "order_id": 10492,
        "contents": [
            {"content_id": "sku-1", "quantity": 2, "price": 49.95, "content_name": "Stuhl “Å”"},
            {"content_id": 77, "content_category": "chairs", "brand": "A/S"},
        ],
        "content_type": "product",
        "content_ids": ["sku-1", 77],
        "num_items": 3,
        "shop_id": "berlin",
        "query": "chair",
        "search_string": "red chair",
        "description": "two chairs",
        "status": "paid",
        "predicted_ltv": 0,
    },
    page={"url": "https://shop.example/a?utm_source=tiktok", "referrer": "https://x.example/?q=1"},
    limited_data_use=False,
    lead={"lead_event_source": "form", "lead_id": "7"},
    consent={
        "ad_user_data": "GRANTED",
        "ad_personalization": "DENIED",
        "region": "DE",
        "cmp": "cmp.example",
        "cmp_version": 3,
        "opt_out": False,
        "child": False,
        "collected_at": EVENT_TIME - 100,
        "tc_string": "",
        "gpp_string": "DBAA",
        "us_privacy": "1YNN",
        "gcd": "13l3l3l3l5l1",
    },
    session="s-1",
    refs={"cart": "c-1", "checkout": "k-1", "order": "o-1", "lead": "l-1"},
    region="DE",
)


def told(envelope: Envelope | Unreadable) -> object:
    """Everything that comes of an envelope, in a form that compares."""
    if isinstance(envelope, Unreadable):
        return envelope
    outcomes: list[tuple[Processed, str | None, Wanted | None]] = []
    for raw in raw_events(envelope, source=Source.BACKEND, verified=True):
        outcome = process(raw, RULES, NOW)
        outcomes.append((outcome, echo_event_id(raw, outcome), wanted(raw)))
    return outcomes


def differs(body: bytes) -> tuple[object, object] | None:
    """What both roads say of *body*, if it is not the same."""
    quick, careful = told(read_envelope(body)), told(read_carefully(body))
    return None if repr(quick) == repr(careful) and quick == careful else (quick, careful)


def written(*items: object, **layout: Any) -> bytes:  # noqa: ANN401 - whatever json takes
    """An envelope with *items* as bytes."""
    return json.dumps(an_envelope(*items), **layout).encode(errors="surrogatepass")


def ordinary(body: bytes) -> list[bool]:
    """Which events of *body* were read in one step."""
    envelope = read_envelope(body)
    assert isinstance(envelope, Envelope)
    return [isinstance(item, Reported) for item in envelope.data]


def test_an_event_with_every_field_is_ordinary() -> None:
    """A law about two roads says nothing when all takes one of them."""
    assert ordinary(written(an_item(), EVERYTHING)) == [True, True]
    assert differs(written(an_item(), EVERYTHING)) is None


def test_an_odd_event_leaves_its_neighbours_ordinary() -> None:
    """One field that a plugin invented must not slow a whole batch down."""
    odd = an_item(colour="red")
    assert ordinary(written(an_item(), odd, 7, EVERYTHING)) == [True, False, False, True]


def test_nulls_are_ordinary() -> None:
    """Most serializers write them for what is not there."""
    assert ordinary(written(an_item(session=None, refs=None, user={"ip": None}))) == [True]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_pair_is_the_same_on_both_roads(path: Path) -> None:
    """These pairs are what the gateway promises, whatever road an event takes."""
    case = json.loads(path.read_text())
    assert differs(json.dumps(case["in"]).encode()) is None


BODY = written(an_item())
HEAD = b'{"event_source"'
TRICKS: dict[str, bytes] = {
    "a denial hidden by a second key": BODY.replace(
        b'"ad_user_data":', b'"ad_user_data": "DENIED", "ad_user_data":'
    ),
    "the quotes of a second key made up for by escaped ones": BODY.replace(
        b'"ad_user_data":', b'"ad_user_data": "DENIED", "ad_user_data":'
    ).replace(b"Mozilla", b"\\u0022\\u0022\\u0022\\u0022"),
    "a second key in the envelope": BODY.replace(HEAD, b'{"data": [], "event_source"'),
    "a second key with space before its colon": BODY.replace(
        b'"event_id":', b'"event_id" : "x", "event_id":'
    ),
    "an unknown field of the envelope": BODY.replace(HEAD, b'{"x": 1, "event_source"'),
    "a NUL": BODY.replace(b"Mozilla", b"\\u0000"),
    "a NUL beside an odd event": written(an_item(session="\0"), an_item(colour="red")),
    "half a surrogate": BODY.replace(b"Mozilla", b"\\ud800"),
    "bytes that are no UTF-8": BODY.replace(b"Mozilla", b"\xff"),
    "a number that is no number": BODY.replace(b"129.95", b"1e999"),
    "minus nothing": BODY.replace(b"129.95", b"-0.0"),
    "cut short": BODY[:-1],
    "more than an envelope": BODY + b"{}",
    "no list": BODY.replace(b'"data"', b'"date"'),
    "deep": BODY.replace(HEAD, b'{"x": ' + b"[" * 40 + b"]" * 40 + b', "event_source"'),
}  # fmt: skip


@pytest.mark.parametrize("body", TRICKS.values(), ids=TRICKS)
def test_no_trick_of_bytes_tells_the_roads_apart(body: bytes) -> None:
    """What a decoder swallows silently is where a quick road would go wrong."""
    assert differs(body) is None


TOO_LONG = "x" * 8193
FIELDS: list[dict[str, Any]] = [
    {"event": "Own Event"},
    {"event": "own@event.example"},
    {"event": ""},
    {"event_id": ""},
    {"event_id": "x" * 257},
    {"event_id": "a\u200bb"},
    {"event_id": "for-customer@example.com"},
    {"event_time": float(EVENT_TIME)},
    {"event_time": True},
    {"user": {"external_id": "k-1"}, "event_id": "lead_k-1"},
    {"user": {"external_id": "cust-77"}, "properties": {"query": "cust-77"}},
    {"user": {"phone": "0151 23456789"}, "event_id": "call-4915123456789"},
    {"user": {"phone": "0151 23456789", "city": "4915123456789"}},
    {"user": {"email": "ada@mail.example", "city": "ada@mail.example"}},
    {"user": {"email": [" ", "a@b.example"], "ip": " "}},
    {"user": {"email": ["a@b.example"] * 21}},
    {"user": {"email": ["a@b.example", None]}},
    {"user": {"email": 5, "phone": {}}},
    {"user": {"external_id": 10**30}},
    {"user": {"first_name": TOO_LONG}},
    {"user": {"first_name": "ü" * 4097}},
    {"user": {"city": "\u00a0"}},
    {"properties": {"value": "129.95", "currency": "EUR"}},
    {"properties": {"value": 10**15, "currency": "EUR"}},
    {"properties": {"value": -1, "currency": "EUR"}},
    {"properties": {"value": 1, "currency": "eur"}},
    {"properties": {"value": 1, "currency": " EUR"}},
    {"properties": {"value": 1, "currency": "XXX"}},
    {"properties": {"ad_user_data": "DENIED"}},
    {"properties": {"ad_user_data": "DENIED"}, "consent": {}},
    {"properties": {"content_type": "thing"}},
    {"properties": {"content_ids": []}},
    {"properties": {"order_id": "+4"}},
    {"properties": {"content_ids": ["", "a", None]}},
    {"properties": {"predicted_ltv": -0.0}},
    {"properties": {"contents": {"content_id": "a", "quantity": 2.0}}},
    {"properties": {"contents": [{"content_id": ""}]}},
    {"properties": {"contents": [None, {"content_id": "+4", "brand": " "}]}},
    {"properties": {"contents": [{"content_id": "a", "content_name": "for +49 170 1234567"}]}},
    {"page": {"url": "/thanks"}},
    {"page": {"url": "https://u:p@shop.example/a%40b.example/x?email=a@b.example#top"}},
    {"page": {"url": "https://shop.example/" + "0f" * 32}},
    {"page": {"url": "https://shop.example/?utm_source=a@b.example"}},
    {"consent": {"ad_user_data": "granted"}},
    {"consent": {"ad_user_data": True}},
    {"consent": {"tc_string": "CPx"}},
    {"consent": {"tc_string": " ", "gcd": 7}},
    {"consent": {"collected_at": "2026-04-23T13:23:00+02:00"}},
    {"consent": {"collected_at": 10**11}},
    {"lead": {"lead_id": 7, "lead_event_source": "a@b.example"}},
    {"refs": {"order": 7, "lead": ""}, "event_id": ...},
    {"session": " "},
]


@pytest.mark.parametrize("fields", FIELDS, ids=range(len(FIELDS)))
def test_an_odd_field_is_the_same_on_both_roads(fields: dict[str, Any]) -> None:
    """One by one, what the careful reader has a word for."""
    assert differs(written(an_item(**fields), an_item())) is None


texts = st.sampled_from(
    [
        *("", " ", "\u00a0", "\u3000", "a", "Ada", "Zoë", '24" wide', "a\\b", "line\nline", "\x00"),
        *("+4", " + 4", "+49 151 23456789", "015123456789", "15123456789", "ada@mail.example"),
        *("for ada@mail.example", "k-1", "cust-77", "of cust-77", "0" * 64, "f" * 64, "x" * 257),
        *(
            "DE",
            "EUR",
            "eur",
            "GRANTED",
            "granted",
            "DENIED",
            "1YYY",
            "product",
            "Purchase",
            "Pageview",
        ),
        *("https://shop.example/a", "https://shop.example/?utm_x=1&q=2", "/a", "203.0.113.9"),
    ]
)
numbers = st.sampled_from([0, 1, 2.0, -0.0, -1, 0.5, 10**15, 10**20, 1e300, EVENT_TIME])
others: st.SearchStrategy[Any] = st.sampled_from([None, True, False, [], {}, [None]])
leaves = texts | numbers | others | st.lists(texts | numbers, max_size=3)


@st.composite
def bent(draw: st.DrawFn) -> Any:  # noqa: ANN401 - an event, or what is left of one
    """Draw an event with every field, of which a few are missing, and a few are something else."""
    item = {**EVERYTHING}
    for name in draw(st.lists(st.sampled_from(sorted(EVERYTHING)), max_size=3)):
        part = EVERYTHING[name]
        if isinstance(part, dict) and draw(st.booleans()):
            inside = draw(st.sampled_from(sorted(part)))
            item[name] = {**part, inside: draw(leaves)}
        else:
            item[name] = draw(leaves | st.just(part))
    for name in draw(st.lists(st.sampled_from(sorted(EVERYTHING)), max_size=2)):
        item.pop(name, None)
    return item


layouts = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "separators": st.sampled_from([(",", ":"), (", ", " : ")])}
)


@given(st.lists(bent() | near_valid_items | json_values, max_size=3), layouts)
@example([EVERYTHING], {})
def test_both_roads_end_alike(items: Sequence[object], layout: dict[str, Any]) -> None:
    """The quick road may only be quicker: no outcome, finding, problem or byte may change."""
    assert differs(written(*items, **layout)) is None
