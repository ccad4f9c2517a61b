"""A shop's day on which everything happens that `tandemgate pairs` has a word for.

Pages tell of each call of the Pixel with the public key, the backend of each order with its own, to
the gateway of examples/sandbox.toml. Needs nothing but Python, and may be run again: orders are
numbered by the second.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

PIXEL = "C9ABC1234567890"
SERVER_KEY, PUBLIC_KEY, ORIGIN = "sk_sandbox", "pk_sandbox", "http://127.0.0.1:8000"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
CONSENT = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Told:
    """One action as one side tells of it, ``when`` seconds after the day's end.

    ``called`` is how long before that the page called its Pixel. Without an ``event_id`` there is
    none in it. ``gpc``: the browser sends Sec-GPC. Not ``asked``: nothing is said about consent.
    """

    when: float
    by: str
    order: str
    event_id: str | None
    event: str = "CompletePayment"
    worth: dict[str, Any] = field(default_factory=dict)
    called: float = 1.0
    gpc: bool = False
    asked: bool = True


def day(first: int) -> Iterator[Told]:
    """Tell the day in the order in which it is told, orders numbered from *first*."""
    orders = iter(f"{first + number}" for number in range(100))

    def named(order: str) -> str:
        return f"ord_{order}_complete_payment"

    order = next(
        orders
    )  # the webhook came at once, and the thank-you page was opened two days later
    yield Told(-50 * HOUR, "server", order, named(order))
    yield Told(-1 * MINUTE, "page", order, named(order))
    order = next(orders)  # as it should be
    yield Told(-50.0, "page", order, named(order), called=2 * MINUTE)
    yield Told(-49.0, "server", order, named(order))
    order = next(orders)  # the payment took its time
    yield Told(-48.0, "page", order, named(order), called=3 * HOUR)
    yield Told(-47.0, "server", order, named(order))
    order = next(
        orders
    )  # the backend leaves the id to the gateway, and the page had one of its own
    yield Told(-46.0, "page", order, f"px_{order}")
    yield Told(-45.0, "server", order, None)
    order = next(orders)  # a browser that objects to sale and sharing, which the order does not say
    yield Told(-44.0, "page", order, named(order), gpc=True)
    yield Told(-43.0, "server", order, named(order))
    order = next(orders)  # a blocker
    yield Told(-42.0, "server", order, named(order))
    order = next(orders)  # a webhook that never came
    yield Told(-41.0, "page", order, named(order))
    order = next(orders)  # the page has the new name, the backend the old one
    yield Told(-40.0, "page", order, named(order), event="Purchase")
    yield Told(-39.0, "server", order, named(order))
    order = next(orders)  # one of the two shouts
    yield Told(-38.0, "page", order, named(order).upper())
    yield Told(-37.0, "server", order, named(order))
    order = next(orders)  # two ids for one order
    yield Told(-36.0, "page", order, f"px_{order}")
    yield Told(-35.0, "server", order, named(order))
    order = next(orders)  # one id for two orders
    yield Told(-34.0, "page", f"{order}-B", named(order))
    yield Told(-33.0, "server", order, named(order))
    order = next(orders)  # the page forgets the shipping
    yield Told(-32.0, "page", order, named(order), worth={"value": 119.95})
    yield Told(-31.0, "server", order, named(order))
    order = next(orders)  # two tags on the thank-you page
    yield Told(-30.0, "page", order, named(order))
    yield Told(-29.0, "page", order, f"px_{order}")
    yield Told(-28.0, "server", order, named(order))
    order = next(orders)  # the Pixel does not wait for the banner, and nobody answered it
    yield Told(-27.0, "page", order, named(order), asked=False)
    yield Told(-26.0, "server", order, named(order), asked=False)


def request(told: Told, url: str, now: float) -> Request:
    """Write what *told* says as its side says it, at the Unix time *now*."""
    worth = {"value": 129.95, "currency": "EUR", "order_id": told.order} | told.worth
    consent = CONSENT if told.asked else {"region": "DE"}
    action: dict[str, Any] = {"event": told.event, "properties": worth}
    if told.event_id is not None:
        action["event_id"] = told.event_id
    if told.by == "page":
        call = action | {"type": "pixel", "at": (now - told.called) * 1000}
        beacon = {
            "key": PUBLIC_KEY,
            "session": f"visit-of-{told.order}-0123",
            "sent_at": now * 1000,
            "consent": consent,
            "events": [call],
        }
        headers = {"Origin": ORIGIN, "Content-Type": "text/plain", "User-Agent": BROWSER}
        headers |= {"Sec-GPC": "1"} if told.gpc else {}
        return Request(f"{url}/v1/collect", json.dumps(beacon).encode(), headers)
    user = {
        "external_id": f"customer_{told.order}",
        "ip": "203.0.113.42",
        "user_agent": "Mozilla/5.0",
    }
    page = {"url": "https://shop.example/thanks"}
    item = action | {"event_time": int(now), "user": user, "consent": consent, "page": page}
    envelope = {"event_source": "web", "event_source_id": PIXEL, "data": [item]}
    headers = {"Authorization": f"Bearer {SERVER_KEY}", "Content-Type": "application/json"}
    return Request(f"{url}/v1/events", json.dumps(envelope).encode(), headers)


def main() -> None:
    """Tell a running gateway of the day, as if it had taken place in the last minute.

    What was told two days ago is left out, since nobody can hand it in two days ago.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the gateway is")
    url = parser.parse_args().url
    for told in day(int(time.time())):
        if told.when > -HOUR:
            with urlopen(request(told, url, time.time()), timeout=10) as answer:
                [result] = json.load(answer)["results"]
                print(f"{told.by:6} {result['outcome']:9} {result['event_id']}")


if __name__ == "__main__":
    main()
