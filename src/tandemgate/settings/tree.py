"""The shape of the settings: one frozen tree, made once at start."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, NewType
from urllib.parse import urlsplit

from msgspec import Struct, field

from tandemgate.catalog.alerts import RULES
from tandemgate.model.alert import Family
from tandemgate.model.consent import OnPersonalizationDenied, Profile
from tandemgate.model.key import KeyKind, Scope
from tandemgate.model.order import ValueRule
from tandemgate.model.rules import Bots, ExternalIdCase, SameOrder, Wire
from tandemgate.model.secret import Secret
from tandemgate.model.shop import ContentId, ShopKind

Duration = NewType("Duration", float)
"""Seconds, written as ``"48h"``, ``"2s"`` or a number of seconds."""

HOUR = 3600
DAY = 24 * HOUR


class Listen(NamedTuple):
    """Where the server listens; port 0 means any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class StoreKey(Struct, frozen=True):
    """Where the store's key comes from: the text itself, or a file that may not exist yet."""

    secret: Secret | None = None
    file: Path | None = None
    stated: bool = True


class ServerSettings(Struct, frozen=True):
    """``[server]``: how the gateway is reached."""

    listen: Listen = Listen("127.0.0.1", 8080)
    public_url: str = "http://127.0.0.1:8080"
    trusted_proxies: tuple[str, ...] = ()
    keyless_alias: bool = False
    intake_processes: int = 0


class StoreSettings(Struct, frozen=True):
    """``[store]``: where events are kept, and the key that seals them."""

    url: str = "sqlite:///tandemgate.db"
    key: StoreKey = StoreKey(file=Path("tandemgate.key"), stated=False)
    keep_payloads: Duration = Duration(14 * DAY)
    keep_events: Duration = Duration(90 * DAY)


class TikTokSettings(Struct, frozen=True):
    """``[tiktok]``: how events are sent."""

    base_url: str = "https://business-api.tiktok.com"
    dedup_window: Duration = Duration(48 * HOUR)
    event_age_limit: Duration = Duration(7 * DAY)
    max_batch_events: int = 50
    max_batch_wait: Duration = Duration(2)
    max_requests_per_second: float = 10
    partner_name: str = ""

    @property
    def simulated(self) -> bool:
        """Whether this TikTok is on this machine, that is, a simulated one."""
        return is_loopback(self.base_url)


class AlertSettings(Struct, frozen=True):
    """``[alerts]``: who is told what. ``False`` switches a kind of alert off."""

    webhook: Secret | None = None
    signing_secret: Secret | None = None
    allow_private: bool = False
    every: Duration = Duration(20)
    lane_held: bool = True
    urgent: bool = True
    oldest_unsent: bool | Duration = Duration(RULES[Family.OLDEST_UNSENT].number)
    downstream_success: bool | float = RULES[Family.DOWNSTREAM_SUCCESS].number
    latency: bool | Duration = Duration(RULES[Family.LATENCY].number)
    availability: bool | float = RULES[Family.AVAILABILITY].number
    rejected_share: bool | float = RULES[Family.REJECTED_SHARE].number
    unknown_consent: bool | float = RULES[Family.UNKNOWN_CONSENT].number
    volume: bool | float = RULES[Family.VOLUME].number
    pair_rate: bool | float = RULES[Family.PAIR_RATE].number
    problems: bool = True
    undecided: bool = True
    test_code_on: bool | Duration = Duration(RULES[Family.TEST_CODE_ON].number)


class PixelSettings(Struct, frozen=True):
    """One of ``[[pixels]]``."""

    id: str
    name: str = ""
    advertiser_id: str = ""
    access_token: Secret | None = None
    wire: Wire = Wire.LIVE
    consent_profile: Profile = Profile.GUIDE
    default_region: str = ""
    governed_regions: tuple[str, ...] = ()
    tcf_vendor_id: int = 0
    hold_for_consent: Duration = Duration(0)
    on_personalization_denied: OnPersonalizationDenied = OnPersonalizationDenied.SAY
    server_truth: tuple[str, ...] = (
        "CompletePayment",
        "Purchase",
        "SubmitForm",
        "Lead",
        "Subscribe",
    )
    custom_events: bool | tuple[str, ...] = False
    event_names: Mapping[str, str] = field(default_factory=dict)
    consent_categories: tuple[str, ...] = ("Advertising", "Marketing", "C0004")
    page_views: bool = False
    phone_region: str = ""
    domains: tuple[str, ...] = ()
    external_id_case: ExternalIdCase = ExternalIdCase.KEEP
    same_order: SameOrder = SameOrder.REFUSE
    bots: Bots = Bots.AUTO
    value_rule: ValueRule = ValueRule()
    value_tolerance: float = 0.5
    reconcile_at_least: float = 0.98


class KeySettings(Struct, frozen=True):
    """One of ``[[keys]]``."""

    kind: KeyKind
    name: str
    secret: Secret
    pixels: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = (Scope.WRITE, Scope.READ)
    origins: tuple[str, ...] = ()
    max_requests_per_second: float = 0


class SourceSettings(Struct, frozen=True):
    """One of ``[[sources]]``: a shop system that calls ``/webhooks/<kind>/<name>``."""

    kind: ShopKind
    name: str
    secret: Secret
    previous_secret: Secret | None = None
    pixels: tuple[str, ...] = ()
    content_id: ContentId = ContentId.AUTO

    @property
    def address(self) -> str:
        """Where it calls: no two sources have one address."""
        return f"/webhooks/{self.kind}/{self.name}"


class Settings(Struct, frozen=True):
    """Everything that was configured.

    ``origin`` tells which file or variable stated a key (``pixels.0.id``); the others have their
    defaults. Relative paths start from ``folder``.
    """

    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    tiktok: TikTokSettings = TikTokSettings()
    alerts: AlertSettings = AlertSettings()
    pixels: tuple[PixelSettings, ...] = ()
    keys: tuple[KeySettings, ...] = ()
    sources: tuple[SourceSettings, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()

    @property
    def production(self) -> bool:
        """Whether real events may leave, or strangers may come in."""
        return not (self.tiktok.simulated and is_loopback(self.server.public_url))

    @property
    def demo(self) -> bool:
        """Whether events go to a TikTok on this machine, that is, to a simulated one."""
        return self.tiktok.simulated


def is_loopback(url: str) -> bool:
    """Whether *url* names this machine itself."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
