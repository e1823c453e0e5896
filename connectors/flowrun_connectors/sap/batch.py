"""Many changes in one request, and what became of each.

A list that is longer than one request goes out in several, one after another. What was carried out is never
hidden behind what was not: every part of every answer is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from flowrun.component import Config, field
from flowrun.component.coerce import coerced
from flowrun.component.http import Answer, Request, encode
from flowrun.errors import Cause, Rejected, Retryable, RunError
from flowrun_connectors.sap.batch_results import Done, refuse_failures
from flowrun_connectors.sap.odata.dialect import UnreadableError
from flowrun_connectors.sap.odata.entities import BadFieldError, Model, body_of, entry_of, messages_in
from flowrun_connectors.sap.odata.errors import failure
from flowrun_connectors.sap.odata.filters import names, segment
from flowrun_connectors.sap.odata.multipart import BrokenBatchError, Part, PartAnswer, packed, unpacked

if TYPE_CHECKING:
    from flowrun_connectors.sap.odata.session import Session


class Change(Config):
    """One of the changes."""

    operation: Literal["create", "update", "delete"] = field(description="What is done.")
    entity: str = field(description="The entity set of the service.")
    key: Any = field(
        None, description="The key of what is updated or deleted, or below which something is created."
    )
    through: str = field(
        "", description="Of a create: the navigation of the entity with that `key` under which it is made."
    )
    data: Mapping[str, Any] = field(default_factory=dict, description="The fields that are written.")
    etag: str = field("*", description="The version it must have; `*` is any.")


class Batch(Config):
    """Many changes at once."""

    service: str = field(description="The OData service.", examples=["API_PRODUCT_SRV"], constant=True)
    changes: list[Mapping[str, Any]] = field(
        description=(
            "A record for each change: `operation` (create, update or delete), `entity`, `key` (of an update or a "
            "delete), `data`, and `etag` where only that version may be changed. A create with `key` and `through` "
            "makes a part of an entity that is there: an item of an order by `to_Item`."
        ),
        examples=[[{"operation": "update", "entity": "A_Product", "key": "MUG", "data": {"Division": "00"}}]],
    )
    together: bool = field(
        False,
        description="Whether all of them are one unit: all or nothing. If not, each stands for itself.",
    )
    size: int = field(
        100, description="How many changes one request holds. What belongs together is never cut.", least=1
    )
    collect: bool = field(
        False,
        description=(
            "Whether changes that fail are told in the result only. If not, the step fails once all of them were "
            "sent."
        ),
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """A change, and the request that carries it out."""

    index: int
    change: Change
    model: Model
    part: Part


ModelOf = Callable[[str], Model]


async def batch(session: Session, request: Batch, model_of: ModelOf) -> list[dict[str, Any]]:
    """Carries all changes out. Raises when one of them failed, unless all is to be collected."""
    place = f"{session.connection}.batch: changes"
    changes = [coerced(Change, row, f"{place}[{at}]") for at, row in enumerate(request.changes)]
    size = None if request.together else request.size
    outcomes = await carried_out(session, request.service, changes, model_of, place, size=size)
    if not request.collect:
        told = zip(enumerate(changes), outcomes, strict=True)
        refuse_failures(
            session.connection,
            {f"changes[{at}] ({one.operation} of {one.entity})": outcome for (at, one), outcome in told},
        )
    return [one.as_record() for one in outcomes]


async def carried_out(
    session: Session,
    service: str,
    changes: Sequence[Change],
    model_of: ModelOf,
    place: str,
    *,
    size: int | None = None,
) -> list[Done]:
    """What became of each change. Without a `size` they are one unit, of which all is done or nothing.

    Raises when no answer came to the first request.
    """
    done: dict[int, Done] = {}
    ready: list[Sent] = []
    for at, change in enumerate(changes):
        try:
            model = model_of(change.entity)
            ready.append(Sent(at, change, model, _part(session, at, change, model)))
        except BadFieldError as error:
            cause = Cause("bad-value", target=error.field, connection=session.connection)
            done[at] = Done(error=Rejected(f"{place}[{at}]: {error}", cause))
    if size is None and done:
        raise next(one.error for one in done.values() if one.error is not None)
    await _send_all(session, service, ready, done, size)
    return [done[at] for at in range(len(changes))]


def _part(session: Session, at: int, change: Change, model: Model) -> Part:
    """The request of one change. Raises `BadFieldError`."""
    content_id, writing = str(at + 1), model.dialect.writing
    if change.operation == "create":
        path, made = names([change.entity], "entity"), model
        if change.through:
            below = names([change.through], "through")
            path, made = f"{segment(change.entity, change.key, model)}/{below}", model.behind(change.through)
        return Part("POST", path, content_id, encode(body_of(change.data, made)), writing)
    if change.key is None:
        raise BadFieldError("key", f"is needed for `{change.operation}`")
    if not change.etag.isascii() or not change.etag.isprintable():
        raise BadFieldError("etag", "is no version of an entity; take it from what was read")
    path, version = segment(change.entity, change.key, model), {"If-Match": change.etag}
    if change.operation == "delete":
        return Part("DELETE", path, content_id, headers={**model.dialect.reading, **version})
    body = encode(body_of(change.data, model))
    return Part(session.update_method(model), path, content_id, body, {**writing, **version})


async def _send_all(
    session: Session, service: str, ready: Sequence[Sent], done: dict[int, Done], size: int | None
) -> None:
    """Sends request after request. When one gets no answer at all, what comes after it is not sent.

    Raises when the very first one gets none: then there is nothing to tell of the others.
    """
    groups = [list(ready)] if size is None else [[one] for one in ready]
    size = len(groups) if size is None else size
    for start in range(0, len(groups), size):
        try:
            done |= await _sent(session, service, groups[start : start + size])
        except RunError as error:
            if not start:
                raise
            later = Retryable(
                f"{session.connection}: not sent, since the one before got no answer", error.cause
            )
            for at, group in enumerate(groups[start:]):
                done |= {one.index: Done(error=error if at < size else later) for one in group}
            return


async def _sent(session: Session, service: str, groups: Sequence[Sequence[Sent]]) -> dict[int, Done]:
    """One request. Raises when it is refused as a whole, and with `doubt` when its answer is no batch."""
    if not any(groups):
        return {}
    content_type, body = packed([[one.part for one in group] for group in groups])
    headers = {"Content-Type": content_type, "Accept": "multipart/mixed"}
    answer = await session.write("POST", service, "$batch", body, headers=headers)
    try:
        answers = unpacked(answer.headers.get("content-type", ""), answer.content)
        return _all_told(session, service, groups, answers)
    except BrokenBatchError as error:
        raise Retryable(
            f"{session.connection}: the answer to the batch cannot be used, {error}; "
            "it is not known what SAP has written",
            Cause("not-odata", status=answer.status_code, connection=session.connection),
            doubt=True,
        ) from error


def _all_told(
    session: Session, service: str, groups: Sequence[Sequence[Sent]], answers: Sequence[Sequence[PartAnswer]]
) -> dict[int, Done]:
    if len(answers) != len(groups):
        raise BrokenBatchError(f"it has {len(answers)} parts for {len(groups)} changes")
    found: dict[int, Done] = {}
    for group, parts in zip(groups, answers, strict=True):
        found |= _told(session, service, group, parts)
    return found


def _told(
    session: Session, service: str, group: Sequence[Sent], answers: Sequence[PartAnswer]
) -> dict[int, Done]:
    """What became of the changes of one changeset. One that failed is undone as a whole, and one answer stands
    for all.
    """
    refused = next((one for one in answers if not 200 <= one.status < 300), None)
    if refused is not None:
        return {one.index: _failed(session, service, one, refused) for one in group}
    if len(answers) != len(group):
        raise BrokenBatchError(f"a changeset of it has {len(answers)} answers for {len(group)} changes")
    named = {answer.content_id: answer for answer in answers}  # V4 may answer in another order
    if all(one.part.content_id in named for one in group):
        return {one.index: _carried_out(one, named[one.part.content_id]) for one in group}
    return {one.index: _carried_out(one, answer) for one, answer in zip(group, answers, strict=True)}


def _carried_out(sent: Sent, answer: PartAnswer) -> Done:
    headers = _response(answer).headers
    try:
        model = sent.model.behind(sent.change.through) if sent.change.through else sent.model
        entry = entry_of(answer.body, model, headers=headers)
    except UnreadableError:  # there is nothing to read, mostly; the status says that it is done
        return Done(answer.status, messages=messages_in(headers, answer.body, sent.model))
    return Done(answer.status, entry.record, entry.messages)


def _failed(session: Session, service: str, sent: Sent, answer: PartAnswer) -> Done:
    """SAP has answered, so it is known that the changeset was undone: there is no doubt, whatever the status."""
    error = failure(
        session.connection,
        _response(answer),
        session.config.codes(),
        writing=False,
        place=f"{service}/{sent.change.entity}",
    )
    return Done(answer.status, error=error)


def _response(answer: PartAnswer) -> Answer:
    return Answer(answer.status, dict(answer.headers), answer.body, Request("POST", urlsplit("/$batch"), {}))
