"""What each verdict about a pair means, and what mends it.

``tandemgate pairs``, ``GET /api/pairs`` and the documentation print these texts. The rules are
TikTok's (Business Help Center, "About event deduplication").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tandemgate.model.pair import Band, PairVerdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """One verdict in words. ``fix`` is empty where nothing is to be mended."""

    meaning: str
    fix: str


VERDICTS: Final[Mapping[PairVerdict, Explanation]] = {
    PairVerdict.PAIRED: Explanation(
        "The Pixel and the gateway sent the same event under the same event_id.", ""
    ),
    PairVerdict.CONTENT_DIFFERS: Explanation(
        "Both copies have the same event_id and state another value or currency; TikTok keeps one.",
        "give the Pixel's call the value and currency of the order",
    ),
    PairVerdict.ID_REUSED: Explanation(
        "Two different actions have the same event_id: TikTok counts only one of them.",
        "make the event_id of what happened, such as ord_<order id>_complete_payment",
    ),
    PairVerdict.NAME_MISMATCH: Explanation(
        "The same event_id under the old and the new name of one event: TikTok counts both.",
        "use one name in both places: CompletePayment and Purchase are not the same to TikTok",
    ),
    PairVerdict.CASE_MISMATCH: Explanation(
        "The two copies differ in capital letters alone, and TikTok counts both.",
        "write event and event_id in both places to the letter alike",
    ),
    PairVerdict.ID_MISMATCH: Explanation(
        "The two sides sent the same event under two event_ids, for one order or within five "
        "minutes of one visit: most likely one action that TikTok counts twice.",
        "pass the event_id of the Pixel's call to the server, or the server's to the page",
    ),
    PairVerdict.DOUBLE_FIRE: Explanation(
        "One side sent the same action of one visit twice within five minutes, under two "
        "event_ids; this is the second.",
        "fire it once: look for a second tag on the page, or a second job on the server",
    ),
    PairVerdict.KEPT_BACK: Explanation(
        "The gateway's copy stays here: suppressed, cancelled, expired or refused. TikTok has the "
        "Pixel's copy alone, where there is one.",
        "read the reason in the event's story; where consent kept it back, hold the Pixel as well",
    ),
    PairVerdict.SERVER_ONLY: Explanation(
        "No page reported a call of the Pixel for it: the Pixel or the script was blocked, or the "
        "call was never made.",
        "if most events are like this, check that the Pixel fires and that t.js is on the page",
    ),
    PairVerdict.BROWSER_ONLY: Explanation(
        "The Pixel sent it, and no server did.",
        "send it from the server under the same event_id, or take it out of server_truth",
    ),
}

BANDS: Final[Mapping[Band, str]] = {
    Band.MERGED: "within five minutes of each other: TikTok merges the two",
    Band.DROPPED: "within 48 hours of each other: TikTok drops the second",
    Band.COUNTED_TWICE: "more than 48 hours apart: TikTok counts both; send from the server "
    "at once, and let no page that is opened again call the Pixel",
}
