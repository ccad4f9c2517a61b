"""What the shop sells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CURRENCY: Final = "EUR"


@dataclass(frozen=True, slots=True)
class Product:
    """One product; *price* in cents, *slug* its address and its picture."""

    content_id: str
    slug: str
    name: str
    price: int
    words: str

    @property
    def shown_price(self) -> str:
        """The price as a page shows it."""
        return money(self.price)


PRODUCTS: Final = (
    Product(
        "SKU-533",
        "mug",
        "Enamel mug",
        1450,
        "Light, nearly unbreakable, and at home on a camp stove as well as on a desk.",
    ),
    Product(
        "SKU-517",
        "beanie",
        "Wool beanie",
        2495,
        "Merino, knitted in one piece. Warm below a helmet, and warm without one.",
    ),
    Product(
        "SKU-502",
        "tote",
        "Canvas tote",
        1990,
        "Heavy organic cotton that stands by itself, with room for a day at the lake.",
    ),
    Product(
        "SKU-571",
        "lamp",
        "Desk lamp",
        8900,
        "A warm light, an arm that stays where you leave it, and a switch that clicks.",
    ),
)

BY_ID: Final[Mapping[str, Product]] = {product.content_id: product for product in PRODUCTS}
BY_SLUG: Final[Mapping[str, Product]] = {product.slug: product for product in PRODUCTS}


def money(cents: int) -> str:
    """Write an amount for people: ``14.50 €``."""
    return f"{cents / 100:.2f} €"
