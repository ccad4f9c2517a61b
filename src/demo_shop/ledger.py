"""Behind the counter: what the gateway and TikTok know of this shop, in one answer for one page."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from aiohttp import ClientError, ClientSession

from demo_shop.orders import Order
from demo_shop.reporting import purchase
from demo_shop.world import World

MOST: Final = 200
"""Events that the page shows."""

FILLED: Final = "filled_from_visit"
UNSENT: Final = "Pageview"
"""TikTok's Pixel tells of page views by itself; nobody optimizes for them."""

ALWAYS_SHOWN: Final = frozenset(
    {"email", "phone", "external_id", "ttclid", "ttp", "ip", "user_agent"}
)
"""The match keys that decide about the match; others are shown where there are any."""

SPEAKS_FOR: Final[Mapping[str, str]] = {"browser": "the page", "backend": "the order"}

Json = dict[str, Any]


class OutOfReachError(Exception):
    """A neighbour does not answer, or not as it should."""


async def look(world: World) -> Json:
    """Ask the gateway and TikTok, and tell what they say beside what the shop knows."""
    at, key = world.at, {"Authorization": f"Bearer {world.at.server_key}"}
    of_pixel = {"pixel": at.pixel, "limit": str(MOST)}
    try:
        told = await asyncio.gather(
            _ask(world.http, f"{at.gateway}/api/events", of_pixel, key),
            _ask(world.http, f"{at.gateway}/api/pairs", of_pixel, key),
            _ask(world.http, f"{at.tiktok}/_sim/events", {"pixel": at.pixel}, {}),
            _ask(world.http, f"{at.tiktok}/_sim/conversions", {"pixel": at.pixel}, {}),
        )
    except OutOfReachError as error:
        return {"trouble": str(error)}
    events, pairs, copies, conversions = told
    return view(
        world.orders.newest_first(),
        events["events"],
        [one for one in pairs["pairs"] if one["server_at"] is None],
        copies["events"],
        conversions["conversions"],
    )


def view(
    orders: Sequence[Order],
    events: Sequence[Json],
    browser_only: Sequence[Json],
    copies: Sequence[Json],
    conversions: Sequence[Json],
) -> Json:
    """Put the answers of the gateway and of TikTok beside the shop's orders."""
    counted = {(one["event"], one["event_id"]): one for one in conversions}
    wires = {
        (one["event"], one["event_id"]): one["wire"] for one in copies if one["channel"] == "server"
    }
    rows = [
        _row(one, wires.get((one["event"], one["event_id"])), _count(counted, one))
        for one in events
    ]
    rows += [_evidence(one, _count(counted, one)) for one in browser_only]
    told_orders = [_order(order, counted) for order in orders if order.paid_at is not None]
    told = [one for one in conversions if one["event"] != UNSENT]
    return {
        "orders": told_orders,
        "events": sorted(rows, key=lambda row: row["at"], reverse=True),
        "totals": {
            "paid": len(told_orders),
            "pixel": sum(one["copies_pixel"] for one in told),
            "server": sum(one["copies_server"] for one in told),
            "counted": sum(one["counted"] for one in told),
            "purchases": sum(one["counted"] for one in told if one["event"] == "CompletePayment"),
        },
    }


async def _ask(
    http: ClientSession, address: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> Any:  # noqa: ANN401 - JSON
    who = "TikTok" if "/_sim/" in address else "the gateway"
    try:
        async with http.get(address, params=query, headers=headers) as answer:
            if not answer.ok:
                raise OutOfReachError(f"{who} answers {answer.status}")
            return await answer.json()
    except (ClientError, TimeoutError) as error:
        raise OutOfReachError(f"{who} does not answer") from error


def _count(counted: Mapping[tuple[str, str], Json], one: Json) -> Json:
    found = counted.get((one["event"], one["event_id"]), {})
    return {
        "pixel": found.get("copies_pixel", 0),
        "server": found.get("copies_server", 0),
        "counted": found.get("counted", 0),
    }


def _row(event: Json, wire: Json | None, tiktok: Json) -> Json:
    """Tell of one event of the ledger."""
    consent = event["consent"]
    return {
        "id": f"{event['event']} {event['event_id']}",
        "at": event["received_at"],
        "event": event["event"],
        "event_id": event["event_id"],
        "state": event["state"],
        "reason": event["reason"],
        "source": SPEAKS_FOR.get(event["source"], event["source"]),
        "pair": event["pair"]["verdict"],
        "meaning": event["pair"]["meaning"],
        "consent": consent["ad_user_data"],
        "policy": consent["policy"],
        "keys": event["match_keys"],
        "fields": list(_fields(event, wire)),
        "tiktok": tiktok,
    }


def _evidence(pair: Json, tiktok: Json) -> Json:
    """Tell of an action of which only the browser spoke so far."""
    return {
        "id": f"{pair['event']} {pair['event_id']}",
        "at": pair["browser_at"],
        "event": pair["event"],
        "event_id": pair["event_id"],
        "state": "EVIDENCE",
        "reason": None,
        "source": SPEAKS_FOR["browser"],
        "pair": pair["verdict"],
        "meaning": pair["meaning"],
        "consent": None,
        "policy": None,
        "keys": {},
        "fields": [],
        "tiktok": tiktok,
    }


def _fields(event: Json, wire: Json | None) -> Iterable[Json]:
    """Say of each match key whether it left, where it came from, and what TikTok got."""
    filled = {
        one["field"].rpartition("/")[2]: one["note"]
        for one in event["findings"]
        if one["reason"] == FILLED
    }
    user = (wire or {}).get("user", {})
    for name, status in event["match_keys"].items():
        if name not in ALWAYS_SHOWN and status == "missing":
            continue
        stated = status in {"sent", "suppressed"}
        origin = SPEAKS_FOR.get(event["source"], event["source"]) if stated else ""
        yield {
            "name": name,
            "status": status,
            "origin": filled.get(name, f"from {origin}" if origin else ""),
            "wire": _shown(user.get(name)),
        }


def _shown(value: object) -> str:
    """Show what TikTok got; of a list its first."""
    first = value[0] if isinstance(value, list) and value else value
    return "" if first is None else str(first)


def _order(order: Order, counted: Mapping[tuple[str, str], Json]) -> Json:
    event = purchase(order)
    return {
        "number": order.number,
        "value": order.total / 100,
        "paid_at": order.paid_at,
        "returned": order.returned_at is not None,
        "reported": order.reported_at is not None,
        "event_id": event["event_id"],
        "tiktok": _count(counted, event),
    }
