"""What the person agreed to, and what follows from it."""

from dataclasses import dataclass

import msgspec

from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.person import MatchKey
from tandemgate.model.word import Word


class Flag(Word):
    """One stated consent. *Missing* is ``None``: it is not a decision."""

    GRANTED = "GRANTED"
    DENIED = "DENIED"


class RegionClass(Word):
    """How the default policy sees a region."""

    GOVERNED = "governed"
    US = "us"
    OTHER = "other"
    UNKNOWN = "unknown"


class Profile(Word):
    """How much a denial of ``ad_user_data`` removes; see :mod:`tandemgate.core.consent`."""

    GUIDE = "guide"
    STRICT = "strict"
    DROP = "drop"


class OnPersonalizationDenied(Word):
    """What a denial of ``ad_personalization`` does, since TikTok has no field that stops it."""

    SAY = "say"
    NO_CLICK_IDS = "no_click_ids"
    NO_EXPORT = "no_export"


class Export(Word):
    """Whether an event may leave."""

    SEND = "send"
    HOLD = "hold"
    NONE = "none"


class SaidIn(Word):
    """Where something was said about consent."""

    FIELDS = "fields"
    SESSION = "session"
    TC_STRING = "tc_string"
    GPP_STRING = "gpp_string"
    US_PRIVACY = "us_privacy"
    GCD = "gcd"


class Said(msgspec.Struct, frozen=True, gc=False):
    """What one source said about consent, kept for the audit; the source itself is not kept.

    ``digest`` is the first 16 bytes of the SHA-256 of the raw string, so that whoever still has the
    string can prove that it is the one that was read. ``unreadable`` says why the source was taken
    for missing; it is safe to print and names nothing of the string. ``cmp`` is the platform that
    wrote it, as far as the string names one.
    """

    source: SaidIn
    ad_user_data: Flag | None = None
    ad_personalization: Flag | None = None
    opt_out: bool = False
    digest: bytes | None = None
    unreadable: str | None = None
    cmp: str | None = None
    cmp_version: str | None = None


class Signals(msgspec.Struct, frozen=True, gc=False):
    """What was said about consent at the moment of the action, readable or missing.

    The flags are what counts after all sources were brought together. ``sources`` lists what each
    of them said, those that count most first; it is empty when the stated fields alone spoke.
    ``profile`` is the one that the event asks for; it counts where it is stricter than its pixel's.
    """

    ad_user_data: Flag | None = None
    ad_personalization: Flag | None = None
    opt_out: bool = False
    child: bool = False
    region: str | None = None
    cmp: str | None = None
    cmp_version: str | None = None
    collected_at: Epoch | None = None
    sources: tuple[Said, ...] = ()
    profile: Profile | None = None


class Region(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """An ISO 3166 code (``DE``, ``US-CA``) or ``None`` for unknown, and who said so."""

    code: str | None
    origin: str
    """``stated`` | ``cmp`` | ``geo_header`` | ``default_region`` | ``unknown``"""


class Policy(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A consent policy of one pixel. A changed policy is a new ``version``.

    ``edition`` counts the tables of rules that this gateway has had; see
    :data:`tandemgate.catalog.consent.EDITION`.
    """

    profile: Profile
    governed: frozenset[str]
    on_personalization_denied: OnPersonalizationDenied = OnPersonalizationDenied.SAY
    hold_for_consent: Seconds = 0
    version: int = 1
    edition: int = 1

    @property
    def name(self) -> str:
        """Profile and version as they are stored beside each decision, e.g. ``guide@1``."""
        return self.name_with(None)

    def name_with(self, asked: Profile | None) -> str:
        """Name the policy with the profiles that apply to an event that asks for *asked*."""
        return f"{'+'.join(sorted(self.profiles_with(asked)))}@{self.version}"

    def profiles_with(self, asked: Profile | None) -> frozenset[Profile]:
        """Return the profiles that apply: an event may ask for a stricter one, never for less.

        ``strict`` and ``drop`` each keep back what the other does not, so both may apply.
        """
        both = frozenset({self.profile, asked or self.profile})
        return both - {Profile.GUIDE} or both


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy that a pixel was first decided by at ``since``; ``in_force`` is the one of today."""

    pixel_id: str
    policy: Policy
    since: Epoch
    in_force: bool


class Decision(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """What may leave, and why: stored with the event, without any identifier.

    It keeps all that it was made of, so that it can be made again and compared. ``remove`` names
    match keys that must not leave; ``truncate_ip`` asks for the last octet (IPv4) or the last 80
    bits (IPv6) to be zeroed. ``rule`` names the row of the policy table.
    """

    export: Export
    rule: str
    policy: str
    region: Region
    region_class: RegionClass
    stated_ad_user_data: Flag | None
    stated_ad_personalization: Flag | None
    ad_user_data: Flag | None
    ad_personalization: Flag | None
    ad_personalization_derived: bool
    remove: frozenset[MatchKey]
    truncate_ip: bool
    limited_data_use: bool
    opt_out: bool = False
    child: bool = False
    on_personalization_denied: OnPersonalizationDenied = OnPersonalizationDenied.SAY
    cmp: str | None = None
    cmp_version: str | None = None
    collected_at: Epoch | None = None
    sources: tuple[Said, ...] = ()
