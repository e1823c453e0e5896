"""Login, tokens, cookies and ETags of the SAP system."""

from __future__ import annotations

import httpx
from sandbox_client import Sap, order, person

ORDERS = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder"
PARTNERS = "/sap/opu/odata/sap/API_BUSINESS_PARTNER/A_BusinessPartner"


def test_a_wrong_password_is_a_401(sap: Sap) -> None:
    assert sap.get(ORDERS, auth=("FLOWRUN", "wrong")).status_code == 401


def test_another_client_is_not_there(sap: Sap) -> None:
    assert sap.get(ORDERS, params={"$top": "1"}, headers={"sap-client": "100"}).status_code == 200
    assert sap.get(ORDERS, headers={"sap-client": "200"}).status_code == 400


def test_a_token_without_its_cookie_is_refused_as_if_it_were_wrong(sap: Sap) -> None:
    token = sap.token()
    sap.cookies.clear()
    refused = sap.post(PARTNERS, json=person("a@example.com"), headers=token)
    assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "Required")
    assert sap.post(PARTNERS, json=person("a@example.com"), headers=sap.token()).status_code == 201


def test_a_cookie_without_a_token_is_refused(sap: Sap) -> None:
    sap.token()
    refused = sap.post(PARTNERS, json=person("a@example.com"))
    assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "Required")


def test_a_second_fetch_in_a_session_gives_the_same_token(sap: Sap) -> None:
    assert sap.token() == sap.token()
    assert (
        sap.head("/sap/opu/odata/sap/API_SALES_ORDER_SRV/", headers={"x-csrf-token": "Fetch"}).status_code
        == 200
    )


def test_the_session_is_more_than_one_cookie(sap: Sap) -> None:
    sap.token()
    assert set(sap.cookies) == {"SAP_SESSIONID_MCK_100", "sap-usercontext"}


def test_an_order_is_changed_only_with_its_newest_etag(sap: Sap) -> None:
    made = sap.order(sap.customer())
    url, etag = made.headers["location"], made.headers["etag"]
    assert etag.startswith("W/\"datetimeoffset'20")
    assert made.json()["d"]["__metadata"]["etag"] == etag
    assert sap.get(url).headers["etag"] == etag
    change, token = {"PurchaseOrderByCustomer": "XC-2"}, sap.token()
    assert sap.patch(url, json=change, headers=token).status_code == 428
    assert sap.patch(url, json=change, headers=token | {"If-Match": etag}).status_code == 204
    assert sap.patch(url, json=change, headers=token | {"If-Match": etag}).status_code == 412
    assert sap.get(url).json()["d"]["PurchaseOrderByCustomer"] == "XC-2"


def test_a_change_to_an_item_moves_the_etag_of_its_order(sap: Sap) -> None:
    made = sap.order(sap.customer())
    url, etag = made.headers["location"], made.headers["etag"]
    item = sap.get(f"{url}/to_Item").json()["d"]["results"][0]
    assert "etag" not in item["__metadata"]
    changed = sap.patch(item["__metadata"]["uri"], json={"RequestedQuantity": "3"}, headers=sap.token())
    assert changed.status_code == 204
    after = sap.get(url)
    assert after.headers["etag"] != etag
    assert after.json()["d"]["TotalNetAmount"] == "149.970"


def test_a_changeset_is_one_unit(sap: Sap) -> None:
    body = "\r\n".join(
        [
            "--b",
            "Content-Type: multipart/mixed; boundary=c",
            "",
            *part(order(sap.customer())),
            *part(order("9999999")),
            "--c--",
            "--b--",
            "",
        ]
    )
    before = sap.get(f"{ORDERS}/$count").text
    headers = sap.token() | {"Content-Type": "multipart/mixed; boundary=b"}
    answer = sap.post("/sap/opu/odata/sap/API_SALES_ORDER_SRV/$batch", content=body, headers=headers)
    assert answer.status_code == 202
    assert "VP/202" in answer.text
    assert sap.get(f"{ORDERS}/$count").text == before


def part(body: dict[str, object]) -> list[str]:
    text = httpx.Request("POST", "http://x", json=body).content.decode()
    return [
        "--c",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        "POST A_SalesOrder HTTP/1.1",
        "Content-Type: application/json",
        "",
        text,
    ]
