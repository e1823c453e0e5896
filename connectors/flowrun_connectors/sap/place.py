"""Where in SAP an operation reads or writes, and what happens to a value that does not go there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flowrun.errors import Cause, Rejected
from flowrun_connectors.sap.odata.entities import BadFieldError, Model


@dataclass(frozen=True, slots=True)
class Place:
    """An entity set of a service, and what is known of it."""

    service: str
    entity: str
    model: Model


@contextmanager
def named_fields(connection: str) -> Iterator[None]:
    """Turns a value that cannot be written into the rejection of the record, naming the field."""
    try:
        yield
    except BadFieldError as error:
        cause = Cause("bad-value", target=error.field, connection=connection)
        raise Rejected(f"{connection}: {error}", cause) from error
