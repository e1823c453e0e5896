"""An entity and the lists that belong to it, brought in line in one unit of work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowrun.errors import Cause, Rejected, Retryable
from flowrun_connectors.sap import reading
from flowrun_connectors.sap.batch import Change, ModelOf, carried_out
from flowrun_connectors.sap.batch_results import Done
from flowrun_connectors.sap.odata.entities import BadFieldError, Entry
from flowrun_connectors.sap.odata.session import STALE, Session
from flowrun_connectors.sap.parts import Parts, Stored, change, changes, expands
from flowrun_connectors.sap.place import Place
from flowrun_connectors.sap.upsert import ATTEMPTS, Outcome, contended


async def update_with_parts(
    session: Session, place: Place, path: str, data: Mapping[str, Any], parts: Parts, model_of: ModelOf
) -> Outcome:
    """Reads, compares, and sends what differs in one changeset; reads again when somebody was faster, and when
    no answer came.
    """
    if place.model.service is None:
        raise Rejected(
            f"{session.connection}: the parts of {place.entity} are not known; "
            f"run `flowrun metadata pull {session.connection} {place.service}`",
            Cause("no-metadata", connection=session.connection),
        )
    options = reading.selection(place.model, (), list(expands(parts)))
    for _ in range(ATTEMPTS):
        entry = await session.read_entry(place.service, path, place.model, options)
        wanted = _guarded(place, entry, data, parts)
        if not wanted:
            return Outcome(entry, "unchanged")
        try:
            done = await carried_out(session, place.service, wanted, model_of, place.entity)
        except Retryable as error:
            if not error.doubt:
                raise
            return await _adopted(session, place, path, data, parts, error)
        if not _is_stale(done):
            return _told(await session.read_entry(place.service, path, place.model), done)
    raise contended(session, place)


def _guarded(place: Place, entry: Entry, data: Mapping[str, Any], parts: Parts) -> list[Change]:
    """The changes; the first of them is to the entity itself, with its ETag, so that SAP refuses the whole when
    somebody changed anything of the document since it was read. Parts have no ETag that would do.
    """
    stored = Stored(place.entity, place.model, entry.record)
    found = changes(stored, data, parts)
    if not found:
        return []
    if found[0].operation != "update" or found[0].entity != place.entity:
        own = {name: value for name, value in data.items() if not isinstance(value, Mapping | list | tuple)}
        if not own:
            raise BadFieldError(
                "data", f"needs a field of {place.entity} itself, by which SAP sees whether it was changed"
            )
        found.insert(0, change(stored, "update", own))
    return [replace(found[0], etag=entry.etag or "*"), *found[1:]]


async def _adopted(
    session: Session, place: Place, path: str, data: Mapping[str, Any], parts: Parts, error: Retryable
) -> Outcome:
    """Nobody answered: what SAP shows now says whether it was done. If not, it is for the next attempt, which
    compares anew.
    """
    await asyncio.sleep(session.config.read_back_delay.seconds)
    options = reading.selection(place.model, (), list(expands(parts)))
    try:
        entry = await session.read_entry(place.service, path, place.model, options)
    except Retryable as later:
        raise Retryable(error.message, error.cause, after=later.after or error.after, doubt=True) from later
    if changes(Stored(place.entity, place.model, entry.record), data, parts):
        raise error
    return Outcome(entry, "updated", adopted=True)


def _is_stale(done: list[Done]) -> bool:
    return any(one.status in STALE for one in done)


def _told(entry: Entry, done: list[Done]) -> Outcome:
    """Raises what SAP refused: it answers once for the whole."""
    refused = next((one.error for one in done if one.error is not None), None)
    if refused is not None:
        raise refused
    messages = tuple(dict(message) for one in done for message in one.messages)
    return Outcome(entry, "updated", messages=messages)
