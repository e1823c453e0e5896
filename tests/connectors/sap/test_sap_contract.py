"""`sap` keeps the contract that every connector keeps. A new operation needs a sample: what S/4HANA answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flowrun.testing import Answer, ConnectorContract, Sample
from flowrun_connectors.sap import Sap

ROOT = "/sap/opu/odata/sap"
SERVICE = f"{ROOT}/API_SALES_ORDER_SRV"
ORDERS = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}
ONE = f"{SERVICE}/A_SalesOrder('1')"


def order(reference: str = "XC-1") -> dict[str, Any]:
    return {
        "__metadata": {"uri": f"https://sap.example.com{ONE}", "etag": 'W/"1"'},
        "SalesOrder": "1",
        "PurchaseOrderByCustomer": reference,
    }


def one(reference: str = "XC-1") -> Answer:
    return Answer({"d": order(reference)})


def many(*orders: dict[str, Any]) -> Answer:
    return Answer({"d": {"results": list(orders)}})


BATCH = Answer(
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    b"--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n\r\n--c--\r\n--b--\r\n",
    202,
    {"Content-Type": "multipart/mixed; boundary=b"},
)
NUMBERS = {"AccountingDocument": "100", "CompanyCode": "1010", "FiscalYear": "2026"}
POSTED = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><Bulk><JournalEntryCreateConfirmation>'
    "<JournalEntryCreateConfirmation>"
    + "".join(f"<{name}>{value}</{name}>" for name, value in NUMBERS.items())
    + "</JournalEntryCreateConfirmation></JournalEntryCreateConfirmation></Bulk></e:Body></e:Envelope>"
)
TOKEN = {f"GET {SERVICE}/": Answer({"d": {}}, headers={"x-csrf-token": "t"})}
SAP = {
    "probe": Sample(answer={"d": {"EntitySets": []}}),
    "get": Sample({**ORDERS, "key": "1"}, answer=one()),
    "list": Sample({**ORDERS, "where": {"PurchaseOrderByCustomer": "XC-1"}}, answer=many(order())),
    "first": Sample({**ORDERS, "where": {"PurchaseOrderByCustomer": "XC-1"}}, answer=many(order())),
    "create": Sample(
        {**ORDERS, "data": {"PurchaseOrderByCustomer": "XC-1"}},
        answers={**TOKEN, f"POST {SERVICE}/A_SalesOrder": Answer({"d": order()}, 201)},
    ),
    "create: without a body": Sample(
        {**ORDERS, "data": {"PurchaseOrderByCustomer": "XC-1"}},
        answers={**TOKEN, "GET": one(), "POST": Answer(status=201, headers={"Location": ONE})},
    ),
    "update": Sample(
        {**ORDERS, "key": "1", "data": {"PurchaseOrderByCustomer": "XC-2"}},
        answers={**TOKEN, "GET": one(), "PATCH": Answer(status=204)},
        after={**TOKEN, "GET": one("XC-2")},
    ),
    "upsert": Sample(
        {**ORDERS, "by": ["PurchaseOrderByCustomer"], "data": {"PurchaseOrderByCustomer": "XC-1"}},
        answers={**TOKEN, "GET": many(), "POST": Answer({"d": order()}, 201)},
        after={**TOKEN, "GET": many(order())},
    ),
    "delete": Sample(
        {**ORDERS, "key": "1"},
        answers={**TOKEN, "GET": one(), "DELETE": Answer(status=204)},
        after={**TOKEN, "GET": Answer({"error": {"code": "", "message": {"value": "gone"}}}, 404)},
        expects={"not found": None},
    ),
    "call": Sample(
        {
            "service": "API_SALES_ORDER_SRV",
            "function": "releaseApprovalRequest",
            "parameters": {"SalesOrder": "1"},
        },
        answers={
            **TOKEN,
            f"POST {SERVICE}/releaseApprovalRequest": Answer({"d": {"releaseApprovalRequest": {"Ok": True}}}),
        },
    ),
    "batch": Sample(
        {
            "service": "API_SALES_ORDER_SRV",
            "changes": [{"operation": "update", "entity": "A_SalesOrder", "key": "1", "data": {"A": "B"}}],
        },
        answers={**TOKEN, "POST": BATCH},
    ),
    "post_journal_entry": Sample(
        {
            "company_code": "1010",
            "document_type": "DZ",
            "document_date": "2026-03-14",
            "posting_date": "2026-03-14",
            "reference": "PAY-1",
            "currency": "EUR",
            "items": [{"GLAccount": "11001050", "AmountInTransactionCurrency": 119}],
            "debtor_items": [{"Debtor": "10100001", "AmountInTransactionCurrency": -119}],
        },
        answers={"GET": many(), "POST": Answer(POSTED, 200, {"Content-Type": "text/xml"})},
        after={"GET": many(NUMBERS)},
    ),
}


class TestSap(ConnectorContract):
    connector = Sap
    samples = SAP
    answers: ClassVar[Mapping[str, Any]] = {
        "GET /sap/opu/odata/sap/*/": Answer({"d": {"EntitySets": []}}, headers={"x-csrf-token": "t"}),
        "POST /token": Answer({"access_token": "a", "token_type": "bearer", "expires_in": 3600}),
    }
    harmless = ("POST /token",)
    reasons: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            ("get.key", "update.key", "delete.key", "call.key"),
            "a key is a text, a number or a record of them",
        ),
        **dict.fromkeys(
            ("post_journal_entry.document_date", "post_journal_entry.posting_date"),
            "a date, or a text that is one",
        ),
        **dict.fromkeys(
            ("logon.saml.key_password", "logon.certificate.key_password"),
            "it needs a key file and a server with TLS: see the tests of the log-on",
        ),
    }

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "user": "u", "password": "p", "read_back_delay": "10ms"}

    def variants(self, url: str) -> list[Mapping[str, Any]]:
        token = {"token_url": f"{url}/token", "client_id": "c", "client_secret": "s"}
        kinds: list[Any] = [
            {"api_key": {"key": "k"}},
            {"oauth2": token},
            {"saml": {**token, "assertion": "a"}},
        ]
        return [{"url": url, "logon": kind, "read_back_delay": "10ms"} for kind in kinds]

    def says(self, reason: str) -> Any:
        return {"error": {"code": "SLS/1", "message": {"lang": "en", "value": reason}}}
