"""Shop systems that report their orders themselves."""

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
