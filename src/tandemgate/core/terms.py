"""The terms of a test session, as a person asks for them."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tandemgate.catalog.events import KNOWN
from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import shape, shown
from tandemgate.core.scrub import holds_identifier
from tandemgate.model.finding import Problem
from tandemgate.model.person import Identifiers
from tandemgate.model.rules import PixelRules

JOURNEY: Final = ("ViewContent", "AddToCart", "InitiateCheckout", "CompletePayment")
"""The events of the guide's test: a product, the cart, the checkout, the order."""

MOST_EVENTS: Final = 20
LONGEST_NAME: Final = 80
_NOBODY: Final = Identifiers()
_CODE: Final = re.compile(r"[A-Z0-9]{4,20}")
WIDEST: Final = 0.5
"""A value that is further from its contents is no order's total."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for; see :class:`tandemgate.model.trial.Trial`."""

    code: str
    landing: str
    events: Sequence[str]
    tolerance: float


def terms_problem(terms: Terms, rules: PixelRules, origins: Collection[str]) -> Problem | None:
    """Return what is wrong with the *terms* of a test of the pixel of *rules*, if anything.

    *origins* are those of the pixel's pages.
    """
    landing, tolerance = terms.landing, terms.tolerance
    came = shape(terms.code) if terms.code else "nothing"
    found = [
        None if _CODE.fullmatch(terms.code) else problem("test_code_invalid", "/code", came),
        None if not landing or _is_shop(landing, rules, origins) else _elsewhere(landing),
        *_events(terms.events, rules),
    ]
    if not 0 <= tolerance <= WIDEST:
        expected = f"a share of the value from 0 to {WIDEST:g}"
        found.append(problem("body_invalid", "/tolerance", f"{tolerance:g}", expected=expected))
    return next((one for one in found if one is not None), None)


def _events(events: Sequence[str], rules: PixelRules) -> Iterator[Problem]:
    if not 1 <= len(events) <= MOST_EVENTS:
        expected = f"1 to {MOST_EVENTS} names"
        yield problem("body_invalid", "/events", f"{len(events)} names", expected=expected)
    custom = rules.custom_events
    for place, name in enumerate(events):
        known = name in KNOWN or (name in custom if isinstance(custom, frozenset) else custom)
        if not known or holds_identifier(name, _NOBODY):
            yield problem("test_event_unknown", f"/events/{place}", shown(name, _NOBODY))


def _is_shop(landing: str, rules: PixelRules, origins: Collection[str]) -> bool:
    """Tell whether *landing* is a page of the shop: a link that leads anywhere is a phisher's."""
    try:
        url = urlsplit(landing)
        host = url.hostname or ""
    except ValueError:
        return False
    plain = url.scheme in {"http", "https"} and url.username is None and landing.isprintable()
    if not plain or holds_identifier(landing, _NOBODY):
        return False
    known = any(host == domain or host.endswith(f".{domain}") for domain in rules.domains)
    return known or f"{url.scheme}://{url.netloc}" in origins


def _elsewhere(landing: str) -> Problem:
    return problem("test_landing_unlisted", "/landing", shown(landing, _NOBODY))
