"""Rules that a value must keep towards the world, or towards another value."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from operator import attrgetter
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from tandemgate.catalog.alerts import RULES, Rule, Unit
from tandemgate.catalog.regions import region_code
from tandemgate.core.address import Reach, reach
from tandemgate.model.key import KeyKind, KeyRights
from tandemgate.model.secret import Secret
from tandemgate.settings.shops import source_misfits
from tandemgate.settings.tree import DAY, HOUR, KeySettings, Settings, is_loopback
from tandemgate.settings.values import spelled


class Bound(NamedTuple):
    """The range of a number, why it ends there, and what to write instead."""

    key: str
    least: float
    most: float
    because: str
    way_out: str
    spelled: Callable[[float], str]


def _between(rule: Rule) -> str:
    if rule.unit is Unit.SECONDS:
        return f'set it between "{spelled(rule.least)}" and "{spelled(rule.most)}"'
    return f"set it between {rule.least:g} and {rule.most:g} (0.02 is 2 %)"


BOUNDS: Final = (
    Bound(
        "server.intake_processes",
        0,
        64,
        "it is a number of processes",
        "set it to 0, or to the number of processors less one",
        "{:g}".format,
    ),
    Bound(
        "tiktok.max_batch_events",
        1,
        1000,
        "TikTok takes 1 to 1000 events per request",
        "set it to 1000 or less",
        "{:g}".format,
    ),
    Bound(
        "store.keep_payloads",
        HOUR,
        90 * DAY,
        "payloads are personal data, and of no use when TikTok takes the event no more",
        'set it between "1h" and "90d"',
        spelled,
    ),
    Bound(
        "store.keep_events",
        30 * DAY,
        3650 * DAY,
        "a forgotten event would be sent once more when it comes again",
        'set it between "30d" and "3650d"',
        spelled,
    ),
    Bound(
        "tiktok.dedup_window",
        2 * HOUR,
        48 * HOUR,
        "TikTok drops second copies for 48 hours after the first",
        'set it between "2h" and "48h"',
        spelled,
    ),
    Bound(
        "tiktok.event_age_limit",
        HOUR,
        28 * DAY,
        "an older action no longer helps a campaign and may be refused",
        'set it between "1h" and "28d"',
        spelled,
    ),
    Bound(
        "alerts.every",
        1,
        60,
        "a token that TikTok refuses should be told within a minute",
        'set it between "1s" and "60s"',
        spelled,
    ),
    *(
        Bound(
            f"alerts.{family}",
            rule.least,
            rule.most,
            f"it is {rule.meaning}",
            _between(rule) + ", or to false to switch it off",
            spelled if rule.unit is Unit.SECONDS else "{:g}".format,
        )
        for family, rule in RULES.items()
        if rule.unit is not Unit.SWITCH
    ),
    Bound(
        "tiktok.max_batch_wait",
        0,
        60,
        "an event should leave while its visit is fresh",
        'set it to "60s" or less',
        spelled,
    ),
    Bound(
        "tiktok.max_requests_per_second",
        0,
        10_000,
        "it is a rate",
        "set it between 1 and 10000, or to 0 for no limit",
        "{:g}".format,
    ),
)

ALIAS_NEEDS_LOOPBACK: Final = (
    "server.keyless_alias is true, but tiktok.base_url is {base_url}, so anybody's page could send "
    "conversions to the real TikTok; set it to false and give callers a key in [[keys]]"
)
INTAKE_NEEDS_A_FILE: Final = (
    'server.intake_processes is more than 0, but store.url is "memory://", which no other process '
    "can read; set it to 0"
)
KEY_MUST_BE_STATED: Final = (
    "store.key is not stated, but tiktok.base_url or server.public_url is not loopback, so real "
    'people are in the store; write key = { file = "…" } or { env = "…" } in [store]'
)
LITERAL: Final = (
    "stands as plain text in the settings file, but tiktok.base_url or server.public_url is not "
    'loopback; write { env = "NAME" } or { file = "path" } instead'
)


STORES: Final = (
    'this version stores in SQLite or in memory; write "sqlite:///tandemgate.db" or "memory://"'
)
REGIONS: Final = 'expected an ISO 3166 code; write "DE" or "US-CA"'
HIGHEST_VENDOR: Final = 65_535
VENDORS: Final = (
    "vendors of the IAB's Global Vendor List have ids from 1 to 65535; set it to 0 for none"
)
SHARES: Final = (
    Bound(
        "pixels.value_tolerance",
        0,
        1,
        "it is the share by which value and contents may differ",
        "set it between 0 and 1, where 1 means that they are not compared",
        "{:g}".format,
    ),
    Bound(
        "pixels.reconcile_at_least",
        0,
        1,
        "it is the share of orders that has to arrive",
        "set it between 0 and 1, like 0.98",
        "{:g}".format,
    ),
)
ORIGINS: Final = 'browsers send scheme and host alone; write it like "https://shop.example"'

WEBHOOK_IS_NONE: Final = (
    'is no web address; write the whole of it, like "https://hooks.slack.com/services/…"'
)
WEBHOOK_NAMES_SOMEBODY: Final = (
    "carries a user name or password, which logs on the way may keep; leave them out and put a "
    "secret into its path, or use alerts.signing_secret"
)
WEBHOOK_IS_OPEN: Final = "begins with http:, so anybody on the way reads it; use https"
WEBHOOK_IS_PRIVATE: Final = (
    "is on this machine or in a private network; if that is meant, set alerts.allow_private = true"
)
WEBHOOK_IS_NOWHERE: Final = (
    "is a link-local, multicast or unspecified address or a cloud's metadata service, which alerts "
    "never reach; use the receiver's own address"
)

Line: TypeAlias = tuple[str, str]
"""The key that the rule is about, and what to say."""


def check(settings: Settings, literals: Sequence[str]) -> Iterator[Line]:
    """Everything that the parts say about each other, one line per violation."""
    yield from _bounds(settings)
    yield from _store(settings)
    if settings.server.keyless_alias and not is_loopback(settings.tiktok.base_url):
        text = ALIAS_NEEDS_LOOPBACK.format(base_url=settings.tiktok.base_url)
        yield "server.keyless_alias", text
    if settings.production:
        if not settings.store.key.stated:
            yield "store.key", KEY_MUST_BE_STATED
        yield from ((literal, f"{literal} {LITERAL}") for literal in literals)
    yield from _webhook(settings)
    yield from _proxies(settings)
    yield from _regions(settings)
    yield from _vendors(settings)
    yield from _shares(settings)
    yield from _repeated("pixels", "id", [pixel.id for pixel in settings.pixels])
    yield from _repeated("keys", "name", [key.name for key in settings.keys])
    yield from _one_secret_each(settings.keys)
    yield from source_misfits(settings)
    pixels = [pixel.id for pixel in settings.pixels]
    for key in settings.keys:
        for misfit in key_misfits(rights_of(key), pixels):
            came = f"{misfit.came:g}" if isinstance(misfit.came, float) else f'"{misfit.came}"'
            yield "keys", f'key "{key.name}": {misfit.told(came)}'


def _bounds(settings: Settings) -> Iterator[Line]:
    for bound in BOUNDS:
        value: float | bool = attrgetter(bound.key)(settings)
        if not isinstance(value, bool) and not bound.least <= value <= bound.most:
            shown = bound.spelled(value)
            yield bound.key, f"{bound.key} is {shown}, but {bound.because}; {bound.way_out}"


def _store(settings: Settings) -> Iterator[Line]:
    url = settings.store.url
    if url != "memory://" and not (url.startswith("sqlite:///") and len(url) > len("sqlite:///")):
        yield "store.url", f"store.url is {_scheme(url)}, but {STORES}"
    if url == "memory://" and settings.server.intake_processes:
        yield "server.intake_processes", INTAKE_NEEDS_A_FILE


def _scheme(url: str) -> str:
    """The harmless part of a store's address: the rest may hold a password."""
    scheme, found, _ = url.partition("://")
    return f'"{scheme}://…"' if found else "no address"


def _regions(settings: Settings) -> Iterator[Line]:
    for index, pixel in enumerate(settings.pixels):
        stated = (
            ("default_region", pixel.default_region),
            ("phone_region", pixel.phone_region),
            *(("governed_regions", region) for region in pixel.governed_regions),
        )
        for field, region in stated:
            if region and region_code(region) is None:
                key = f"pixels.{index}.{field}"
                yield key, f'{key} is "{region}", but {REGIONS}'


def _vendors(settings: Settings) -> Iterator[Line]:
    for index, pixel in enumerate(settings.pixels):
        if not 0 <= pixel.tcf_vendor_id <= HIGHEST_VENDOR:
            key = f"pixels.{index}.tcf_vendor_id"
            yield key, f"{key} is {pixel.tcf_vendor_id}, but {VENDORS}"


def _shares(settings: Settings) -> Iterator[Line]:
    for index, pixel in enumerate(settings.pixels):
        for bound in SHARES:
            field = bound.key.rpartition(".")[2]
            value: float = getattr(pixel, field)
            if not bound.least <= value <= bound.most:
                key = f"pixels.{index}.{field}"
                yield key, f"{key} is {value:g}, but {bound.because}; {bound.way_out}"


def _webhook(settings: Settings) -> Iterator[Line]:
    """Say what is wrong with the receiver's address, without a letter of it: it is a secret."""
    alerts = settings.alerts
    if alerts.webhook is None:
        return
    try:
        parts = urlsplit(alerts.webhook.reveal())
        host = (parts.hostname or "").rstrip(".")
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    private = is_loopback(alerts.webhook.reveal()) or _reach(host) is Reach.PRIVATE
    wrong = {
        WEBHOOK_IS_NONE: parts.scheme not in {"http", "https"} or not host,
        WEBHOOK_NAMES_SOMEBODY: parts.username is not None or parts.password is not None,
        WEBHOOK_IS_OPEN: settings.production and parts.scheme == "http" and not private,
        WEBHOOK_IS_PRIVATE: private and not alerts.allow_private,
        WEBHOOK_IS_NOWHERE: _reach(host) is Reach.NOWHERE,
    }
    if said := next((said for said, holds in wrong.items() if holds), None):
        yield "alerts.webhook", f"alerts.webhook {said}"


def _reach(host: str) -> Reach | None:
    """Where a host leads that is written as an address; what a name stands for shows later."""
    try:
        ip_address(host)
    except ValueError:
        return None
    return reach(host)


def _proxies(settings: Settings) -> Iterator[Line]:
    for network in settings.server.trusted_proxies:
        try:
            ip_network(network)
        except ValueError:
            key = "server.trusted_proxies"
            yield key, f'{key} holds "{network}", but expected a range like "10.0.0.0/8"'


def _repeated(array: str, field: str, found: Sequence[str]) -> Iterator[Line]:
    for value, times in Counter(found).items():
        if times > 1:
            yield array, f'{times} of [[{array}]] have {field} = "{value}"; give each its own'


def _one_secret_each(keys: Sequence[KeySettings]) -> Iterator[Line]:
    names: dict[Secret, str] = {}
    for key in keys:
        first = names.setdefault(key.secret, key.name)
        if first != key.name:
            yield (
                "keys",
                f'keys "{first}" and "{key.name}" have the same secret; make one of them anew',
            )


class KeyMisfit(NamedTuple):
    """What does not fit about a key: its field, the value that came, and what to say of it."""

    field: str
    came: object
    said: str

    def told(self, came: str) -> str:
        """Say it, with the value as *came* shows it."""
        return f"{self.field} {self.said.format(came=came)}"


def key_misfits(rights: KeyRights, known: Sequence[str]) -> Iterator[KeyMisfit]:
    """Say what does not fit about a key, where *known* are the ids of the configured pixels."""
    there = f"there are {', '.join(known)}" if known else "none is configured"
    for pixel in rights.pixels:
        if pixel not in known:
            said = f"names {{came}}, but no [[pixels]] has that id; {there}"
            yield KeyMisfit("pixels", pixel, said)
    if not rights.pixels and rights.kind is not KeyKind.ADMIN:
        said = "is empty, so it opens nothing; list the ids of its pixels"
        yield KeyMisfit("pixels", "", said)
    if rights.rate < 0:
        said = "is {came}; set it to 0 for no limit"
        yield KeyMisfit("max_requests_per_second", rights.rate, said)
    for origin in rights.origins:
        if not _is_origin(origin):
            yield KeyMisfit("origins", origin, f"holds {{came}}, but {ORIGINS}")


def rights_of(key: KeySettings) -> KeyRights:
    """Return what a key of the settings is called and opens."""
    return KeyRights(
        key.name, key.kind, key.pixels, key.scopes, key.origins, key.max_requests_per_second
    )


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and text == f"{parts.scheme}://{parts.netloc}"
