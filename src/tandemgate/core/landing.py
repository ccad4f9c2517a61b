"""Whether an ad on TikTok led to a page, as far as the page's address tells."""

from collections.abc import Iterator
from typing import Final

from tandemgate.core.scrub import decoded

_OF_OWN_ACCORD: Final = ("organic", "bio", "profile", "referral")
"""Words in ``utm_medium`` by which shops mark links that are no ads, as in a profile."""


def led_by_ad(url: str | None) -> bool:
    """Tell whether *url* has TikTok's click id, or says that its traffic comes from TikTok.

    TikTok appends ``ttclid`` to the address behind each ad; ads are tagged ``utm_source=tiktok`` as
    well (TikTok Business Help Center, "About TikTok Click ID", "UTM parameters"). A redirect may
    have dropped the one and kept the other.
    """
    if url is None or "?" not in url or not _may_tell(url.lower()):
        return False
    said = dict(_parameters(url))
    if said.get("ttclid"):
        return True
    medium = said.get("utm_medium", "")
    return "tiktok" in said.get("utm_source", "") and not any(
        word in medium for word in _OF_OWN_ACCORD
    )


def _may_tell(url: str) -> bool:
    """Tell whether there is anything to read: most addresses say nothing of TikTok."""
    return "ttclid" in url or "tiktok" in url or "%" in url


def _parameters(url: str) -> Iterator[tuple[str, str]]:
    _, _, query = url.partition("?")
    for pair in query.partition("#")[0].split("&"):
        name, _, value = pair.partition("=")
        yield decoded(name), decoded(value).lower()
