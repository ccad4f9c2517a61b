"""The guide's five levers of match quality, and what to beware of when their coverage is judged.

The weights are the guide's ("EMQ optimization"); TikTok says that its own Event Match Quality
weighs the coverage of match keys, and publishes no weights. So what follows from them is an
estimate of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tandemgate.model.person import MatchKey

ABOUT: Final = (
    "Our estimate from the guide's five levers, over the events that left. It is not TikTok's "
    "Event Match Quality, and promises no conversions."
)


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever: the match keys that it needs, and how much the guide says it weighs (per cent)."""

    name: str
    title: str
    keys: tuple[MatchKey, ...]
    low: int
    high: int
    fix: str

    @property
    def mid(self) -> float:
        """The middle of its weight."""
        return (self.low + self.high) / 2


LEVERS: Final = (
    Lever(
        "email",
        "Hashed email from checkout or login",
        (MatchKey.EMAIL,),
        16,
        26,
        "send user.email with every event after checkout or login",
    ),
    Lever(
        "phone",
        "Hashed phone number",
        (MatchKey.PHONE,),
        10,
        18,
        "send user.phone where customers leave one for delivery or callbacks",
    ),
    Lever(
        "external_id",
        "Stable external_id",
        (MatchKey.EXTERNAL_ID,),
        8,
        15,
        "send the id of the customer, lead or account as user.external_id, always the same one",
    ),
    Lever(
        "click",
        "ttclid and ttp persistence",
        (MatchKey.TTCLID, MatchKey.TTP),
        6,
        14,
        "put the browser script on every page, and bind the order or checkout before redirects "
        "(POST /v1/attach)",
    ),
    Lever(
        "device",
        "IP address plus user agent freshness",
        (MatchKey.IP, MatchKey.USER_AGENT),
        3,
        8,
        "send user.ip and user.user_agent of the customer's own request, never the server's",
    ),
)
"""In the order of the guide, which is that of their weight."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From how many on a figure can be judged, what is said below it, and why it is that many."""

    least: int
    note: str
    because: str


DAYS: Final = Threshold(
    3,
    "Judge after 24 to 48 hours of normal traffic: these are events of {count} day(s).",
    "the guide asks for 24 to 48 hours of normal traffic; between the first and the last of three "
    "days with events lies a whole one",
)
VOLUME: Final = Threshold(
    385,
    "Low volume: with {count} event(s) a share is uncertain by ± {margin} points.",
    "from 385 on, a share is right within 5 points in 19 of 20 cases (the normal approximation of "
    "a proportion, 1.96² / 4 / 0.05²)",
)
CLICKS: Final = Threshold(
    1,
    "No visit is known to have come from an ad, so ttclid can't be judged: page.url of the "
    "landing page or the browser script would tell.",
    "ttclid is missing only where an ad led to the visit",
)
THRESHOLDS: Final[Mapping[str, Threshold]] = {
    "too_early": DAYS,
    "low_volume": VOLUME,
    "no_ad_visits": CLICKS,
}
"""What is noted, by its name."""
