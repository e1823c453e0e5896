"""Function imports: what a caller asks the system to do, beside reading and writing entities.

Called with POST and parameters in the query (``GetPDF`` with GET), as Gateway has it. Names, parameters and
return types are those of S/4HANA's services. An ``If-Match`` that is sent must be the newest ETag of the delivery.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mocksap import odata, store
from mocksap.odata import SapError
from mocksap.schema import ENTITY_TYPES, Prop, Service
from mocksap.service import Response, _render

from flowrun_sandbox.sap import billing, deliveries, goods_issue, invoice_pdf, stock
from flowrun_sandbox.sap.fields import properties
from flowrun_sandbox.sap.rows import Connection, Row

Call = Callable[[Connection, dict[str, str]], Any]

_MESSAGE = """
SystemMessageIdentification S 20
SystemMessageNumber S 3
SystemMessageType S 1
SystemMessageVariable1 S 50
SystemMessageVariable2 S 50
SystemMessageVariable3 S 50
SystemMessageVariable4 S 50
"""
_TYPES = {
    "PickingReport": """
        Batch S 10
        DeliveryQuantityUnit S 3
        ActualDeliveryQuantity Dec 13,3
        DeliveryDocumentItemText S 40
        Material S 40
        DeliveryDocumentItem S 6
        DeliveryDocument S 10
        """
    + _MESSAGE,
    "Return": """
        CollectiveProcessing S 10
        DeliveryDocument S 10
        DeliveryDocumentItem S 6
        ScheduleLine S 4
        CollectiveProcessingMsgCounter S 4
        CollectiveProcessingType S 1
        """
    + _MESSAGE,
    "CancelResult": "BillingDocument S 10\nCancellationBillingDocument S 10\nSystemMessageText S 256"
    + _MESSAGE,
    "GetPDFResult": "BillingDocumentBinary S",
}


@dataclass(frozen=True)
class Function:
    """One function import; ``gives`` is a complex type, one in brackets, or an entity type."""

    name: str
    gives: str
    parameters: str
    call: Call
    optional: frozenset[str] = frozenset()
    method: str = "POST"

    @property
    def kind(self) -> str:
        """The type it gives, alone."""
        return self.gives.strip("[]")


def _picked(act: Callable[..., list[Row]]) -> Call:
    """Delivery items, as the picking report shows them."""

    def call(conn: Connection, sent: dict[str, str]) -> list[Row]:
        more = {"item": sent["DeliveryDocumentItem"]} if "DeliveryDocumentItem" in sent else {}
        return [_success(row) for row in act(conn, sent["DeliveryDocument"], **more)]

    return call


def _success(row: Row) -> Row:
    return row | {"SystemMessageType": "S", "SystemMessageIdentification": "VL", "SystemMessageNumber": "311"}


def _cancel_document(conn: Connection, sent: dict[str, str]) -> Row:
    return stock.cancel(
        conn,
        sent["MaterialDocumentYear"],
        sent["MaterialDocument"],
        sent.get("MaterialDocumentItem", ""),
        sent.get("PostingDate", ""),
    )


def _cancel_billing(conn: Connection, sent: dict[str, str]) -> list[Row]:
    made = billing.cancel(conn, sent["BillingDocument"])
    result = {"BillingDocument": made["CancelledBillingDocument"], "SystemMessageType": "S"}
    return [result | {"CancellationBillingDocument": made["BillingDocument"]}]


def _print(conn: Connection, sent: dict[str, str]) -> Row:
    return {"BillingDocumentBinary": invoice_pdf.printed(conn, sent["BillingDocument"])}


_DELIVERY, _ONE = "DeliveryDocument S 10", "DeliveryDocument S 10\nDeliveryDocumentItem S 6"
_OF_DELIVERY = (
    Function("PostGoodsIssue", "[PickingReport]", _DELIVERY, _picked(goods_issue.post_goods_issue)),
    Function(
        "ReverseGoodsIssue",
        "[Return]",
        _DELIVERY + "\nActualGoodsMovementDate Day",
        _picked(goods_issue.reverse_goods_issue),
        frozenset({"ActualGoodsMovementDate"}),
    ),
    Function("PickAllItems", "[PickingReport]", _DELIVERY, _picked(goods_issue.pick)),
    Function("PickOneItem", "[PickingReport]", _ONE, _picked(goods_issue.pick)),
    Function("ConfirmPickingAllItems", "[PickingReport]", _DELIVERY, _picked(goods_issue.confirm)),
)
_DOCUMENT = "MaterialDocumentYear S 4\nMaterialDocument S 10"
_OPTIONAL_DAY = frozenset({"PostingDate"})
FUNCTIONS: dict[str, tuple[Function, ...]] = {
    "API_OUTBOUND_DELIVERY_SRV": _OF_DELIVERY,
    "API_OUTBOUND_DELIVERY_SRV_0002": _OF_DELIVERY,
    "API_MATERIAL_DOCUMENT_SRV": (
        Function(
            "Cancel",
            "A_MaterialDocumentHeader",
            _DOCUMENT + "\nPostingDate Day",
            _cancel_document,
            _OPTIONAL_DAY,
        ),
        Function(
            "CancelItem",
            "A_MaterialDocumentHeader",
            _DOCUMENT + "\nMaterialDocumentItem S 4\nPostingDate Day",
            _cancel_document,
            _OPTIONAL_DAY,
        ),
    ),
    "API_BILLING_DOCUMENT_SRV": (
        Function("Cancel", "[CancelResult]", "BillingDocument S 10", _cancel_billing),
        Function("GetPDF", "GetPDFResult", "BillingDocument S 10", _print, method="GET"),
    ),
}


def dispatch(plain: Callable[..., Response]) -> Callable[..., Response]:
    """Wraps mock-sap's dispatcher, which would look for an entity set of that name."""

    def dispatched(
        context: Any,
        service: Service,
        rest: str,
        method: str,
        opts: Any,
        headers: Any,
        body: bytes,
        xml: bool,
    ) -> Response:
        name = rest.strip("/")
        function = next((known for known in FUNCTIONS.get(service.name, ()) if known.name == name), None)
        if function is None:
            return plain(context, service, rest, method, opts, headers, body, xml)
        if method != function.method:
            raise SapError(f"Method {method} is not allowed on {name}; use {function.method}", 405)
        sent = _parameters(function, opts)
        _check_etag(context.conn, sent, headers)
        found = function.call(context.conn, sent)
        context.conn.commit()
        return Response(body={"d": _shape(context, service, function, found)})

    return dispatched


def _parameters(function: Function, opts: dict[str, str]) -> dict[str, str]:
    sent = {}
    for prop in properties(function.parameters):
        if prop.name in opts:
            sent[prop.name] = str(odata._literal(opts[prop.name], prop))
        elif prop.name not in function.optional:
            text = f"Parameter '{prop.name}' of function import '{function.name}' is missing"
            raise SapError(text, 400, target=prop.name)
    return sent


def _check_etag(conn: Connection, sent: dict[str, str], headers: dict[str, str]) -> None:
    wanted = headers.get("if-match")
    if wanted is None or "DeliveryDocument" not in sent:
        return
    entity = ENTITY_TYPES[deliveries.HEADER]
    header = deliveries.existing(conn, sent["DeliveryDocument"])
    if not odata.etag_matches(wanted, odata.etag_for(entity, header)):
        raise SapError("The delivery was changed after it was read", 412)


def _shape(context: Any, service: Service, function: Function, found: Any) -> Row:
    if function.kind in ENTITY_TYPES:
        entity = ENTITY_TYPES[function.kind]
        keys = {prop.name: found[prop.name] for prop in entity.keys}
        row = store.get(context.conn, entity, keys)
        shape: Row = _render(context, row, entity, service, None, {})
        return shape
    known = properties(_TYPES[function.kind])
    kind = {"__metadata": {"type": f"{service.namespace}.{function.kind}"}}
    if function.gives.startswith("["):
        return {"results": [kind | _values(known, row) for row in found]}
    return {function.name: kind | _values(known, found)}


def _values(known: list[Prop], row: Row) -> Row:
    return {
        prop.name: odata.to_json_value(prop, row.get(prop.name, store.initial_value(prop))) for prop in known
    }


def described(service: Service, text: str) -> str:
    """$metadata with the function imports of a service and the types they give."""
    found = FUNCTIONS.get(service.name, ())
    if not found:
        return text
    kinds = dict.fromkeys(function.kind for function in found if function.kind in _TYPES)
    types = "".join(
        f'<ComplexType Name="{kind}">'
        + "".join(map(_described_property, properties(_TYPES[kind])))
        + "</ComplexType>"
        for kind in kinds
    )
    imports = "".join(_described(service, function) for function in found)
    text = re.sub(r"<EntityType ", lambda match: types + match[0], text, count=1)
    return text.replace("</EntityContainer>", imports + "</EntityContainer>", 1)


def _described_property(prop: Prop) -> str:
    size = f' MaxLength="{prop.max_length}"' if prop.max_length else ""
    size += f' Precision="{prop.precision}" Scale="{prop.scale}"' if prop.type == "Edm.Decimal" else ""
    return f'<Property Name="{prop.name}" Type="{prop.type}"{size}/>'


def _described(service: Service, function: Function) -> str:
    entity = ENTITY_TYPES.get(function.kind)
    kind = f"{service.namespace}.{entity.edm_name if entity else function.kind}"
    given = f"Collection({kind})" if function.gives.startswith("[") else kind
    place = f' EntitySet="{function.kind}"' if entity else ""
    parts = [
        f'<FunctionImport Name="{function.name}" ReturnType="{given}"{place} m:HttpMethod="{function.method}">'
    ]
    for prop in properties(function.parameters):
        size = f' MaxLength="{prop.max_length}"' if prop.max_length else ""
        null = ' Nullable="true"' if prop.name in function.optional else ""
        parts.append(f'<Parameter Name="{prop.name}" Type="{prop.type}" Mode="In"{size}{null}/>')
    return "".join([*parts, "</FunctionImport>"])
