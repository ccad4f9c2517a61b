"""The one call that a shop's backend makes: a paid order becomes an event.

It states what the order system knows and nothing else. The click, TikTok's cookie, ip, user agent
and the visitor's consent were seen by the buyer's browser; the gateway fills them in from the visit
that the page bound to this order (``tg("attach", "order", …)``) before it left for the payment.
"""

from typing import Any, Final

from aiohttp import ClientError

from demo_shop.orders import Order
from demo_shop.world import World

REGION: Final = "DE"
"""Where the shop delivers to."""

EVENTS: Final = "/v1/events"
HELD: Final = frozenset({200, 202})
"""The gateway holds the event, or held it before: it is safe to forget about it."""


def purchase(order: Order) -> dict[str, Any]:
    """Write *order*, which is paid, as an event. Always the same, however often it is written."""
    return {
        "event": "CompletePayment",
        "event_id": f"ord_{order.number}_complete_payment",
        "event_time": int(order.paid_at or 0),
        "user": {"email": order.email, "phone": order.phone, "external_id": order.customer},
        "properties": order.properties,
        "consent": {"region": REGION},
        "refs": {"order": order.number},
    }


async def report(world: World, order: Order) -> bool:
    """Hand the purchase to the gateway; tell whether it is safe there."""
    envelope = {
        "event_source": "web",
        "event_source_id": world.at.pixel,
        "data": [purchase(order)],
    }
    headers = {"Authorization": f"Bearer {world.at.server_key}"}
    address = world.at.gateway + EVENTS
    try:
        async with world.http.post(address, json=envelope, headers=headers) as answer:
            return answer.status in HELD
    except (ClientError, TimeoutError):
        return False
