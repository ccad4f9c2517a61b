"""Behind the counter: the answers of gateway and TikTok, put beside the shop's orders."""

from typing import Any

from demo_shop.goods import BY_SLUG
from demo_shop.ledger import view
from demo_shop.orders import Order

EVENT_ID = "ord_1001_complete_payment"


def an_order(**fields: Any) -> Order:  # noqa: ANN401 - fields of an order
    """A paid order of one mug."""
    whole = {
        "number": "1001",
        "customer": "cust_0001",
        "email": "ada@example.com",
        "phone": "(030) 23 125-042",
        "basket": ((BY_SLUG["mug"], 1),),
        "paid_at": 1_796_058_188.0,
    }
    return Order(**{**whole, **fields})


def an_event(**fields: object) -> dict[str, Any]:
    """The purchase as ``/api/events`` tells it."""
    return {
        "event": "CompletePayment",
        "event_id": EVENT_ID,
        "received_at": "2026-11-30T17:03:08.886Z",
        "source": "backend",
        "state": "DELIVERED",
        "reason": None,
        "match_keys": {"email": "sent", "ttclid": "sent", "ttp": "missing", "city": "missing"},
        "consent": {"ad_user_data": "GRANTED", "policy": "guide@1"},
        "findings": [
            {
                "reason": "filled_from_visit",
                "field": "/data/0/user/ttclid",
                "note": "from the visit",
            }
        ],
        "pair": {"verdict": "paired", "meaning": "Both."},
        **fields,
    }


def a_copy(channel: str) -> dict[str, Any]:
    """One copy as the simulated TikTok tells it."""
    user = {"email": ["87141619"], "ttclid": "E.C.P.x"}
    return {
        "event": "CompletePayment",
        "event_id": EVENT_ID,
        "channel": channel,
        "wire": {"user": user} if channel == "server" else {"context": {}},
    }


COUNTED = {
    "event": "CompletePayment",
    "event_id": EVENT_ID,
    "copies_pixel": 1,
    "copies_server": 1,
    "counted": 1,
}


def test_each_field_says_where_it_came_from_and_what_tiktok_got() -> None:
    """The sentence that explains the product: the order knew this, its visit knew that."""
    told = view([an_order()], [an_event()], [], [a_copy("pixel"), a_copy("server")], [COUNTED])
    [event] = told["events"]
    assert event["fields"] == [
        {"name": "email", "status": "sent", "origin": "from the order", "wire": "87141619"},
        {"name": "ttclid", "status": "sent", "origin": "from the visit", "wire": "E.C.P.x"},
        {"name": "ttp", "status": "missing", "origin": "", "wire": ""},
    ]


def test_what_stayed_here_shows_nothing_of_itself() -> None:
    """No copy at TikTok, no field on the page."""
    kept = an_event(state="SUPPRESSED", match_keys={"email": "suppressed"}, findings=[])
    [event] = view([an_order()], [kept], [], [], [])["events"]
    assert event["fields"] == [
        {"name": "email", "status": "suppressed", "origin": "from the order", "wire": ""}
    ]
    assert event["tiktok"] == {"pixel": 0, "server": 0, "counted": 0}


def test_only_what_is_paid_is_an_order() -> None:
    """A payment page that was left is no sale that TikTok could have missed."""
    told = view([an_order(paid_at=None)], [], [], [], [])
    assert (told["orders"], told["totals"]["paid"]) == ([], 0)


def test_the_pixels_own_page_views_are_no_conversions() -> None:
    """The figures are about what people did."""
    seen = {**COUNTED, "event": "Pageview", "event_id": ""}
    totals = view([an_order()], [an_event()], [], [], [COUNTED, seen])["totals"]
    assert totals == {"paid": 1, "pixel": 1, "server": 1, "counted": 1, "purchases": 1}


def test_what_only_the_browser_told_of_is_shown_as_that() -> None:
    """Between the thank-you page and the webhook there is evidence and no event yet."""
    evidence = {
        "event": "CompletePayment",
        "event_id": EVENT_ID,
        "browser_at": "2026-11-30T17:03:08.886Z",
        "verdict": "browser_only",
        "meaning": "The Pixel alone.",
    }
    [event] = view([an_order()], [], [evidence], [], [])["events"]
    assert (event["state"], event["pair"], event["fields"]) == ("EVIDENCE", "browser_only", [])
