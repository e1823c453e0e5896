"""From an order to its payment: deliveries, goods issue, invoices, accounting, and the statuses that follow."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sandbox_client import Sap

from flowrun_sandbox import Sandbox
from flowrun_sandbox.sap.fulfilment import Automatic
from flowrun_sandbox.sap.happenings import Happening

SALES = "API_SALES_ORDER_SRV/A_SalesOrder"
ITEMS = "API_SALES_ORDER_SRV/A_SalesOrderItem"
DELIVERIES = "API_OUTBOUND_DELIVERY_SRV;v=0002"
BILLING = "API_BILLING_DOCUMENT_SRV"
JOURNAL = "API_JOURNALENTRYITEMBASIC_SRV/A_JournalEntryItemBasic"
STATUSES = ("OverallDeliveryStatus", "OverallOrdReltdBillgStatus", "OverallSDProcessStatus")


def order(sap: Sap, *items: dict[str, Any], **more: Any) -> str:
    body = more | ({"to_Item": list(items)} if items else {})
    made = sap.order(sap.customer(), **body)
    assert made.status_code == 201, made.text
    return str(made.json()["d"]["SalesOrder"])


def deliver(sap: Sap, number: str, item: str = "000010", **more: Any) -> Any:
    line = {"ReferenceSDDocument": number, "ReferenceSDDocumentItem": item} | more
    return sap.create(f"{DELIVERIES}/A_OutbDeliveryHeader", {"to_DeliveryDocumentItem": [line]})


def call(sap: Sap, service: str, function: str, **parameters: str) -> Any:
    quoted = {name: f"'{value}'" for name, value in parameters.items()}
    return sap.post(f"{sap.services}/{service}/{function}", params=quoted, headers=sap.token())


def fulfil(sap: Sap, number: str | None = None, until: str = "payment") -> list[dict[str, Any]]:
    answer = sap.post("/_sandbox/fulfil", json={"order": number, "until": until}).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["fulfilled"]
    return found


def statuses(sap: Sap, number: str) -> str:
    row = sap.read(f"{SALES}('{number}')")
    return "".join(row[name] for name in STATUSES)


def stock(sap: Sap, material: str, plant: str = "1010") -> Decimal:
    condition = f"Material eq '{material}' and Plant eq '{plant}' and InventoryStockType eq '01'"
    rows = sap.read("API_MATERIAL_STOCK_SRV/A_MatlStkInAcctMod", **{"$filter": condition})["results"]
    return sum((Decimal(row["MatlWrhsStkQtyInMatlBaseUnit"]) for row in rows), Decimal(0))


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("until", "expected"),
    [("delivery", "CAB"), ("goods_issue", "CAB"), ("invoice", "CCC"), ("payment", "CCC")],
)
def test_the_statuses_of_an_order_follow_its_documents(sap: Sap, until: str, expected: str) -> None:
    number = order(sap)
    before = sap.read(f"{SALES}('{number}')")
    assert statuses(sap, number) == "AAA"
    fulfil(sap, number, until)
    assert statuses(sap, number) == expected
    after = sap.read(f"{SALES}('{number}')")
    assert after["__metadata"]["etag"] != before["__metadata"]["etag"]
    assert after["LastChangeDateTime"] > before["LastChangeDateTime"]


def test_the_process_flow_leads_from_the_order_to_all_that_followed(sap: Sap) -> None:
    number = order(sap)
    (done,) = fulfil(sap, number)
    flow = sap.read(f"{SALES}('{number}')/to_SubsequentProcFlowDoc")["results"]
    found = {row["SubsequentDocumentCategory"]: row["SubsequentDocument"] for row in flow}
    assert (found["J"], found["M"]) == (done["deliveries"][0], done["invoices"][0])
    movement = sap.read(
        "API_MATERIAL_DOCUMENT_SRV/A_MaterialDocumentItem", **{"$filter": f"Delivery eq '{found['J']}'"}
    )["results"]
    assert [(row["MaterialDocument"], row["GoodsMovementType"]) for row in movement] == [(found["R"], "601")]


def test_goods_issue_lowers_stock_and_its_reversal_brings_it_back(sap: Sap) -> None:
    number = order(sap)
    (done,) = fulfil(sap, number, "goods_issue")
    assert stock(sap, "FG-TSHIRT-BLK-M") == 16
    reverse = call(sap, DELIVERIES, "ReverseGoodsIssue", DeliveryDocument=done["deliveries"][0])
    assert reverse.status_code == 200, reverse.text
    assert stock(sap, "FG-TSHIRT-BLK-M") == 18
    header = sap.read(f"{DELIVERIES}/A_OutbDeliveryHeader('{done['deliveries'][0]}')")
    assert (header["OverallGoodsMovementStatus"], header["ActualGoodsMovementDate"]) == ("A", None)


def test_more_than_lies_in_one_storage_location_is_taken_from_the_next(sap: Sap) -> None:
    number = order(sap, {"Material": "FG-TSHIRT-BLK-M", "RequestedQuantity": "17"})
    fulfil(sap, number, "goods_issue")
    assert stock(sap, "FG-TSHIRT-BLK-M") == 1


def test_what_is_not_there_is_not_issued(sap: Sap) -> None:
    number = order(sap, {"Material": "FG-TSHIRT-BLK-M", "RequestedQuantity": "19"})
    (done,) = fulfil(sap, number)
    assert done["trouble"].startswith("M7/021: Deficit of SL Unrestricted-use 1 PC")
    assert stock(sap, "FG-TSHIRT-BLK-M") == 18
    assert statuses(sap, number) == "CAB"


def test_an_order_goes_out_in_two_deliveries_and_two_invoices(sap: Sap) -> None:
    number = order(sap, {"Material": "FG-DESK-OAK", "RequestedQuantity": "3"})
    assert deliver(sap, number, ActualDeliveryQuantity="1").status_code == 201
    assert statuses(sap, number) == "BAB"
    fulfil(sap, number, "invoice")
    (done,) = fulfil(sap, number)
    assert len(done["deliveries"]) == len(done["invoices"]) == 2
    nets = [
        Decimal(sap.read(f"{BILLING}/A_BillingDocument('{invoice}')")["TotalGrossAmount"])
        for invoice in done["invoices"]
    ]
    assert nets == [Decimal(649), Decimal(1298)]  # prices hold their tax
    assert statuses(sap, number) == "CCC"
    line = sap.read(f"{SALES}('{number}')/to_Item", **{"$expand": "to_ScheduleLine"})["results"][0]
    assert line["to_ScheduleLine"]["results"][0]["DeliveredQtyInOrderQtyUnit"] == "3.000"


def test_a_delivery_of_more_than_is_open_is_refused(sap: Sap) -> None:
    number = order(sap)
    assert refusal(deliver(sap, number, ActualDeliveryQuantity="3")) == (400, "VL/367")
    assert deliver(sap, number).status_code == 201
    assert refusal(deliver(sap, number)) == (400, "VL/367")
    assert refusal(deliver(sap, "4711")) == (400, "VL/559")


def test_a_blocked_order_is_not_delivered(sap: Sap) -> None:
    number = order(sap, DeliveryBlockReason="01")
    assert refusal(deliver(sap, number)) == (400, "VL/226")


def test_a_delivery_is_picked_before_its_goods_leave(sap: Sap) -> None:
    made = deliver(sap, order(sap))
    delivery = made.json()["d"]["DeliveryDocument"]
    assert refusal(call(sap, DELIVERIES, "PostGoodsIssue", DeliveryDocument=delivery)) == (400, "VL/608")
    picked = sap.post(
        f"{sap.services}/{DELIVERIES}/PickAllItems",
        params={"DeliveryDocument": f"'{delivery}'"},
        headers=sap.token() | {"If-Match": made.headers["etag"]},
    )
    assert picked.status_code == 200
    stale = sap.token() | {"If-Match": made.headers["etag"]}
    url = f"{sap.services}/{DELIVERIES}/PostGoodsIssue"
    assert sap.post(url, params={"DeliveryDocument": f"'{delivery}'"}, headers=stale).status_code == 412
    assert sap.get(url).status_code == 405
    assert sap.post(url, headers=sap.token()).status_code == 400


def test_a_delivery_is_changed_while_it_is_here_and_deleted_with_its_trace(sap: Sap) -> None:
    number = order(sap)
    delivery = deliver(sap, number).json()["d"]["DeliveryDocument"]
    key = f"DeliveryDocument='{delivery}',DeliveryDocumentItem='000010'"
    item = f"{sap.services}/{DELIVERIES}/A_OutbDeliveryItem({key})"
    etag = sap.get(item).headers["etag"]
    less = {"ActualDeliveryQuantity": "1"}
    assert sap.patch(item, json=less, headers=sap.token()).status_code == 428
    assert sap.patch(item, json=less, headers=sap.token() | {"If-Match": etag}).status_code == 204
    assert sap.patch(item, json=less, headers=sap.token() | {"If-Match": etag}).status_code == 412
    assert statuses(sap, number) == "BAB"
    header = f"{sap.services}/{DELIVERIES}/A_OutbDeliveryHeader('{delivery}')"
    assert sap.delete(header, headers=sap.token() | {"If-Match": "*"}).status_code == 204
    assert statuses(sap, number) == "AAA"
    assert sap.read(f"{SALES}('{number}')/to_SubsequentProcFlowDoc")["results"] == []


def test_the_invoice_adds_up_and_its_receivable_is_cleared_by_the_payment(sap: Sap) -> None:
    number = order(
        sap,
        {
            "Material": "FG-DESK-OAK",
            "RequestedQuantity": "1",
            "to_PricingElement": [
                {"ConditionType": "PPR0", "ConditionRateValue": "100", "ConditionCurrency": "USD"},
                {"ConditionType": "TTX1", "ConditionRateValue": "7", "ConditionCurrency": "%"},
            ],
        },
        to_PricingElement=[{"ConditionType": "HD00", "ConditionRateValue": "10"}],
    )
    (done,) = fulfil(sap, number, "invoice")
    bill = sap.read(f"{BILLING}/A_BillingDocument('{done['invoices'][0]}')")
    sums = [Decimal(bill[name]) for name in ("TotalNetAmount", "TaxAmount", "TotalGrossAmount")]
    assert sums[0] + sums[1] == sums[2]
    assert sums[0] == 110
    receivable = f"AccountingDocument eq '{bill['AccountingDocument']}' and Customer ne ''"
    (line,) = sap.read(JOURNAL, **{"$filter": receivable})["results"]
    assert (Decimal(line["AmountInTransactionCurrency"]), line["ClearingAccountingDocument"]) == (sums[2], "")
    (paid,) = fulfil(sap, number)
    (line,) = sap.read(JOURNAL, **{"$filter": receivable})["results"]
    assert line["ClearingAccountingDocument"] == paid["payments"][0]
    lines = sap.read(JOURNAL, **{"$filter": f"AccountingDocument eq '{paid['payments'][0]}'"})["results"]
    assert sum(Decimal(row["AmountInTransactionCurrency"]) for row in lines) == 0
    assert {row["AssignmentReference"] for row in lines} == {"XC-1042"}


def test_a_cancelled_invoice_opens_its_delivery_and_a_paid_one_stays(sap: Sap) -> None:
    number = order(sap)
    (done,) = fulfil(sap, number, "invoice")
    bill = done["invoices"][0]
    answer = call(sap, BILLING, "Cancel", BillingDocument=bill)
    (result,) = answer.json()["d"]["results"]
    header = sap.read(f"{BILLING}/A_BillingDocument('{bill}')")
    other = sap.read(f"{BILLING}/A_BillingDocument('{result['CancellationBillingDocument']}')")
    assert (header["BillingDocumentIsCancelled"], other["CancelledBillingDocument"]) == (True, bill)
    assert statuses(sap, number) == "CAB"
    assert refusal(call(sap, BILLING, "Cancel", BillingDocument=bill)) == (400, "VF/042")
    (again,) = fulfil(sap, number)
    assert refusal(call(sap, BILLING, "Cancel", BillingDocument=again["invoices"][0])) == (400, "VF/043")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SalesDocumentRjcnReason": "61"}, "V1/303"),
        ({"RequestedQuantity": "1"}, "V1/331"),
        ({"Material": "FG-DESK-OAK"}, "V1/151"),
    ],
)
def test_what_is_delivered_is_neither_rejected_nor_taken_back(
    sap: Sap, change: dict[str, str], code: str
) -> None:
    number = order(sap)
    fulfil(sap, number, "delivery")
    item = f"{sap.services}/{ITEMS}(SalesOrder='{number}',SalesOrderItem='000010')"
    assert refusal(sap.patch(item, json=change, headers=sap.token())) == (400, code)
    whole = f"{sap.services}/{SALES}('{number}')"
    anyway = sap.token() | {"If-Match": "*"}
    assert refusal(sap.delete(whole, headers=anyway)) == (400, "V1/541")
    assert refusal(sap.patch(whole, json={"SoldToParty": "1000001"}, headers=anyway)) == (400, "VP/204")


def test_a_rejected_item_counts_nothing_and_is_not_waited_for(sap: Sap) -> None:
    lines = [{"Material": name, "RequestedQuantity": "1"} for name in ("FG-DESK-OAK", "FG-CHAIR-CMF")]
    number = order(sap, *lines)
    item = f"{sap.services}/{ITEMS}(SalesOrder='{number}',SalesOrderItem='000020')"
    assert sap.patch(item, json={"SalesDocumentRjcnReason": "61"}, headers=sap.token()).status_code == 204
    row = sap.read(f"{SALES}('{number}')")
    assert (row["TotalNetAmount"], row["OverallSDDocumentRejectionSts"]) == ("649.000", "B")
    fulfil(sap, number)
    assert statuses(sap, number) == "CCC"


def test_orders_go_on_by_themselves_the_same_way_each_time(sap: Sap, sandbox: Sandbox) -> None:
    beaten = []
    for _ in range(2):
        sap.post("/_sandbox/reset").raise_for_status()
        for _ in range(3):
            order(sap, {"Material": "FG-CHAIR-CMF", "RequestedQuantity": "4"})
        system = sandbox._sap._system  # type: ignore[union-attr]
        automatic = Automatic(system, every=60, seed=1)
        numbers = []
        while number := automatic.beat():
            numbers.append(number)
        beaten.append(numbers)
        automatic.close()
        assert automatic.beat() == ""
        rows = sap.read(SALES, **{"$filter": "PurchaseOrderByCustomer eq 'XC-1042'"})["results"]
        assert {row["OverallSDProcessStatus"] for row in rows} == {"C"}
    assert beaten[0] == beaten[1]
    assert len(beaten[0]) > 12  # one of the three went out in two deliveries


def test_listeners_hear_what_happened_and_nothing_of_what_was_rolled_back(sap: Sap, sandbox: Sandbox) -> None:
    heard: list[Happening] = []
    listeners = sandbox._sap._system.listeners  # type: ignore[union-attr]
    listeners.append(heard.append)
    try:
        number = order(sap)
        fulfil(sap, number)
        lines = [{"Material": "NO-SUCH", "RequestedQuantity": "1"}]
        assert sap.order("1000001", to_Item=lines).status_code == 400
    finally:
        listeners.remove(heard.append)
    kinds = [happening.kind for happening in heard]
    assert kinds.count("SalesOrder.Created") == 1
    expected = ["SalesOrder.Created", "OutboundDelivery.Created", "MaterialDocument.Created"]
    expected += ["OutboundDelivery.GIStatusChanged", "BillingDocument.Created"]
    assert [kind for kind in kinds if kind in expected] == expected
    issued = next(happening for happening in heard if happening.kind == "OutboundDelivery.GIStatusChanged")
    assert (issued.fields["PrevOverallGoodsMovementStatus"], issued.fields["OverallGoodsMovementStatus"]) == (
        "A",
        "C",
    )
