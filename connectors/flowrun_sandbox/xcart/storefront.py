"""A shop that lives: shoppers order, operators edit, money moves, parcels leave, customers move house.

One step is one such thing, chosen by the rates and by chance. The same seed chooses the same steps in the same
order; what they find depends on what others did to the shop meanwhile. A shopper cannot buy what is sold out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import TypeVar

import msgspec

from flowrun_sandbox.catalogue import FLAGGED_SKU, UNKNOWN_MATERIAL_SKU, UNMAPPED_SKU
from flowrun_sandbox.orders import EVERYDAY, Line, OrderSpec, mix
from flowrun_sandbox.xcart import actions
from flowrun_sandbox.xcart.changes import cents, pay
from flowrun_sandbox.xcart.checkout import place
from flowrun_sandbox.xcart.model import Order
from flowrun_sandbox.xcart.shop import Shop, stock_owner

T = TypeVar("T")
TROUBLED = {FLAGGED_SKU, UNKNOWN_MATERIAL_SKU, UNMAPPED_SKU}
PALLET = 50
_LOOKS_BACK = 200
"""Only so many of the newest orders are touched; older ones are settled."""


class Activity(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How often what happens, each by the minute. ``limit`` ends it after so many steps; 0 never does."""

    orders_per_minute: float = 0
    edits: float = 0
    payments: float = 0
    addresses: float = 0
    shipments: float = 0
    cancellations: float = 0
    restocks: float = 0
    """Goods come in, so that a long life does not end sold out."""
    troubles: bool = True
    """False leaves out the articles that have no material in SAP."""
    limit: int = 0
    seed: int | None = None

    def __post_init__(self) -> None:
        if min(self.rates().values()) < 0 or self.limit < 0:
            raise ValueError("rates and limit are not negative")
        if not any(self.rates().values()):
            raise ValueError(f"nothing to do: say one of {', '.join(self.rates())}")

    def rates(self) -> dict[str, float]:
        """Steps of each kind by the minute."""
        return {
            "orders_per_minute": self.orders_per_minute,
            "edits": self.edits,
            "payments": self.payments,
            "addresses": self.addresses,
            "shipments": self.shipments,
            "cancellations": self.cancellations,
            "restocks": self.restocks,
        }


@dataclass
class Storefront:
    """The steps of one activity, and how often each was done, or found nothing to do."""

    activity: Activity
    seed: int
    done: dict[str, int] = field(default_factory=dict)
    idle: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    placed: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(f"{self.seed}:storefront")  # noqa: S311 - variety, not secrecy

    def step(self, shop: Shop) -> str:
        """The next thing that happens; its kind."""
        rates = self.activity.rates()
        kind = self._chance.choices(list(rates), list(rates.values()))[0]
        chance = random.Random(self._chance.random())  # noqa: S311 - variety, not secrecy
        counted = self.done if _STEPS[kind](self, shop, chance) else self.idle
        counted[kind] = counted.get(kind, 0) + 1
        return kind

    def order(self, shop: Shop, chance: random.Random) -> bool:
        """A shopper buys what is there."""
        spec = mix(self.seed, 1, start=self.placed)[0]
        self.placed += 1
        lines = []
        for line in spec.lines:
            amount = min(line.amount, shop.on_the_shelf(line.sku))
            if amount > 0 and (self.activity.troubles or line.sku not in TROUBLED):
                lines.append(Line(line.sku, amount))
        if not lines:
            return False
        place(shop, _with_lines(spec, lines))
        return True

    def edit(self, shop: Shop, chance: random.Random) -> bool:
        """An operator changes an amount, or takes a line out."""
        order = _pick(chance, (row for row in _recent(shop) if row.items and row.stock_status == "reduced"))
        if order is None:
            return False
        line = chance.choice(order.items)
        most = line.amount + min(2, shop.on_the_shelf(line.sku))
        least = 0 if len(order.items) > 1 else 1
        amount = chance.randint(least, most)
        if amount == line.amount:
            return False
        actions.edit(shop, order, {line.sku: amount})
        return True

    def payment(self, shop: Shop, chance: random.Random) -> bool:
        """Money is captured or arrives, all of it or a part; every fifth time some goes back."""
        part, back = chance.random() < 0.3, chance.random() < 0.2
        fits = _is_paid if back else _waits_for_money
        order = _pick(chance, (row for row in _recent(shop) if fits(row)))
        if order is None:
            return False
        attempt = order.transactions[-1]
        if back:
            actions.refund(shop, order, _part(actions.kept(attempt)) if part else None)
        elif actions.held(attempt) > 0:
            actions.capture(shop, order, _part(actions.held(attempt)) if part else None)
        else:
            pay(shop, order)
        return True

    def address(self, shop: Shop, chance: random.Random) -> bool:
        """A customer moves next door."""
        profile = _pick(chance, (row for row in shop.profiles.values() if row.addresses))
        if profile is None:
            return False
        row = next(iter(profile.addresses.values()))
        row.street = f"Neue Gasse {chance.randint(1, 99)}"
        return True

    def shipment(self, shop: Shop, chance: random.Random) -> bool:
        """A paid order leaves the house."""
        waiting = {"N", "P"}
        ready = (
            row
            for row in _recent(shop)
            if row.payment_status.code == "P" and row.shipping_status.code in waiting
        )
        order = _pick(chance, ready)
        if order is None:
            return False
        actions.ship(shop, order, [f"1Z{chance.randrange(10**10):010d}"])
        return True

    def cancellation(self, shop: Shop, chance: random.Random) -> bool:
        """An order is called off before it was paid."""
        open_ = (row for row in _recent(shop) if row.payment_status.code in {"Q", "A"})
        order = _pick(chance, open_)
        if order is None:
            return False
        actions.cancel(shop, order)
        return True

    def restock(self, shop: Shop, chance: random.Random) -> bool:
        """Fifty pieces of something."""
        sku = chance.choice(EVERYDAY)
        found = shop.find_sku(sku)
        if found is None:
            return False
        stock_owner(*found).amount += PALLET
        self.received[sku] = self.received.get(sku, 0) + PALLET
        return True


_STEPS: dict[str, Callable[[Storefront, Shop, random.Random], bool]] = {
    "orders_per_minute": Storefront.order,
    "edits": Storefront.edit,
    "payments": Storefront.payment,
    "addresses": Storefront.address,
    "shipments": Storefront.shipment,
    "cancellations": Storefront.cancellation,
    "restocks": Storefront.restock,
}


def _recent(shop: Shop) -> Iterable[Order]:
    newest = islice(reversed(shop.orders.values()), _LOOKS_BACK)
    return (row for row in newest if row.order_number is not None)


def _pick(chance: random.Random, rows: Iterable[T]) -> T | None:
    found = list(rows)
    return chance.choice(found) if found else None


def _is_paid(order: Order) -> bool:
    return bool(order.transactions) and actions.kept(order.transactions[-1]) > 0


def _waits_for_money(order: Order) -> bool:
    held = bool(order.transactions) and actions.held(order.transactions[-1]) > 0
    return held or order.payment_status.code == "Q"


def _part(whole: Decimal) -> Decimal:
    return max(cents(whole / 4), min(whole, Decimal("0.01")))


def _with_lines(spec: OrderSpec, lines: list[Line]) -> OrderSpec:
    return msgspec.structs.replace(spec, lines=lines)
