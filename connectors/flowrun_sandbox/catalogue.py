"""What the shop sells and what SAP calls it: one list that seeds both systems.

Names hold what shops hold: straight and curly quotes, an ampersand, a literal ``&amp;`` that must not be
decoded twice, umlauts, an emoji. SAP's material number is never the SKU, so a flow needs its lookup.

Two articles are there to fail: ``LAMP-09`` has no row in ``lookups/sku_to_material.csv``, and ``XMAS-24`` has
one whose material SAP does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

UNMAPPED_SKU = "LAMP-09"
UNKNOWN_MATERIAL_SKU = "XMAS-24"
FLAGGED_SKU = "OLD-01"
REDUCED_TAX_SKU = "BOOK-DE"


@dataclass(frozen=True)
class Variant:
    """One size of a product. A variant without its own SKU is sold under the product's."""

    id: int
    sku: str | None
    stock: int
    material: str


@dataclass(frozen=True)
class Article:
    """One product of the shop. ``material`` is empty where only its variants are sold."""

    id: int
    sku: str
    name: str
    price: Decimal
    stock: int
    material: str = ""
    weight: Decimal = Decimal("0.3")
    unit: str = "PC"
    product_class: str = "General merchandise"
    variants: tuple[Variant, ...] = ()


CATALOGUE: tuple[Article, ...] = (
    Article(
        42,
        "TS-BLK",
        'T-Shirt "Classic" & Co.',
        Decimal("49.99"),
        118,
        product_class="Apparel",
        variants=(
            Variant(142, "TS-BLK-S", 25, "FG-TSHIRT-BLK-S"),
            Variant(143, "TS-BLK-M", 18, "FG-TSHIRT-BLK-M"),
            Variant(144, "TS-BLK-L", 31, "FG-TSHIRT-BLK-L"),
        ),
    ),
    Article(
        43,
        "HD-GRY",
        "Kapuzenpulli „Nordlicht“ – grau",
        Decimal("79.00"),
        40,
        weight=Decimal("0.7"),
        product_class="Apparel",
        variants=(
            Variant(151, "HD-GRY-M", 12, "FG-HOODIE-GRY-M"),
            Variant(152, None, 9, "FG-HOODIE-GRY"),
        ),
    ),
    Article(77, "MUG-01", "Gift set", Decimal("120.00"), 60, "FG-GIFTSET-MUG", Decimal("1.2")),
    Article(
        78,
        "TEA-250",
        "Earl Grey &amp; Bergamot, 250 g",
        Decimal("12.49"),
        340,
        "HW-TEA-EGREY",
        Decimal("0.25"),
    ),
    Article(79, "COF-1KG", "Café Crème ☕ 1 kg", Decimal("18.90"), 210, "HW-COFFEE-1000", Decimal("1")),
    Article(80, "CHOC-70", "Schoko-Täfelchen 70 % Kakao", Decimal("3.49"), 900, "HW-CHOC-70", Decimal("0.1")),
    Article(
        81, "BOOK-DE", 'Das Kochbuch: "Süß & Salzig"', Decimal("24.90"), 75, "HW-BOOK-0081", Decimal("0.9")
    ),
    Article(
        82, "DESK-01", "Standing desk, oak (120 × 60 cm)", Decimal("649.00"), 14, "FG-DESK-OAK", Decimal("38")
    ),
    Article(
        83, "CHAIR-02", "Office chair “Comfort+”", Decimal("289.50"), 22, "FG-CHAIR-CMF", Decimal("16.5")
    ),
    Article(84, UNMAPPED_SKU, "Desk lamp, brass", Decimal("89.00"), 30, "FG-LAMP-BRASS", Decimal("2.1")),
    Article(85, UNKNOWN_MATERIAL_SKU, "Advent calendar 🎄 24 doors", Decimal("19.99"), 500, "HW-XMAS-24"),
    Article(
        86, "CABLE-M", "USB-C cable, sold by the metre", Decimal("2.35"), 1000, "RM-CABLE-USBC", unit="M"
    ),
    Article(87, "SOCK-3", "Socks 'Trio', 3 pairs", Decimal("9.95"), 480, "FG-SOCKS-TRIO", Decimal("0.2")),
    Article(
        88, FLAGGED_SKU, "Thermos bottle (old model)", Decimal("14.00"), 6, "FG-THERMOS-OLD", Decimal("0.5")
    ),
)


@dataclass(frozen=True)
class Sellable:
    """What an order line can name: a product without variants, or one variant."""

    article: Article
    variant: Variant | None
    sku: str
    material: str


def sellables() -> dict[str, Sellable]:
    """Every SKU an order line may carry. A variant without a SKU is found under its product's."""
    found: dict[str, Sellable] = {}
    for article in CATALOGUE:
        for variant in article.variants:
            sku = variant.sku or article.sku
            found[sku] = Sellable(article, variant, sku, variant.material)
        if not article.variants:
            found[article.sku] = Sellable(article, None, article.sku, article.material)
    return found


def materials() -> list[Sellable]:
    """What SAP has a material for: all that is sold but the one it has never heard of."""
    return [item for item in sellables().values() if item.sku != UNKNOWN_MATERIAL_SKU]
