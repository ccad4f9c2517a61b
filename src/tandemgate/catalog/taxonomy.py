"""What each verdict about an event name means, and what mends it.

TikTok deduplicates by pixel, event and event_id, to the letter (Business Help Center, "About event
deduplication"); its names are in :mod:`tandemgate.catalog.events`.
"""

from collections.abc import Mapping
from typing import Final

from tandemgate.catalog.pairs import Explanation
from tandemgate.model.taxonomy import NameVerdict

NAMES: Final[Mapping[NameVerdict, Explanation]] = {
    NameVerdict.AGREES: Explanation("The Pixel and the gateway use this name.", ""),
    NameVerdict.GENERATION_MISMATCH: Explanation(
        "One side uses the old and the other the new name of the same event: TikTok counts both.",
        "use one name in both places; TikTok takes either",
    ),
    NameVerdict.CASE_MISMATCH: Explanation(
        "The two sides write the name with other capital letters, and TikTok counts both.",
        "write it to the letter alike in both places",
    ),
    NameVerdict.NEAR_MISS: Explanation(
        "It is nearly a name of TikTok's; campaigns that optimize for that one do not see it.",
        "send TikTok's name on both sides, or list this one in custom_events if it is meant",
    ),
    NameVerdict.GATEWAY_ONLY: Explanation(
        "No page reported a call of the Pixel with this name.",
        "fire it in the page as well, unless it happens on the server alone",
    ),
    NameVerdict.PIXEL_ONLY: Explanation(
        "Only the Pixel uses this name; nothing that the gateway took has it.",
        "report it from the server, or take it out of server_truth so that the page's copy is sent",
    ),
}
