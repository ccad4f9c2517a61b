"""The events that are sent: purchases of a shop, alike in size, each of another person."""

import time
from typing import Final

PIXEL: Final = "C9BENCH0000000000"
EVENT: Final = "Purchase"

_HEAD: Final = b'{"event_source":"web","event_source_id":"%b","data":[' % PIXEL.encode()
_EVENT: Final = (
    b'{"event":"Purchase","event_time":%d,"event_id":"%b","user":{'
    b'"email":"ada.lovelace.%d@mail.example","phone":"+49151%08d","external_id":"customer-%d",'
    b'"ttclid":"E.C.P.CqQBb1Vb4Fh9kX2mQ%d","ttp":"2J6ZkqKc1n7wYb9vQ%d","ip":"85.214.%d.%d",'
    b'"user_agent":"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",'
    b'"country":"de"},'
    b'"properties":{"value":129.95,"currency":"EUR","order_id":"%d","content_type":"product",'
    b'"contents":[{"content_id":"sku-%d","quantity":2,"price":49.95},'
    b'{"content_id":"sku-77","quantity":1,"price":30.05}]},'
    b'"page":{"url":"https://shop.example/checkout/thank-you?utm_source=tiktok"},'
    b'"consent":{"ad_user_data":"GRANTED","ad_personalization":"GRANTED","region":"DE"}}'
)

_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")


def event_id(number: int) -> str:
    """Name the event of order *number*: in no order, and without digits that could be a phone's."""
    return "ord-" + f"{number * 2654435761 % 2**32:08x}".translate(_LETTERS)


def event(number: int, at: int) -> bytes:
    """Report order *number*, placed at *at* (Unix seconds), as a backend does."""
    high, low = number >> 8 & 255, number & 255
    name = event_id(number).encode()
    digits = number % 10**8
    return _EVENT % (
        at, name, number, digits, number, number, number, high, low, number, number % 500
    )  # fmt: skip


def envelope(numbers: range) -> bytes:
    """Write one request that reports the orders *numbers*, placed just now."""
    at = int(time.time())
    return b"%b%b]}" % (_HEAD, b",".join([event(number, at) for number in numbers]))
