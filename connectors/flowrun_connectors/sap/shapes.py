"""What SAP's own metadata tells of entities before anything runs: what operations return, what a mapping fills,
and what a dry-run pretends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowrun.component import Facts
from flowrun.expressions.shapes import ANYTHING, BOOLEAN, TEXT, Many, Record, Shape, record
from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.sap.odata import metadata
from flowrun_connectors.sap.place import Place

PLACEHOLDER = "(assigned by SAP)"
MESSAGE = record("message", code=TEXT, message=TEXT, severity=TEXT, target=TEXT)
OUTCOME: Mapping[str, Shape] = {"action": TEXT, "adopted": BOOLEAN, "messages": Many(MESSAGE)}
DELETED = record("deleted", action=TEXT, messages=Many(MESSAGE))


def of_result(operation_name: str, constants: Mapping[str, Any], facts: Facts) -> Shape:
    """The entity's fields as metadata tells them; those of linked entities when `expand` names them."""
    service = metadata.known(facts.metadata, str(constants.get("service", "")))
    if service is None:
        return ANYTHING
    entity_set = str(constants.get("entity") or "")
    if operation_name == "call":
        function = service.function(str(constants.get("function", "")), entity_set)
        return service.shape(function.returns, many=function.many) if function is not None else ANYTHING
    entity = service.entity(entity_set)
    if entity is None:
        return ANYTHING
    whole = service.record(entity)
    if operation_name in ("get", "list", "first"):
        found = _chosen(whole, entity, constants.get("select") or [], constants.get("expand") or [])
        return Many(found) if operation_name == "list" else found
    kept = entity.properties if operation_name != "create" else whole.fields
    return Record({**{name: whole.fields[name] for name in kept}, **OUTCOME}, name=entity.name)


def of_target(target: str, facts: Facts) -> Record | str:
    """The entity `SERVICE/ENTITY`, or why it is not known or cannot be filled."""
    service_name, _, entity_name = target.partition("/")
    if not entity_name:
        return f"`{target}` names no entity; write SERVICE/ENTITY, such as API_SALES_ORDER_SRV/A_SalesOrder"
    service = metadata.known(facts.metadata, service_name)
    if service is None:
        pulled = (
            sorted(path.stem for path in facts.metadata.glob("*.xml")) if facts.metadata is not None else []
        )
        help_ = did_you_mean(service_name, pulled)
        near = f"{help_} Or run" if help_.startswith("did") else "run"
        return f"nothing is known of the service `{service_name}`; {near} `flowrun metadata pull CONNECTION`"
    entity = service.entity(entity_name)
    if entity is None:
        return f"`{service_name}` has no entity `{entity_name}`; {did_you_mean(entity_name, service.sets)}"
    allowed = service.may(entity_name)
    if not allowed.create and not allowed.update:
        return f"`{entity_name}` can only be read: its metadata lets nobody create or update it"
    return service.record(entity)


def pretended(operation_name: str, parameters: Mapping[str, Any], place: Place) -> Any:
    """What was sent, with placeholders for the keys that SAP assigns."""
    if operation_name == "delete":
        return {"action": "deleted", "messages": []}
    data = parameters.get("data")
    if not isinstance(data, Mapping):
        return dict(parameters)
    known = place.model.entity
    keys = known.keys if known is not None else (place.entity.removeprefix("A_"),)
    key = parameters.get("key")
    assigned = (
        dict(key) if isinstance(key, Mapping) else dict.fromkeys(keys, PLACEHOLDER if key is None else key)
    )
    own = (
        data
        if operation_name == "create"
        else {name: value for name, value in data.items() if not isinstance(value, list | Mapping)}
    )
    action = "updated" if operation_name == "update" else "created"
    filled = {name: value for name, value in own.items() if value not in (None, "")}
    return {**own, **assigned, **filled, "action": action, "adopted": False, "messages": []}


def _chosen(whole: Record, entity: metadata.Entity, select: Sequence[str], expand: Sequence[str]) -> Record:
    """Own fields, or the selected ones, and below each expanded link the same."""
    own = [name for name in entity.properties if not select or name in select]
    fields: dict[str, Shape] = {name: whole.fields[name] for name in own}
    for name in dict.fromkeys(path.partition("/")[0] for path in expand):
        if name in entity.navigations:
            fields[name] = whole.fields[name]
    return Record(fields, name=whole.name)
