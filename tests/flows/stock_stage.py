"""What the tests of stock flows stand on: flows that run in this process, and both systems' own words for stock."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flowrun.cli.composition import registry
from flowrun.component.step import Perform
from flowrun.language.workspace import read_workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import carry_out
from flowrun.runtime.result import RunResult
from flowrun.runtime.state import State
from flowrun.serve.pollers import with_watermark
from flowrun_sandbox import Sandbox
from running import ROOT, Control

FLOWS = ("stock_to_xcart", "stock_to_xcart_nightly", "stock_for_sale", "goods_held_by_shop")
SERVICES = (
    "API_MATERIAL_DOCUMENT_SRV",
    "API_MATERIAL_STOCK_SRV",
    "API_OUTBOUND_DELIVERY_SRV",
    "API_PRODUCT_SRV",
    "API_SALES_ORDER_SRV",
)


class Flows:
    """The project's flows, one after another over the same connections."""

    def __init__(self, folder: Path) -> None:
        self._workspace = read_workspace(folder, registry())
        self._environment = self._workspace.project.environment(None)
        self._state = State(None, self._environment.name)
        self._runner = asyncio.Runner()
        self._connections = Connections(self._workspace.project, self._environment, registry(), self._state)
        self._runner.run(self._connections.__aenter__())

    def run(self, name: str, event: Mapping[str, Any] | None = None) -> RunResult:
        flow = self._workspace.flow(name)
        result = self._runner.run(carry_out(self._workspace, flow, event or {}, self._connections))
        assert result.error is None, result.error
        return result

    def ask(self, connection: str, operation: str, **parameters: Any) -> Any:
        async def asked() -> Any:
            connector = await self._connections.connector(connection)
            return await connector.perform(operation, parameters)

        return self._runner.run(asked())

    def polled(self, name: str, since: str) -> Any:
        """What the poll of a flow finds, asked as the server asks it."""
        trigger = self._workspace.flow(name).trigger
        assert trigger is not None
        assert trigger.poll is not None
        asked = trigger.poll.call.decide(self._workspace.scope({"env": dict(self._environment.values)}))
        assert isinstance(asked, Perform)
        call = asked.call
        return self.ask(call.connection, call.operation, **with_watermark(call.parameters, since))

    def close(self) -> None:
        self._runner.run(self._connections.__aexit__(None, None, None))
        self._runner.close()
        self._state.close()


@contextmanager
def flows_of(folder: Path) -> Iterator[Flows]:
    """Of a project that may have other tables by now."""
    flows = Flows(folder)
    try:
        yield flows
    finally:
        flows.close()


def stock_project(folder: Path) -> Path:
    """This repository's project with no other flows than those of stock, and their services: it is read in no time."""
    for name in FLOWS:
        place = folder / "flows" / f"{name}.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "flows" / place.name, place)
    metadata = folder / ".flowrun" / "metadata" / "sap"
    metadata.mkdir(parents=True)
    for service in SERVICES:
        shutil.copy(ROOT / ".flowrun" / "metadata" / "sap" / f"{service}.xml", metadata)
    shutil.copytree(ROOT / "lookups", folder / "lookups")
    shutil.copy(ROOT / "flowrun.yaml", folder)
    return folder


@contextmanager
def flows_in(sandbox: Sandbox, factory: pytest.TempPathFactory) -> Iterator[Flows]:
    """Read once for all tests of a file; the shop and SAP are fresh for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLOWRUN_SANDBOX_XCART", sandbox.xcart_url)
        patch.setenv("FLOWRUN_SANDBOX_SAP", sandbox.sap_url)
        with flows_of(stock_project(factory.mktemp("stock"))) as found:
            yield found


class Warehouse:
    """SAP's side: goods that come, go, are ordered, delivered and issued."""

    def __init__(self, flows: Flows, sap: Control) -> None:
        self._flows = flows
        self._sap = sap

    def pieces(self, material: str) -> int:
        where = {"Material": material, "Plant": "1010", "InventoryStockType": "01"}
        rows = self._flows.ask(
            "sap", "list", service="API_MATERIAL_STOCK_SRV", entity="A_MatlStkInAcctMod", where=where
        )
        return int(sum(row["MatlWrhsStkQtyInMatlBaseUnit"] for row in rows))

    def move(
        self, material: str, pieces: int, kind: str, *, plant: str = "1010", place: str = "101A"
    ) -> dict[str, Any]:
        """A material document: 501 a receipt, 551 scrap."""
        item = {"Material": material, "Plant": plant, "StorageLocation": place, "GoodsMovementType": kind}
        item |= {"QuantityInEntryUnit": Decimal(pieces)}
        made: dict[str, Any] = self._flows.ask(
            "sap",
            "create",
            service="API_MATERIAL_DOCUMENT_SRV",
            entity="A_MaterialDocumentHeader",
            data={"GoodsMovementCode": "05", "to_MaterialDocumentItem": [item]},
        )
        return made

    def order(self, reference: str, lines: Mapping[str, int], **more: Any) -> str:
        """A sales order, as the hand-over writes it: of the shop where the reference says so."""
        header = {"SalesOrderType": "OR", "SalesOrganization": "1010", "DistributionChannel": "10"}
        header |= {"OrganizationDivision": "00", "SoldToParty": "1000003", "TransactionCurrency": "EUR"}
        items = [
            {"Material": material, "RequestedQuantity": Decimal(pieces), "RequestedQuantityUnit": "PC"} | more
            for material, pieces in lines.items()
        ]
        made = self._flows.ask(
            "sap",
            "create",
            service="API_SALES_ORDER_SRV",
            entity="A_SalesOrder",
            data=header | {"PurchaseOrderByCustomer": reference, "to_Item": items},
        )
        return str(made["SalesOrder"])

    def reject(self, order: str) -> None:
        items = self._flows.ask(
            "sap",
            "list",
            service="API_SALES_ORDER_SRV",
            entity="A_SalesOrderItem",
            where={"SalesOrder": order},
        )
        for item in items:
            self._flows.ask(
                "sap",
                "update",
                service="API_SALES_ORDER_SRV",
                entity="A_SalesOrderItem",
                key={"SalesOrder": order, "SalesOrderItem": item["SalesOrderItem"]},
                data={"SalesDocumentRjcnReason": "50"},
            )

    def fulfil(self, order: str, until: str) -> None:
        done = self._sap.post("/_sandbox/fulfil", json={"order": order, "until": until}).raise_for_status()
        assert [one["trouble"] for one in done.json()["fulfilled"]] == [""], done.text


def on_shelf(shop: Control) -> dict[str, int]:
    """The shop's stock by SKU."""
    return dict(shop.get("/_sandbox/state").json()["stock"])
