"""Versions of a policy: what makes one, and how two are told apart."""

from hashlib import blake2b
from pathlib import Path

import pytest
from msgspec import structs

from tandemgate.catalog.consent import EDITION
from tandemgate.core.policy import asked_profile, change, differences, number, version_of
from tandemgate.model.consent import OnPersonalizationDenied, Policy, Profile
from tests.build import NOW, PIXEL, a_policy

GUIDE = a_policy()
TABLES = {1: "47675034"}
"""Edition -> how the digest of the whole table begins."""


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (a_policy(profile=Profile.DROP), ["consent_profile guide -> drop"]),
        (a_policy(governed=frozenset({"BR", "DE"})), ["governed_regions +BR"]),
        (a_policy(governed=frozenset({"BR", "US-CA"})), ["governed_regions -DE +BR +US-CA"]),
        (a_policy(hold_for_consent=3600), ["hold_for_consent 0s -> 3600s"]),
        (
            a_policy(on_personalization_denied=OnPersonalizationDenied.NO_EXPORT),
            ["on_personalization_denied say -> no_export"],
        ),
        (a_policy(edition=2), ["rules of this gateway edition 1 -> edition 2"]),
    ],
)
def test_every_setting_makes_another_version_and_a_visible_difference(
    other: Policy, said: list[str]
) -> None:
    """A policy that changed in silence could prove nothing."""
    assert number(other, [GUIDE]) == structs.replace(other, version=2)
    assert differences(GUIDE, other) == said
    assert change(PIXEL, GUIDE, structs.replace(other, version=2), NOW).reason == (
        f"guide@1 -> {other.profile}@2: {said[0]}"
    )


def test_a_number_is_never_given_twice() -> None:
    """Also where versions in between are known to nobody here."""
    seen = [GUIDE, a_policy(profile=Profile.STRICT, version=7)]
    assert number(a_policy(profile=Profile.DROP), seen).version == 8
    assert number(a_policy(profile=Profile.STRICT), seen).version == 7


@pytest.mark.parametrize(
    ("name", "asked", "version"),
    [("guide@1", None, 1), ("strict@12", Profile.STRICT, 12), ("drop@3", Profile.DROP, 3)],
)
def test_a_name_tells_what_the_event_asked_for(
    name: str, asked: Profile | None, version: int
) -> None:
    """The version is the pixel's; the profile is the one that was applied."""
    assert (asked_profile(name, GUIDE), version_of(name)) == (asked, version)


def test_another_table_is_another_edition() -> None:
    """Old decisions name a policy; the rules behind it must not change under that name."""
    table = (Path(__file__).parents[1] / "golden" / "consent_table.txt").read_bytes()
    assert blake2b(table).hexdigest()[:8] == TABLES[EDITION], "raise EDITION and add a line"
