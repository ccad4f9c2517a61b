"""What the settings say about a pixel reaches those who decide by it."""

import pytest
from msgspec.structs import replace

from tandemgate.catalog.regions import GOVERNED
from tandemgate.model.consent import OnPersonalizationDenied, Profile
from tandemgate.model.rules import Bots, ExternalIdCase, SameOrder, Wire
from tandemgate.model.secret import Secret
from tandemgate.settings import PixelSettings, Settings, TikTokSettings
from tandemgate.settings.tree import Duration
from tandemgate.wiring.pixels import pixel_rules, setups


class Keys:
    """The keys of no store."""

    fingerprint_key = bytes(32)
    blind_index_key = bytes(32)


def test_each_setting_of_a_pixel_has_its_effect() -> None:
    """A setting that is read and then forgotten is worse than none."""
    pixel = PixelSettings(
        id="C9",
        wire=Wire.GUIDE,
        consent_profile=Profile.STRICT,
        default_region="us-ca",
        governed_regions=("de", "FR"),
        tcf_vendor_id=1234,
        hold_for_consent=Duration(60),
        on_personalization_denied=OnPersonalizationDenied.NO_EXPORT,
        custom_events=("Quiz",),
        page_views=True,
        phone_region="de",
        domains=("Shop.Example",),
        external_id_case=ExternalIdCase.LOWER,
        same_order=SameOrder.SEND,
    )
    rules = pixel_rules(pixel, TikTokSettings(event_age_limit=Duration(3600)), Keys())
    policy = rules.policy
    assert (rules.wire, rules.default_region, rules.phone_region) == (Wire.GUIDE, "US-CA", "DE")
    assert (policy.profile, policy.governed) == (Profile.STRICT, frozenset({"DE", "FR"}))
    assert policy.on_personalization_denied is OnPersonalizationDenied.NO_EXPORT
    assert policy.hold_for_consent == 60
    assert (rules.custom_events, rules.page_views) == (frozenset({"Quiz"}), True)
    assert (rules.domains, rules.event_age_limit) == (("shop.example",), 3600)
    assert rules.external_id_case is ExternalIdCase.LOWER
    assert rules.tcf_vendors == {1234}
    assert rules.same_order is SameOrder.SEND


@pytest.mark.parametrize(
    ("stated", "base_url", "expected"),
    [
        (Bots.AUTO, "https://business-api.tiktok.com", Bots.NOTE),
        (Bots.AUTO, "http://127.0.0.1:9000", Bots.SEND),
        (Bots.NOTE, "http://127.0.0.1:9000", Bots.NOTE),
        (Bots.SEND, "https://business-api.tiktok.com", Bots.SEND),
    ],
)
def test_crawlers_reach_a_simulated_tiktok_alone(
    stated: Bots, base_url: str, expected: Bots
) -> None:
    """The browsers that try a shop out on this machine say that they are automated."""
    pixel, tiktok = PixelSettings(id="C9", bots=stated), TikTokSettings(base_url=base_url)
    assert pixel_rules(pixel, tiktok, Keys()).bots is expected


def test_without_a_list_of_its_own_a_pixel_has_the_usual_governed_regions() -> None:
    """An empty list must not mean that consent is needed nowhere."""
    assert pixel_rules(PixelSettings(id="C9"), TikTokSettings(), Keys()).policy.governed == GOVERNED


def test_each_pixel_is_set_up_with_its_own_token_and_the_common_limits() -> None:
    """Nothing may ever be sent with somebody else's token."""
    token = Secret("tok_0123456789ab")
    settings = Settings(
        pixels=(PixelSettings(id="C9"), PixelSettings(id="D9", access_token=token)),
        tiktok=TikTokSettings(max_batch_events=1000, max_requests_per_second=0),
    )
    made = setups(settings)
    assert {pixel_id: setup.token for pixel_id, setup in made.items()} == {"C9": None, "D9": token}
    assert {setup.lane.max_batch_events for setup in made.values()} == {1000}
    assert {setup.lane.max_requests_per_second for setup in made.values()} == {0}


def test_a_setting_that_matters_to_tiktok_counts_as_changed_and_a_token_does_not() -> None:
    """A replay asks what changed; a token is known by its own date."""
    pixel = PixelSettings(id="C9")
    variants = [
        pixel,
        replace(pixel, access_token=Secret("tok_0123456789ab")),
        replace(pixel, wire=Wire.GUIDE),
        replace(pixel, consent_profile=Profile.STRICT),
    ]
    said = [setups(Settings(pixels=(one,)))["C9"].settings for one in variants]
    assert [one == said[0] for one in said] == [True, True, False, False]
