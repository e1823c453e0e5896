"""The state of one shop: tables in memory, one counter a table, and the settings a test may turn.

Everything runs on one event loop, so a handler that does not await is alone with the data.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from flowrun_sandbox.xcart.model import Category, HistoryEvent, Hook, Order, Product, Profile, Variant
from flowrun_sandbox.xcart.shapes import order_date
from flowrun_sandbox.xcart.shelf import Shelf

ATTRIBUTE_VALUES = {
    284: ("Color", "Black"),
    285: ("Color", "Grey"),
    290: ("Size", "S"),
    291: ("Size", "M"),
    292: ("Size", "L"),
}
_STATE_CODES = {180: "CA", 212: "NY", 223: "TX", 310: "BY", 311: "BE"}


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """Behaviour that differs between shops and releases."""

    last_renew_date_filter: bool = True
    """5.5.1 knows the filter; 5.5.0 ignores it in silence and answers with everything."""
    serves: Literal["both", "5.5", "classic"] = "both"
    """A real shop has one API: the classic add-on ends with 5.4.1, the admin API begins with 5.5."""
    classic_release: Literal["5.2", "5.4"] = "5.4"
    """5.2 reads forms and no JSON, knows less in the complex schema and tells password hashes there."""
    sells_only_stock: bool = False
    """Checkout refuses what is not on the shelf. Without it orders placed on command may oversell."""
    tracking_endpoint: bool = False
    """An extension, no part of X-Cart 5.5: ``POST /api/orders/{id}/tracking {"value": "..."}``."""
    webhooks: bool = False
    """An extension, no part of X-Cart: events go to who subscribed at ``/_sandbox/hooks``."""
    webhook_lost: int = 0
    """Of a hundred deliveries, how many are never sent. The same seed loses the same ones."""
    webhook_doubled: int = 0
    """Of a hundred deliveries, how many are sent twice."""
    webhook_reordered: int = 0
    """Of a hundred deliveries, how many wait for the next one and come behind it."""
    webhook_delay_ms: int = 0
    """How late every delivery is. The request that caused it does not wait for it."""
    store_timezone: str = "Europe/Berlin"
    custom_status_breaks: bool = False
    """An order in a status without code makes the whole answer a 500."""
    deleted_product_breaks: bool = False
    """An order with a line whose product is gone makes the whole answer a 500."""
    required_address_fields: list[str] = msgspec.field(
        default_factory=lambda: [
            "firstname",
            "lastname",
            "street",
            "city",
            "country_code",
            "zipcode",
            "phone",
        ]
    )

    def __post_init__(self) -> None:
        percents = (self.webhook_lost, self.webhook_doubled, self.webhook_reordered)
        if not all(0 <= percent <= 100 for percent in percents) or self.webhook_delay_ms < 0:
            raise ValueError(
                "webhook_lost, _doubled and _reordered are 0 to 100, webhook_delay_ms is not negative"
            )
        try:
            ZoneInfo(self.store_timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"no time zone {self.store_timezone!r}") from error


class Shop:
    """Products, profiles, orders and carts of one shop."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.settings = Settings()
        self.products = Shelf(seed)
        self.profiles: dict[int, Profile] = {}
        self.orders: dict[int, Order] = {}
        self.product_classes: dict[str, int] = {}
        self.tax_classes: dict[str, int] = {}
        self.memberships: dict[str, int] = {}
        self.disabled_memberships: set[str] = set()
        self.categories: dict[int, Category] = {}
        self.outbox: list[tuple[str, dict[str, object]]] = []
        self.hooks: dict[int, Hook] = {}
        self.emails: list[dict[str, object]] = []
        self.placed_from_mix = 0
        self.gaps = random.Random(seed)  # noqa: S311 - variety, not secrecy
        self._logins: dict[str, int] = {}
        self._newest_login = 0
        self._counters: defaultdict[str, int] = defaultdict(int)

    @property
    def timezone(self) -> ZoneInfo:
        """The shop's own time zone."""
        return ZoneInfo(self.settings.store_timezone)

    def now(self) -> datetime:
        """To the second, as the database keeps it."""
        return datetime.now(UTC).replace(microsecond=0)

    def next_id(self, table: str) -> int:
        """The next id of a table. Orders and carts share the table ``order``."""
        self._counters[table] += 1
        return self._counters[table]

    def count_from(self, **last_used: int) -> None:
        """Where the counters stand."""
        self._counters.update(last_used)

    def placed_orders(self) -> list[Order]:
        """Real orders: a cart has no number."""
        return [order for order in self.orders.values() if order.order_number is not None]

    def carts(self) -> list[Order]:
        """Abandoned carts and the temporary copies an operator's edit leaves."""
        return [order for order in self.orders.values() if order.order_number is None]

    def membership_name(self, id_: int | None) -> str | None:
        """The name that products refer to."""
        return next((name for name, known in self.memberships.items() if known == id_), None)

    def state_code(self, id_: int | None) -> str:
        """The ISO part that only the classic API tells."""
        return _STATE_CODES.get(id_ or 0, "")

    def attribute(self, value_id: int) -> tuple[str, str]:
        """Name and value of a chosen option."""
        return ATTRIBUTE_VALUES.get(value_id, ("Option", str(value_id)))

    def product_by_sku(self, sku: str) -> Product | None:
        """The product itself, not a variant of it."""
        return self.products.by_sku(sku)

    def product_name(self, id_: int | None, language: str = "en") -> str | None:
        """What the product is called today."""
        row = self.products.look(id_ or 0)
        if row is None:
            return None
        return row.german.get("name", row.name) if language == "de" else row.name

    def on_the_shelf(self, sku: str) -> int:
        """How many can be bought; 0 of what is not sold."""
        found = self.find_sku(sku)
        return stock_owner(*found).amount if found else 0

    def stock(self) -> dict[str, int]:
        """What is there by SKU, without the products made on demand that nobody touched."""
        counted = {}
        for product in self.products.kept():
            for variant in product.variants.values():
                counted[variant.sku or product.sku] = stock_owner(product, variant).amount
            if not product.variants:
                counted[product.sku] = product.amount
        return counted

    def delete_product(self, id_: int) -> None:
        """Order lines that name it stay and point at nothing."""
        row = self.products.pop(id_)
        for category in self.categories.values():
            category.products = [known for known in category.products if known != id_]
        for order in self.orders.values():
            for line in order.items:
                if line.product_id == id_:
                    line.product_id, line.name = None, row.name

    def delete_profile(self, id_: int) -> None:
        """Its orders stay and belong to nobody."""
        del self.profiles[id_]
        for order in self.orders.values():
            if order.customer_id == id_:
                order.customer_id = None

    def find_sku(self, sku: str) -> tuple[Product, Variant | None] | None:
        """What a shopper puts into the basket; a product with variants is sold by the variant."""
        return self.products.sold_as(sku)

    def record(
        self, order: Order, code: str, description: str, data: dict[str, object], *, operator: bool = False
    ) -> None:
        """A line in the order's history."""
        event = HistoryEvent(self.next_id("history"), self.now(), code, description, data, operator)
        order.history.append(event)

    def send_email(self, to: str, kind: str, order: Order) -> None:
        """The shop writes to people on every change of status; a back-fill can flood them."""
        self.emails.append({"to": to, "kind": kind, "order_id": order.id, "order_number": order.order_number})

    def tell(self, event: str, order: Order, **more: object) -> None:
        """An event for who subscribed; it is sent before the request that caused it is answered."""
        ids = {"id": order.id, "order_number": order.order_number}
        self.announce(event, {**ids, "update_date": order_date(order.update_date), **more})

    def tell_of_product(self, row: Product) -> None:
        """A product was written, by whom ever."""
        data = {"id": row.id, "sku": row.sku, "update_date": order_date(row.update_date)}
        self.announce("product_changed", data)

    def announce(self, event: str, data: dict[str, object]) -> None:
        """Into the outbox, if the extension is on and anybody listens."""
        if self.settings.webhooks and self.hooks:
            self.outbox.append((event, data))

    def profile_by_login(self, login: str) -> Profile | None:
        """The account of an e-mail address, a guest's included."""
        for id_ in reversed(self.profiles):  # ids only grow: what came since the last look stands at the end
            if id_ <= self._newest_login:
                break
            self._logins[self.profiles[id_].login] = id_
        self._newest_login = max(self._newest_login, next(reversed(self.profiles), 0))
        return self.profiles.get(self._logins.get(login, 0))

    def login_changed(self) -> None:
        """An account has another e-mail address than it began with."""
        self._logins, self._newest_login = {}, 0


def stock_owner(product: Product, variant: Variant | None) -> Product | Variant:
    """A variant with its own stock owns it; otherwise the product does."""
    return product if variant is None or variant.default_amount else variant
