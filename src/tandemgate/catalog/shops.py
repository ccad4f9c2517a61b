"""How each shop system signs its webhooks, and where a person finds the secret.

Sources: Shopify, "Verify webhook deliveries"; Stripe, "Receive Stripe events in your webhook
endpoint" (signatures, 300 s); WooCommerce, "Webhooks" and its class WC_Webhook.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tandemgate.model.shop import ContentId, ShopKind


@dataclass(frozen=True, slots=True)
class Shop:
    """One system. ``secret`` says where its secret is; ``topic`` is the header that names what.

    ``topic`` is "" where the body says it. ``content_id`` is what ``auto`` stands for.
    """

    name: str
    signature: str
    topic: str
    secret: str
    content_id: ContentId


SHOPS: Final[Mapping[ShopKind, Shop]] = {
    ShopKind.SHOPIFY: Shop(
        "Shopify",
        "X-Shopify-Hmac-Sha256",
        "X-Shopify-Topic",
        "what Settings, Notifications, Webhooks says that your webhooks are signed with, or the "
        "client secret of the app that made the webhook",
        ContentId.VARIANT,
    ),
    ShopKind.STRIPE: Shop(
        "Stripe",
        "Stripe-Signature",
        "",
        "the signing secret of this very endpoint, whsec_…",
        ContentId.PRODUCT,
    ),
    ShopKind.WOOCOMMERCE: Shop(
        "WooCommerce",
        "X-WC-Webhook-Signature",
        "X-WC-Webhook-Topic",
        "the field Secret of this very webhook",
        ContentId.SKU,
    ),
}
