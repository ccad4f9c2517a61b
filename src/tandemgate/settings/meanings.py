"""What each setting means: the words of the documentation, of the schema and of editors' hints."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec import Struct

from tandemgate.catalog.alerts import RULES
from tandemgate.settings.tree import (
    AlertSettings,
    KeySettings,
    PixelSettings,
    ServerSettings,
    SourceSettings,
    StoreSettings,
    TikTokSettings,
)


class Section(NamedTuple):
    """One table of the settings file; one that repeats is written ``[[name]]``."""

    name: str
    kind: type[Struct]
    repeats: bool
    about: str
    meanings: Mapping[str, str]

    @property
    def heading(self) -> str:
        """The line above its keys."""
        return f"[[{self.name}]]" if self.repeats else f"[{self.name}]"


SECTIONS: Final = (
    Section(
        "server",
        ServerSettings,
        repeats=False,
        about="How the gateway is reached.",
        meanings={
            "listen": "where the gateway listens; port 0 is any free one",
            "public_url": "how others reach it",
            "trusted_proxies": "networks (CIDR) whose forwarding headers are believed",
            "keyless_alias": "take calls of the guide's address without a key, while TikTok is "
            "on loopback",
            "intake_processes": "processes that take events in, beside the one that stores and "
            "sends them; 0 = one does everything",
        },
    ),
    Section(
        "store",
        StoreSettings,
        repeats=False,
        about="Where events are kept, and the key that seals them.",
        meanings={
            "url": "`sqlite:///path`, or `memory://`, which forgets at the end",
            "key": "seals the payloads; made (mode 0600) at the first start on an empty store",
            "keep_payloads": "how long after its end an event keeps its payload; at most 90 days",
            "keep_events": "how long after its end an event's key, state and history are kept; "
            "at least 30 days",
        },
    ),
    Section(
        "tiktok",
        TikTokSettings,
        repeats=False,
        about="How events are sent.",
        meanings={
            "base_url": "where `event/track` is",
            "dedup_window": "how long TikTok drops second copies; an hour less is used",
            "event_age_limit": "older events are refused or expire; at most 28 days",
            "max_batch_events": "events in one request; TikTok takes at most 1000",
            "max_batch_wait": "how long an event may wait for others to share its request",
            "max_requests_per_second": "per token; doubles after a clean second, halves when "
            "TikTok says so; 0 = unlimited",
            "partner_name": "sent with each request when it is set",
        },
    ),
    Section(
        "alerts",
        AlertSettings,
        repeats=False,
        about="Who is told when something is the matter; `false` switches a kind of alert off.",
        meanings={
            "webhook": "the address of a receiver that takes Slack's JSON; a secret. Without one "
            "alerts are listed, and told to nobody",
            "signing_secret": "signs each message, in the header X-Tandemgate-Signature",
            "allow_private": "whether the receiver may be on loopback or in a private network",
            "every": "how often is looked",
            **{family.value: rule.meaning for family, rule in RULES.items()},
        },
    ),
    Section(
        "pixels",
        PixelSettings,
        repeats=True,
        about="A pixel, and how its events are read, decided and sent.",
        meanings={
            "id": "the pixel's code",
            "name": "for people",
            "advertiser_id": "for people, told in stories",
            "access_token": "the token that may send to this pixel; without one its events wait",
            "wire": "`live` sends `user.phone`, `guide` sends `user.phone_number`",
            "consent_profile": "`guide`, `strict` or `drop`, see docs/consent.md",
            "default_region": "region of events that state none; empty = unknown = treated as "
            "governed",
            "governed_regions": "regions where consent must be stated; empty = EEA, GB and CH",
            "tcf_vendor_id": "a vendor that a TC string must consent to as well; 0 = purposes "
            "only, since TikTok has published no id",
            "hold_for_consent": "how long an event without consent waits for one",
            "on_personalization_denied": "`say`, `no_click_ids` or `no_export`",
            "server_truth": "events whose browser copy is evidence only",
            "custom_events": "`true`, or a list of the names that are allowed beside TikTok's own",
            "event_names": "what other systems call an action, and TikTok's name for it, as in "
            '`{ "Order Completed" = "Purchase" }`; an empty name keeps the action back. It comes '
            "before the tables in docs/sources.md",
            "consent_categories": "categories of Segment's and RudderStack's consent that decide "
            "about advertising; all of them that an event states must be allowed",
            "page_views": "whether `Pageview` is sent",
            "phone_region": "country of phone numbers in national form, like `DE`",
            "domains": "the shop's hosts; pages elsewhere get a finding",
            "external_id_case": "`keep` or `lower`; must match what the Pixel sends",
            "same_order": "what happens to a second event_id for one order: `refuse` or `send`",
            "bots": "what happens to events with a crawler's user agent, which are all labelled: "
            "`note` counts them and sends none but the server's own of `server_truth` and those "
            "of test sessions, `send` sends them; `auto` = `send` while `tiktok.base_url` is "
            "loopback, so that automated browsers can try everything out, else `note`",
            "value_rule": "what the value means in the fields of an order: `total` or `subtotal`, "
            "plus or minus `tax`, `shipping`, `discount`, `refund`",
            "value_tolerance": "the share by which value and the sum of the contents may differ "
            "before it is remarked on; 0 = not at all, 1 = not compared",
            "reconcile_at_least": "the share of the orders that may leave which has to arrive, by "
            "number and by money",
        },
    ),
    Section(
        "keys",
        KeySettings,
        repeats=True,
        about="A key, and what whoever holds it may do.",
        meanings={
            "kind": "`server` (`sk_…`), `browser` (`pk_…`) or `admin`",
            "name": "for people; each key has its own",
            "secret": "the key itself",
            "pixels": "which pixels it opens; an admin key opens all",
            "scopes": "what a server key may do",
            "origins": "pages that may use a browser key, like `https://shop.example`",
            "max_requests_per_second": "above it the key gets 429; 0 = unlimited",
        },
    ),
    Section(
        "sources",
        SourceSettings,
        repeats=True,
        about="A shop system that reports its orders by webhooks, see docs/sources.md.",
        meanings={
            "kind": "`shopify`, `stripe` or `woocommerce`",
            "name": "the last part of its address, `/webhooks/<kind>/<name>`; letters, digits, "
            "`-` and `_`",
            "secret": "signs what it sends, as the system shows it",
            "previous_secret": "the one before, which counts as well while the secret is exchanged",
            "pixels": "which pixels get its orders",
            "content_id": "by what products go in the catalogue and in what the Pixel sends: "
            "`variant`, `product` or `sku`; `auto` = `variant` at Shopify, `sku` at WooCommerce",
        },
    ),
)
