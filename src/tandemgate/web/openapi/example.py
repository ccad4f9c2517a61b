"""A small example of what a schema describes: what is required, and what makes it plain."""

from collections.abc import Mapping
from typing import Any, Final

from tandemgate.web.answers import Json

_SCHEMAS: Final = "#/components/schemas/"
PLAIN: Final[Mapping[str, object]] = {
    "pixel": "C9ABC1234567890",
    "event_source_id": "C9ABC1234567890",
    "event": "CompletePayment",
    "event_id": "ord_10492_complete_payment",
    "event_time": 1776943380,
    "user": {"email": "customer@example.com"},
    "properties": {"value": 129.95, "currency": "EUR", "order_id": "10492"},
    "ad_user_data": "DENIED",
    "ad_personalization": "DENIED",
    "session": "S1Yw0b0nGq9n3F6mP2vQxA",
    "refs": {"order": "10492"},
    "order": "10492",
    "total": "129.95",
    "currency": "EUR",
    "key": "pk_shop",
    "code": "TEST12345",
    "as": "delivered",
    "reason": "agreed with the shop",
    "type": "track",
    "what": "events",
    "test": "3f2a9c0d1e4b5a67",
    "problem": "p1f0c2a9b",
    "note": "checkout release 4.2 sends EUR",
    "token": "the new token",
    "tail": "a1b2",
    "name": "orders",
    "score": 7.2,
}
"""Field -> what is shown for it, wherever a body has it."""

_SHOWN: Final = frozenset(PLAIN) - {"session", "name", "code", "token", "key"}
"""Fields that are shown also where they may be left out."""
_ANY: Final[Mapping[str, object]] = {
    "string": "…", "integer": 1, "number": 1, "boolean": True, "object": {},
}  # fmt: skip


def example(schema: Json, document: Json) -> Any:  # noqa: ANN401 - JSON
    """Make an example."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_SCHEMAS)
        return example(document["components"]["schemas"][name], document)
    if "enum" in schema:
        return schema["enum"][0]
    if either := schema.get("anyOf"):
        return example(either[0], document)
    if "properties" in schema:
        return _object(schema, document)
    if schema.get("type") == "array":
        return [example(schema["items"], document)] if "items" in schema else []
    return _ANY.get(schema.get("type", ""))


def _object(schema: Json, document: Json) -> Json:
    needed = {*schema.get("required", ())}
    return {
        name: PLAIN[name] if name in PLAIN else example(it, document)
        for name, it in schema["properties"].items()
        if name in needed or name in _SHOWN
    }
