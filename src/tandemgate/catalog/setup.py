"""The steps of a setup in words: what each is for, and what is to be done about it.

Source: the guide's prerequisites and the layers of its runbook, in their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tandemgate.model.setup import Prerequisite, Rung


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``done`` says that it is there, ``fix`` what brings it about."""

    title: str
    done: str
    fix: str


PREREQUISITES: Final[Mapping[Prerequisite, Step]] = {
    Prerequisite.BUSINESS_CENTER: Step(
        "Business Center access",
        "somebody may manage the advertiser account, the Pixel and its diagnostics",
        "look in TikTok Business Center, then tandemgate doctor --confirm business_center",
    ),
    Prerequisite.PIXEL: Step(
        "a live Pixel of the right account",
        "pages fire it, and the settings name its advertiser",
        "put t.js on the pages (tandemgate snippet browser) and advertiser_id into [[pixels]]; or "
        "tandemgate doctor --confirm pixel",
    ),
    Prerequisite.TOKEN: Step(
        "a token that may send to it",
        "TikTok took an event with it",
        "tandemgate doctor --send-test TEST_CODE, with the code of Events Manager's Test Events",
    ),
    Prerequisite.ENDPOINT: Step(
        "an endpoint that the shop reports to",
        "events arrive here",
        "let the shop's server report an order: tandemgate snippet python, or another",
    ),
    Prerequisite.DOMAIN: Step(
        "a verified domain",
        "the shop's domain is verified in TikTok Business Center",
        "verify it there, then tandemgate doctor --confirm domain",
    ),
}

RUNGS: Final[Mapping[Rung, Step]] = {
    Rung.ENDPOINT: Step(
        "endpoint",
        "TikTok took an event",
        "tandemgate trigger ViewContent; if it waits, tandemgate delivery says why",
    ),
    Rung.BROWSER_IDS: Step(
        "browser identifiers",
        "an event had ttclid or ttp, and the visitor's ip and user agent",
        "tandemgate snippet browser; tie the visit to the order with tg('attach', 'order', id)",
    ),
    Rung.MATCH_KEYS: Step(
        "match keys",
        "an event had an email, a phone number or an external_id",
        "send what the checkout knows, raw or hashed; tandemgate quality says what is missing",
    ),
    Rung.VALUE: Step(
        "value",
        "a purchase had its value and currency",
        "report CompletePayment with value and currency of the order",
    ),
    Rung.CONSENT: Step(
        "consent",
        "an event had both consent signals, as the visitor stated them",
        "let the consent platform tell the page (docs/cmp.md), or state them in the event",
    ),
}
