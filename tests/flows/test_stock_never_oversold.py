"""Whatever happens in whatever order: after a look at the stock the shop offers what can really be sold, and no more.

The story is kept by the test itself, in plain numbers: what lies in the warehouse, and who was promised how much of
it. Neither X-Cart nor SAP is asked for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stock_stage import Flows, Warehouse, flows_in, on_shelf

from flowrun_sandbox import Sandbox
from running import Control

SKU, MATERIAL = "MUG-01", "FG-GIFTSET-MUG"
AT_FIRST, HELD_AT_FIRST = 60, 1
PLENTY = 40  # the shop refuses what it does not have; no test needs more at once


@dataclass
class Promise:
    """An order of the shop, or of another channel, that has not left the house."""

    pieces: int
    number: str
    id: int | None = None
    sales_order: str | None = None
    delivered: bool = False


@dataclass
class Story:
    """Both systems, and what is true."""

    flows: Flows
    shop: Control
    sap: Control
    there: int = AT_FIRST
    promised: list[Promise] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shop.post("/_sandbox/reset").raise_for_status()
        self.sap.post("/_sandbox/reset").raise_for_status()
        self.shop.post("/_sandbox/settings", json={"sells_only_stock": True}).raise_for_status()
        self.warehouse = Warehouse(self.flows, self.sap)
        self.synced()

    @property
    def for_sale(self) -> int:
        free = self.there - HELD_AT_FIRST - sum(one.pieces for one in self.promised)
        return max(free, 0)

    # --- what may happen, each with a number to choose by ---

    def placed(self, number: int) -> None:
        pieces = number % 7 + 1
        if pieces > on_shelf(self.shop)[SKU]:
            return
        order = self.shop.order(
            lines=[{"sku": SKU, "amount": pieces}], payment_status="Q" if number % 3 else "P"
        )
        self.promised.append(Promise(pieces, order["order_number"], order["id"]))

    def handed_over(self, number: int) -> None:
        for one in self._some(number, lambda one: one.sales_order is None):
            one.sales_order = self.warehouse.order(f"XC-{one.number}", {MATERIAL: one.pieces})

    def in_delivery(self, number: int) -> None:
        for one in self._some(number, lambda one: one.sales_order is not None and not one.delivered):
            self.warehouse.fulfil(str(one.sales_order), "delivery")
            one.delivered = True

    def issued(self, number: int) -> None:
        for one in self._some(number, lambda one: one.sales_order is not None):
            self.warehouse.fulfil(str(one.sales_order), "goods_issue")
            self.there -= one.pieces
            self.promised.remove(one)
            if one.id is not None and number % 2:  # the shop may hear of it later
                self.shop.post(f"/_sandbox/orders/{one.id}/ship", json={}).raise_for_status()

    def cancelled(self, number: int) -> None:
        for one in self._some(number, lambda one: one.id is not None and not one.delivered):
            self.shop.post(f"/_sandbox/orders/{one.id}/cancel", json={}).raise_for_status()
            if one.sales_order is not None:
                self.warehouse.reject(one.sales_order)
            self.promised.remove(one)

    def phoned(self, number: int) -> None:
        """Another channel sells, and the shop is told at once: until then both offer the same pieces."""
        pieces = number % 5 + 1
        if self.for_sale >= pieces:
            order = self.warehouse.order(f"PHONE-{number}-{len(self.told)}", {MATERIAL: pieces})
            self.promised.append(Promise(pieces, "", sales_order=order))
            self.synced()

    def received(self, number: int) -> None:
        self.warehouse.move(MATERIAL, number % 9 + 1, "501")
        self.there += number % 9 + 1

    def synced(self, _: int = 0) -> None:
        assert self.flows.run("stock_to_xcart_nightly").status == "done"
        assert on_shelf(self.shop)[SKU] == self.for_sale, self.told

    def _some(self, number: int, fits: object) -> list[Promise]:
        found = [one for one in self.promised if fits(one)]  # type: ignore[operator]
        return [found[number % len(found)]] if found else []


ACTIONS = ("placed", "handed_over", "in_delivery", "issued", "cancelled", "phoned", "received", "synced")
HAPPENINGS = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 62)), min_size=8, max_size=24)


@pytest.fixture(scope="module")
def flows(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flows]:
    with flows_in(sandbox, tmp_path_factory) as found:
        yield found


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(happenings=HAPPENINGS)
@example(
    happenings=[
        (action, number)
        for number in range(3)
        for action in (
            "placed",
            "placed",
            "handed_over",
            "synced",
            "in_delivery",
            "cancelled",
            "synced",
            "issued",
        )
    ]
)
def test_the_shop_never_offers_more_than_there_is(
    flows: Flows, shop: Control, sap: Control, happenings: list[tuple[str, int]]
) -> None:
    story = Story(flows, shop, sap)
    for action, number in happenings:
        story.told.append(f"{action} {number}")
        getattr(story, action)(number)
        # Between two looks the shop sells from its own number, which may be behind, but never ahead.
        assert on_shelf(shop)[SKU] <= story.for_sale, story.told

    # In the end all that was promised can be handed over and leaves the house, and both sides agree.
    for _ in range(len(story.promised)):
        story.handed_over(0)
        story.issued(1)
    story.synced()
    assert story.promised == []
    assert story.warehouse.pieces(MATERIAL) == story.there
