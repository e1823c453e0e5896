"""What a write would answer, for the steps behind it in a dry-run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLACEHOLDER = "(assigned by X-Cart)"
_CREATED = {
    "create_product": "product",
    "create_variant": "variant",
    "create_profile": "profile",
    "create_address": "address",
}
_UPDATED = frozenset({"update_product", "update_variant", "update_profile", "update_address"})


def pretended(operation: str, parameters: Mapping[str, Any]) -> Any:
    """What was sent, with a placeholder for an id that X-Cart assigns. A password is not shown."""
    if operation in _CREATED:
        fields = _mapping(parameters.get(_CREATED[operation]))
        looked_for = {"changed": True} if operation == "create_address" else {}
        return {**_shown(fields), "id": PLACEHOLDER, **looked_for}
    if operation in _UPDATED:
        return {**_shown(_mapping(parameters.get("changes"))), "id": parameters.get("id"), "changed": True}
    if operation in ("create_wholesale_price", "update_wholesale_price"):
        number = PLACEHOLDER if operation.startswith("create") else parameters.get("id")
        return {**_price(parameters), "id": number, "changed": True}
    return _other(operation, parameters)


def _other(operation: str, given: Mapping[str, Any]) -> Any:
    number = given.get("id")
    match operation:
        case "set_payment_status" | "set_shipping_status":
            return {"id": None, "code": given.get("code"), "name": "", "customer_name": "", "changed": True}
        case "set_statuses":
            pair = {"payment": given.get("payment"), "shipping": given.get("shipping")}
            both = "/".join(str(code or "") for code in pair.values())
            return {"id": number, **pair, "status_pair": both, "changed": True}
        case "set_stock":
            return {"id": given.get("variant") or number, "amount": given.get("amount"), "changed": True}
        case "set_stocks":
            stocks = given.get("stocks")
            count = len(stocks) if isinstance(stocks, list) else 0
            return {"changed": count, "unchanged": 0, "moved": [], "refused": []}
        case "add_tracking_number":
            parcel = {"id": None, "date": None, "value": given.get("number")}
            return {"id": number, "tracking_numbers": [parcel], "changed": True}
        case "save_product":
            return _saved(given)
        case "set_prices":
            return {"sku": given.get("sku"), "changed": True, "price_changed": True}
        case "delete_wholesale_price":
            return {"id": number, "changed": True}
        case _:
            return dict(given)


def _saved(given: Mapping[str, Any]) -> dict[str, Any]:
    """As if the product were there: whether it is was not asked."""
    return {
        "sku": given.get("sku"),
        "product_id": PLACEHOLDER,
        "variant_id": None,
        "action": "updated",
        "changed": True,
        "written": sorted(_mapping(given.get("product"))),
        "left_out": [],
    }


def _price(parameters: Mapping[str, Any]) -> dict[str, Any]:
    names = ("type", "price", "quantity_range_begin", "membership")
    return {name: parameters[name] for name in names if parameters.get(name) is not None}


def _shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "password"}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
