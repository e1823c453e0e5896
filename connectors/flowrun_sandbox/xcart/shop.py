"""The state of one shop: tables in memory, one counter a table, and the settings a test may turn.

Everything runs on one event loop, so a handler that does not await is alone with the data.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from flowrun_sandbox.xcart.model import HistoryEvent, Order, Product, Profile, Variant


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """Behaviour that differs between shops and releases."""

    last_renew_date_filter: bool = True
    """5.5.1 knows the filter; 5.5.0 ignores it in silence and answers with everything."""
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
        try:
            ZoneInfo(self.store_timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"no time zone {self.store_timezone!r}") from error


class Shop:
    """Products, profiles, orders and carts of one shop."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.settings = Settings()
        self.products: dict[int, Product] = {}
        self.profiles: dict[int, Profile] = {}
        self.orders: dict[int, Order] = {}
        self.product_classes: dict[str, int] = {}
        self.tax_classes: dict[str, int] = {}
        self.memberships: dict[str, int] = {}
        self.disabled_memberships: set[str] = set()
        self.emails: list[dict[str, object]] = []
        self.placed_from_mix = 0
        self.gaps = random.Random(seed)  # noqa: S311 - variety, not secrecy
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

    def product_names(self) -> dict[int, str]:
        """Current names, which order lines show in place of the name at checkout."""
        return {product.id: product.name for product in self.products.values()}

    def find_sku(self, sku: str) -> tuple[Product, Variant | None] | None:
        """What a shopper puts into the basket; a product with variants is sold by the variant."""
        for product in self.products.values():
            for variant in product.variants.values():
                if (variant.sku or product.sku) == sku:
                    return product, variant
            if product.sku == sku and not product.variants:
                return product, None
        return None

    def record(
        self, order: Order, code: str, description: str, data: dict[str, object], *, operator: bool = False
    ) -> None:
        """A line in the order's history."""
        event = HistoryEvent(self.next_id("history"), self.now(), code, description, data, operator)
        order.history.append(event)

    def send_email(self, to: str, kind: str, order: Order) -> None:
        """The shop writes to people on every change of status; a back-fill can flood them."""
        self.emails.append({"to": to, "kind": kind, "order_id": order.id, "order_number": order.order_number})

    def profile_by_login(self, login: str) -> Profile | None:
        """The account of an e-mail address, a guest's included."""
        return next((row for row in self.profiles.values() if row.login == login), None)
