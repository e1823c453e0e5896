"""Calls of what a service can do beside reading and writing entities: post a goods issue, cancel a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.errors import Cause, Rejected, Retryable
from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.sap.odata.dialect import UnreadableError
from flowrun_connectors.sap.odata.entities import BadFieldError, Model
from flowrun_connectors.sap.odata.filters import segment
from flowrun_connectors.sap.odata.functions import Called, called, check, result_of, unknown
from flowrun_connectors.sap.odata.metadata import Function
from flowrun_connectors.sap.odata.session import STALE, Session
from flowrun_connectors.sap.place import Place

ATTEMPTS = 3  # to act on what others are changing at the same moment


async def call(
    session: Session,
    place: Place,
    name: str,
    parameters: Mapping[str, Any],
    *,
    key: Any = None,
    method: str = "POST",
) -> Any:
    """Calls a function and returns what it answers. `place` names an entity when it works on one: then its
    ETag goes along, and when somebody changed it meanwhile it is read again. Raises `BadFieldError`.
    """
    function = _function(place, name, method)
    if place.model.service is not None:
        check(function, parameters)
    at = segment(place.entity, key, place.model) if place.entity else ""
    request = called(function, parameters, place.model, at)
    if request.method == "GET":
        answer = await session.read(place.service, request.path, headers=place.model.dialect.reading)
    else:
        answer = await _acted(session, place, request, at, function)
    try:
        return result_of(answer.content, function, place.model)
    except UnreadableError as error:
        raise Retryable(
            f"{session.connection}: SAP answers {answer.status_code}, but {error}; "
            f"it is not known what came of {name}",
            Cause("not-odata", status=answer.status_code, connection=session.connection),
            doubt=request.method != "GET",
        ) from error


async def _acted(session: Session, place: Place, request: Called, at: str, function: Function) -> Any:
    headers: Mapping[str, str] = place.model.dialect.writing if request.body else place.model.dialect.reading
    for _ in range(ATTEMPTS if at else 1):
        etag = (await session.read_entry(place.service, at, place.model)).etag if at else ""
        sent = {**headers, **({"If-Match": etag} if etag else {})}
        answer = await session.write(
            request.method, place.service, request.path, request.body, headers=sent, allowed=STALE
        )
        if answer.is_success:
            return answer
    if at:
        raise Retryable(
            f"{session.connection}: {place.entity} was changed by others each of {ATTEMPTS} times",
            Cause("changed-meanwhile", connection=session.connection),
        )
    raise Rejected(
        f"{session.connection}: {function.name} wants to know on which state of the document it works; "
        "name the document in `entity` and `key`",
        Cause("etag-needed", status=answer.status_code, connection=session.connection),
    )


def _function(place: Place, name: str, method: str) -> Function:
    service = place.model.service
    if service is None:
        return unknown(name, method)
    found = service.function(name, place.entity)
    if found is None:
        known = sorted({item.name for item in service.functions})
        raise BadFieldError("function", f"is no function of {place.service}; {did_you_mean(name, known)}")
    if found.bound and not place.entity:
        raise BadFieldError("entity", f"is needed: {name} works on one entity")
    return found


def pretended(model: Model, name: str, entity: str, parameters: Mapping[str, Any]) -> Any:
    """What a call would answer, as far as metadata tells: the fields that it was given, the others empty."""
    found = model.service.function(name, entity) if model.service is not None else None
    answered = model.returned(found.returns).entity if found is not None else None
    known = {field: parameters.get(field) for field in answered.properties} if answered is not None else {}
    record = {**parameters, **known}
    return [record] if found is not None and found.many else record
