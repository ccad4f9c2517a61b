"""The rules of a pixel that nobody configured, for verbs that judge without a gateway."""

from tandemgate.catalog.regions import GOVERNED
from tandemgate.model.consent import Policy, Profile
from tandemgate.model.rules import PixelRules


class NoStore:
    """Keys for digests that nobody keeps."""

    fingerprint_key = bytes(32)
    blind_index_key = bytes(32)


def offline_rules(
    pixel_id: str = "",
    *,
    profile: Profile = Profile.GUIDE,
    region: str | None = None,
    custom_events: bool = False,
    domains: tuple[str, ...] = (),
) -> PixelRules:
    """Return the defaults of the settings; *region* is that of events which state none."""
    return PixelRules(
        pixel_id=pixel_id,
        policy=Policy(profile, GOVERNED),
        fingerprint_key=NoStore.fingerprint_key,
        blind_index_key=NoStore.blind_index_key,
        default_region=region,
        phone_region=region.partition("-")[0] if region else None,
        custom_events=custom_events,
        domains=domains,
    )
