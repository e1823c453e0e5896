"""No order of events matters: a day whose webhooks and events come shuffled, twice or not at all ends as one in which
all of them came once and in order."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.cli.demo_parts.agreement import agreement
from flowrun.cli.demo_parts.day import Day
from flowrun.cli.demo_parts.in_sap import set_times
from flowrun.cli.demo_parts.outside import Outside
from flowrun.cli.demo_parts.project import copied
from flowrun.cli.demo_parts.serving import SHOP, dawn, secret_of, served
from flowrun.cli.private_sandbox import Addresses
from flowrun_sandbox import Sandbox
from running import ROOT

ORDERS: tuple[dict[str, Any], ...] = (
    {"email": "kim@example.com", "registered": True, "lines": [("TS-BLK-M", 2), ("MUG-01", 1)]},
    {"email": "pat@example.com", "country": "US", "currency": "USD", "lines": [("COF-1KG", 3)]},
    {
        "email": "ada@example.com",
        "country": "FR",
        "payment_status": "A",
        "lines": [("BOOK-DE", 1), ("SOCK-3", 2)],
    },
    {"email": "eve@example.com", "country": "AT", "lines": [("TEA-250", 2)]},
)
KEPT, EDITED, AUTHORISED, CANCELLED = range(4)


# --- what happens ---------------------------------------------------------------------------------------------------


async def placed(day: Day) -> None:
    for spec in ORDERS:
        lines = [{"sku": sku, "amount": amount} for sku, amount in spec["lines"]]
        day.placed += await day.outside.shop("orders", **{**spec, "lines": lines})


async def changed(day: Day) -> None:
    """One is paid, one is edited and the difference given back, one is called off."""
    await day.outside.order(day.placed[AUTHORISED], "capture")
    before = await day.order(day.placed[EDITED])
    await day.outside.order(before, "edit", lines=[{"sku": "COF-1KG", "amount": 2}])
    after = await day.order(before)
    await day.outside.order(before, "refund", amount=before["total"] - after["total"])
    await day.outside.order(day.placed[CANCELLED], "refund")
    await day.outside.order(day.placed[CANCELLED], "cancel")


async def delivered(day: Day) -> None:
    await day.outside.sap("fulfil", until="goods_issue")


async def invoiced(day: Day) -> None:
    await day.outside.sap("fulfil", until="invoice")


async def refunded(day: Day) -> None:
    await day.outside.order(day.placed[KEPT], "refund", amount=Decimal(5))


Act = Callable[[Day], Awaitable[None]]
DAY: tuple[tuple[Act, ...], ...] = ((placed, changed), (delivered,), (invoiced, refunded))
"""Between two groups everything comes to rest: the warehouse delivers only what is in SAP. Within one it need not."""


# --- how events travel ----------------------------------------------------------------------------------------------


class Post:
    """The letters that the shop has sent and that nobody has delivered yet."""

    def __init__(self, server: HTTPServer) -> None:
        self.letters: list[tuple[str, bytes]] = []
        server.expect_request("/hooks", method="POST").respond_with_handler(self._take)
        for event in ("order_placed", "order_changed", "payment_status_changed", "shipping_status_changed"):
            server.expect_request(f"/hooks/{event}", method="POST").respond_with_handler(self._take)
        for event in ("product_changed", "profile_changed"):
            server.expect_request(f"/hooks/{event}", method="POST").respond_with_data("")
        self.url = server.url_for("/hooks/{event}")

    def _take(self, request: Request) -> Response:
        self.letters.append((request.path.rpartition("/")[2], request.get_data()))
        return Response(status=202)

    def fetched(self) -> list[tuple[str, bytes]]:
        letters, self.letters = self.letters, []
        return letters


@dataclass(frozen=True)
class Carrier:
    """Brings the letters. Without `chance` each comes once and in order."""

    service_url: str
    secret: str
    chance: random.Random | None = None

    async def bring(self, day: Day, letters: list[tuple[str, bytes]]) -> None:
        if self.chance is not None:
            letters = [one for letter in letters for one in [letter] * self.chance.choice((0, 1, 1, 2))]
            self.chance.shuffle(letters)
        for event, body in letters:
            answer = await day.outside.client.post(
                f"{self.service_url}/webhooks/{SHOP}/{event}",
                content=body,
                headers={"X-Flowrun-Secret": self.secret, "Content-Type": "application/json"},
            )
            assert answer.status_code in (202, 404), answer.text  # 404: no flow of ours wants it

    def late(self) -> bool:
        """Whether this post comes only after the next thing has happened."""
        return self.chance is not None and self.chance.random() < 0.5

    async def trouble(self, day: Day) -> None:
        """SAP's events come twice and in another order too."""
        if self.chance is not None:
            for kind in ("duplicate_event", "reorder_event"):
                await day.outside.sap("faults", kind=kind, count=self.chance.randint(1, 6))


async def live(folder: Path, sandbox: Sandbox, post: Post, chance: random.Random | None) -> dict[str, Any]:
    """A whole day; what both systems have at its end."""
    async with httpx.AsyncClient(timeout=30) as client:
        outside = Outside(Addresses(sandbox.xcart_url, sandbox.sap_url), client)
        await outside.shop("reset")
        await outside.sap("reset")
        post.letters.clear()
        async with served(folder, outside) as service:
            day = dawn(service, outside, len(ORDERS), listens=True)
            await outside.shop("hooks", url=post.url)
            await outside.shop("settings", webhooks=True)
            carrier = Carrier(service.url, secret_of(service) or "", chance)
            for group in DAY:
                await carrier.trouble(day)
                for act in group:
                    await act(day)
                    if not carrier.late():
                        await carrier.bring(day, post.fetched())
                    if chance is None:
                        await day.rest()
                await carrier.bring(day, post.fetched())
                await day.rest()
            await set_times(day)  # the nightly look at the stock
            await day.rest()
            found = await agreement(day)
            assert not found.broken
            apart = {
                one.name: one.differences for one in found.outcomes if one.name in ("orders", "payments")
            }
            assert apart == {"orders": (), "payments": ()}
            return await state(day)


# --- what both systems have -----------------------------------------------------------------------------------------


async def state(day: Day) -> dict[str, Any]:
    """Quantities, money and statuses. Not the numbers of documents; and an order that was called off before it came to
    SAP is the same as one whose lines are all rejected there."""
    return {
        "shop": [_in_shop(await day.order(order)) for order in day.placed],
        "stock in the shop": await _stock(day),
        "orders": await _sales_orders(day),
        "invoices": await _invoices(day),
        "money": await _money(day),
        "goods issued": await _issued(day),
    }


def _in_shop(order: dict[str, Any]) -> tuple[Any, ...]:
    lines = {item["sku"]: item["amount"] for item in order["items"]}
    return order["payment_status"]["code"], order["shipping_status"]["code"], order["total"], lines


async def _stock(day: Day) -> dict[str, int]:
    bought = {sku for order in ORDERS for sku, _ in order["lines"]}
    return {
        row["sku"]: row["amount"] for row in await day.ask("xcart", "list_stocks") if row["sku"] in bought
    }


async def _list(
    day: Day, service: str, entity: str, where: dict[str, Any], *expand: str
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await day.ask(
        "sap", "list", service=service, entity=entity, where=where, expand=list(expand)
    )
    return found


OURS = {"PurchaseOrderByCustomer": {"startswith": "XC-"}}


async def _sales_orders(day: Day) -> dict[str, Any]:
    documents = await _list(day, "API_SALES_ORDER_SRV", "A_SalesOrder", OURS, "to_Item")
    found: dict[str, Any] = {}
    for document in documents:
        lines = [item for item in document["to_Item"] if not item["SalesDocumentRjcnReason"]]
        if not lines:
            continue
        reference = document["PurchaseOrderByCustomer"]
        assert reference not in found, f"{reference} is in SAP twice"
        pieces = Counter[str]()
        for line in lines:
            pieces[line["Material"]] += line["RequestedQuantity"]
        status = (document["OverallDeliveryStatus"], document["OverallOrdReltdBillgStatus"])
        found[reference] = (dict(pieces), document["TotalNetAmount"], document["TransactionCurrency"], status)
    return found


async def _invoices(day: Day) -> Counter[str]:
    where = {**OURS, "SDDocumentCategory": "M", "BillingDocumentIsCancelled": False}
    billed = Counter[str]()
    for invoice in await _list(day, "API_BILLING_DOCUMENT_SRV", "A_BillingDocument", where):
        billed[invoice["PurchaseOrderByCustomer"]] += invoice["TotalGrossAmount"]
    return billed


async def _money(day: Day) -> dict[str, Decimal]:
    where = {"ReferenceDocument": {"startswith": "XC-"}, "Customer": {"ne": ""}}
    lines = await _list(day, "API_JOURNALENTRYITEMBASIC_SRV", "A_JournalEntryItemBasic", where)
    references = Counter(line["ReferenceDocument"] for line in lines)
    assert set(references.values()) <= {1}, "a payment or a refund is in SAP's books twice"
    return {line["ReferenceDocument"]: line["AmountInTransactionCurrency"] for line in lines}


async def _issued(day: Day) -> Counter[str]:
    sold = await _list(day, "API_SALES_ORDER_SRV", "A_SalesOrder", OURS)
    where = {
        "ReferenceSDDocument": {"in": [document["SalesOrder"] for document in sold]},
        "GoodsMovementStatus": "C",
    }
    gone = Counter[str]()
    for item in await _list(day, "API_OUTBOUND_DELIVERY_SRV", "A_OutbDeliveryItem", where):
        gone[item["Material"]] += item["ActualDeliveryQuantity"]
    return gone


# --- the property ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def in_order(sandbox: Sandbox, make_httpserver: HTTPServer) -> dict[str, Any]:
    """The end of a day in which everything came once and in order."""
    return _lived(sandbox, make_httpserver, None)


def _lived(sandbox: Sandbox, server: HTTPServer, chance: random.Random | None) -> dict[str, Any]:
    server.clear()
    with TemporaryDirectory() as folder:
        return asyncio.run(live(copied(ROOT, Path(folder)), sandbox, Post(server), chance))


def test_a_day_in_order_ends_with_everything_delivered_paid_and_in_the_books(
    in_order: dict[str, Any],
) -> None:
    statuses = [(payment, shipping) for payment, shipping, _, _ in in_order["shop"]]
    assert statuses == [("PP", "S"), ("PP", "S"), ("P", "S"), ("C", "N")]
    assert len(in_order["orders"]) == len(in_order["invoices"]) == 3
    assert {status for *_, status in in_order["orders"].values()} == {("C", "C")}
    pieces = {
        "FG-TSHIRT-BLK-M": 2,
        "FG-GIFTSET-MUG": 1,
        "HW-COFFEE-1000": 2,
        "HW-BOOK-0081": 1,
        "FG-SOCKS-TRIO": 2,
    }
    assert in_order["goods issued"] == pieces
    assert sum(reference.startswith("XC-REF-") for reference in in_order["money"]) == 2


@settings(max_examples=2, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_whatever_order_events_come_in_both_systems_end_the_same(
    sandbox: Sandbox, make_httpserver: HTTPServer, in_order: dict[str, Any], seed: int
) -> None:
    assert _lived(sandbox, make_httpserver, random.Random(seed)) == in_order
