"""What arrives in the dialect of V4, in the words of the V2 type that keeps the rows."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from mocksap.odata import SapError
from mocksap.schema import ENTITY_TYPES, EntityType
from mocksap.service import _split_options

from flowrun_sandbox.sap.rows import Row

exact: ContextVar[bool] = ContextVar("exact", default=False)
"""Whether this request asked for decimals as strings: ``Accept: application/json;IEEE754Compatible=true``."""

_NAVIGATION = {
    "_Item": "to_Item",
    "_Partner": "to_Partner",
    "_PricingElement": "to_PricingElement",
    "_Text": "to_Text",
    "_ItemPricingElement": "to_PricingElement",
    "_ScheduleLine": "to_ScheduleLine",
    "_ProductDescription": "to_Description",
    "_ProductPlant": "to_Plant",
    "_ProductSalesDelivery": "to_SalesDelivery",
    "_ProductUnitOfMeasure": "to_ProductUnitsOfMeasure",
    "_ProductValuation": "to_Valuation",
}


def is_view(entity: EntityType) -> bool:
    """Whether the type shows the rows of another under names of its own."""
    return bool(entity.name.startswith("V4_"))


def in_v2(entity: EntityType, payload: Row) -> Row:
    """The payload, its navigations too. An item's delivery date belongs to its schedule line in V2."""
    found: Row = {}
    for name, value in payload.items():
        nav = entity.nav(name)
        if nav is not None:
            target = ENTITY_TYPES[nav.target]
            found[_NAVIGATION.get(name, name)] = [in_v2(target, child) for child in _listed(name, value)]
            continue
        prop = entity.prop(name)
        if prop is None:
            raise SapError(f"Property '{name}' does not exist in type '{entity.name[3:]}'", 400, target=name)
        found[getattr(prop, "same_as", "") or name] = value
    day = found.pop("RequestedDeliveryDate", None) if entity.name == "V4_SalesOrderItem" else None
    if day and "to_ScheduleLine" not in found:
        found["to_ScheduleLine"] = [
            {"RequestedDeliveryDate": day, "ScheduleLineOrderQuantity": found.get("RequestedQuantity") or 0}
        ]
    return found


def _listed(name: str, value: object) -> list[Row]:
    listed = value if isinstance(value, list) else [value]
    found = [child for child in listed if isinstance(child, dict)]
    if len(found) < len(listed):
        raise SapError(f"Invalid payload for navigation property '{name}'", 400, target=name)
    return found


def parse_expand(plain: Callable[..., Any]) -> Callable[..., Any]:
    """mock-sap expands by path, ``_Item/_ScheduleLine``; V4 says ``_Item($expand=_ScheduleLine)``."""

    def parsed(text: str, entity: EntityType, version: int = 2) -> Any:
        return plain(",".join(_paths(text)) if version >= 4 else text, entity, version)

    return parsed


def _paths(text: str) -> list[str]:
    found = []
    for part in _split_options(text, ","):
        path, _, rest = part.partition("(")
        options = _split_options(rest.removesuffix(")"), ";")
        kept = [option for option in options if not option.startswith("$expand=")]
        found.append(f"{path}({';'.join(kept)})" if kept else path)
        for option in options:
            if option.startswith("$expand="):
                found += [f"{path}/{deeper}" for deeper in _paths(option.removeprefix("$expand="))]
    return found


def dispatch(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps mock-sap's dispatcher to learn how the caller wants its numbers."""

    def dispatched(
        context: Any, service: Any, rest: str, method: str, opts: Any, headers: Any, *more: Any
    ) -> Any:
        accepted = headers.get("accept", "").replace(" ", "").lower()
        token = exact.set("ieee754compatible=true" in accepted)
        try:
            return plain(context, service, rest, method, opts, headers, *more)
        finally:
            exact.reset(token)

    return dispatched


def entity_envelope(plain: Callable[[Row], Row]) -> Callable[[Row], Row]:
    """mock-sap puts what ``_SalesOrder`` leads to into V2's envelope, whoever asks."""
    return lambda entity: plain(entity) if "__metadata" in entity else entity
