"""Shop systems that report their orders themselves."""

from dataclasses import dataclass

from tandemgate.model.instant import Epoch
from tandemgate.model.word import Word


class ShopKind(Word):
    """Which system a webhook comes from; also a part of its address."""

    SHOPIFY = "shopify"
    STRIPE = "stripe"
    WOOCOMMERCE = "woocommerce"


class ContentId(Word):
    """By what products go in TikTok's catalogue, and with that in what the Pixel sends.

    ``auto`` is a setting alone: what most shops of that system have.
    """

    AUTO = "auto"
    VARIANT = "variant"
    PRODUCT = "product"
    SKU = "sku"


@dataclass(frozen=True, slots=True)
class Refused:
    """A source whose last delivery was not believed: the reason, and since when that is so."""

    source: str
    reason: str
    since: Epoch
