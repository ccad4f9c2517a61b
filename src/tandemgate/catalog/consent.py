"""The consent policy, as the table that ``decide`` reads from top to bottom.

The guide asks that a denied ``ad_user_data`` keeps email, phone and external_id back, and that a
denied ``ad_personalization`` is passed on and follows the policy of the region. TikTok's published
schema has no field for consent except ``limited_data_use``, so what must not leave is removed here.
"""

from dataclasses import dataclass
from typing import Final

from tandemgate.model.consent import Export, Flag, OnPersonalizationDenied, Profile, RegionClass
from tandemgate.model.person import MatchKey

IDENTIFIERS: Final = frozenset(
    {
        MatchKey.EMAIL,
        MatchKey.PHONE,
        MatchKey.EXTERNAL_ID,
        MatchKey.FIRST_NAME,
        MatchKey.LAST_NAME,
        MatchKey.ZIP_CODE,
    }
)
"""What says who a person is. A denied ``ad_user_data`` always removes it."""

CLICK_IDS: Final = frozenset({MatchKey.TTCLID, MatchKey.TTP})
"""TikTok's own names for a click and a browser."""

TRACES: Final = CLICK_IDS | {
    MatchKey.USER_AGENT,
    MatchKey.CITY,
    MatchKey.STATE,
    MatchKey.COUNTRY,
}
"""What leads to a person without naming one. The strict profile removes it as well."""

EVERYTHING: Final = frozenset(MatchKey)

EDITION: Final = 1
"""Raised whenever a row of the whole table decides otherwise, so that every policy is a new one."""

_NEEDS_CONSENT: Final = frozenset({RegionClass.GOVERNED, RegionClass.UNKNOWN})
_ANYWHERE: Final = frozenset(RegionClass)
_EITHER: Final = frozenset({False, True})
_WHATEVER: Final[frozenset[Flag | None]] = frozenset({Flag.GRANTED, Flag.DENIED, None})
_DENIED: Final[frozenset[Flag | None]] = frozenset({Flag.DENIED})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the cases that it covers, then what follows from it.

    ``ad_personalization`` is the flag after an opt-out and a derived denial were worked in.
    ``export`` is ``HOLD`` where a consent that is given later may still let the event go; a policy
    that holds nothing treats it as ``NONE``. ``passes_ad_user_data`` tells whether the stated flag
    is sent. ``meaning`` is what ``consent explain`` prints.
    """

    name: str
    meaning: str
    export: Export
    child: frozenset[bool] = _EITHER
    regions: frozenset[RegionClass] = _ANYWHERE
    ad_user_data: frozenset[Flag | None] = _WHATEVER
    ad_personalization: frozenset[Flag | None] = _WHATEVER
    opt_out: frozenset[bool] = _EITHER
    profiles: frozenset[Profile] = frozenset(Profile)
    on_personalization_denied: frozenset[OnPersonalizationDenied] = frozenset(
        OnPersonalizationDenied
    )
    remove: frozenset[MatchKey] = frozenset()
    truncate_ip: bool = False
    passes_ad_user_data: bool = True


RULES: Final = (
    Rule(
        "known_child",
        "The person is a known child: nothing leaves.",
        Export.NONE,
        child=frozenset({True}),
        remove=EVERYTHING,
    ),
    Rule(
        "consent_denied",
        "ad_user_data is denied where consent is needed, and the profile is drop: nothing leaves.",
        Export.NONE,
        regions=_NEEDS_CONSENT,
        ad_user_data=_DENIED,
        profiles=frozenset({Profile.DROP}),
        remove=EVERYTHING,
    ),
    Rule(
        "personalization_denied",
        "ad_personalization is denied and the pixel is set to no_export: nothing leaves.",
        Export.NONE,
        ad_personalization=_DENIED,
        on_personalization_denied=frozenset({OnPersonalizationDenied.NO_EXPORT}),
        remove=EVERYTHING,
    ),
    Rule(
        "consent_missing",
        "Nobody said whether ad_user_data is granted, and where the person is it must be.",
        Export.HOLD,
        regions=_NEEDS_CONSENT,
        ad_user_data=frozenset({None}),
    ),
    Rule(
        "ad_user_data_denied_strict",
        "ad_user_data is denied and the profile is strict: what names the person and what leads "
        "to one stay here, and the ip is cut short.",
        Export.SEND,
        ad_user_data=_DENIED,
        profiles=frozenset({Profile.STRICT}),
        remove=IDENTIFIERS | TRACES,
        truncate_ip=True,
    ),
    Rule(
        "ad_user_data_denied",
        "ad_user_data is denied: what names the person stays here.",
        Export.SEND,
        ad_user_data=_DENIED,
        remove=IDENTIFIERS,
    ),
    Rule(
        "us_opt_out",
        "The person opted out of sale or sharing in the United States: the event goes with "
        "limited_data_use.",
        Export.SEND,
        regions=frozenset({RegionClass.US}),
        opt_out=frozenset({True}),
        passes_ad_user_data=False,
    ),
    Rule(
        "ad_user_data_granted",
        "ad_user_data is granted.",
        Export.SEND,
        ad_user_data=frozenset({Flag.GRANTED}),
    ),
    Rule(
        "consent_not_needed",
        "Nothing was said about ad_user_data, and where the person is nothing has to be.",
        Export.SEND,
    ),
)
"""The first row that covers a case decides it; the last one covers everything."""
