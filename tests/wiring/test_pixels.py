"""What the settings say about a pixel reaches those who decide by it."""

from tandemgate.catalog.regions import GOVERNED
from tandemgate.model.consent import OnPersonalizationDenied, Profile
from tandemgate.model.rules import ExternalIdCase, SameOrder, Wire
from tandemgate.model.secret import Secret
from tandemgate.settings import PixelSettings, Settings, TikTokSettings
from tandemgate.settings.tree import Duration
from tandemgate.wiring.pixels import lane_rules, pixel_rules

KEY = bytes(32)


def test_each_setting_of_a_pixel_has_its_effect() -> None:
    """A setting that is read and then forgotten is worse than none."""
    pixel = PixelSettings(
        id="C9",
        wire=Wire.GUIDE,
        consent_profile=Profile.STRICT,
        default_region="us-ca",
        governed_regions=("de", "FR"),
        hold_for_consent=Duration(60),
        on_personalization_denied=OnPersonalizationDenied.NO_EXPORT,
        custom_events=("Quiz",),
        page_views=True,
        phone_region="de",
        domains=("Shop.Example",),
        external_id_case=ExternalIdCase.LOWER,
        same_order=SameOrder.SEND,
    )
    rules = pixel_rules(pixel, TikTokSettings(event_age_limit=Duration(3600)), KEY)
    policy = rules.policy
    assert (rules.wire, rules.default_region, rules.phone_region) == (Wire.GUIDE, "US-CA", "DE")
    assert (policy.profile, policy.governed) == (Profile.STRICT, frozenset({"DE", "FR"}))
    assert policy.on_personalization_denied is OnPersonalizationDenied.NO_EXPORT
    assert policy.hold_for_consent == 60
    assert (rules.custom_events, rules.page_views) == (frozenset({"Quiz"}), True)
    assert (rules.domains, rules.event_age_limit) == (("shop.example",), 3600)
    assert rules.external_id_case is ExternalIdCase.LOWER
    assert rules.same_order is SameOrder.SEND


def test_without_a_list_of_its_own_a_pixel_has_the_usual_governed_regions() -> None:
    """An empty list must not mean that consent is needed nowhere."""
    assert pixel_rules(PixelSettings(id="C9"), TikTokSettings(), KEY).policy.governed == GOVERNED


def test_a_pixel_without_a_token_has_no_lane_rules() -> None:
    """Its events wait, instead of being sent with somebody else's token."""
    token = Secret("tok_0123456789ab")
    settings = Settings(
        pixels=(PixelSettings(id="C9"), PixelSettings(id="D9", access_token=token)),
        tiktok=TikTokSettings(max_batch_events=1000, max_requests_per_second=0),
    )
    (rules,) = lane_rules(settings).values()
    assert (rules.access_token, rules.max_batch_events) == (token, 1000)
    assert rules.max_requests_per_second == 0
