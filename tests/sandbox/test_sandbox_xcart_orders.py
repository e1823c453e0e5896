"""Orders of the simulated X-Cart: what they hold, how they are found, what a status does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def place(shop: httpx.Client, **spec: Any) -> int:
    body = {"email": "guest@example.org", "lines": [{"sku": "TS-BLK-M", "amount": 2}]} | spec
    answer = shop.post("/_sandbox/orders", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()[0]["id"])


def ids(shop: httpx.Client, **params: Any) -> list[int]:
    answer = shop.get("/api/orders", params=params)
    assert answer.status_code == 200
    return [row["id"] for row in answer.json()]


def stock(shop: httpx.Client) -> int:
    return int(shop.get("/api/products/42/variants/143").json()["amount"])


def test_the_registered_order_of_the_start_is_whole(shop: httpx.Client) -> None:
    order = shop.get("/api/orders/1187").json()
    assert (order["order_number"], order["total"], order["sub_total"]) == ("1042", 226.32, 219.98)
    assert [line["discounted_subtotal"] for line in order["items"]] == [89.9809, 107.9991]
    assert [line["name"] for line in order["items"]] == ['T-Shirt "Classic" & Co.', "Gift set"]
    assert [line["variant"] for line in order["items"]] == [143, None]
    assert [part["value"] for part in order["surcharges"]] == [-22.0, 12.5, 15.84]
    assert order["billing_address"]["custom_fields"] == [
        {"name": "company", "value": "Muster & Söhne GmbH"},
        {"name": "vat_number", "value": "DE123456789"},
    ]
    assert order["billing_address"]["state"] == 180
    assert order["notes"] == "Please ring twice\r\nThanks & regards"
    assert (order["customer_id"], order["order_profile_id"]) == (305, 2210)
    assert order["used_coupons"][0]["value"] == 22.0


def test_the_guest_order_of_the_start_was_edited_and_part_paid(shop: httpx.Client) -> None:
    order = shop.get("/api/orders/by_number/1045").json()
    assert (order["id"], order["total"], order["payment_status"]["code"]) == (1190, 53.99, "PP")
    assert [row["value"] for row in order["tracking_numbers"]] == ["794644790138", "794644790139"]
    assert order["billing_address"]["id"] == order["shipping_address"]["id"] == 931
    assert "ORDER EDITED" in [event["code"] for event in shop.get("/api/orders/1190/history").json()]


def test_ids_and_numbers_run_apart_because_carts_take_ids(shop: httpx.Client) -> None:
    placed = shop.post("/_sandbox/orders", json={"count": 12}).json()
    numbers = [int(row["order_number"]) for row in placed]
    assert numbers == list(range(1046, 1058))
    assert placed[-1]["id"] - placed[0]["id"] > 11
    carts = [row["id"] for row in shop.get("/api/carts").json()]
    assert set(carts) == set(range(1188, placed[-1]["id"])) - {1190} - {row["id"] for row in placed}
    assert shop.get(f"/api/orders/{carts[0]}").status_code == 404
    assert shop.get(f"/api/orders/{carts[0]}/history").status_code == 404
    assert "order_number" not in shop.get(f"/api/carts/{carts[0]}").json()


def test_a_status_says_the_method_and_only_the_backend_says_the_truth(shop: httpx.Client) -> None:
    declined = place(shop, payment_status="D")
    paid = shop.get("/api/orders/1187/payment_transactions").json()[0]
    failed = shop.get(f"/api/orders/{declined}/payment_transactions").json()[0]
    assert paid["status"] == failed["status"] == "Credit card (Stripe)"
    assert [(part["type"], part["status"]) for part in paid["backend_transactions"]] == [
        ("sale", "S"),
        ("refundPart", "S"),
    ]
    assert failed["backend_transactions"][0]["status"] == "F"
    assert shop.get("/api/orders/999/payment_transactions").json() == []


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"date[after]": "2026-03-15T00:00:00Z"}, [1190]),
        ({"date[before]": "2026-03-14T09:26:53Z"}, [1187]),
        ({"date[strictly_before]": "2026-03-14T09:26:53Z"}, []),
        ({"date[after]": "@1773530813"}, [1190]),
        ({"date[after]": "2026-03-14T10:26:54"}, [1190]),  # the shop's own hour, one ahead of UTC
        ({"date[after]": "2026-03-14T10:26:53"}, [1187, 1190]),
        ({"date[after]": "last tuesday-ish"}, [1187, 1190]),  # unreadable: ignored
        ({"lastRenewDate[after]": "2026-03-17T07:12:11+00:00"}, [1190]),
        ({"lastRenewDate[after]": "2026-03-17T07:12:11 00:00"}, [1187, 1190]),  # a + that was not encoded
        ({"lastRenewDate[after]": "2099-01-01"}, []),
        ({"updatedSince": "2099-01-01"}, [1187, 1190]),  # unknown: ignored
        ({"paymentStatus.code": "P"}, [1187]),
        ({"paymentStatus.code[]": ["P", "PP"]}, [1187, 1190]),
        ({"shippingStatus.code": "S"}, [1190]),
        ({"profile.login": "mustermann"}, [1187]),
        ({"order[date]": "desc"}, [1190, 1187]),
        ({"order[lastRenewDate]": "desc"}, [1190, 1187]),
    ],
)
def test_orders_are_found_by_what_the_api_knows_and_by_nothing_else(
    shop: httpx.Client, params: dict[str, str], found: list[int]
) -> None:
    assert ids(shop, **params) == found


def test_the_older_release_ignores_the_date_of_change(shop: httpx.Client) -> None:
    shop.post("/_sandbox/settings", json={"last_renew_date_filter": False})
    assert ids(shop, **{"lastRenewDate[after]": "2099-01-01"}) == [1187, 1190]
    assert ids(shop, **{"order[lastRenewDate]": "desc"}) == [1190, 1187]


def test_a_placed_order_takes_stock_and_a_cancelled_one_gives_it_back(shop: httpx.Client) -> None:
    before = stock(shop)
    order = place(shop)
    assert stock(shop) == before - 2
    assert shop.get(f"/api/orders/{order}").json()["stock_status"] == "reduced"
    shop.put(f"/api/orders/{order}/payment_status", json={"code": "C"}).raise_for_status()
    assert stock(shop) == before
    assert shop.get(f"/api/orders/{order}").json()["stock_status"] == "increased"


@pytest.mark.parametrize(
    ("shipping", "payment", "returned"),
    [
        ("N", "R", True),
        ("S", "R", False),
        ("D", "R", False),
        ("R", "R", True),
        ("S", "D", True),
        ("S", "PP", False),
    ],
)
def test_stock_follows_the_pair_of_statuses(
    shop: httpx.Client, shipping: str, payment: str, returned: bool
) -> None:
    before = stock(shop)
    order = place(shop)
    shop.put(f"/api/orders/{order}/shipping_status", json={"code": shipping})
    shop.put(f"/api/orders/{order}/payment_status", json={"code": payment})
    assert stock(shop) == before - (0 if returned else 2)


def test_selling_more_than_there_is_never_makes_the_stock_negative(shop: httpx.Client) -> None:
    place(shop, lines=[{"sku": "TS-BLK-M", "amount": 500}])
    assert stock(shop) == 0


def test_a_new_status_is_written_down_dated_and_mailed_and_the_same_again_is_nothing(
    shop: httpx.Client,
) -> None:
    answer = shop.put("/api/orders/1187/shipping_status", json={"code": "S"})
    assert answer.json() == {"id": 3, "code": "S", "name": "Shipped", "customer_name": "Shipped"}
    order = shop.get("/api/orders/1187").json()
    assert order["update_date"] > "2026-03-14T09:31:08+0000"
    event = shop.get("/api/orders/1187/history").json()[-1]
    assert event["code"] == event["comment"] == "CHANGE SHIPPING STATUS ORDER"
    assert event["data"] == {"oldStatus": "New", "newStatus": "Shipped"}
    mails = shop.get("/_sandbox/emails").json()
    assert [mail["to"] for mail in mails] == ["erika.mustermann@example.com", "admin@example.com"]

    shop.put("/api/orders/1187/shipping_status", json={"code": "S"}).raise_for_status()
    assert shop.get("/api/orders/1187").json() == order
    assert shop.get("/_sandbox/emails").json() == mails


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"code": "XX"}, "Status code 'XX' is invalid"),
        ({"code": "99"}, "Status code '99' is invalid"),
        ({"code": "PAIDX"}, "code must have 1 to 4 characters"),
        ({}, "code must have 1 to 4 characters"),
        ({"code": 4}, 'The type of the "code" attribute must be "string", "int" given.'),
    ],
)
def test_a_bad_status_changes_nothing(shop: httpx.Client, body: dict[str, object], detail: str) -> None:
    refused = shop.put("/api/orders/1187/payment_status", json=body)
    assert refused.status_code == 400
    assert detail in refused.json()["detail"]
    assert shop.get("/api/orders/1187").json()["payment_status"]["code"] == "P"


def test_a_missing_order_is_a_400_on_its_status_and_a_404_elsewhere(shop: httpx.Client) -> None:
    refused = shop.put("/api/orders/999999/payment_status", json={"code": "P"})
    assert (refused.status_code, refused.json()["detail"]) == (400, "Order with ID 999999 not found")
    assert shop.get("/api/orders/999999").status_code == 404
    assert shop.get("/api/orders/by_number/10-42").status_code == 404


def test_a_status_without_code_is_set_by_id_and_can_break_the_whole_page(shop: httpx.Client) -> None:
    shop.put("/api/orders/1187/shipping_status", json={"code": "12"}).raise_for_status()
    assert shop.get("/api/orders/1187").json()["shipping_status"]["code"] is None
    shop.post("/_sandbox/settings", json={"custom_status_breaks": True})
    assert shop.get("/api/orders").status_code == 500
    assert shop.get("/api/orders", params={"itemsPerPage": "1", "page": "2"}).json()[0]["id"] == 1190


def test_a_deleted_product_leaves_lines_without_one_and_can_break_the_whole_page(shop: httpx.Client) -> None:
    assert shop.delete("/api/products/77").status_code == 204
    line = shop.get("/api/orders/1187").json()["items"][1]
    assert (line["product_id"], line["sku"], line["name"]) == (None, "MUG-01", "Gift set")
    shop.post("/_sandbox/settings", json={"deleted_product_breaks": True})
    assert shop.get("/api/orders/1187").status_code == 500
    assert shop.get("/api/orders/1190").status_code == 200


def test_a_line_shows_the_products_name_of_today(shop: httpx.Client) -> None:
    shop.put("/api/products/77", json={"name": "Gift set, new"}).raise_for_status()
    assert shop.get("/api/orders/1187").json()["items"][1]["name"] == "Gift set, new"


def test_an_operators_edit_moves_sums_stock_and_date_and_is_named_in_the_history(shop: httpx.Client) -> None:
    order = place(shop, coupon={"percent": 10}, country="US", currency="USD")
    before = stock(shop)
    shop.post(f"/_sandbox/orders/{order}/edit", json={"lines": [{"sku": "TS-BLK-M", "amount": 1}]})
    edited = shop.get(f"/api/orders/{order}").json()
    assert edited["sub_total"] == 49.99
    assert edited["surcharges"][0]["value"] == -5.0
    assert stock(shop) == before + 1
    event = shop.get(f"/api/orders/{order}/history").json()[-1]
    assert (event["code"], event["data"]) == ("ORDER EDITED", {"TS-BLK-M": "2 -> 1"})


def test_an_edit_bumps_the_order_and_a_tracking_number_does_not(shop: httpx.Client) -> None:
    old = shop.get("/api/orders/1187").json()["update_date"]
    shop.post("/_sandbox/orders/1187/edit", json={"tracking_number": "1Z999"}).raise_for_status()
    after = shop.get("/api/orders/1187").json()
    assert (after["update_date"], after["tracking_numbers"][0]["value"]) == (old, "1Z999")
    only_child = {"lines": [{"sku": "MUG-01", "amount": 3}], "child_only": True}
    shop.post("/_sandbox/orders/1187/edit", json=only_child).raise_for_status()
    after = shop.get("/api/orders/1187").json()
    assert (after["update_date"], after["total"], after["items"][1]["amount"]) == (old, 226.32, 3)
    shop.post("/_sandbox/orders/1187/edit", json=only_child | {"child_only": False}).raise_for_status()
    assert shop.get("/api/orders/1187").json()["update_date"] > old


def test_money_that_arrives_later_makes_an_order_paid(shop: httpx.Client) -> None:
    order = place(shop, payment_status="Q", payment_method="Bank transfer")
    shop.post(f"/_sandbox/orders/{order}/pay").raise_for_status()
    assert shop.get(f"/api/orders/{order}").json()["payment_status"]["code"] == "P"
    attempts = shop.get(f"/api/orders/{order}/payment_transactions").json()
    assert [attempt["backend_transactions"][0]["status"] for attempt in attempts] == ["W", "S"]


def test_guests_share_a_profile_by_mail_and_lose_it_when_it_is_deleted(shop: httpx.Client) -> None:
    first, second = place(shop, email="new@example.net"), place(shop, email="new@example.net")
    one, two = (shop.get(f"/api/orders/{id_}").json() for id_ in (first, second))
    assert one["customer_id"] == two["customer_id"]
    assert one["order_profile_id"] != two["order_profile_id"]
    assert shop.get(f"/api/profiles/{one['customer_id']}").json()["first_login_date"] is None
    assert shop.get(f"/api/profiles/{one['order_profile_id']}").status_code == 404
    assert shop.delete(f"/api/profiles/{one['customer_id']}").status_code == 204
    assert shop.get(f"/api/orders/{first}").json()["customer_id"] is None


def test_an_order_can_be_spelled_out_to_the_last_field(shop: httpx.Client) -> None:
    address = {
        "firstname": "Ada",
        "lastname": "",
        "street": "1 Long Acre",
        "zipcode": "WC2E 9LH",
        "city": "London",
        "country_code": "GB",
        "phone": "020 7946 0001",
        "custom_fields": {"company": "Ada & Co"},
    }
    order = shop.get(
        f"/api/orders/{place(shop, billing=address, currency='GBP', tax='none', shipping_cost=0, notes='hi')}"
    ).json()
    assert order["total"] == order["sub_total"] == 78.98  # 2 x 39.49
    assert order["billing_address"]["custom_fields"] == [{"name": "company", "value": "Ada & Co"}]
    assert [part["type"] for part in order["surcharges"]] == ["shipping"]
