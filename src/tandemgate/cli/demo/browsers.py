"""What the visitors' browsers say: the Pixel's call to TikTok, and the script's report to us.

The pages bear TikTok's own snippet and `t.js`, which watches it. What the script tells is the same
as in a real browser: a Pixel's call of who agreed, the bare action of who refused, nothing of who
was not asked or lets no script run.
"""

from collections.abc import Mapping
from typing import Any

from tandemgate.cli.demo.visitors import Visitor

PIXEL = "C9DEMO1234567890"
SITE = "https://shop.example"
PAGES_KEY = "pk_demo"

Json = dict[str, Any]
Item = Mapping[str, Any]
"""The ``data[]`` item by which the backend reports the same action."""


def pixel_call(item: Item) -> Json:
    """Tell TikTok of an action, under the event_id that the backend uses as well."""
    return {
        "pixel_code": PIXEL,
        "event": item["event"],
        "event_id": item["event_id"],
        "timestamp": item["event_time"],
        "properties": item.get("properties", {}),
        "context": {"page": item["page"]},
    }


def beacon(visitor: Visitor, item: Item) -> Json:
    """Report an action to the gateway as `t.js` does, at the moment in which it happens."""
    now = item["event_time"] * 1000
    return {
        "key": PAGES_KEY,
        "session": None if visitor.refused else visitor.session,
        "sent_at": now,
        "consent": item["consent"],
        "events": [
            {
                "type": "track" if visitor.refused else "pixel",
                "event": item["event"],
                "event_id": item["event_id"],
                "at": now,
                "properties": item.get("properties", {}),
                "page": item["page"],
                **({} if visitor.refused else _marks(visitor)),
            }
        ],
    }


def headers(visitor: Visitor) -> dict[str, str]:
    """Return what a browser's request bears by itself, passed on by the shop's own host."""
    return {
        "Content-Type": "text/plain",
        "Origin": SITE,
        "User-Agent": visitor.context["user_agent"],
        "Accept-Language": visitor.context["locale"],
        "X-Forwarded-For": visitor.context["ip"],
    }


def _marks(visitor: Visitor) -> Json:
    """Return the click and TikTok's cookie, by which TikTok knows a browser again."""
    return {name: visitor.context[name] for name in ("ttclid", "ttp") if name in visitor.context}
