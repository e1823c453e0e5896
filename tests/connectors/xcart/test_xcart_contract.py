"""`xcart` keeps the contract that every connector keeps.

A new operation needs a sample here: what X-Cart 5.5 answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.testing import Answer, ConnectorContract, Sample
from flowrun_connectors.xcart import XCart

ORDER = {"id": 1, "order_number": "00001", "total": 120, "update_date": "2026-03-14T09:26:53+00:00"}
PRODUCT = {"id": 5, "sku": "MUG-01", "price": 9.5, "amount": 3}
VARIANT = {"id": 6, "sku": "TS-M", "amount": 3}
PROFILE = {"id": 4, "login": "kim@example.com"}
ADDRESS = {"id": 8, "city": "Ghent"}
WHOLESALE = {"id": 7, "type": "price", "price": 8, "quantity_range_begin": 10, "membership": None}
DEALERS = {"id": 8, "type": "price", "price": 7, "quantity_range_begin": 10, "membership": 2}


def status(code: str) -> dict[str, Any]:
    return {"id": 2, "code": code, "name": "a status", "customer_name": "a status"}


def changing(parameters: Mapping[str, Any], before: Any, after: Any) -> Sample:
    """A write that looks first and finds its own work the second time."""
    answers = {"GET": Answer(before), "PUT": Answer(after), "POST": Answer(after, 201)}
    return Sample(parameters, answers=answers, after={"GET": Answer(after)})


def adding(parameters: Mapping[str, Any], row: Mapping[str, Any]) -> Sample:
    """A create that looks through a list first."""
    answers = {"GET": Answer([]), "POST": Answer(row, 201)}
    return Sample(parameters, answers=answers, after={"GET": Answer([row])})


STOCK = {
    "answers": {
        "GET /api/products/5/variants": Answer([]),
        "GET /api/products/5": PRODUCT,
        "GET /api/products": Answer([PRODUCT]),
        "PUT /api/products/5": {**PRODUCT, "amount": 9},
    },
    "after": {"GET /api/products/5": {**PRODUCT, "amount": 9}},
}
XCART = {
    "probe": Sample(answer=[]),
    "get_order": Sample({"id": 1}, answer=ORDER),
    "get_order_by_number": Sample({"order_number": "00001"}, answer=ORDER),
    "list_orders": Sample(
        {"changed_since": "2026-03-14T00:00:00Z"},
        answers={"GET /api/orders?*2099*": Answer([]), "GET /api/orders": Answer([ORDER])},
    ),
    "list_payment_transactions": Sample({"order_id": 1}, answer=[{"id": 3, "type": "sale", "value": 120}]),
    "get_payment_status": Sample({"id": 1}, answer=status("Q")),
    "set_payment_status": changing({"id": 1, "code": "P"}, status("Q"), status("P")),
    "get_shipping_status": Sample({"id": 1}, answer=status("N")),
    "set_shipping_status": changing({"id": 1, "code": "S"}, status("N"), status("S")),
    "set_statuses": Sample(
        {"id": 1, "payment": "P"},
        answers={"GET */shipping_status": status("N"), "GET": status("Q"), "PUT": status("P")},
        after={"GET */payment_status": status("P")},
    ),
    "add_tracking_number": Sample(
        {"id": 1, "number": "1Z9"},
        answers={"GET": {**ORDER, "tracking_numbers": []}, "POST": {"id": 2, "value": "1Z9"}},
        after={"GET": {**ORDER, "tracking_numbers": [{"id": 2, "value": "1Z9"}]}},
    ),
    "get_order_history": Sample({"order_id": 1}, answer=[{"id": 9, "code": "PLACE_ORDER"}]),
    "get_profile": Sample({"id": 4}, answer=PROFILE),
    "list_profiles": Sample({"login": "kim"}, answer=[PROFILE]),
    "create_profile": Sample({"profile": {"login": "kim@example.com"}}, answer=Answer(PROFILE, 201)),
    "update_profile": changing(
        {"id": 4, "changes": {"membership_id": 2}}, PROFILE, {**PROFILE, "membership_id": 2}
    ),
    "list_addresses": Sample({"profile_id": 4}, answer=[ADDRESS]),
    "create_address": adding({"profile_id": 4, "address": {"city": "Ghent"}}, ADDRESS),
    "update_address": changing(
        {"profile_id": 4, "id": 8, "changes": {"city": "Bruges"}}, ADDRESS, {**ADDRESS, "city": "Bruges"}
    ),
    "list_memberships": Sample({}, answer=[{"id": 2, "name": "Dealers"}]),
    "get_product": Sample({"id": 5}, answer=PRODUCT),
    "find_product": Sample({"sku": "MUG-01"}, **STOCK),
    "list_products": Sample({}, answer=[PRODUCT]),
    "list_stocks": Sample(
        {},
        answers={"GET */variants": Answer([VARIANT]), "GET": Answer([PRODUCT])},
        expects={"not found": None, "broken": None},
    ),
    "list_stocks: some": Sample({"skus": ["MUG-01"]}, **STOCK, expects={"not found": None, "broken": None}),
    "create_product": Sample({"product": {"sku": "MUG-01", "price": 9}}, answer=Answer(PRODUCT, 201)),
    "update_product": changing({"id": 5, "changes": {"amount": 9}}, PRODUCT, {**PRODUCT, "amount": 9}),
    "save_product": Sample(
        {"sku": "MUG-01", "product": {"amount": 9}, "translations": [{"language": "de", "name": "Becher"}]},
        answers={
            **STOCK["answers"],
            "PUT /api/products/5": {**PRODUCT, "amount": 9, "name": "Becher"},
        },
        after={"GET /api/products/5": {**PRODUCT, "amount": 9, "name": "Becher"}},
    ),
    "set_prices": Sample(
        {
            "sku": "MUG-01",
            "price": 8,
            "wholesale": [{"quantity_range_begin": 10, "price": 7, "membership": "Dealers"}],
        },
        answers={
            "GET /api/memberships": Answer([{"id": 2, "name": "Dealers"}]),
            "GET /api/products/5/wholesale_prices": Answer([WHOLESALE]),
            **STOCK["answers"],
            "PUT /api/products/5": {**PRODUCT, "price": 8},
            "POST /api/products/5/wholesale_prices": Answer(DEALERS, 201),
            "DELETE /api/products/5/wholesale_prices/7": Answer(status=204),
        },
        after={
            "GET /api/products/5/wholesale_prices": Answer([DEALERS]),
            "GET /api/products/5": {**PRODUCT, "price": 8},
        },
    ),
    # a shop may have no variants, and a list of them that it cannot show
    "set_stock": Sample({"id": 5, "amount": 9}, **STOCK, expects={"not found": None, "broken": None}),
    # what is refused is told in the result
    "set_stocks": Sample(
        {"stocks": [{"id": 5, "amount": 9}]},
        **STOCK,
        expects=dict.fromkeys(("not found", "conflict", "refusal", "broken")),
    ),
    "list_variants": Sample({"product_id": 5}, answer=[VARIANT]),
    "get_variant": Sample({"product_id": 5, "id": 6}, answer=VARIANT),
    "create_variant": Sample({"product_id": 5, "variant": {"sku": "TS-M"}}, answer=Answer(VARIANT, 201)),
    "update_variant": changing(
        {"product_id": 5, "id": 6, "changes": {"amount": 9}},
        VARIANT,
        {**VARIANT, "amount": 9, "default_amount": False},
    ),
    "list_wholesale_prices": Sample({"product_id": 5}, answer=[WHOLESALE]),
    "create_wholesale_price": adding({"product_id": 5, "price": 8, "quantity_range_begin": 10}, WHOLESALE),
    "update_wholesale_price": changing(
        {"product_id": 5, "id": 7, "price": 7}, WHOLESALE, {**WHOLESALE, "price": 7}
    ),
    "delete_wholesale_price": Sample(
        {"product_id": 5, "id": 7},
        answer=Answer(status=204),
        after={"DELETE": Answer({"message": "Not Found"}, 404)},
        expects={"not found": None},
    ),
}


class TestXCart(ConnectorContract):
    connector = XCart
    samples = XCART

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "token": "t", "extensions": {"tracking": {"path": "/api/orders/{id}/tracking"}}}
