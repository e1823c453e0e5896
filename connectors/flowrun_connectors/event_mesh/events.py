"""The events of S/4HANA that are known, each with the fields of its data.

From SAP's own event specifications: sales orders of 2025, the others of 2021, so a system may send more. The
data names the document and says no more of it than its kind and status: a flow reads it again.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowrun.expressions.shapes import ANYTHING, DATETIME, TEXT, Record, Scalar, Shape, union

_S4 = "sap.s4.beh"
_ORDER: Mapping[str, Shape] = {
    "SalesOrder": Scalar("text", max_length=10),
    "SalesOrderType": Scalar("text", max_length=4),
    "SalesOrganization": Scalar("text", max_length=4),
    "DistributionChannel": Scalar("text", max_length=2),
    "OrganizationDivision": Scalar("text", max_length=2),
    "SoldToParty": Scalar("text", max_length=10),
    "EventRaisedDateTime": DATETIME,
}
_ORDER_STATUS = (
    "ApprovalStsChanged",
    "OvrlSDProcStsChgd",
    "OvrlDelivStsChgd",
    "OvrlDlvConfStsChgd",
    "OvrlDlvBlkStsChgd",
    "OvrlBlgBlkStsChgd",
    "OvrlRjcnStsChgd",
    "TotCrdtChkStsChgd",
)
_ORDER_ITEM = (
    "ItemCreated",
    "ItemChanged",
    "ItemDeleted",
    "ItmDelivStsChgd",
    "ItmRjcnStsChgd",
    "ItmSDProcStsChgd",
)
_DELIVERY = ("OutboundDelivery", "DeliveryDocumentType", "SalesOrganization", "SDDocumentCategory")
_BILLING = (
    "BillingDocument",
    "BillingDocumentType",
    "BillingIssueType",
    "OverallBillingStatus",
    "SDDocumentCategory",
)
_MATERIAL = (
    "MaterialDocument",
    "MaterialDocumentYear",
    "AccountingDocumentType",
    "InventoryTransactionType",
    "TransactionCode",
)
_GOODS_ISSUE = ("OverallGoodsMovementStatus", "PrevOverallGoodsMovementStatus")


def envelope(data: Shape, name: str = "event") -> Record:
    """An event with this data. `message` is what acknowledges it, where it was pulled."""
    texts: dict[str, Shape] = dict.fromkeys(("id", "type", "source", "subject", "message", "topic"), TEXT)
    return Record({**texts, "time": DATETIME, "data": data}, name=name)


def _texts(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, TEXT)


def _of(kind: str, fields: Mapping[str, Shape], *happenings: str, more: bool = False) -> dict[str, Record]:
    """The data of events of one kind of document. `more` where not all its fields are listed here."""
    place = f"{_S4}.{kind.lower()}.v1.{kind}"
    return {f"{place}.{one}.v1": Record(fields, open=more, name=kind) for one in happenings}


DATA: Mapping[str, Record] = {
    **_of("SalesOrder", _ORDER, "Created", "Changed", "Deleted"),
    **_of("SalesOrder", _ORDER, *_ORDER_STATUS, more=True),
    **_of("SalesOrder", {**_ORDER, **_texts("SalesOrderItem", "Product")}, *_ORDER_ITEM, more=True),
    **_of("BusinessPartner", _texts("BusinessPartner"), "Created", "Changed"),
    **_of("Product", _texts("Product"), "Created", "Changed"),
    **_of("OutboundDelivery", _texts(*_DELIVERY), "Created", "Changed", "Deleted"),
    **_of("OutboundDelivery", _texts(*_DELIVERY, *_GOODS_ISSUE), "GIStatusChanged"),
    **_of(
        "OutboundDelivery",
        _texts(*_DELIVERY),
        *("DelivBlockChanged", "PkngStatusChanged", "PackgStatusChanged"),
        more=True,
    ),
    **_of("BillingDocument", _texts(*_BILLING), "Created", "Changed", "Canceled"),
    **_of("MaterialDocument", _texts(*_MATERIAL), "Created"),
}
"""The fields of `data` by the type of event."""

EVENTS: Mapping[str, Record] = {name: envelope(data, name) for name, data in DATA.items()}


def envelope_of(types: list[str]) -> Record:
    """What is known of an event that has one of these types."""
    if not types:
        return envelope(ANYTHING)
    data: Shape = DATA.get(types[0], ANYTHING)
    for name in types[1:]:
        data = union(data, DATA.get(name, ANYTHING))
    return envelope(data)
