"""The plan of a day in the demo shop: which requests leave when. Same seed, same day."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from tandemgate.cli.demo.browsers import PIXEL, SITE, beacon, headers, pixel_call
from tandemgate.cli.demo.visitors import VISITORS, Visitor, invite

OPEN_FOR = 10 * 3600
"""Seconds; the shop closes, and the demo begins, when the last of them has passed."""

MOST_STEPS_APART = 240
"""Seconds between two actions of one visitor, at most."""

LOST_CLICKS = 9
"""Of so many visitors one came from an ad and lost its click id on the way."""

PRODUCTS = (
    ("SKU-481", "Linen shirt", 4990),
    ("SKU-502", "Canvas tote", 1990),
    ("SKU-517", "Wool beanie", 2495),
    ("SKU-533", "Enamel mug", 1450),
    ("SKU-560", "Rain jacket", 12995),
    ("SKU-571", "Desk lamp", 8900),
)
"""content_id, name, price in hundredths."""

JOURNEYS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (18, ("ViewContent", "ViewContent", "AddToCart", "InitiateCheckout", "CompletePayment")),
    (4, ("ViewContent", "AddToCart", "InitiateCheckout", "CompletePayment", "Subscribe")),
    (
        8,
        ("ViewContent", "ViewContent", "ViewContent", "AddToCart", "AddToCart", "InitiateCheckout"),
    ),
    (6, ("ViewContent", "ViewContent", "ViewContent", "SubmitForm")),
    (4, ("ViewContent", "ViewContent", "ViewContent", "ViewContent", "AddToCart")),
)
"""How many visitors take which steps; 202 actions of 40 visitors over the six funnel events."""

ANONYMOUS = frozenset({"ViewContent", "AddToCart"})
"""Steps before the shop knows who it is."""

Sender = Literal["pixel", "page", "backend"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: a Pixel's to TikTok, or a page's or the backend's to the gateway.

    *at* orders the day, in Unix seconds. *headers* are what a page's request bears.
    """

    at: int
    sender: Sender
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a visitor did, and the ``data[]`` item by which the backend reports it."""

    visitor: Visitor
    item: Json


def plan(seed: int, now: int) -> list[Request]:
    """Plan the day that ends at *now*, in the order in which its requests leave."""
    chance = Random(seed)  # noqa: S311 - a story, not a secret
    actions = [
        action
        for visitor, steps in zip(invite(chance), _journeys(chance), strict=True)
        for action in _walk(visitor, steps, now - OPEN_FOR, chance)
    ]
    requests = [*_told_by_browsers(actions), *_server_copies(actions), *_mishaps(actions)]
    return sorted(requests, key=lambda request: request.at)


def _journeys(chance: Random) -> list[tuple[str, ...]]:
    journeys = [steps for count, steps in JOURNEYS for _ in range(count)]
    chance.shuffle(journeys)
    return journeys


def _walk(
    visitor: Visitor, steps: tuple[str, ...], opening: int, chance: Random
) -> Iterator[Action]:
    """Lead one visitor through the shop; everyone is gone before it closes."""
    at = opening + visitor.number * (OPEN_FOR - len(steps) * MOST_STEPS_APART - 60) // VISITORS
    products = chance.sample(PRODUCTS, len(PRODUCTS))
    for position, name in enumerate(steps):
        at += chance.randint(20, MOST_STEPS_APART)
        basket = products[:2] if name in {"InitiateCheckout", "CompletePayment"} else products[:1]
        products = products[1:] if name == "ViewContent" else products
        yield Action(visitor, _item(visitor, name, position, at, basket))


def _item(
    visitor: Visitor, name: str, position: int, at: int, basket: list[tuple[str, str, int]]
) -> Json:
    item: Json = {
        "event": name,
        "event_id": _event_id(visitor, name, position),
        "event_time": at,
        "user": dict(
            visitor.context if name in ANONYMOUS else {**visitor.context, **visitor.identity}
        ),
        "page": {"url": f"{SITE}/{name.lower()}{_campaign(visitor)}"},
        "region": visitor.country.region,
        "consent": {**visitor.consent, "region": visitor.country.region},
    }
    if name not in {"SubmitForm", "Subscribe"}:
        item["properties"] = {
            "value": sum(price for _, _, price in basket) / 100,
            "currency": visitor.country.currency,
            "contents": [
                {"content_id": sku, "content_name": title, "quantity": 1, "price": price / 100}
                for sku, title, price in basket
            ],
        }
    if name == "CompletePayment":
        item["properties"]["order_id"] = f"{10_400 + visitor.number}"
    return item


def _campaign(visitor: Visitor) -> str:
    """Whoever clicked an ad has its campaign in the address; a redirect cost some the ttclid."""
    came_from_an_ad = "ttclid" in visitor.context or visitor.number % LOST_CLICKS == 0
    return "?utm_source=tiktok" if came_from_an_ad else ""


def _event_id(visitor: Visitor, name: str, position: int) -> str:
    number = 10_400 + visitor.number
    match name:
        case "CompletePayment":
            return f"ord_{number}_complete_payment"
        case "SubmitForm":
            return f"lead_{number}_submit"
        case "Subscribe":
            return f"sub_{number}_start"
        case "InitiateCheckout":
            return f"checkout_{number}_start"
        case "AddToCart":
            return f"cart_{number}_add_{position}"
        case _:
            return f"visit_{number}_view_{position}"


def _told_by_browsers(actions: list[Action]) -> Iterator[Request]:
    """What the Pixel tells TikTok, and the page's script the gateway, of the same actions."""
    wrong = _pixel_orders(actions)[-1]
    for action in actions:
        visitor, item = action.visitor, action.item
        seen = _first_product_alone(item) if item is wrong else item
        if visitor.has_pixel:
            yield Request(item["event_time"], "pixel", pixel_call(seen))
        if visitor.has_pixel or visitor.refused:
            yield Request(item["event_time"], "page", beacon(visitor, seen), headers(visitor))


def _pixel_orders(actions: list[Action]) -> list[Json]:
    """Return the purchases of which TikTok is told twice, by the Pixel and by the gateway."""
    return [
        action.item
        for action in actions
        if action.item["event"] == "CompletePayment" and action.visitor.has_pixel
    ]


def _first_product_alone(item: Json) -> Json:
    """A thank-you page that tells the price of the first product for that of the order."""
    value = item["properties"]["contents"][0]["price"]
    return {**item, "properties": {**item["properties"], "value": value}}


def _server_copies(actions: list[Action]) -> Iterator[Request]:
    """What the backend reports: browsing in one request per visitor, everything else at once."""
    browsing: dict[int, list[Json]] = {}
    for action in actions:
        if action.item["event"] in ANONYMOUS:
            browsing.setdefault(action.visitor.number, []).append(action.item)
        else:
            yield _report(action.item["event_time"], action.item)
    for number, items in browsing.items():
        at = items[-1]["event_time"]
        yield _report(at, *items, *_faulty(number, items[-1]))


def _report(at: int, *items: Json) -> Request:
    """One envelope, a few seconds after the last action that it tells of."""
    return Request(at + 3, "backend", envelope(*items))


def envelope(*items: Mapping[str, Any]) -> Json:
    """Put *items* into the envelope of TikTok's Events API."""
    return {"event_source": "web", "event_source_id": PIXEL, "data": [*items]}


def _mishaps(actions: list[Action]) -> Iterator[Request]:
    """One order reported by two jobs, and one reported again with another total."""
    twice, contradicted, *_ = _pixel_orders(actions)
    yield Request(twice["event_time"] + 30, "backend", envelope(twice))
    other = copy.deepcopy(contradicted)
    other["properties"]["value"] += 5
    yield Request(contradicted["event_time"] + 60, "backend", envelope(other))


def _faulty(number: int, model: Json) -> Iterator[Json]:
    """A purchase as a faulty job reports it, in the same request as a visitor's sound events."""
    for spoil in FAULTS[number : number + 1]:
        item = copy.deepcopy(model)
        item["event"] = "CompletePayment"
        item["event_id"] = f"ord_{10_900 + number}_complete_payment"
        item["properties"]["order_id"] = f"{10_900 + number}"
        spoil(item)
        yield item


def _currency_as_a_word(item: Json) -> None:
    item["properties"]["currency"] = "EURO"


def _value_with_a_sign(item: Json) -> None:
    item["properties"]["value"] = "129,95 €"


def _no_value(item: Json) -> None:
    del item["properties"]["value"]


def _name_in_other_case(item: Json) -> None:
    item["event"] = "completePayment"


def _time_in_milliseconds(item: Json) -> None:
    item["event_time"] *= 1000


def _number_as_event_id(item: Json) -> None:
    item["event_id"] = 10_492


def _time_of_last_week(item: Json) -> None:
    item["event_time"] -= 9 * 86_400


FAULTS: tuple[Callable[[Json], None], ...] = (
    _currency_as_a_word,
    _value_with_a_sign,
    _no_value,
    _name_in_other_case,
    _time_in_milliseconds,
    _number_as_event_id,
    _time_of_last_week,
)
