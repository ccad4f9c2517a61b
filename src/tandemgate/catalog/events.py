"""TikTok's event names.

Sources: TikTok Business Help Center, "Supported standard events" (current names); TikTok's Events
API 1.x reference and the guide (legacy names). The name is part of the key by which TikTok
deduplicates, so a name is never translated: what the Pixel sends, the server sends.
"""

from collections.abc import Mapping
from difflib import get_close_matches

STANDARD: tuple[str, ...] = (
    "AddPaymentInfo",
    "AddToCart",
    "AddToWishlist",
    "ApplicationApproval",
    "CompleteRegistration",
    "Contact",
    "CustomizeProduct",
    "Download",
    "FindLocation",
    "InitiateCheckout",
    "Lead",
    "Purchase",
    "Schedule",
    "Search",
    "StartTrial",
    "SubmitApplication",
    "Subscribe",
    "ViewContent",
)

LEGACY: Mapping[str, str | None] = {
    "CompletePayment": "Purchase",
    "SubmitForm": "Lead",
    "PlaceAnOrder": None,
    "ClickButton": None,
}
"""Names that TikTok still accepts -> the name that took their place."""

PAGE_VIEW = "Pageview"

KNOWN: frozenset[str] = frozenset({*STANDARD, *LEGACY, PAGE_VIEW})

PURCHASES: frozenset[str] = frozenset({"CompletePayment", "Purchase", "PlaceAnOrder"})
"""Events that are worth nothing without value and currency (the guide's purchase properties)."""

VALUE_EXPECTED: frozenset[str] = frozenset(
    {"Subscribe", "AddToCart", "InitiateCheckout", "ViewContent"}
)
"""Events that go without value and currency, but should have them."""


def _squeezed(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


_BY_SQUEEZED = {_squeezed(name): name for name in sorted(KNOWN)}

# Between any two of the names it is at most 0.61; a slip or two in one of them keeps it above this.
_ALIKE = 0.85


_MOST_REMEMBERED = 1024
_remembered: dict[int, str | None] = {}
"""By a number that only this process gives a name: what comes as one may be somebody's address."""


def nearest(name: str) -> str | None:
    """Return the known name that *name* differs from by casing, separators or a slip, if any."""
    mark = hash(name)
    if mark not in _remembered:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[mark] = _nearest(name)
    return _remembered[mark]


def _nearest(name: str) -> str | None:
    squeezed = _squeezed(name[:64])
    if squeezed in _BY_SQUEEZED:
        return _BY_SQUEEZED[squeezed]
    alike = get_close_matches(squeezed, _BY_SQUEEZED, n=1, cutoff=_ALIKE)
    return _BY_SQUEEZED[alike[0]] if alike else None
