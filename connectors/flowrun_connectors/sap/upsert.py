"""Create or update by a business key, so that nothing is created twice, whatever happens to the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakValueDictionary

from flowrun.errors import Cause, Rejected, Retryable
from flowrun_connectors.sap.comparing import differences
from flowrun_connectors.sap.odata.dialect import Message
from flowrun_connectors.sap.odata.entities import Entry, body_of
from flowrun_connectors.sap.odata.filters import condition, segment
from flowrun_connectors.sap.odata.session import Session
from flowrun_connectors.sap.place import Place

Action = Literal["created", "updated", "unchanged"]
MOST_DUPLICATES = 10  # named in the message; more would not help anybody
ATTEMPTS = 3  # to change what others are changing at the same moment


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and the entity as it is now."""

    entry: Entry
    action: Action
    adopted: bool = False
    messages: tuple[Message, ...] = ()

    def as_record(self, *, nested: bool) -> dict[str, Any]:
        """What a flow sees. Without `nested`, only the entity's own fields."""
        own = {
            name: value
            for name, value in self.entry.record.items()
            if nested or not isinstance(value, list | Mapping)
        }
        return {**own, "action": self.action, "adopted": self.adopted, "messages": list(self.messages)}


class Turns:
    """One after another for the same business key: two that look at the same moment both find nothing."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    def of(self, place: Place, key: Mapping[str, Any]) -> asyncio.Lock:
        """The lock of this key. It lives as long as somebody holds it or waits for it."""
        name = (place.service, place.entity, *(f"{field}={value}" for field, value in sorted(key.items())))
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock


@dataclass(frozen=True, slots=True)
class Wish:
    """How an entity is to be: its business key, its fields, and those that are nobody's business once it is there."""

    by: Sequence[str]
    data: Mapping[str, Any]
    only_when_new: Sequence[str] = ()

    def changes(self) -> dict[str, Any]:
        """What an entity that exists is compared with."""
        return {
            name: value
            for name, value in self.data.items()
            if name not in self.by and name not in self.only_when_new
        }


async def upsert(session: Session, place: Place, wish: Wish, turns: Turns) -> Outcome:
    """Looks first; creates, updates or leaves alone; and looks again before it believes that a create has
    failed.
    """
    key = _business_key(session.connection, wish.by, wish.data)
    async with turns.of(place, key):
        return await _upserted(session, place, key, wish)


async def _upserted(session: Session, place: Place, key: Mapping[str, Any], wish: Wish) -> Outcome:
    found = await find(session, place, key)
    if found is not None:
        return await _bring_up_to_date(session, place, key, found, wish.changes())
    try:
        body = body_of(wish.data, place.model)
        written = await session.create(place.service, place.entity, body, place.model)
    except Retryable as error:
        if not error.doubt:
            raise
        return await _adopted(session, place, key, error)
    return Outcome(written.entry, "created", messages=written.messages)


async def find(session: Session, place: Place, key: Mapping[str, Any]) -> Entry | None:
    """The entity with this business key. Raises `Rejected` when there are several: a person must say which
    it is.
    """
    equal = {name: {"eq": value} for name, value in key.items()}
    options = {"$filter": condition(equal, place.model) or "", "$top": str(MOST_DUPLICATES)}
    found = await session.read_list(place.service, place.entity, place.model, options)
    if len(found) <= 1:
        return found[0] if found else None
    numbers = ", ".join(_number(entry, place) for entry in found)
    names = ", ".join(key)
    raise Rejected(
        f"{session.connection}: {place.entity} exists {len(found)} times with the same {names}: {numbers}; "
        "keep one of them in SAP",
        Cause("duplicate-found", target=names, connection=session.connection),
    )


async def update(session: Session, place: Place, path: str, data: Mapping[str, Any]) -> Outcome:
    """Changes the entity at an address where it differs, and reads it again when somebody else was faster."""
    for _ in range(ATTEMPTS):
        entry = await session.read_entry(place.service, path, place.model)
        outcome = await _changed(session, place, path, entry, data)
        if outcome is not None:
            return outcome
    raise contended(session, place)


async def _bring_up_to_date(
    session: Session, place: Place, key: Mapping[str, Any], found: Entry, own: Mapping[str, Any]
) -> Outcome:
    entry: Entry | None = found
    for _ in range(ATTEMPTS):
        if entry is None:  # deleted, or its business key was changed, between two looks
            break
        path = entry.segment(place.entity) or _path_by_key(entry, place)
        outcome = await _changed(session, place, path, entry, own)
        if outcome is not None:
            return outcome
        entry = await find(session, place, key)
    raise contended(session, place)


async def _changed(
    session: Session, place: Place, path: str, entry: Entry, data: Mapping[str, Any]
) -> Outcome | None:
    """None when the entity was changed since `entry` was read."""
    changes = differences(data, entry.record, place.model)
    if not changes:
        return Outcome(entry, "unchanged")
    if not path:
        raise Rejected(
            f"{session.connection}: the address of {place.entity} is not known; "
            f"run `flowrun metadata pull {session.connection}`",
            Cause("no-metadata", connection=session.connection),
        )
    done, messages = await session.change(
        place.service, path, body_of(changes, place.model), place.model, etag=entry.etag
    )
    if not done:
        return None
    return Outcome(await session.read_entry(place.service, path, place.model), "updated", messages=messages)


async def _adopted(session: Session, place: Place, key: Mapping[str, Any], error: Retryable) -> Outcome:
    """SAP may need a moment to show what it has just made; then what it shows is ours."""
    await asyncio.sleep(session.config.read_back_delay.seconds)
    try:
        found = await find(session, place, key)
    except Retryable as later:
        raise Retryable(error.message, error.cause, after=later.after or error.after, doubt=True) from later
    if found is None:
        raise error
    return Outcome(found, "created", adopted=True)


def _business_key(connection: str, by: Sequence[str], data: Mapping[str, Any]) -> dict[str, Any]:
    empty = [name for name in by if data.get(name) is None or not str(data[name]).strip()]
    if empty or not by:
        what = f"`{empty[0]}` is empty" if empty else "`by` names no field"
        raise Rejected(
            f"{connection}: {what}, so nobody can tell whether the record exists already; fill it in `data`",
            Cause("no-business-key", target=empty[0] if empty else "by", connection=connection),
        )
    return {name: data[name] for name in by}


def _path_by_key(entry: Entry, place: Place) -> str:
    keys = place.model.entity.keys if place.model.entity is not None else ()
    return segment(place.entity, {name: entry.record.get(name) for name in keys}, place.model) if keys else ""


def _number(entry: Entry, place: Place) -> str:
    """The document number: its key fields, or what stands between the brackets of its address."""
    keys = place.model.entity.keys if place.model.entity is not None else ()
    if keys:
        return "/".join(str(entry.record.get(name, "")) for name in keys)
    return entry.segment(place.entity).partition("(")[2].rstrip(")").replace("'", "") or "?"


def contended(session: Session, place: Place) -> Retryable:
    """Others change it whenever we look away."""
    return Retryable(
        f"{session.connection}: {place.entity} was changed by others each of {ATTEMPTS} times",
        Cause("changed-meanwhile", connection=session.connection),
    )
