"""From the settings to what each part needs to know about a pixel."""

from collections.abc import Iterable
from typing import Any, Final, Protocol

import msgspec
from msgspec.structs import replace

from tandemgate.catalog.consent import EDITION
from tandemgate.catalog.regions import GOVERNED, region_code
from tandemgate.delivery.operator import Setup
from tandemgate.model.consent import Policy
from tandemgate.model.delivery import LaneRules
from tandemgate.model.rules import Bots, Clocks, PixelRules
from tandemgate.model.secret import Secret
from tandemgate.settings import PixelSettings, Settings, TikTokSettings
from tandemgate.web.parts import PixelCard

_OF_REPORTS: Final[dict[str, Any]] = {
    name: PixelSettings("").__getattribute__(name)
    for name in ("value_rule", "value_tolerance", "reconcile_at_least")
}
"""What only reports depend on, as it is by default."""


class DigestKeys(Protocol):
    """The keys of a store by which digests are made; they stay as long as the store."""

    @property
    def fingerprint_key(self) -> bytes:
        """For the contents of events."""
        ...

    @property
    def blind_index_key(self) -> bytes:
        """For what a person's events are found by."""
        ...


def pixel_rules(pixel: PixelSettings, tiktok: TikTokSettings, keys: DigestKeys) -> PixelRules:
    """What decides about the pixel's events."""
    custom = pixel.custom_events
    return PixelRules(
        pixel_id=pixel.id,
        policy=policy(pixel),
        fingerprint_key=keys.fingerprint_key,
        blind_index_key=keys.blind_index_key,
        wire=pixel.wire,
        default_region=region_code(pixel.default_region),
        phone_region=region_code(pixel.phone_region),
        custom_events=custom if isinstance(custom, bool) else frozenset(custom),
        event_names=pixel.event_names,
        consent_categories=frozenset(pixel.consent_categories),
        value_rule=pixel.value_rule,
        page_views=pixel.page_views,
        server_truth=frozenset(pixel.server_truth),
        domains=tuple(domain.lower() for domain in pixel.domains),
        external_id_case=pixel.external_id_case,
        same_order=pixel.same_order,
        bots=_bots(pixel.bots, tiktok),
        event_age_limit=tiktok.event_age_limit,
        tcf_vendors=frozenset({pixel.tcf_vendor_id} - {0}),
        value_tolerance=pixel.value_tolerance,
    )


def _bots(stated: Bots, tiktok: TikTokSettings) -> Bots:
    if stated is not Bots.AUTO:
        return stated
    return Bots.SEND if tiktok.simulated else Bots.NOTE


def policy(pixel: PixelSettings) -> Policy:
    """How consent decides about the pixel's events."""
    return Policy(
        profile=pixel.consent_profile,
        governed=_regions(pixel.governed_regions) or GOVERNED,
        on_personalization_denied=pixel.on_personalization_denied,
        hold_for_consent=pixel.hold_for_consent,
        edition=EDITION,
    )


def setups(settings: Settings) -> dict[str, Setup]:
    """How the events of each pixel are sent; which token is used is the operator's to say."""
    tiktok = settings.tiktok
    lane = LaneRules(
        access_token=Secret(""),
        clocks=clocks(tiktok),
        partner_name=tiktok.partner_name,
        max_batch_events=tiktok.max_batch_events,
        max_batch_wait=tiktok.max_batch_wait,
        max_requests_per_second=tiktok.max_requests_per_second,
    )
    return {
        pixel.id: Setup(lane, pixel.access_token, pixel.wire, _comparable(pixel, tiktok))
        for pixel in settings.pixels
    }


def _comparable(pixel: PixelSettings, tiktok: TikTokSettings) -> bytes:
    """Everything that TikTok's answer may depend on but the token, which is known by itself."""
    sent = replace(pixel, access_token=None, **_OF_REPORTS)
    return msgspec.json.encode((sent, tiktok, policy(pixel).name))


def cards(settings: Settings) -> dict[str, PixelCard]:
    """What pages and stories say about each pixel."""
    return {
        pixel.id: PixelCard(
            name=pixel.name,
            advertiser_id=pixel.advertiser_id,
            clocks=clocks(settings.tiktok),
            value_rule=pixel.value_rule,
            at_least=pixel.reconcile_at_least,
        )
        for pixel in settings.pixels
    }


def clocks(tiktok: TikTokSettings) -> Clocks:
    """The clocks that bound every send."""
    return Clocks(dedup_window=tiktok.dedup_window, event_age_limit=tiktok.event_age_limit)


def _regions(stated: Iterable[str]) -> frozenset[str]:
    return frozenset(code for code in map(region_code, stated) if code is not None)
