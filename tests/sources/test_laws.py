"""Whatever JSON another system's client sends, each message ends in exactly one outcome."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.web.sources import SEGMENT
from tests.build import PIXEL, some_rules
from tests.web.gateway import BROWSER_KEY, ORIGIN, SERVER_KEY, Gateway

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from(["track", "Order Completed", "GRANTED", "C0004"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
FIELDS = {
    "type": st.sampled_from(["track", "page", "identify", "group", "alias"]) | ANYTHING,
    "event": st.sampled_from(["Order Completed", "Product Added", "Order Refunded"]) | ANYTHING,
    **dict.fromkeys(("userId", "anonymousId", "messageId", "timestamp", "sentAt"), ANYTHING),
    **dict.fromkeys(("originalTimestamp", "traits", "integrations"), ANYTHING),
    "properties": st.dictionaries(
        st.sampled_from(
            ["order_id", "total", "revenue", "tax", "value", "currency", "products", "product_id",
             "price", "quantity", "event_id", "email", "url", "address", "query"]
        ),
        ANYTHING,
    ) | ANYTHING,
    "context": st.dictionaries(
        st.sampled_from(
            ["ip", "userAgent", "page", "traits", "consent", "consentManagement", "locale",
             "location", "campaign", "tg_session"]
        ),
        ANYTHING,
    ) | ANYTHING,
}  # fmt: skip
CALL = st.fixed_dictionaries({}, optional=FIELDS) | ANYTHING


def sent(path: str, tree: object, key: str, gateway: Gateway) -> Any:  # noqa: ANN401 - JSON
    """Hand *tree* in; the answer."""
    stated = {"origin": ORIGIN} if key == BROWSER_KEY else {}
    target = f"{path}?writeKey={key}"
    reply = asyncio.run(gateway.post(tree, key=None, path=target, headers=stated))
    assert reply.status == 200
    return reply.json


@pytest.mark.parametrize("key", [SERVER_KEY, BROWSER_KEY])
@given(calls=st.lists(CALL, max_size=4))
def test_every_message_of_a_batch_has_one_outcome(key: str, calls: list[object]) -> None:
    """Received is what was answered, and what was answered adds up."""
    gateway = Gateway(rules={PIXEL: some_rules()}, pixels={})
    answer = sent("/v1/batch", {"batch": calls}, key, gateway)
    told = Counter(result["outcome"] for result in answer["results"])
    assert [result["index"] for result in answer["results"]] == [*range(len(calls))]
    assert {word: answer[word] for word in told} == told
    stats = asyncio.run(gateway.get("/api/stats")).json
    assert stats["ledger_imbalance"] == 0
    assert sum(cell["count"] for cell in stats["received"]) == len(calls)


@given(
    path=st.sampled_from([path for path, kind in SEGMENT.items() if kind]),
    call=st.fixed_dictionaries({}, optional=FIELDS),
)
def test_a_single_call_has_one_outcome(path: str, call: dict[str, object]) -> None:
    """Its address says what it is, whatever its type says."""
    gateway = Gateway(rules={PIXEL: some_rules()}, pixels={})
    assert len(sent(path, call, SERVER_KEY, gateway)["results"]) == 1


@given(body=st.binary(max_size=64) | ANYTHING.map(lambda tree: json.dumps(tree).encode()))
def test_no_body_breaks_anything(body: bytes) -> None:
    """What can't be read is refused, and a body without a key tells nobody anything."""
    gateway = Gateway(rules={PIXEL: some_rules()}, pixels={})
    reply = asyncio.run(gateway.post(body, path="/v1/batch"))
    assert reply.status in {200, 400, 413}
