"""Amounts of money, in whole minor units: no sum of them is ever rounded."""

import msgspec


class Money(msgspec.Struct, frozen=True, gc=False):
    """So many minor units of a currency (ISO 4217): ``Money(12995, "EUR")`` is 129.95 EUR."""

    minor: int
    currency: str
