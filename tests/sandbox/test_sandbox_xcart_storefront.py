"""The storefront that goes on by itself: the same for a seed, ended at once, and its books always balance."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_client import until_idle

from flowrun_sandbox.xcart.classic.tables import TABLES
from flowrun_sandbox.xcart.seed import fresh_shop
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import PAYMENT, SHIPPING, holds_stock
from flowrun_sandbox.xcart.storefront import Activity, Storefront

BUSY = Activity(
    orders_per_minute=6, edits=4, payments=6, addresses=1, shipments=2, cancellations=2, restocks=1
)


def reserved(shop: Shop) -> Counter[str]:
    """What orders hold, by SKU."""
    held: Counter[str] = Counter()
    for order in shop.placed_orders():
        if order.stock_status == "reduced":
            held.update({line.sku: 0 for line in order.items})
            for line in order.items:
                held[line.sku] += line.amount
    return held


def everything(shop: Shop) -> Counter[str]:
    """What is on the shelves and what orders hold."""
    return Counter(shop.stock()) + reserved(shop)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), steps=st.integers(1, 150))
def test_the_books_balance_after_any_steps(seed: int, steps: int) -> None:
    shop = fresh_shop(1)
    whole = everything(shop)
    storefront = Storefront(BUSY, seed)
    for _ in range(steps):
        storefront.step(shop)
    assert everything(shop) == whole + Counter(storefront.received)
    assert min(shop.stock().values()) >= 0
    for order in shop.placed_orders():
        extra = sum((part.value for part in order.surcharges if not part.include), Decimal(0))
        assert order.total == order.sub_total + extra
        assert order.sub_total == sum((line.price * line.amount for line in order.items), Decimal(0))
        assert order.total == order.total.quantize(Decimal("0.01"))


@settings(max_examples=20, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.sampled_from(PAYMENT), st.sampled_from(SHIPPING)), min_size=1, max_size=12)
)
def test_an_order_holds_its_goods_exactly_while_its_pair_says_so(pairs: list[tuple[Any, Any]]) -> None:
    """Through the classic API's own writes, one status at a time."""
    shop = fresh_shop(1)
    order, whole = shop.orders[1187], everything(shop)
    alter = TABLES["order"].alter
    assert alter is not None
    for payment, shipping in pairs:
        alter(shop, order, {"paymentStatus": {"id": payment.id}})
        alter(shop, order, {"shippingStatus": {"id": str(shipping.id)}})
        held = holds_stock(payment.code, shipping.code)
        assert (order.stock_status == "reduced") is held
        assert everything(shop) == whole


def run_out(shop: httpx.Client, **activity: Any) -> dict[str, Any]:
    """Starts a storefront with an end and reads the state after it."""
    shop.post("/_sandbox/activity", json=activity).raise_for_status()
    until_idle(shop)
    state: dict[str, Any] = shop.get("/_sandbox/state").json()
    return state


def test_the_same_seed_lives_the_same_life(shop: httpx.Client) -> None:
    lives = []
    for seed in (5, 5, 6):
        shop.post("/_sandbox/reset").raise_for_status()
        busy = {"orders_per_minute": 60_000, "edits": 30_000, "payments": 30_000, "shipments": 10_000}
        state = run_out(shop, **busy, limit=80, seed=seed)
        lives.append({key: state[key] for key in ("orders", "stock", "emails", "activity")})
    assert lives[0] == lives[1]
    assert lives[0] != lives[2]
    assert sum(lives[0]["activity"]["done"].values()) > 60


def test_a_storefront_ends_at_once(shop: httpx.Client) -> None:
    started = shop.post("/_sandbox/activity", json={"orders_per_minute": 6_000})
    assert (started.status_code, started.json()["running"]) == (201, True)
    assert shop.delete("/_sandbox/activity").json()["running"] is False
    before = shop.get("/_sandbox/state").json()
    assert shop.get("/_sandbox/state").json() == before


def test_orders_go_on_while_stock_is_written_from_outside(shop: httpx.Client) -> None:
    """Absolute stock and no lock: what is written last is what is there, and orders subtract from it."""
    shop.post("/_sandbox/activity", json={"orders_per_minute": 60_000, "limit": 60}).raise_for_status()
    for _ in range(30):
        shop.put("/api/products/78", json={"amount": 5}).raise_for_status()
    until_idle(shop)
    assert all(amount >= 0 for amount in shop.get("/_sandbox/state").json()["stock"].values())


def test_the_last_one_is_sold_once_however_many_want_it(shop: httpx.Client) -> None:
    shop.post("/_sandbox/settings", json={"sells_only_stock": True}).raise_for_status()

    def buy(place: int) -> int:
        body = {"email": f"buyer{place}@example.com", "lines": [{"sku": "TS-BLK-M"}]}
        return shop.post("/_sandbox/orders", json=body).status_code

    with ThreadPoolExecutor(4) as shoppers:
        answers = Counter(shoppers.map(buy, range(30)))
    assert answers == {201: 18, 400: 12}
    assert shop.get("/_sandbox/state").json()["stock"]["TS-BLK-M"] == 0


@pytest.mark.parametrize("body", [{}, {"orders_per_minute": -1}, {"orders": 5}, {"edits": "many"}])
def test_a_storefront_without_anything_to_do_is_refused(shop: httpx.Client, body: dict[str, Any]) -> None:
    refused = shop.post("/_sandbox/activity", json=body)
    assert (refused.status_code, bool(refused.json()["detail"])) == (400, True)


def test_a_hundred_thousand_products_are_read_without_being_there(shop: httpx.Client) -> None:
    told = shop.post("/_sandbox/catalogue", json={"products": 100_000})
    assert (told.status_code, told.json()) == (201, {"products": 100_014})
    page = {"itemsPerPage": "100", "page": "1001"}
    last = shop.get("/api/products", params=page).json()
    assert [row["sku"] for row in last] == [f"BULK-{place:06d}" for place in range(99_987, 100_001)]
    assert shop.get("/api/products", params=page).json() == last
    assert "BULK-000001" not in shop.get("/_sandbox/state").json()["stock"]


def test_a_product_made_on_demand_is_kept_once_it_is_changed_or_sold(shop: httpx.Client) -> None:
    shop.post("/_sandbox/catalogue", json={"products": 1_000}).raise_for_status()
    path = "/api/products/1000007"
    before = shop.get(path).json()
    assert shop.put(path, json={"amount": 9}).json()["amount"] == 9
    order = {"email": "a@example.com", "lines": [{"sku": before["sku"], "amount": 4}]}
    shop.post("/_sandbox/orders", json=order).raise_for_status()
    assert shop.get(path).json()["amount"] == 5
    assert shop.delete("/api/products/1000008").status_code == 204
    assert shop.get("/api/products/1000008").status_code == 404
    taken = shop.post("/api/products", json={"sku": "BULK-000009", "name": "x"})
    assert (taken.status_code, "not unique" in taken.json()["detail"]) == (400, True)
    assert shop.post("/_sandbox/catalogue", json={"products": 0}).json() == {"products": 14}
