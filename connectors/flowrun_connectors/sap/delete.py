"""Delete one entity, as often as it takes, and only as it was when it was looked at."""

from __future__ import annotations

from flowrun.errors import Cause, Rejected, Retryable
from flowrun_connectors.sap.odata.dialect import Message
from flowrun_connectors.sap.odata.session import NOT_FOUND, Session
from flowrun_connectors.sap.place import Place

ATTEMPTS = 3  # to delete what others are changing at the same moment


async def delete(
    session: Session, place: Place, path: str, *, must_exist: bool
) -> tuple[str, tuple[Message, ...]]:
    """`deleted`, or `absent` when there was none, and what SAP had to say. Reads the entity first, for its
    ETag, and again when somebody changed it meanwhile.
    """
    for _ in range(ATTEMPTS):
        try:
            entry = await session.read_entry(place.service, path, place.model)
            done, messages = await session.remove(place.service, path, place.model, etag=entry.etag)
        except Rejected as error:
            if error.cause.status != 404:
                raise
            if must_exist:
                raise _missing(session, place, error) from error
            return "absent", ()
        if done:
            return "deleted", messages
    raise Retryable(
        f"{session.connection}: {place.entity} was changed by others each of {ATTEMPTS} times",
        Cause("changed-meanwhile", connection=session.connection),
    )


def _missing(session: Session, place: Place, error: Rejected) -> Rejected:
    return Rejected(
        f"{session.connection}: there is no such {place.entity} to delete; with `must_exist: false` that is fine",
        Cause(NOT_FOUND, status=error.cause.status, connection=session.connection),
    )
