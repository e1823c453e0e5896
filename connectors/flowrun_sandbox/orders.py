"""Orders to place: the specification of one, and a varied mix that is the same for a seed.

The first twenty of the mix hold everything a flow has to survive, one scene each; later ones repeat
the scenes with other people and other amounts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

import msgspec

from flowrun_sandbox.catalogue import FLAGGED_SKU, UNKNOWN_MATERIAL_SKU, UNMAPPED_SKU
from flowrun_sandbox.shoppers import (
    COMPANY_AT,
    COMPANY_DE,
    ERIKA_US,
    MONONYM,
    PEOPLE,
    AddressSpec,
    email_of,
)


class Line(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One thing in the basket."""

    sku: str
    amount: int = 1


class Coupon(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A code typed at checkout: a share of the merchandise, or a fixed sum."""

    code: str = "SPRING10"
    percent: Decimal = Decimal(0)
    value: Decimal = Decimal(0)


class OrderSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An order as a customer places it. Only the e-mail and the lines have to be said.

    ``country`` picks a stock address; ``billing`` and ``shipping`` say them in full. ``tax`` follows the
    country unless said: sales tax on top in the US, VAT inside the prices elsewhere.
    """

    email: str
    lines: list[Line]
    registered: bool = False
    currency: Literal["EUR", "USD", "GBP", "CHF"] = "EUR"
    country: Literal["DE", "US", "GB", "CH", "AT", "FR"] = "DE"
    billing: AddressSpec | None = None
    shipping: AddressSpec | None = None
    coupon: Coupon | None = None
    tax: Literal["by country", "vat included", "sales tax", "none"] = "by country"
    payment_status: str = "P"
    shipping_status: str = "N"
    payment_method: str = "Credit card (Stripe)"
    shipping_method: str = "DHL Paket"
    shipping_cost: Decimal | None = None
    notes: str = ""

    def billing_address(self) -> AddressSpec:
        """The one that was said, or the first of the country."""
        return self.billing or PEOPLE[self.country][0]


EVERYDAY = [
    "TS-BLK-S",
    "TS-BLK-M",
    "TS-BLK-L",
    "HD-GRY-M",
    "MUG-01",
    "TEA-250",
    "COF-1KG",
    "CHOC-70",
    "BOOK-DE",
    "SOCK-3",
]


def _basket(rng: random.Random) -> list[Line]:
    skus = rng.sample(EVERYDAY, k=rng.randint(1, 4))
    return [Line(sku, rng.randint(1, 3)) for sku in skus]


def _spec(rng: random.Random, who: AddressSpec, place: int, **said: object) -> OrderSpec:
    """``place`` is the position in the whole mix; every round of it meets new people of the same names."""
    country = who.country_code
    currency = {"US": "USD", "GB": "GBP", "CH": "CHF"}.get(country, "EUR")
    method = {
        "US": "FedEx Ground",
        "GB": "Royal Mail Tracked",
        "CH": "Swiss Post Priority",
        "FR": "Courier",
    }.get(country, "DHL Paket")
    plain: dict[str, object] = {
        "email": email_of(who, place // len(SCENES)),
        "lines": _basket(rng),
        "currency": currency,
        "country": country,
        "billing": who,
        "shipping_method": method,
    }
    return OrderSpec(**(plain | said))  # type: ignore[arg-type]  # the scenes say fields by name


Scene = Callable[[random.Random, int], OrderSpec]


def _scene(who: AddressSpec, **said: object) -> Scene:
    return lambda rng, place: _spec(rng, who, place, **said)


def _any(country: str, **said: object) -> Scene:
    return lambda rng, place: _spec(rng, PEOPLE[country][place % len(PEOPLE[country])], place, **said)


SCENES: tuple[Scene, ...] = (
    # A registered customer, a coupon in percent, US sales tax.
    _scene(
        ERIKA_US,
        email="erika.mustermann@example.com",
        registered=True,
        coupon=Coupon(code="SPRING10", percent=Decimal(10)),
    ),
    # A guest; VAT inside the prices; a house number with a letter.
    _scene(PEOPLE["DE"][0]),
    _scene(PEOPLE["GB"][0], coupon=Coupon(code="FIVER", value=Decimal("5.00"))),
    _any("CH"),
    # A company with a VAT number, known only from custom fields.
    _scene(COMPANY_AT, registered=True),
    # Authorised, not yet paid.
    _any("FR", payment_status="A"),
    # Declined: nothing to hand over.
    _any("US", payment_status="D"),
    # Waiting for a bank transfer.
    _any("DE", payment_status="Q", payment_method="Bank transfer"),
    # Collected in the shop: shipping is there and costs nothing.
    _any("DE", shipping_method="Pickup in store", shipping_cost=Decimal(0)),
    # A SKU nobody mapped, beside one that is mapped.
    _any("DE", lines=[Line(UNMAPPED_SKU, 1), Line("MUG-01", 1)]),
    # A material that SAP does not have.
    _any("AT", lines=[Line(UNKNOWN_MATERIAL_SKU, 2)]),
    # A name of one word.
    _scene(MONONYM),
    # Notes as a browser sends them.
    _any("DE", notes='Bitte zweimal klingeln\r\nGrüße & <Dank> an alle "Packer"', payment_method="PayPal"),
    # Over a thousand, for a company.
    _scene(
        COMPANY_DE,
        registered=True,
        lines=[Line("DESK-01", 2), Line("CHAIR-02", 1)],
        shipping_method="Courier",
    ),
    # The registered customer of the first scene again.
    _scene(ERIKA_US, email="erika.mustermann@example.com", registered=True),
    # The guest of the second scene again, delivering to somebody else.
    _scene(PEOPLE["DE"][0], shipping=PEOPLE["DE"][2]),
    # Free shipping as a promotion.
    _any("US", shipping_cost=Decimal(0)),
    _any("GB", payment_status="A"),
    _any("FR", coupon=Coupon(code="MERCI", percent=Decimal("12.5"))),
    # A material flagged for deletion, a variant without a SKU of its own, and a unit that is no piece.
    _any("CH", lines=[Line(FLAGGED_SKU, 1), Line("HD-GRY", 1), Line("CABLE-M", 15)]),
)


def mix(seed: int, count: int, *, start: int = 0) -> list[OrderSpec]:
    """``count`` orders from position ``start`` on. The same seed gives the same orders."""
    placed = []
    for place in range(start, start + count):
        rng = random.Random(f"{seed}:{place}")  # noqa: S311 - variety, not secrecy
        placed.append(SCENES[place % len(SCENES)](rng, place))
    return placed
