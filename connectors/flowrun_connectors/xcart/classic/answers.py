"""The answers of the classic API: data out of the good ones, sorted errors out of the others.

Success is always 200, and so is a record that does not exist: its body is `null`. A refused key has an empty body,
with 403 where the table is known and 404 where it is not. Exceptions are 400 with their message in the header
`X-REST-Error` alone. A closed shop answers a page for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.component.http import Answer, NotJson, decode
from flowrun.errors import Cause, Fatal, Rejected, RunError
from flowrun_connectors.remote_text import shown
from flowrun_connectors.xcart.answers import failure, unusable


def data_of(connection: str, answer: Answer, what: str, entity: str) -> Any:
    """The rows or the row in a good answer, without passwords. Raises `Fatal`, `Rejected` or `Retryable` for any
    other.

    `what` was asked for, in an analyst's words and without data: `the order`.
    """
    writing = answer.request.method not in ("GET", "HEAD")
    if not answer.is_success:
        raise _refusal(connection, answer, what, entity, writing=writing)
    try:
        data = decode(answer.content)
    except NotJson as error:
        raise unusable(connection, answer, what, writing=writing) from error
    if data is None:
        fact = "nothing was written, as if it did not exist" if writing else "it does not exist"
        cause = Cause("not-found", status=answer.status_code, connection=connection)
        raise Rejected(f"{connection}: X-Cart answers nothing (null) for {what}: {fact}", cause)
    if not isinstance(data, dict | list):
        raise unusable(connection, answer, what, writing=writing)
    return without_passwords(data)


def without_passwords(data: Any) -> Any:
    """The data without any field of a password: older shops hand out the hashes of customers with their orders."""
    if isinstance(data, Mapping):
        return {
            name: without_passwords(value)
            for name, value in data.items()
            if "password" not in str(name).lower()
        }
    return [without_passwords(item) for item in data] if isinstance(data, list) else data


def _refusal(connection: str, answer: Answer, what: str, entity: str, *, writing: bool) -> RunError:
    status = answer.status_code
    cause = Cause(f"http-{status}", status=status, connection=connection)
    text = f"{connection}: X-Cart answers {status} for {what}"
    if status == 403:
        check = "check `token` against the keys in the settings of the REST API add-on"
        more = ", and that it is the read/write key, since this writes" if writing else ""
        return Fatal(f"{text}: it refuses the key; {check}{more}", cause)
    if status == 404 and entity.count("-") > 1:  # of an add-on
        missing = f"it does not know `{entity}`; is the add-on installed in the shop, and `token` right?"
        return Rejected(f"{text}: {missing}", Cause("unsupported", status=status, connection=connection))
    if status == 404:
        return Fatal(
            f"{text}: there is no classic API; check `url`, `classic_path`, `token`, and whether the shop is 5.5 or "
            "later, which needs `api: 5.5`",
            cause,
        )
    if status == 400:
        said = shown(answer.headers.get("x-rest-error", "")) or "no reason given"
        return Rejected(f"{text}: {said}", cause)
    return failure(connection, answer, what, writing=writing)
