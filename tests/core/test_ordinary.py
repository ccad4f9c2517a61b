import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tandemgate.core.envelope import read_envelope
from tandemgate.core.fields import CONTENT, FURTHER, LEAD, LEAVES_PLAIN
from tandemgate.core.wellformed import Properties
from tandemgate.model.event import Envelope, Reported
from tests.build import EVENT_TIME, an_item
from tests.core.roads import EVERYTHING, differs, written
from tests.strategies import json_values, near_valid_items

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "pipeline").glob("*.json"))


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


def test_every_further_property_is_well_formed() -> None:
    """One that was missing in the quick road's table would be slow, and nobody would see it."""
    assert {*FURTHER} <= {*Properties.__struct_fields__}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_pair_is_the_same_on_both_roads(path: Path) -> None:
    """These pairs are what the gateway promises, whatever road an event takes."""
    case = json.loads(path.read_text())
    assert differs(json.dumps(case["in"]).encode()) is None


TOO_LONG = "x" * 8193
BLANKS = [letter for letter in map(chr, range(0x10000)) if letter.isspace()]
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
    *({"session": blank, "user": {"email": blank}} for blank in BLANKS),
    *({"properties": {"contents": [{"content_id": blank}]}} for blank in BLANKS),
    *({"page": {"url": blank, "referrer": blank}} for blank in BLANKS),
    *({"consent": {"cmp": "x", "cmp_version": blank}} for blank in BLANKS),
    # What begins a phone by itself does not where another text comes before it.
    {"properties": {"order_id": "%2B4"}},
    {"properties": {"contents": [{"content_id": "a"}, {"content_id": "%252b4"}]}},
    {"consent": {"cmp": "x", "cmp_version": "+4"}},
    {"consent": {"cmp": "x", "cmp_version": "%2B4"}},
    {"user": {"email": "ada@mail.example"}, "consent": {"cmp": "for ADA@mail.example"}},
    {"user": {"city": "Springfield"}, "consent": {"cmp": "springfield", "cmp_version": 2}},
    {
        "user": {"phone": "\u0660151-234567 89"},
        "properties": {"query": "call 1 5 1 2 3 4 5 6 7 8 9"},
    },
    {"user": {"external_id": "Cust-77"}, "page": {"url": "https://shop.example/cUST-77"}},
    {"user": {"external_id": "cust-77"}, "properties": {"shop_id": "cust-77"}},
    {"user": {"external_id": "cust-77"}, "properties": {"content_ids": ["of cust-77"]}},
    {"user": {"external_id": "cust-77"}, "lead": {"lead_id": "cust-77"}},
    {"user": {"external_id": "cust-77"}, "lead": {"lead_event_source": "cust-77"}},
    {"user": {"external_id": "product"}, "properties": {"content_type": "product"}},
    {"properties": {"content_ids": [""], "query": "", "predicted_ltv": None}},
    *({"properties": {name: "of ada@mail.example"}} for name in FURTHER),
    *(
        {"properties": {"contents": {"content_id": "a", name: "of a@b.example"}}}
        for name in CONTENT
    ),
    *({"lead": {name: "of ada@mail.example"}} for name in LEAD),
    *({"user": {"email": "d@e.example", name: "of a@b.example"}} for name in LEAVES_PLAIN),
    {"limited_data_use": None, "lead": {"lead_id": None}, "refs": {"cart": None}},
]


@pytest.mark.parametrize("fields", FIELDS, ids=range(len(FIELDS)))
def test_an_odd_field_is_the_same_on_both_roads(fields: dict[str, Any]) -> None:
    """One by one, what the careful reader has a word for."""
    assert differs(written(an_item(**fields), an_item())) is None
    assert differs(written(an_item(**fields), ensure_ascii=False, separators=(",", ":"))) is None


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
        *("%2B4", "x %2b4", ":", ":x", "null", "\t", "\x1c", "\\u0022", "springfield"),
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
