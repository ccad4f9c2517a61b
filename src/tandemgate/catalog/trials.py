"""The checklist of a test session: what each line is about, how it is filled, and what mends it.

``tandemgate test status``, ``/api/tests`` and the documentation print these texts. The lines are
those of the guide's section "Testing with Test Events".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of line: what is to be seen, what to ``do`` to see it, and what mends it."""

    title: str
    do: str
    fix: str


LANDING: Final = "landing"
TTP: Final = "ttp"
CONSENT: Final = "consent"
PAIR: Final = "pair"
DEVICE: Final = "device"
STRONG_KEY: Final = "strong_key"
VALUE: Final = "value"
FRESH: Final = "fresh"
TAKEN: Final = "taken"
WARNINGS: Final = "warnings"

CHECKS: Final[Mapping[str, Check]] = {
    LANDING: Check(
        "landing with ttclid",
        "open the test's link in a browser",
        "let the landing page keep ttclid: look for a redirect that drops it, for t.js on the very "
        "first page, and whether consent was given",
    ),
    TTP: Check(
        "_ttp seen",
        "open the test's link in a browser",
        "let the Pixel load before the visitor goes on: it sets the cookie _ttp, once consent "
        "allows it",
    ),
    CONSENT: Check(
        "consent before the first event",
        "answer the consent banner, then go on through the shop",
        'give the tag data-consent="wait" and its adapter (docs/cmp.md), and state consent in what '
        "the server sends, or the session by which it is found",
    ),
    PAIR: Check(
        "pair",
        "do it in the browser, as a customer would",
        "send it from both sides under one event and one event_id",
    ),
    DEVICE: Check(
        "server events have ip and user agent",
        "go through the shop in the browser",
        "state the visitor's ip and user_agent, or session or refs by which the gateway finds them",
    ),
    STRONG_KEY: Check(
        "strong key on the server's conversion",
        "finish a test order",
        "send the customer's email, phone or external_id with the order; raw or hashed",
    ),
    VALUE: Check(
        "value is the order's total",
        "finish a test order",
        "send the order's total as value, as a number, in the order's currency; where shipping, "
        "tax or a discount explain it, begin the test with --tolerance",
    ),
    FRESH: Check(
        "fresh time",
        "go through the shop in the browser",
        "send event_time as the second at which it happened, and within five minutes",
    ),
    TAKEN: Check(
        "taken by TikTok",
        "go through the shop in the browser",
        "tandemgate events show ID tells TikTok's answer and what mends it",
    ),
    WARNINGS: Check(
        "no warning",
        "go through the shop in the browser",
        "tandemgate explain REASON tells what it means and what mends it",
    ),
}
"""In the order in which they are shown; ``pair`` comes once for each wanted event."""

WARNING: Final = frozenset(
    {
        # missing parameter
        "page_url_missing",
        "page_url_invalid",
        "domain_unlisted",
        "value_recommended",
        "currency_recommended",
        "currency_unlisted",
        "content_id_missing",
        # duplicate event
        "late_refire",
        "probable_double_fire",
        "unverified_copy_sent_first",
        # low match quality
        "email_invalid",
        "phone_region_unknown",
        "phone_invalid",
        "digest_length",
        "digest_of_nothing",
        "placeholder_not_digest",
        "placeholder_value",
        "raw_field_hashed",
        "ip_not_public",
        "ttclid_too_long",
        # consent that does not arrive
        "consent_contradiction",
        "consent_ignored",
        "consent_string_unreadable",
        "consent_mismatch",
        "text_holds_identifier",
    }
)
"""Findings under which a pixel is not promoted; other lines are about what they leave out."""
