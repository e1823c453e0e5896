"""Keys, formats, pages and refusals of the simulated X-Cart."""

from __future__ import annotations

import httpx
import pytest

from flowrun_sandbox import Sandbox

PROBLEM = "https://tools.ietf.org/html/rfc2616#section-10"


def place(shop: httpx.Client, count: int) -> None:
    shop.post("/_sandbox/orders", json={"count": count}).raise_for_status()


def test_no_key_and_a_wrong_key_are_told_apart(shop: httpx.Client) -> None:
    absent = httpx.get(f"{shop.base_url}/api/orders")
    wrong = shop.get("/api/orders", headers={"X-AUTH-TOKEN": "nonsense"})
    assert (absent.status_code, absent.json()) == (401, {"code": 401, "message": "JWT Token not found"})
    assert absent.headers["www-authenticate"] == "Bearer"
    assert (wrong.status_code, wrong.json()) == (401, {"message": "Invalid credentials."})


def test_the_read_key_reads_and_cannot_write(shop: httpx.Client, sandbox: Sandbox) -> None:
    shop.headers["X-Auth-Token"] = sandbox.xcart_read_token
    assert shop.get("/api/orders/1187").status_code == 200
    refused = shop.put("/api/orders/1187/shipping_status", json={"code": "S"})
    assert refused.status_code == 403
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert refused.json() == {"type": PROBLEM, "title": "An error occurred", "detail": "Access Denied."}


def test_a_list_is_a_bare_array_unless_hydra_is_asked_for(shop: httpx.Client) -> None:
    assert [row["id"] for row in shop.get("/api/orders").json()] == [1187, 1190]
    params = {"itemsPerPage": "1"}
    hydra = shop.get("/api/orders", params=params, headers={"Accept": "application/ld+json"}).json()
    assert (hydra["hydra:totalItems"], hydra["hydra:member"][0]["id"]) == (2, 1187)
    following = shop.get(hydra["hydra:view"]["hydra:next"], headers={"Accept": "application/ld+json"}).json()
    assert following["hydra:member"][0]["id"] == 1190
    assert "hydra:next" not in following["hydra:view"]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({}, 30),
        ({"itemsPerPage": "7"}, 7),
        ({"itemsPerPage": "500"}, 100),  # cut without a word
        ({"page": "2"}, 30),
        ({"page": "4", "itemsPerPage": "40"}, 2),  # 122 orders in all
        ({"page": "9", "itemsPerPage": "100"}, 0),
    ],
)
def test_pages_hold_thirty_and_never_more_than_a_hundred(
    shop: httpx.Client, asked: dict[str, str], given: int
) -> None:
    place(shop, 120)
    assert len(shop.get("/api/orders", params=asked).json()) == given


def test_there_is_no_patch_anywhere(shop: httpx.Client) -> None:
    for path in ("/api/orders/1187", "/api/products/42", "/api/profiles/305"):
        refused = shop.patch(path, json={})
        assert refused.status_code == 405
        assert "Method Not Allowed" in refused.json()["detail"]
    assert shop.patch("/api/products/42").headers["allow"] == "DELETE, GET, PUT"


def test_json_types_are_strict_but_an_int_may_stand_for_a_float(shop: httpx.Client) -> None:
    refused = shop.put("/api/products/42", json={"amount": "5"})
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        'The type of the "amount" attribute must be "int", "string" given.',
    )
    assert shop.put("/api/products/42", json={"price": 50, "unknown": True}).json()["price"] == 50.0
    assert shop.put("/api/products/42", json={"amount": 5.0}).status_code == 400


def test_a_body_that_is_no_json_is_refused_by_its_type(shop: httpx.Client) -> None:
    refused = shop.put("/api/products/42", content="amount=5", headers={"Content-Type": "text/plain"})
    assert refused.status_code == 415
    broken = shop.put("/api/products/42", content="{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["detail"]) == (400, "Syntax error")


def test_refusals_are_hydra_errors_for_those_who_speak_it(shop: httpx.Client) -> None:
    headers = {"Accept": "application/ld+json"}
    refused = shop.put("/api/orders/1187/payment_status", json={"code": "XX"}, headers=headers).json()
    assert (refused["@type"], refused["hydra:description"]) == ("hydra:Error", "Status code 'XX' is invalid")


def test_three_ways_to_write_a_date_live_side_by_side(shop: httpx.Client) -> None:
    assert shop.get("/api/orders/1187").json()["update_date"] == "2026-03-14T09:31:08+0000"
    assert shop.get("/api/profiles/305").json()["create_date"] == "2024-06-01T10:00:00+00:00"
    assert shop.get("/api/products/42").json()["update_date"] == "2026-03-14T10:26:53+01:00"
    shop.post("/_sandbox/settings", json={"store_timezone": "America/New_York"}).raise_for_status()
    assert shop.get("/api/products/42").json()["update_date"] == "2026-03-14T05:26:53-04:00"


def test_the_asked_language_changes_names_and_never_codes(shop: httpx.Client) -> None:
    german = shop.get("/api/orders/1187/payment_status", headers={"Accept-Language": "de-AT,en;q=0.5"}).json()
    assert german == {"id": 4, "code": "P", "name": "Bezahlt", "customer_name": "Bezahlt"}
    unknown = shop.get("/api/orders/1187/payment_status", headers={"Accept-Language": "fi"}).json()
    assert unknown["name"] == "Paid"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/_sandbox/settings", {"no_such_setting": 1}),
        ("POST", "/_sandbox/settings", {"store_timezone": "Mars/Olympus"}),
        ("POST", "/_sandbox/faults", {"kind": "status"}),
        ("POST", "/_sandbox/faults", {"kind": "html", "match": "("}),
        ("POST", "/_sandbox/orders", {"email": "a@example.com", "lines": [{"sku": "NOPE"}]}),
        ("POST", "/_sandbox/orders", {"email": "a@example.com", "lines": [], "x": 1}),
        ("POST", "/_sandbox/orders/1187/edit", {"lines": [{"sku": "NOPE"}]}),
        ("POST", "/_sandbox/hooks", {"url": "ftp://127.0.0.1"}),
        ("POST", "/_sandbox/hooks", {"url": "http://127.0.0.1", "secret": "ü"}),
        ("POST", "/_sandbox/catalogue", {"products": -1}),
        ("POST", "/_sandbox/settings", {"serves": "6.0"}),
        ("POST", "/_sandbox/settings", {"webhook_lost": 101}),
    ],
)
def test_the_control_plane_refuses_what_it_cannot_do(
    shop: httpx.Client, method: str, path: str, body: dict[str, object]
) -> None:
    refused = shop.request(method, path, json=body)
    assert refused.status_code == 400
    assert refused.json()["detail"]
