"""Segment's and RudderStack's tracking calls, as their unmodified clients send them.

Sources: Segment, "HTTP API" (addresses, batches, times) and "Spec: Common Fields", "Spec: V2
Ecommerce Events" (properties); RudderStack's event specification has the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tandemgate.catalog.events import PAGE_VIEW
from tandemgate.catalog.reasons import finding, problem
from tandemgate.catalog.translations import NO_SALE, SEGMENT
from tandemgate.core.reading import shape
from tandemgate.model.event import Source
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.message import Message
from tandemgate.sources.dialect import Asked
from tandemgate.sources.names import tiktok_name

MOST_MESSAGES: Final = 1_000
_NOTHING: Final[Mapping[str, Any]] = {}
_NO_ACTION: Final = {
    "identify": "identify_seen",
    **dict.fromkeys(("group", "alias", "screen"), "call_not_an_event"),
}
_KEPT: Final = (
    "currency",
    "order_id",
    "query",
    "description",
    "ad_user_data",
    "ad_personalization",
)


class Segment:
    """Reads ``/v1/batch``, and the single calls, whose address says their *kind*."""

    source: Final = Source.SEGMENT

    def __init__(self, kind: str | None = None) -> None:
        self._kind = kind

    def read(self, tree: object, asked: Asked) -> Sequence[Message] | Problem:
        """Read a batch, or one call."""
        if not isinstance(tree, dict):
            return problem("call_not_object", "", shape(tree))
        if self._kind is not None:
            return [self._message(tree, "", {}, asked)]
        batch = tree.get("batch")
        if not isinstance(batch, list):
            return problem(
                "batch_not_list", "/batch", shape(batch) if "batch" in tree else "nothing"
            )
        if len(batch) > MOST_MESSAGES:
            expected = f"at most {MOST_MESSAGES} events"
            return problem("too_many_events", "/batch", f"{len(batch)} events", expected=expected)
        return [
            self._message(call, f"/batch/{index}", tree, asked) for index, call in enumerate(batch)
        ]

    def _message(self, call: object, at: str, batch: Mapping[str, Any], asked: Asked) -> Message:
        if not isinstance(call, dict):
            return Message(at, call)
        kind = self._kind or call.get("type")
        if kind in _NO_ACTION:
            return Message(at, {}, _NO_ACTION[kind])
        said = PAGE_VIEW if kind == "page" else call.get("event")
        if isinstance(said, str) and said.casefold() in NO_SALE:
            return Message(at, {}, "no_sale")
        name = tiktok_name(said, SEGMENT, asked.rules) if isinstance(said, str) else None
        if name is None and isinstance(said, str):
            return Message(at, {}, "event_not_mapped")
        event_id, remarks = _event_id(call, at)
        sent_at = call.get("sentAt") or batch.get("sentAt")
        return Message(
            at,
            {
                "event": name,
                "event_id": event_id,
                "event_time": _event_time(call, sent_at, asked.now),
                "user": dict(_user(call, asked)),
                "properties": dict(_properties(call)),
                "page": dict(_page(call)),
                "consent": dict(_consent(call)),
                "refs": dict(_refs(call)),
            },
            findings=remarks,
        )


def _table(of: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for name in path:
        found = of.get(name)
        of = found if isinstance(found, dict) else _NOTHING
    return of


def _event_id(call: Mapping[str, Any], at: str) -> tuple[object, tuple[Finding, ...]]:
    """Take the stated id; of an order leave it to be derived; else the id of the delivery."""
    properties = _table(call, "properties")
    stated = properties.get("event_id") or properties.get("eventId")
    if stated or properties.get("order_id"):
        return stated, ()
    if not call.get("messageId"):
        return None, ()
    return call["messageId"], (finding("event_id_from_message", f"{at}/messageId"),)


def _event_time(call: Mapping[str, Any], sent_at: object, now: Epoch) -> object:
    """Tell the moment by our clock: so long before it was sent, whatever the sender's says."""
    said = call.get("originalTimestamp") or call.get("timestamp")
    at, sent = _instant(said), _instant(sent_at)
    if at is None:
        return int(now) if said is None else said
    return int(now - (sent - at)) if sent is not None and sent >= at else int(at)


def _instant(text: object) -> Epoch | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.timestamp() if moment is not None and moment.tzinfo else None


def _user(call: Mapping[str, Any], asked: Asked) -> Iterator[tuple[str, object]]:
    context, properties = _table(call, "context"), _table(call, "properties")
    traits, page = _table(context, "traits"), _table(context, "page")
    ours = _table(call, "integrations", "TikTok Conversions")
    visitor = asked.visitor
    told = {
        "email": properties.get("email") or traits.get("email"),
        "phone": properties.get("phone") or traits.get("phone"),
        "external_id": call.get("userId"),
        "ttclid": properties.get("ttclid") or ours.get("ttclid") or _click(page),
        "ttp": properties.get("ttp") or ours.get("ttp"),
        "ip": context.get("ip") or (visitor.ip if visitor else None),
        "user_agent": context.get("userAgent") or (visitor.user_agent if visitor else None),
        "locale": context.get("locale"),
    }
    return ((name, value) for name, value in told.items() if value)


def _click(page: Mapping[str, Any]) -> str | None:
    url = page.get("url")
    try:
        query = urlsplit(url).query if isinstance(url, str) else ""
    except ValueError:
        return None
    return next(iter(parse_qs(query).get("ttclid", ())), None)


def _properties(call: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    said = _table(call, "properties")
    yield from ((name, said[name]) for name in _KEPT if said.get(name) is not None)
    value = next(
        (said[name] for name in ("value", "total", "revenue") if said.get(name) is not None), None
    )
    if value is not None:
        yield "value", value
    products = said.get("products")
    lines = products if isinstance(products, list) else [said] if said.get("product_id") else []
    if lines:
        yield "contents", [_line(one) for one in lines]
        yield "content_type", "product"


def _line(product: object) -> object:
    if not isinstance(product, dict):
        return product
    told = {
        "content_id": product.get("product_id") or product.get("sku"),
        "content_name": product.get("name"),
        "content_category": product.get("category"),
        "brand": product.get("brand"),
        "price": product.get("price"),
        "quantity": product.get("quantity"),
    }
    return {name: value for name, value in told.items() if value is not None}


def _page(call: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    page = _table(call, "context", "page")
    return ((name, page[name]) for name in ("url", "referrer") if page.get(name))


def _consent(call: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    said = _table(call, "context", "consent")
    return ((name, value) for name, value in said.items() if name != "categoryPreferences")


def _refs(call: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    properties = _table(call, "properties")
    names = {"order": "order_id", "checkout": "checkout_id", "cart": "cart_id"}
    return ((ours, properties[one]) for ours, one in names.items() if properties.get(one))
