"""Currencies: ISO 4217 (package ``iso4217``), and the 62 of them that TikTok takes.

Source of the list: TikTok Business Help Center, "Events API: supported currencies".
"""

from collections.abc import Mapping

from iso4217 import Currency

_TIKTOK = """
    AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD
    HNL HUF IDR ILS INR ISK JPY KES KHR KRW KWD KZT MAD MOP MXN MYR NGN NIO NOK NZD OMR PEN
    PHP PKR PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VES VND ZAR
"""

TIKTOK: frozenset[str] = frozenset(_TIKTOK.split())

MINOR_DIGITS: Mapping[str, int] = {
    currency.code: currency.exponent or 0 for currency in Currency.__members__.values()
}
"""ISO code -> digits after the decimal point (EUR 2, JPY 0, BHD 3)."""

_SPOKEN: Mapping[str, str] = {
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "DOLLAR": "USD",
    "DOLLARS": "USD",
    "£": "GBP",
    "POUND": "GBP",
    "POUNDS": "GBP",
    "¥": "JPY",
    "YEN": "JPY",
    "RMB": "CNY",
    "YUAN": "CNY",
    "FRANKEN": "CHF",
}


def suggest(text: str) -> str | None:
    """Return the ISO code that *text* (``EURO``, ``€``, ``Yen``) most likely means, if any."""
    word = text.strip().upper()
    if word in _SPOKEN:
        return _SPOKEN[word]
    return word[:3] if word[:3] in TIKTOK else None
